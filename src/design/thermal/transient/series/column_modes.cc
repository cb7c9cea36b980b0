#include "design/thermal/transient/series/column_modes.h"

#include <algorithm>
#include <cmath>

#include "base/diagnostic.h"

namespace bondline::thermal::detail {
namespace {

using Place = numerics::LayeredStation::Place;

constexpr double kSlope = 0.8;      // growth of the spacing with the distance, in parts of `share`
constexpr int kFewest = 6;          // elements through a layer, at least
constexpr std::size_t kMost = 220;  // nodes, about

/// Lines through a layer from z0: fine beside the hot heights, growing away from them.
std::vector<double> layer_lines(double z0, double thickness, const std::vector<double>& breaks,
                                const std::vector<double>& hot, double finest, double slope) {
  const double coarsest = thickness / kFewest;
  const auto spacing = [&](double z) {
    double h = coarsest;
    for (const double p : hot) h = std::min(h, finest + slope * std::abs(z - p));
    return h;
  };
  std::vector<double> lines{z0};
  std::vector<double> ends = breaks;
  ends.push_back(z0 + thickness);
  std::sort(ends.begin(), ends.end());
  for (const double end : ends) {
    const double begin = lines.back(), length = end - begin;
    if (!(length > 1e-9 * thickness)) continue;
    std::vector<double> at{0.0};
    while (at.back() < length) {
      const double z = begin + at.back(), h = spacing(z);
      at.push_back(at.back() + std::min(spacing(z + 0.5 * h), h * 1.5));
    }
    // The last step overshoots: all are shortened alike, or it is left out when it hardly reaches in.
    if (at.size() > 2 && at.back() - length > 0.6 * (at.back() - at[at.size() - 2])) at.pop_back();
    const double fit = length / at.back();
    for (std::size_t i = 1; i + 1 < at.size(); ++i) lines.push_back(begin + at[i] * fit);
    lines.push_back(end);
  }
  return lines;
}

}  // namespace

bool tridiagonal_eigen(std::vector<double>& d, std::vector<double>& e, double* rows, std::size_t count) {
  const int n = int(d.size());
  e.resize(std::size_t(n), 0.0);
  if (n > 0) e[std::size_t(n) - 1] = 0;
  constexpr int kMostSweeps = 60;
  for (int l = 0; l < n; ++l) {
    for (int sweep = 0;; ++sweep) {
      int m = l;
      for (; m + 1 < n; ++m) {
        const double scale = std::abs(d[std::size_t(m)]) + std::abs(d[std::size_t(m) + 1]);
        if (std::abs(e[std::size_t(m)]) <= 1.1e-16 * scale) break;
      }
      if (m == l) break;
      if (sweep == kMostSweeps) return false;
      const auto at = [](int i) { return std::size_t(i); };
      double g = (d[at(l) + 1] - d[at(l)]) / (2 * e[at(l)]);
      double r = std::hypot(g, 1.0);
      g = d[at(m)] - d[at(l)] + e[at(l)] / (g + std::copysign(r, g));
      double s = 1, c = 1, p = 0;
      int i = m - 1;
      for (; i >= l; --i) {
        double f = s * e[at(i)];
        const double b = c * e[at(i)];
        r = std::sqrt(f * f + g * g);
        e[at(i) + 1] = r;
        if (r == 0) {
          d[at(i) + 1] -= p;
          e[at(m)] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[at(i) + 1] - p;
        r = (d[at(i)] - g) * s + 2 * c * b;
        p = s * r;
        d[at(i) + 1] = g + p;
        g = c * r - b;
        double *low = rows + std::size_t(i) * count, *high = low + count;
        for (std::size_t k = 0; k < count; ++k) {
          const double a = low[k], z = high[k];
          high[k] = s * a + c * z;
          low[k] = c * a - s * z;
        }
      }
      if (r == 0 && i >= l) continue;
      d[at(l)] -= p;
      e[at(l)] = g;
      e[at(m)] = 0;
    }
  }
  return true;
}

ColumnModes::ColumnModes(const TimeStack& stack, std::vector<numerics::LayeredStation> stations,
                         const std::vector<int>& hot, bool faces, double shortest, double share)
    : stations_(std::move(stations)) {
  const auto& layers = stack.stack.layers;
  std::vector<double> floor(layers.size() + 1, 0.0);
  for (std::size_t l = 0; l < layers.size(); ++l) floor[l + 1] = floor[l] + layers[l].thickness;

  std::vector<double> heights;
  if (faces) heights = {floor.front(), floor.back()};
  for (const int h : hot) {
    const auto& s = stations_[std::size_t(h)];
    const double z0 = floor[std::size_t(s.layer)], z1 = floor[std::size_t(s.layer) + 1];
    if (s.place == Place::bottom || s.place == Place::volume) heights.push_back(z0);
    if (s.place == Place::top || s.place == Place::volume) heights.push_back(z1);
  }

  std::vector<std::vector<double>> lines(layers.size());
  for (double coarser = 1;; coarser *= 1.3) {  // finer than memory of the shortest time allows is not needed
    std::size_t total = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      std::vector<double> breaks;
      for (const auto& s : stations_)
        if (s.layer == int(l) && s.place == Place::height) breaks.push_back(floor[l] + s.z);
      const double length = std::sqrt(layers[l].k_vertical / stack.capacity[l] * shortest);
      const double least = 1e-6 * layers[l].thickness;
      lines[l] = layer_lines(floor[l], layers[l].thickness, breaks, heights,
                             coarser * std::max(share * length, least), coarser * kSlope * share);
      total += lines[l].size();
    }
    if (total <= kMost) break;
  }

  // Nodes: interfaces are shared unless a contact resistance parts them.
  std::vector<std::vector<int>> node(layers.size());
  const auto add_node = [&] {
    c_.push_back(0);
    lateral_.push_back(0);
    ground_.push_back(0);
    link_.push_back(0);
    return int(c_.size()) - 1;
  };
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto& layer = layers[l];
    for (std::size_t i = 0; i < lines[l].size(); ++i) {
      if (i == 0 && l > 0 && layer.contact_below == 0) {
        node[l].push_back(node[l - 1].back());
        continue;
      }
      const int fresh = add_node();
      if (i == 0 && l > 0) link_[std::size_t(fresh) - 1] = 1 / layer.contact_below;
      node[l].push_back(fresh);
    }
    for (std::size_t i = 0; i + 1 < lines[l].size(); ++i) {
      const double h = lines[l][i + 1] - lines[l][i];
      const std::size_t a = std::size_t(node[l][i]);
      link_[a] = layer.k_vertical / h;
      for (const std::size_t n : {a, a + 1}) {
        c_[n] += 0.5 * h * stack.capacity[l];
        lateral_[n] += 0.5 * h * layer.k_lateral;
      }
    }
  }

