#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "design/package/solids.h"

namespace bondline::package {
namespace {

constexpr double pi = std::numbers::pi;

Footprint random_footprint(std::mt19937& rng) {
  std::uniform_real_distribution<double> at(-5e-3, 5e-3), size(0.1e-3, 8e-3), angle(-pi, pi);
  return {{at(rng), at(rng)}, {size(rng), size(rng)}, angle(rng)};
}

Footprint turned_about_origin(const Footprint& f, double by) {
  const double c = std::cos(by), s = std::sin(by);
  return {{c * f.at.x - s * f.at.y, s * f.at.x + c * f.at.y}, f.size, f.rotation + by};
}

TEST(Footprint, OverlapIsSymmetricAndUnmovedByTurningBoth) {
  std::mt19937 rng(7);
  std::uniform_real_distribution<double> angle(-pi, pi);
  int touching = 0;
  for (int n = 0; n < 2000; ++n) {
    const Footprint a = random_footprint(rng), b = random_footprint(rng);
    const double ab = a.overlap_area(b);
    const double by = angle(rng);
    EXPECT_NEAR(ab, b.overlap_area(a), 1e-18);
    EXPECT_NEAR(ab, turned_about_origin(a, by).overlap_area(turned_about_origin(b, by)), 1e-17);
    EXPECT_LE(ab, std::min(a.size.x * a.size.y, b.size.x * b.size.y) * (1 + 1e-12));
    touching += ab > 0;
  }
  EXPECT_GT(touching, 500);
}

TEST(Footprint, OverlapOfAFootprintWithItselfIsItsArea) {
  std::mt19937 rng(8);
  for (int n = 0; n < 200; ++n) {
    const Footprint a = random_footprint(rng);
    EXPECT_NEAR(a.overlap_area(a), a.size.x * a.size.y, 1e-12 * a.size.x * a.size.y);
  }
}

TEST(Footprint, SquareTurnedByEighthSharesTheOctagon) {
  const Footprint square{{0, 0}, {2, 2}, 0}, turned{{0, 0}, {2, 2}, pi / 4};
  // A unit-inradius square and itself turned by 45 degrees share the regular octagon of inradius 1: 8
  // tan(pi/8).
  EXPECT_NEAR(square.overlap_area(turned), 8 * std::tan(pi / 8), 1e-12);
}

TEST(Footprint, CellsOfAGridShareTheWholeTurnedFootprint) {
  const Footprint f{{0.3e-3, -0.2e-3}, {5e-3, 3e-3}, 0.4};
  double sum = 0;
  for (int j = -40; j < 40; ++j) {
    for (int i = -40; i < 40; ++i)
      sum += f.overlap_area(Rect{i * 1e-4, j * 1e-4, (i + 1) * 1e-4, (j + 1) * 1e-4});
  }
  EXPECT_NEAR(sum, 15e-6, 1e-17);
}

TEST(Footprint, ApartOrTouchingSharesNothing) {
  const Footprint a{{0, 0}, {1e-3, 1e-3}, 0}, touching{{1e-3, 0}, {1e-3, 1e-3}, 0},
      corner{{1.3e-3, 0}, {1e-3, 1e-3}, pi / 4};
  EXPECT_EQ(a.overlap_area(touching), 0);
  EXPECT_EQ(a.overlap_area(corner), 0);
  EXPECT_GT(a.overlap_area(Footprint{{1.1e-3, 0}, {1e-3, 1e-3}, pi / 4}), 0);
}

TEST(Footprint, QuarterTurnsSwapSidesExactly) {
  const Footprint f{{1e-3, 2e-3}, {4e-3, 2e-3}, pi / 2};
  EXPECT_TRUE(f.axis_parallel());
  EXPECT_EQ(f.bounds().x0, 1e-3 - 1e-3);
  EXPECT_EQ(f.bounds().y1, 2e-3 + 2e-3);
  EXPECT_FALSE((Footprint{{0, 0}, {1, 1}, 0.01}).axis_parallel());
}

TEST(Footprint, PlacesADieLocalRectangleAfterTurning) {
  // Lower left corner of a die turned by +90 degrees ends at the lower right.
  const Footprint die{{10e-3, 0}, {4e-3, 2e-3}, pi / 2};
  const Footprint placed = die.place({0, 0, 1e-3, 1e-3});
  EXPECT_NEAR(placed.at.x, 10e-3 + 0.5e-3, 1e-15);
  EXPECT_NEAR(placed.at.y, -1.5e-3, 1e-15);
}

TEST(Footprint, ContainsItsEdgeAndNothingBeyond) {
  const Footprint f{{0, 0}, {2e-3, 1e-3}, pi / 6};
  for (const Vec2& corner : f.corners()) {
    EXPECT_TRUE(f.contains(corner));
    EXPECT_FALSE(f.contains({corner.x * 1.0001, corner.y * 1.0001}));
  }
}

}  // namespace
}  // namespace bondline::package
