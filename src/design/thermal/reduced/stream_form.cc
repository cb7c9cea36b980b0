#include "design/thermal/reduced/stream_form.h"

#include <cmath>
#include <numbers>

namespace bondline::thermal::detail {
namespace {

constexpr int kHalvings = 60;
constexpr double kSafe = 1e-9;  // beyond what bisection and rounding leave

}  // namespace

double stream_kept(double units) {
  if (!(units > 1e-12)) return 1 - kSafe;
  double low = 0, high = std::numbers::pi / units;
  for (int n = 0; n < kHalvings; ++n) {
    const double w = 0.5 * (low + high);
    (w * std::tan(0.5 * w * units) < 1 ? low : high) = w;
  }
  return low * low / (1 + low * low) * (1 - kSafe);
}

double stream_lean(double units) {
  double low = 0.5 * std::numbers::pi, high = std::numbers::pi;
  for (int n = 0; n < kHalvings; ++n) {  // tan(y) + 2 y / N rises from -inf
    const double y = 0.5 * (low + high);
    (std::sin(y) * units + 2 * y * std::cos(y) > 0 ? low : high) = y;
  }
  return 0.5 * units / low * (1 + kSafe);
}

std::vector<double> chain_units(const numerics::StreamNetwork& s) {
  std::vector<double> along(s.nodes(), 0.0);
  for (std::size_t n = 0; n < s.nodes(); ++n) {
    double g = 0;
    for (std::size_t l = s.first[n]; l < s.first[n + 1]; ++l) g += s.g[l];
    along[n] = g / s.rate[n] + (s.upstream[n] < 0 ? 0 : along[std::size_t(s.upstream[n])]);
  }
  for (std::size_t n = s.nodes(); n-- > 0;)  // the end's to the whole chain
    if (s.upstream[n] >= 0) along[std::size_t(s.upstream[n])] = along[n];
  return along;
}

}  // namespace bondline::thermal::detail