  for (const auto& s : stations_) {
    const std::size_t l = std::size_t(s.layer);
    std::vector<std::pair<int, double>> w;
    if (s.place == Place::bottom) w = {{node[l].front(), 1.0}};
    if (s.place == Place::top) w = {{node[l].back(), 1.0}};
    if (s.place == Place::volume)
      for (std::size_t i = 0; i + 1 < lines[l].size(); ++i) {
        const double part = 0.5 * (lines[l][i + 1] - lines[l][i]) / layers[l].thickness;
        w.push_back({node[l][i], part});
        w.push_back({node[l][i + 1], part});
      }
    if (s.place == Place::height) {
      const double z = floor[l] + s.z;
      std::size_t i = 0;
      while (i + 2 < lines[l].size() && lines[l][i + 1] < z) ++i;
      const double u = std::clamp((z - lines[l][i]) / (lines[l][i + 1] - lines[l][i]), 0.0, 1.0);
      w = {{node[l][i], 1 - u}, {node[l][i + 1], u}};
    }
    weights_.push_back(std::move(w));
  }

  // Films; a face held at the reference takes its node out.
  if (std::isfinite(stack.stack.h_bottom)) {
    ground_.front() += stack.stack.h_bottom;
  } else {
    ground_[1] += link_[0];
    for (auto* v : {&c_, &lateral_, &ground_, &link_}) v->erase(v->begin());
    for (auto& w : weights_) {
      std::erase_if(w, [](const auto& t) { return t.first == 0; });
      for (auto& t : w) --t.first;
    }
  }
  if (std::isfinite(stack.stack.h_top)) {
    ground_.back() += stack.stack.h_top;
  } else {
    const int last = int(c_.size()) - 1;
    ground_[std::size_t(last) - 1] += link_[std::size_t(last) - 1];
    for (auto* v : {&c_, &lateral_, &ground_, &link_}) v->pop_back();
    for (auto& w : weights_) std::erase_if(w, [&](const auto& t) { return t.first == last; });
  }
  link_.back() = 0;
}

