#include "numerics/streams.h"

#include <cmath>

#include <fmt/core.h>

namespace bondline::numerics {

std::string check_streams(const StreamNetwork& s, std::size_t cells) {
  const std::size_t n = s.nodes();
  if (n == 0) return {};
  if (s.rate.size() != n || s.first.size() != n + 1 || s.cell.size() != s.g.size() || s.first.front() != 0 ||
      s.first.back() != s.cell.size())
    return "the arrays of the streams do not fit together";
  for (std::size_t k = 0; k < n; ++k) {
    if (s.first[k] > s.first[k + 1]) return fmt::format("the links of stream node {} run backwards", k);
    if (s.upstream[k] < -1 || s.upstream[k] >= std::int32_t(k))
      return fmt::format("stream node {} has no earlier node upstream", k);
    if (!(s.rate[k] > 0)) return fmt::format("the rate of stream node {} is {}", k, s.rate[k]);
  }
  for (std::size_t l = 0; l < s.cell.size(); ++l) {
    if (s.cell[l] >= cells) return fmt::format("stream link {} names cell {} of {}", l, s.cell[l], cells);
    if (!(s.g[l] > 0) || !std::isfinite(s.g[l]))
      return fmt::format("the conductance of stream link {} is {}", l, s.g[l]);
  }
  return {};
}

StreamMarch::Weights StreamMarch::weights(double n) {
  Weights w;
  w.e = std::exp(-n);
  // The closed form of b loses digits to cancellation where N is small; the series to N^6 is exact to 1e-16
  // there.
  if (n < 0.03) {
    w.b = 0.5 * (1 - n / 3 * (1 - n / 4 * (1 - n / 5 * (1 - n / 6 * (1 - n / 7 * (1 - n / 8))))));
    w.a = 1 - n * w.b;
  } else {
    w.a = -std::expm1(-n) / n;
    w.b = (1 - w.a) / n;
  }
  return w;
}

StreamMarch::Weights StreamMarch::slopes(double n) {
  const Weights w = weights(n);
  if (n < 0.03)  // b' = -1/6 + N/12 - N^2/40 + N^3/180 - ...
    return {-w.e, -w.b - n * (-1.0 / 6 + n * (1.0 / 12 - n * (1.0 / 40 - n * (1.0 / 180 - n / 1008)))),
            -1.0 / 6 + n * (1.0 / 12 - n * (1.0 / 40 - n * (1.0 / 180 - n / 1008)))};
  const double a = (w.e - w.a) / n;
  return {-w.e, a, -(a + w.b) / n};
}

void StreamMarch::pull_back(std::span<const double> weight, std::span<double> field) const {
  std::vector<double> passed(net_->nodes(), 0.0);
  for (std::size_t k = net_->nodes(); k-- > 0;) {
    const double by_sum = (weights_[k].b * weight[k] + weights_[k].a * passed[k]) * per_rate_[k];
    for (std::size_t l = net_->first[k]; l < net_->first[k + 1]; ++l)
      field[net_->cell[l]] += net_->g[l] * by_sum;
    if (net_->upstream[k] >= 0)
      passed[std::size_t(net_->upstream[k])] += weights_[k].a * weight[k] + weights_[k].e * passed[k];
  }
}

StreamMarch::StreamMarch(const StreamNetwork& streams) : net_(&streams) {
  weights_.reserve(streams.nodes());
  per_rate_.reserve(streams.nodes());
  for (std::size_t n = 0; n < streams.nodes(); ++n) {
    double sum = 0;
    for (std::size_t l = streams.first[n]; l < streams.first[n + 1]; ++l) sum += streams.g[l];
    per_rate_.push_back(1 / streams.rate[n]);
    weights_.push_back(weights(sum * per_rate_.back()));
  }
}

StreamMarch::State StreamMarch::run(std::span<const double> u, std::span<const double> inlet,
                                    std::span<const double> source) const {
  const std::size_t n = net_->nodes();
  State s{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t k = 0; k < n; ++k) {
    // With X = sum g (u - in) + q:  out = in + a X / rate, mean = in + b X / rate, heat = a X: nothing is
    // lost to cancellation however fast the stream.
    s.in[k] = net_->upstream[k] < 0 ? inlet[k] : s.out[std::size_t(net_->upstream[k])];
    double sum = source.empty() ? 0 : source[k];
    for (std::size_t l = net_->first[k]; l < net_->first[k + 1]; ++l)
      sum += net_->g[l] * ((u.empty() ? 0 : u[net_->cell[l]]) - s.in[k]);
    s.heat[k] = weights_[k].a * sum;
    s.out[k] = s.in[k] + s.heat[k] * per_rate_[k];
    s.mean[k] = s.in[k] + weights_[k].b * sum * per_rate_[k];
  }
  return s;
}

void StreamMarch::add_drive(std::span<const double> inlet, std::span<const double> source,
                            std::span<double> b) const {
  const State s = run({}, inlet, source);
  for (std::size_t k = 0; k < net_->nodes(); ++k)
    for (std::size_t l = net_->first[k]; l < net_->first[k + 1]; ++l)
      b[net_->cell[l]] += net_->g[l] * s.mean[k];
}

template <class T>
void StreamMarch::subtract(const T* u, double* out, bool transposed) const {
  const std::size_t n = net_->nodes();
  const auto sum_of = [&](std::size_t k) {
    double sum = 0;
    for (std::size_t l = net_->first[k]; l < net_->first[k + 1]; ++l)
      sum += net_->g[l] * double(u[net_->cell[l]]);
    return sum;
  };
  const auto spread = [&](std::size_t k, double value) {
    for (std::size_t l = net_->first[k]; l < net_->first[k + 1]; ++l)
      out[net_->cell[l]] -= net_->g[l] * value;
  };
  std::vector<double> passed(n, 0.0);  // out downstream, or its adjoint upstream
  if (!transposed) {
    for (std::size_t k = 0; k < n; ++k) {
      const double s = sum_of(k) * per_rate_[k];
      const double in = net_->upstream[k] < 0 ? 0 : passed[std::size_t(net_->upstream[k])];
      passed[k] = weights_[k].e * in + weights_[k].a * s;
      spread(k, weights_[k].a * in + weights_[k].b * s);
    }
    return;
  }
  for (std::size_t k = n; k-- > 0;) {
    const double s = sum_of(k);
    spread(k, (weights_[k].b * s + weights_[k].a * passed[k]) * per_rate_[k]);
    if (net_->upstream[k] >= 0)
      passed[std::size_t(net_->upstream[k])] += weights_[k].a * s + weights_[k].e * passed[k];
  }
}
template void StreamMarch::subtract(const float*, double*, bool) const;
template void StreamMarch::subtract(const double*, double*, bool) const;

StreamMarch::Adjoint StreamMarch::adjoint(std::span<const double> lambda) const {
  const std::size_t n = net_->nodes();
  Adjoint out{std::vector<double>(n, 0.0), std::vector<double>(n, 0.0)};
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t l = net_->first[k]; l < net_->first[k + 1]; ++l)
      out.by_mean[k] += net_->g[l] * lambda[net_->cell[l]];
    if (net_->upstream[k] >= 0)
      out.by_out[std::size_t(net_->upstream[k])] +=
          weights_[k].a * out.by_mean[k] + weights_[k].e * out.by_out[k];
  }
  return out;
}

}  // namespace bondline::numerics
