#include "design/rules/plane.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace bondline::rules::detail {
namespace {

using package::Footprint;

constexpr double pi = std::numbers::pi;

TEST(Plane, PushTakesOneFootprintJustOffTheOther) {
  std::mt19937 rng(3);
  std::uniform_real_distribution<double> at(-1, 1), size(0.2, 2), angle(-pi, pi);
  int met = 0;
  for (int n = 0; n < 500; ++n) {
    const Footprint a{{at(rng), at(rng)}, {size(rng), size(rng)}, angle(rng)};
    Footprint b{{at(rng), at(rng)}, {size(rng), size(rng)}, angle(rng)};
    const Push push = push_apart(a, b);
    if (a.overlap_area(b) <= 1e-12) continue;
    ++met;
    ASSERT_GT(push.depth, 0);
    Footprint nearly = b;
    nearly.at = {b.at.x + 0.99 * push.depth * push.direction.x,
                 b.at.y + 0.99 * push.depth * push.direction.y};
    EXPECT_GT(a.overlap_area(nearly), 0);
    b.at = {b.at.x + push.depth * push.direction.x, b.at.y + push.depth * push.direction.y};
    EXPECT_NEAR(a.overlap_area(b), 0, 1e-12);
  }
  EXPECT_GT(met, 100);
}

TEST(Plane, GapIsTheShortestWayBetweenEdges) {
  const Footprint a{{0, 0}, {2, 2}, 0};
  EXPECT_NEAR(gap_between(a, {{3, 0}, {2, 2}, 0}), 1, 1e-12);
  EXPECT_NEAR(gap_between(a, {{4, 5}, {2, 2}, 0}), std::hypot(2, 3), 1e-12);
  EXPECT_NEAR(gap_between(a, {{3, 0}, {2, 2}, pi / 4}), 2 - std::sqrt(2.0), 1e-12);
  EXPECT_EQ(gap_between(a, {{1, 1}, {2, 2}, 0.3}), 0);
}

TEST(Plane, SticksOutIsNegativeInside) {
  const Footprint outer{{0, 0}, {10, 4}, 0};
  EXPECT_NEAR(sticks_out({{0, 0}, {6, 2}, 0}, outer), -1, 1e-12);
  EXPECT_NEAR(sticks_out({{4, 0}, {6, 2}, 0}, outer), 2, 1e-12);
  EXPECT_NEAR(sticks_out({{0, 0}, {6, 2}, pi / 2}, outer), 1, 1e-12);
}

}  // namespace
}  // namespace bondline::rules::detail
