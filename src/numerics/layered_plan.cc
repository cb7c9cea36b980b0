#include "numerics/layered_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

namespace bondline::numerics {
namespace {

// Shares of the tolerance: what lies beyond the tables may use kBeyondShare of it, omitted panels get the
// rest. When max_modes stops the tables, omitted panels may add kSlack of what lies beyond (summing more
// would gain nothing).
constexpr double kBeyondShare = 0.4, kSlack = 0.1;
constexpr int kFirstModes = 24;

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

class Planner {
 public:
  Planner(const LayeredModes& modes, CosineAxis& x, CosineAxis& y, const std::vector<SeriesSource>& sources,
          const std::vector<SeriesProbe>& probes)
      : modes_(modes), x_(x), y_(y), sources_(sources), probes_(probes), scratch_(modes.make_scratch()) {
    std::map<int, std::vector<int>> from, to;
    for (std::size_t s = 0; s < sources.size(); ++s) from[sources[s].station].push_back(static_cast<int>(s));
    for (std::size_t p = 0; p < probes.size(); ++p) to[probes[p].station].push_back(static_cast<int>(p));
    from_.assign(from.begin(), from.end());
    to_.assign(to.begin(), to.end());
  }

  SeriesPlan plan(double tolerance, int max_modes);

 private:
  using Group = std::pair<int, std::vector<int>>;  // station, members

  void set_edges(int modes_x, int modes_y);
  double wave(int i, int j) const {
    return std::hypot(std::numbers::pi * edges_x_[std::size_t(i)] / x_.length(),
                      std::numbers::pi * edges_y_[std::size_t(j)] / y_.length());
  }
  // Z at the lower corners (i[k], j[k]) of panels: z[(from * to_.size() + to) * corners + k].
  std::vector<double> corner_responses(const std::vector<std::pair<int, int>>& corners);
  // Sum of |power| times the weights of a group's sources in panel (i, j); an envelope stands in for the root
  // weight of an axis on which the probe is a point and the panel infinite.
  double strength(const Group& group, int i, int j, bool envelope_x, bool envelope_y) const;
  double probe_weight(const CosineAxis& axis, const std::vector<double>& roots, int panels, int interval,
                      int panel) const {
    return panel == panels && axis.is_point(interval)
               ? 1.0
               : roots[static_cast<std::size_t>(interval) * std::size_t(panels + 1) + std::size_t(panel)];
  }
  double root_x(int interval, int i) const { return probe_weight(x_, roots_x_, nx(), interval, i); }
  double root_y(int interval, int j) const { return probe_weight(y_, roots_y_, ny(), interval, j); }
  int nx() const { return static_cast<int>(edges_x_.size()) - 1; }
  int ny() const { return static_cast<int>(edges_y_.size()) - 1; }
  // Adds the bounds of the panels `corners` (finite or not) to each probe.
  void add_bounds(const std::vector<std::pair<int, int>>& corners, std::vector<double>& bound);
  double infinite_sum(int from, int to, int i, int j, bool line_x, bool line_y, double z) const;