ColumnSpectrum ColumnModes::spectrum(double g, bool account) const {
  const std::size_t n = c_.size(), s = stations_.size(), rows = s + (account ? 2 : 0);
  std::vector<double> d(n), e(n, 0.0), row(n * rows, 0.0), root(n);
  for (std::size_t i = 0; i < n; ++i) root[i] = std::sqrt(c_[i]);
  for (std::size_t i = 0; i < n; ++i) {
    const double down = i > 0 ? link_[i - 1] : 0;
    d[i] = (link_[i] + down + ground_[i] + lateral_[i] * g * g) / c_[i];
    if (i + 1 < n) e[i] = -link_[i] / (root[i] * root[i + 1]);
  }
  for (std::size_t k = 0; k < s; ++k)
    for (const auto& [at, weight] : weights_[k])
      row[std::size_t(at) * rows + k] += weight / root[std::size_t(at)];
  if (account)
    for (std::size_t i = 0; i < n; ++i) {
      row[i * rows + s] = root[i];
      row[i * rows + s + 1] = ground_[i] / root[i];
    }
  ColumnSpectrum out;
  if (!tridiagonal_eigen(d, e, row.data(), rows))
    throw base::Error("the eigenvalues of a layered stack did not converge", "use --path fv");
  out.rate = std::move(d);
  out.coupling.resize(s * n);
  for (std::size_t k = 0; k < s; ++k)
    for (std::size_t i = 0; i < n; ++i) out.coupling[k * n + i] = row[i * rows + k];
  for (std::size_t i = 0; i < n && account; ++i) {
    out.capacity.push_back(row[i * rows + s]);
    out.out.push_back(row[i * rows + s + 1]);
  }
  return out;
}

double ColumnModes::entering(int station) const {
  double sum = 0;
  for (const auto& [at, weight] : weights_[std::size_t(station)]) sum += weight;
  return sum;
}

double ColumnModes::rounding(int from, int to, const ColumnSpectrum& mean) const {
  const std::size_t n = c_.size();
  std::vector<double> f(n, 0.0), diagonal(n);
  for (const auto& [at, weight] : weights_[std::size_t(from)]) f[std::size_t(at)] += weight;
  // Elimination from the bottom: the admittance to everything below is a sum of positive terms.
  double below = ground_[0];
  diagonal[0] = below + link_[0];
  for (std::size_t i = 1; i < n; ++i) {
    const double share = link_[i - 1] / diagonal[i - 1];
    f[i] += share * f[i - 1];
    below = ground_[i] + below * share;
    diagonal[i] = below + link_[i];
  }
  std::vector<double> u(n);
  for (std::size_t i = n; i-- > 0;) u[i] = (f[i] + (i + 1 < n ? link_[i] * u[i + 1] : 0)) / diagonal[i];
  double direct = 0, sum = 0;
  for (const auto& [at, weight] : weights_[std::size_t(to)]) direct += weight * u[std::size_t(at)];
  const double *a = &mean.coupling[std::size_t(from) * n], *b = &mean.coupling[std::size_t(to) * n];
  for (std::size_t k = 0; k < n; ++k) sum += a[k] * b[k] / mean.rate[k];
  return direct - sum;
}

double ColumnModes::missing_after(double g, double t, const std::vector<int>& from,
                                  const std::vector<int>& to) const {
  const ColumnSpectrum m = spectrum(g);
  const std::size_t n = m.pairs();
  std::vector<double> left(n);
  for (std::size_t k = 0; k < n; ++k) left[k] = std::exp(-m.rate[k] * t) / m.rate[k];
  double most = 0;
  for (const int f : from)
    for (const int p : to) {
      const double *a = &m.coupling[std::size_t(f) * n], *b = &m.coupling[std::size_t(p) * n];
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) sum += std::abs(a[k] * b[k]) * left[k];
      most = std::max(most, sum);
    }
  return most;
}

double ColumnModes::response_after(double t, const std::vector<int>& from) const {
  const ColumnSpectrum m = spectrum(0);
  const std::size_t n = m.pairs();
  double most = 0;
  for (const int s : from) {
    const double* a = &m.coupling[std::size_t(s) * n];
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += a[k] * a[k] * -std::expm1(-m.rate[k] * t) / m.rate[k];
    most = std::max(most, sum);
  }
  return most;
}

}  // namespace bondline::thermal::detail
