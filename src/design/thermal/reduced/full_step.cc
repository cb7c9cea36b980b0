#include "design/thermal/reduced/full_step.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bondline::thermal::detail {
namespace {

constexpr double kSolved = 1e-11;                    // relative residual asked for
constexpr std::size_t kTerms = 34, kMoreTerms = 60;  // of unsymmetric series, in a narrow sector and beyond
constexpr int kDegree = 24;                          // terms: what is left is told, not assumed
constexpr double kPole = 1.0 / 12;                   // g: the rest of the series is least near 2 / degree
constexpr int kSampled = 2048;                       // points that the coefficients are found from
constexpr double kSafe = 1 + 1e-6;                   // on norms that are themselves solved for

double dot(const std::vector<double>& a, const double* b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.size(); ++n) sum += a[n] * b[n];
  return sum;
}

double largest(const std::vector<double>& v) {
  double most = 0;
  for (const double x : v) most = std::max(most, std::abs(x));
  return most;
}

/// Chebyshev coefficients of f on [0, 1], by the cosine sum over kSampled points; `rest`: of those after
/// kDegree.
std::vector<double> series(double& rest) {
  std::vector<double> at(kSampled), out;
  for (int j = 0; j < kSampled; ++j) {
    const double y = 0.5 * (1 + std::cos(std::numbers::pi * (j + 0.5) / kSampled));
    at[std::size_t(j)] = std::exp(-(1 - y) / (kPole * y));
  }
  rest = 0;
  for (int k = 0; k < kSampled / 4; ++k) {
    double sum = 0;
    for (int j = 0; j < kSampled; ++j)
      sum += at[std::size_t(j)] * std::cos(std::numbers::pi * k * (j + 0.5) / kSampled);
    const double a = (k == 0 ? 1.0 : 2.0) * sum / kSampled;
    if (k <= kDegree)
      out.push_back(a);
    else
      rest += std::abs(a);
  }
  return out;
}

}  // namespace

FullStep::FullStep(const SurfaceModel& full, const Ports& ports, std::vector<double> h, Columns load)
    : full_(full), h_(std::move(h)), load_(load.values) {
  const std::size_t n = full.size();
  const double spread = this->spread(Side::forward);
  settled_ = full.solve(h_, 0, load, kSolved).values;
  left_in_settled_ = spread * largest(residual(0, settled_.data(), load_.data()));
  energy_ = std::sqrt(std::max(0.0, dot(settled_, load_.data()))) * kSafe + left_in_settled_;
  Columns weights{n, {}};
  for (const Port& port : ports.outputs)
    weights.values.insert(weights.values.end(), port.over.begin(), port.over.end());
  const double below = full.directed() ? this->spread(Side::below) : spread;
  const Columns answers = full.solve(h_, 0, weights, kSolved, Side::below);
  for (std::size_t o = 0; o < ports.outputs.size(); ++o)
    norm_of_output_.push_back(std::sqrt(std::max(0.0, dot(ports.outputs[o].over, answers.at(o)))) * kSafe +
                              below * largest(residual(0, answers.at(o), weights.at(o), Side::below)));
  if (!full.directed()) return;
  series_ = sector_series(full.sector(), full.sector() < 0.5 ? kTerms : kMoreTerms);
  for (std::size_t c = 0; c < n; ++c) stored_ += full.capacity()[c] * settled_[c] * settled_[c];
  stored_ = std::sqrt(stored_);
  const Columns w = full.solve(h_, 0, {n, full.capacity()}, kSolved, Side::below);
  slowest_ = (1 - 1e-5) / largest(w.values);
}

std::vector<double> FullStep::residual(double shift, const double* x, const double* b, Side side) const {
  std::vector<double> out(full_.size());
  full_.apply(h_, x, out.data(), side);
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = b[n] - out[n] - shift * full_.capacity()[n] * x[n];
  return out;
}

double FullStep::spread(Side side) const {
  const std::vector<double> one(full_.size(), 1.0);
  const std::vector<double> w = full_.solve(h_, 0, {full_.size(), one}, kSolved, side).values;
  double sum = 0;
  for (const double v : w) sum += v;
  // A w = 1 - rho: where |rho| <= off, the true sum is at most that of w over 1 - off.
  return std::sqrt(sum / (1 - std::min(0.5, largest(residual(0, w.data(), one.data(), side))))) * kSafe;
}

