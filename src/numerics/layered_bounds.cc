#include "numerics/layered_bounds.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace bondline::numerics {
namespace {

// Pairs of source and point up to which the signs of the terms are looked at pair by pair.
constexpr std::size_t kSwingPairs = 4096;

// 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, ... limit.
std::vector<int> panel_edges(int limit) {
  std::vector<int> edges{0};
  for (int step = 1; edges.back() < limit;) {
    const int last = edges.back();
    if (last >= 4 && (last & (last - 1)) == 0) step = last / 2;
    edges.push_back(std::min(limit, last + step));
  }
  return edges;
}

// Upper bound of the sum over m >= first of m^-(1+q), q > 0.
double power_tail(double first, double q) {
  return std::pow(first, -q) * (1 / first + 1 / q);
}

std::vector<double> root_weights(const CosineAxis& axis, const std::vector<int>& edges) {
  const std::size_t panels = edges.size() - 1;
  std::vector<double> roots(std::size_t(axis.intervals()) * (panels + 1));
  for (int k = 0; k < axis.intervals(); ++k) {
    double* row = &roots[std::size_t(k) * (panels + 1)];
    for (std::size_t i = 0; i < panels; ++i) row[i] = std::sqrt(axis.weight(k, edges[i], edges[i + 1]));
    row[panels] = std::sqrt(axis.weight_beyond(k));
  }
  return roots;
}

}  // namespace

LayeredBounds::LayeredBounds(const LayeredModes& modes, CosineAxis& x, CosineAxis& y,
                             const std::vector<SeriesSource>& sources, const std::vector<SeriesProbe>& probes)
    : modes_(modes), x_(x), y_(y), sources_(sources), probes_(probes), scratch_(modes.make_scratch()) {
  std::map<int, std::vector<int>> from, to;
  for (std::size_t s = 0; s < sources.size(); ++s) from[sources[s].station].push_back(static_cast<int>(s));
  for (std::size_t p = 0; p < probes.size(); ++p) to[probes[p].station].push_back(static_cast<int>(p));
  from_.assign(from.begin(), from.end());
  to_.assign(to.begin(), to.end());
  swing_ = sources.size() * probes.size() <= kSwingPairs;
}

void LayeredBounds::set_modes(int modes_x, int modes_y) {
  x_.extend(modes_x);
  y_.extend(modes_y);
  edges_x_ = panel_edges(x_.modes());
  edges_y_ = panel_edges(y_.modes());
  roots_x_ = root_weights(x_, edges_x_);
  roots_y_ = root_weights(y_, edges_y_);
}

double LayeredBounds::wave(int i, int j) const {
  return std::hypot(std::numbers::pi * edges_x_[std::size_t(i)] / x_.length(),
                    std::numbers::pi * edges_y_[std::size_t(j)] / y_.length());
}

// The root weight of a probe's interval; 1 for a point on an infinite panel, where infinite_sum() takes over.
double LayeredBounds::root_x(int interval, int i) const {
  return i == nx() && x_.is_point(interval)
             ? 1.0
             : roots_x_[std::size_t(interval) * std::size_t(nx() + 1) + std::size_t(i)];
}
double LayeredBounds::root_y(int interval, int j) const {
  return j == ny() && y_.is_point(interval)
             ? 1.0
             : roots_y_[std::size_t(interval) * std::size_t(ny() + 1) + std::size_t(j)];
}

// Z at the lower corners of panels: z[(from * to_.size() + to) * corners + k].
std::vector<double> LayeredBounds::corner_responses(const std::vector<Corner>& corners) {
  const std::size_t count = corners.size();
  std::vector<double> z(from_.size() * to_.size() * count);
  double g[LayeredModes::kBlock], block[LayeredModes::kBlock];
  for (std::size_t k = 0; k < count; k += LayeredModes::kBlock) {
    const std::size_t n = std::min<std::size_t>(LayeredModes::kBlock, count - k);
    for (std::size_t i = 0; i < n; ++i) g[i] = wave(corners[k + i].first, corners[k + i].second);
    modes_.prepare(g, static_cast<int>(n), *scratch_);
    for (std::size_t f = 0; f < from_.size(); ++f)
      for (std::size_t t = 0; t < to_.size(); ++t) {
        modes_.response(from_[f].first, to_[t].first, block, *scratch_);
        std::copy_n(block, n, &z[(f * to_.size() + t) * count + k]);
      }
  }
  return z;
}

// Sum of |power| times the weights of a group's sources in panel (i, j); an envelope stands in for the root
// weight of an axis on which the probe is a point and the panel infinite.
double LayeredBounds::strength(const Group& group, int i, int j, bool envelope_x, bool envelope_y) const {
  const std::size_t wide_x = std::size_t(nx() + 1), wide_y = std::size_t(ny() + 1);
  double sum = 0;
  for (int s : group.second) {
    const SeriesSource& source = sources_[std::size_t(s)];
    const double wx =
        envelope_x ? x_.envelope(source.x) : roots_x_[std::size_t(source.x) * wide_x + std::size_t(i)];
    const double wy =
        envelope_y ? y_.envelope(source.y) : roots_y_[std::size_t(source.y) * wide_y + std::size_t(j)];
    sum += std::abs(source.power) * wx * wy;
  }
  return sum;
}

