#include "design/thermal/transient/step_ladder.h"

#include <algorithm>
#include <cmath>

namespace bondline::thermal::detail {
namespace {

constexpr double kAimed = 0.8;  // share of the allowed error that the next step is planned for
constexpr double kMost = 4;

}  // namespace

double StepLadder::choose(double wanted) {
  step_ = 1;
  for (int a = kDeepest; a >= 0; --a) {
    const std::uint64_t rung = std::uint64_t(1) << a;
    const double length = whole_ * (double(rung) / double(kAll));
    // From 2^a past a multiple of 2^(a+2), three rungs reach the next one.
    if (a + 2 <= kDeepest && at_ % (rung << 2) == rung && 3 * length <= wanted * (1 + 1e-9)) {
      step_ = 3 * rung;
      break;
    }
    if (at_ % rung == 0 && kAll - at_ >= rung && length <= wanted * (1 + 1e-9)) {
      step_ = rung;
      break;
    }
  }
  return length();
}

double growth(double ratio, double h, double t) {
  if (ratio > 1) return std::max(0.25, 0.85 / std::cbrt(ratio));
  const double middle = std::max(t - 0.5 * h, 0.5 * h);
  double least = 0.25, most = kMost;
  const auto planned = [&](double g) {
    const double later = middle / (t + 0.5 * g * h);
    return ratio * g * g * g * later;
  };
  if (planned(most) <= kAimed) return most;
  for (int halving = 0; halving < 30; ++halving) {
    const double g = 0.5 * (least + most);
    (planned(g) <= kAimed ? least : most) = g;
  }
  return least;
}

}  // namespace bondline::thermal::detail