FullStep::Answer FullStep::symmetric_at(double t) const {
  double rest = 0;
  const std::vector<double> a = series(rest);
  const double shift = 1 / (kPole * t);
  const std::size_t n = full_.size();
  // T_0 = v, T_1 = (2 Y - 1) v, T_{k+1} = 2 (2 Y - 1) T_k - T_{k-1}, v = x(end). Y v solves
  // (A + shift C) y = shift C v. An error e made in Y T_k comes back in term j as at most 4 (j - k) |e|.
  std::vector<double> before, now = settled_, sum(n);
  for (std::size_t c = 0; c < n; ++c) sum[c] = a[0] * now[c];
  double error = 0;
  for (std::size_t k = 0; k + 1 < a.size(); ++k) {
    Columns b{n, std::vector<double>(n)};
    for (std::size_t c = 0; c < n; ++c) b.values[c] = shift * full_.capacity()[c] * now[c];
    const std::vector<double> y = full_.solve(h_, shift, b, kSolved).values;
    double returns = 0;
    for (std::size_t j = k + 1; j < a.size(); ++j) returns += std::abs(a[j]) * double(j - k);
    error += 4 * returns * full_.dual_norm(h_, shift, residual(shift, y.data(), b.values.data()));
    std::vector<double> next(n);
    for (std::size_t c = 0; c < n; ++c)
      next[c] = k == 0 ? 2 * y[c] - now[c] : 2 * (2 * y[c] - now[c]) - before[c];
    before = std::move(now);
    now = std::move(next);
    for (std::size_t c = 0; c < n; ++c) sum[c] += a[k + 1] * now[c];
  }
  // exp(..) is a contraction: what is wrong in x(end) counts at most twice.
  return answer(std::move(sum), error + rest * energy_ + 2 * left_in_settled_);
}

FullStep::Answer FullStep::answer(std::vector<double> fading, double error) const {
  Answer out;
  out.x = settled_;
  for (std::size_t c = 0; c < out.x.size(); ++c) out.x[c] -= fading[c];
  for (const double norm : norm_of_output_) out.allowance.push_back(norm * error);
  return out;
}

// Norms: |.| of C for what the series holds. Y v takes it to P's: |Yv|_P <= sqrt(shift) / 2 |v|_C, since
// w = Yv has w'Aw + shift |w|_C^2 = shift w'Cv. A solve whose residual is rho is off by d = dual_norm(rho) in
// the norm of P + shift C, hence by d / sqrt(shift) in C's.
FullStep::Answer FullStep::directed_at(double t) const {
  const double shift = 1 / (series_.pole * t), root = std::sqrt(shift);
  const std::size_t n = full_.size(), terms = series_.weight.size();
  double off = 0;  // of the last solve
  const auto Y = [&](const std::vector<double>& v) {
    Columns b{n, std::vector<double>(n)};
    for (std::size_t c = 0; c < n; ++c) b.values[c] = shift * full_.capacity()[c] * v[c];
    std::vector<double> y = full_.solve(h_, shift, b, kSolved).values;
    off = full_.dual_norm(h_, shift, residual(shift, y.data(), b.values.data()));
    return y;
  };
  std::vector<std::vector<double>> p{settled_};
  std::vector<double> sum(n);
  double error = series_.rest * stored_ + series_.most * left_in_settled_ / std::sqrt(slowest_);
  for (std::size_t k = 0;; ++k) {
    for (std::size_t c = 0; c < n; ++c) sum[c] += series_.weight[k] * p[k][c];
    if (k + 1 == terms) break;
    std::vector<double> next = Y(p[k]);
    error += series_.returns[k] * off / root;
    for (std::size_t i = 0; i <= k; ++i)
      for (std::size_t c = 0; c < n; ++c) next[c] -= series_.step[k][i] * p[i][c];
    for (double& v : next) v /= series_.step[k][k + 1];
    p.push_back(std::move(next));
  }
  std::vector<double> fading = Y(sum);
  return answer(std::move(fading), 0.5 * root * error + off + left_in_settled_);
}

}  // namespace bondline::thermal::detail