  const LayeredModes& modes_;
  CosineAxis &x_, &y_;
  const std::vector<SeriesSource>& sources_;
  const std::vector<SeriesProbe>& probes_;
  LayeredModes::ScratchPtr scratch_;
  std::vector<Group> from_, to_;
  std::vector<int> edges_x_, edges_y_;
  std::vector<double> roots_x_, roots_y_;
};

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

void Planner::set_edges(int modes_x, int modes_y) {
  x_.extend(modes_x);
  y_.extend(modes_y);
  edges_x_ = panel_edges(x_.modes());
  edges_y_ = panel_edges(y_.modes());
  roots_x_ = root_weights(x_, edges_x_);
  roots_y_ = root_weights(y_, edges_y_);
}

std::vector<double> Planner::corner_responses(const std::vector<std::pair<int, int>>& corners) {
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

double Planner::strength(const Group& group, int i, int j, bool envelope_x, bool envelope_y) const {
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
double Planner::infinite_sum(int from, int to, int i, int j, bool line_x, bool line_y, double z) const {
  if (!line_x && !line_y) return z;
  const double m = edges_x_[std::size_t(i)], n = edges_y_[std::size_t(j)];
  const auto [c, p] = modes_.decay(from_[std::size_t(from)].first, to_[std::size_t(to)].first, wave(i, j));
  const double pi = std::numbers::pi;
  if (z <= 0) return 0;  // underflow: below 1e-300 and falling exponentially
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

void Planner::add_bounds(const std::vector<std::pair<int, int>>& corners, std::vector<double>& bound) {
  const std::vector<double> z = corner_responses(corners);
  const double per_area = 1 / (x_.length() * y_.length());
  for (std::size_t k = 0; k < corners.size(); ++k) {
    const auto [i, j] = corners[k];
    for (std::size_t t = 0; t < to_.size(); ++t) {
      double by_kind[4] = {-1, -1, -1, -1};  // by whether the probe is a point on the infinite x, y axis
      for (int p : to_[t].second) {
        const SeriesProbe& probe = probes_[std::size_t(p)];
        const bool line_x = i == nx() && x_.is_point(probe.x), line_y = j == ny() && y_.is_point(probe.y);
        double& sum = by_kind[(line_x ? 1 : 0) + (line_y ? 2 : 0)];
        if (sum < 0) {
          sum = 0;
          for (std::size_t f = 0; f < from_.size(); ++f)
            sum += strength(from_[f], i, j, line_x, line_y) *
                   infinite_sum(int(f), int(t), i, j, line_x, line_y,
                                z[(f * to_.size() + t) * corners.size() + k]);
        }
        bound[std::size_t(p)] += per_area * sum * root_x(probe.x, i) * root_y(probe.y, j);
      }
    }
  }
}

SeriesPlan Planner::plan(double tolerance, int max_modes) {
  const std::size_t probes = probes_.size();
  std::vector<double> beyond(probes);
  int limit_x = tolerance > 0 ? std::min(kFirstModes, max_modes) : max_modes, limit_y = limit_x;
  for (;;) {
    set_edges(limit_x, limit_y);
    std::vector<double> beyond_x(probes), beyond_y(probes);
    std::vector<std::pair<int, int>> corners;
    for (int j = 0; j <= ny(); ++j) corners.emplace_back(nx(), j);
    add_bounds(corners, beyond_x);
    corners.clear();
    for (int i = 0; i < nx(); ++i) corners.emplace_back(i, ny());
    add_bounds(corners, beyond_y);
    double worst_x = 0, worst_y = 0, worst = 0;
    for (std::size_t p = 0; p < probes; ++p) {
      beyond[p] = beyond_x[p] + beyond_y[p];
      worst_x = std::max(worst_x, beyond_x[p]);
      worst_y = std::max(worst_y, beyond_y[p]);
      worst = std::max(worst, beyond[p]);
    }
    if (worst <= kBeyondShare * tolerance) break;
    const bool can_x = limit_x < max_modes, can_y = limit_y < max_modes;
    if (!can_x && !can_y) break;
    const auto grow = [&](int limit) { return std::min(max_modes, limit + std::max(8, limit / 3)); };
    const bool grow_x = can_x && (worst_x > 0.3 * worst_y || !can_y);
    const bool grow_y = can_y && (worst_y > 0.3 * worst_x || !can_x);
    if ((grow_x && !can_y && worst_x <= kSlack * worst_y) ||
        (grow_y && !can_x && worst_y <= kSlack * worst_x))
      break;
    if (grow_x) limit_x = grow(limit_x);
    if (grow_y) limit_y = grow(limit_y);
  }

  SeriesPlan plan;
  plan.edges_x = edges_x_;
  plan.edges_y = edges_y_;
  plan.taken.assign(std::size_t(nx()) * std::size_t(ny()), 0);
  plan.taken[0] = 1;
  plan.modes = 1;

  std::vector<std::pair<int, int>> panels;
  for (int i = 0; i < nx(); ++i)
    for (int j = 0; j < ny(); ++j)
      if (i + j > 0) panels.emplace_back(i, j);
  std::vector<double> each(panels.size() * probes);  // bound of panel k in probe p
  const std::vector<double> z = corner_responses(panels);
  const double per_area = 1 / (x_.length() * y_.length());
  for (std::size_t k = 0; k < panels.size(); ++k) {
    const auto [i, j] = panels[k];
    std::vector<double> from_strength(from_.size());
    for (std::size_t f = 0; f < from_.size(); ++f) from_strength[f] = strength(from_[f], i, j, false, false);
    for (std::size_t t = 0; t < to_.size(); ++t) {
      double sum = 0;
      for (std::size_t f = 0; f < from_.size(); ++f)
        sum += from_strength[f] * z[(f * to_.size() + t) * panels.size() + k];
      for (int p : to_[t].second) {
        const SeriesProbe& probe = probes_[std::size_t(p)];
        each[k * probes + std::size_t(p)] = per_area * sum * root_x(probe.x, i) * root_y(probe.y, j);
      }
    }
  }
  std::vector<std::pair<double, std::size_t>> order(panels.size());
  std::vector<double> left = beyond, target(probes);
  for (std::size_t p = 0; p < probes; ++p) target[p] = std::max(tolerance, beyond[p] * (1 + kSlack));
  for (std::size_t k = 0; k < panels.size(); ++k) {
    const auto [i, j] = panels[k];
    double most = 0;
    for (std::size_t p = 0; p < probes; ++p) {
      most = std::max(most, each[k * probes + p] / target[p]);
      left[p] += each[k * probes + p];
    }
    const double size = double(edges_x_[std::size_t(i) + 1] - edges_x_[std::size_t(i)]) *
                        double(edges_y_[std::size_t(j) + 1] - edges_y_[std::size_t(j)]);
    order[k] = {-most / size, k};
  }
  std::sort(order.begin(), order.end());
  std::size_t used = 0;
  for (; used < order.size(); ++used) {
    bool enough = tolerance > 0;
    for (std::size_t p = 0; p < probes && enough; ++p) enough = left[p] <= target[p];
    if (enough) break;
    const std::size_t k = order[used].second;
    const auto [i, j] = panels[k];
    for (std::size_t p = 0; p < probes; ++p) left[p] -= each[k * probes + p];
    plan.taken[std::size_t(i) * std::size_t(ny()) + std::size_t(j)] = 1;
    plan.modes += static_cast<long long>(edges_x_[std::size_t(i) + 1] - edges_x_[std::size_t(i)]) *
                  (edges_y_[std::size_t(j) + 1] - edges_y_[std::size_t(j)]);
  }
  // Summed afresh: what is left by subtraction carries the rounding of what was large.
  plan.error_bound = beyond;
  for (; used < order.size(); ++used)
    for (std::size_t p = 0; p < probes; ++p) plan.error_bound[p] += each[order[used].second * probes + p];
  return plan;
}

}  // namespace

SeriesPlan plan_series(const LayeredModes& modes, CosineAxis& axis_x, CosineAxis& axis_y,
                       const std::vector<SeriesSource>& sources, const std::vector<SeriesProbe>& probes,
                       double tolerance_K, int max_modes) {
  return Planner(modes, axis_x, axis_y, sources, probes).plan(tolerance_K, max_modes);
}

}  // namespace bondline::numerics
