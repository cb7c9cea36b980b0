#include "numerics/layered_plan.h"

#include <algorithm>
#include <cmath>

namespace bondline::numerics {
namespace {

using Corner = LayeredBounds::Corner;

// Shares of the tolerance: what lies beyond the tables may use kBeyondShare of it, omitted panels get the
// rest. When max_modes stops the tables, omitted panels may add kSlack of what lies beyond (summing more
// would gain nothing).
constexpr double kBeyondShare = 0.4, kSlack = 0.1;
constexpr int kFirstModes = 24;

std::vector<double> sum_panels(const std::vector<double>& bounds, std::size_t probes) {
  std::vector<double> sums(probes);
  for (std::size_t k = 0; k < bounds.size(); ++k) sums[k % probes] += bounds[k];
  return sums;
}

}  // namespace

SeriesPlan plan_series(const LayeredModes& modes, CosineAxis& axis_x, CosineAxis& axis_y,
                       const std::vector<SeriesSource>& sources, const std::vector<SeriesProbe>& asked,
                       double tolerance, int max_modes) {
  const std::size_t probes = asked.size();
  LayeredBounds bounds(modes, axis_x, axis_y, sources, asked);
  std::vector<double> beyond(probes);
  int limit_x = tolerance > 0 ? std::min(kFirstModes, max_modes) : max_modes, limit_y = limit_x;
  for (;;) {
    bounds.set_modes(limit_x, limit_y);
    std::vector<Corner> corners;
    for (int j = 0; j <= bounds.ny(); ++j) corners.emplace_back(bounds.nx(), j);
    const std::vector<double> beyond_x = sum_panels(bounds.of(corners), probes);
    corners.clear();
    for (int i = 0; i < bounds.nx(); ++i) corners.emplace_back(i, bounds.ny());
    const std::vector<double> beyond_y = sum_panels(bounds.of(corners), probes);
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
  plan.edges_x = bounds.edges_x();
  plan.edges_y = bounds.edges_y();
  plan.taken.assign(std::size_t(bounds.nx()) * std::size_t(bounds.ny()), 0);
  plan.taken[0] = 1;
  plan.modes = 1;

  const int nx = bounds.nx(), ny = bounds.ny();
  std::vector<Corner> panels;
  for (int i = 0; i < nx; ++i)
    for (int j = 0; j < ny; ++j)
      if (i + j > 0) panels.emplace_back(i, j);
  const std::vector<double> each = bounds.of(panels);  // bound of panel k in probe p
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
    const double size = double(plan.edges_x[std::size_t(i) + 1] - plan.edges_x[std::size_t(i)]) *
                        double(plan.edges_y[std::size_t(j) + 1] - plan.edges_y[std::size_t(j)]);
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
    plan.taken[std::size_t(i) * std::size_t(ny) + std::size_t(j)] = 1;
    plan.modes += static_cast<long long>(plan.edges_x[std::size_t(i) + 1] - plan.edges_x[std::size_t(i)]) *
                  (plan.edges_y[std::size_t(j) + 1] - plan.edges_y[std::size_t(j)]);
  }
  // Summed afresh: what is left by subtraction carries the rounding of what was large.
  plan.error_bound = beyond;
  for (; used < order.size(); ++used)
    for (std::size_t p = 0; p < probes; ++p) plan.error_bound[p] += each[order[used].second * probes + p];
  return plan;
}

}  // namespace bondline::numerics