// The sum of Z times 2/m for each axis on which the panel is infinite and the probe a point (where its means
// do not fall at all, so that Z has to): with Z <= min(z, C/g^p) for all modes of the panel.
double LayeredBounds::infinite_sum(int from, int to, int i, int j, bool line_x, bool line_y, double z) const {
  if (!line_x && !line_y) return z;
  const double m = edges_x_[std::size_t(i)], n = edges_y_[std::size_t(j)];
  const auto [c, p] = modes_.decay(from_[std::size_t(from)].first, to_[std::size_t(to)].first, wave(i, j));
  const double pi = std::numbers::pi;
  if (z <= 0) return 0;  // a layer between has exp(-g_v t) < 4e-44, and falling
  if (line_x != line_y) {
    const double first = line_x ? m : n, length = line_x ? x_.length() : y_.length();
    const double meet = std::max(first, length / pi * std::pow(c / z, 1.0 / p));
    return 2 * z * (1 / first + std::log(meet / first) + 1 / meet + 1.0 / p);
  }
  const double cross = 2 * pi * pi / (x_.length() * y_.length());  // g^2 >= cross * m * n
  const double direct = c * std::pow(cross, -p / 2.0) * power_tail(m, p / 2.0) * power_tail(n, p / 2.0);
  const double mixed =
      std::sqrt(z * c) * std::pow(cross, -p / 4.0) * power_tail(m, p / 4.0) * power_tail(n, p / 4.0);
  return 4 * std::min(direct, mixed);
}

// For a probe that is a point: the sum over a panel along x is at most swing * Z(first mode)/first mode for
// every n (Abel: Z/m falls, the partial sums of the swinging signs stay bounded), and likewise along y. Per
// source the best of that and of the bound without signs. z points at the corner's response of the first
// source station.
double LayeredBounds::swinging(int index, int to, int i, int j, const double* z, std::size_t stride) const {
  const SeriesProbe& probe = probes_[std::size_t(index)];
  const bool point_x = x_.is_point(probe.x), point_y = y_.is_point(probe.y);
  const bool line_x = point_x && i == nx(), line_y = point_y && j == ny();
  const double m = edges_x_[std::size_t(i)], n = edges_y_[std::size_t(j)];
  const double rx = root_x(probe.x, i), ry = root_y(probe.y, j);
  double sum = 0;
  for (std::size_t f = 0; f < from_.size(); ++f) {
    const double at = z[f * stride];
    const double both = infinite_sum(int(f), to, i, j, line_x, line_y, at);
    const double only_x = line_x && line_y ? infinite_sum(int(f), to, i, j, true, false, at)
                          : line_x         ? both
                                           : at;
    const double only_y = line_x && line_y ? infinite_sum(int(f), to, i, j, false, true, at)
                          : line_y         ? both
                                           : at;
    for (const int s : from_[f].second) {
      const SeriesSource& source = sources_[std::size_t(s)];
      const double wx = line_x ? x_.envelope(source.x) : root_x(source.x, i);
      const double wy = line_y ? y_.envelope(source.y) : root_y(source.y, j);
      double best = wx * rx * wy * ry * both;
      if (point_x && m > 0) best = std::min(best, x_.swing(source.x, probe.x) / m * wy * ry * only_y);
      if (point_y && n > 0) best = std::min(best, y_.swing(source.y, probe.y) / n * wx * rx * only_x);
      sum += std::abs(source.power) * best;
    }
  }
  return sum;
}

std::vector<double> LayeredBounds::of(const std::vector<Corner>& panels) {
  const std::size_t probes = probes_.size(), count = panels.size();
  std::vector<double> bounds(count * probes);
  const std::vector<double> z = corner_responses(panels);
  const double per_area = 1 / (x_.length() * y_.length());
  for (std::size_t k = 0; k < count; ++k) {
    const auto [i, j] = panels[k];
    for (std::size_t t = 0; t < to_.size(); ++t) {
      double by_kind[4] = {-1, -1, -1, -1};  // by whether the probe is a point on the infinite x, y axis
      for (const int p : to_[t].second) {
        const SeriesProbe& probe = probes_[std::size_t(p)];
        double& bound = bounds[k * probes + std::size_t(p)];
        const double* first = &z[t * count + k];
        const std::size_t stride = to_.size() * count;
        if (swing_ && (x_.is_point(probe.x) || y_.is_point(probe.y))) {
          bound = per_area * swinging(p, int(t), i, j, first, stride);
          continue;
        }
        const bool line_x = i == nx() && x_.is_point(probe.x), line_y = j == ny() && y_.is_point(probe.y);
        double& sum = by_kind[(line_x ? 1 : 0) + (line_y ? 2 : 0)];
        if (sum < 0) {
          sum = 0;
          for (std::size_t f = 0; f < from_.size(); ++f)
            sum += strength(from_[f], i, j, line_x, line_y) *
                   infinite_sum(int(f), int(t), i, j, line_x, line_y, first[f * stride]);
        }
        bound = per_area * sum * root_x(probe.x, i) * root_y(probe.y, j);
      }
    }
  }
  return bounds;
}

}  // namespace bondline::numerics
