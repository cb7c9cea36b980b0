#include "numerics/cosine_series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace bondline::numerics {
namespace {

constexpr double kLength = 7e-3;

TEST(CosineAxis, MeansAreThoseOfTheDefinitionUpToHighModes) {
  CosineAxis axis(kLength);
  const int part = axis.add(1.3e-3, 2.9e-3), sliver = axis.add(3e-3, 3e-3 + 1e-9),
            point = axis.add(5e-3, 5e-3);
  axis.extend(100);
  axis.extend(5000);
  for (const int m : {0, 1, 2, 31, 32, 33, 99, 100, 101, 1000, 4999}) {
    const double u = m * std::numbers::pi / kLength;
    const double mean = m == 0 ? 1 : (std::sin(u * 2.9e-3) - std::sin(u * 1.3e-3)) / (u * 1.6e-3);
    EXPECT_NEAR(axis.means(part)[m], mean, 2e-13) << m;
    EXPECT_NEAR(axis.means(sliver)[m], std::cos(u * (3e-3 + 0.5e-9)) * (1 - std::pow(u * 0.5e-9, 2) / 6),
                1e-11)
        << m;
    EXPECT_NEAR(axis.means(point)[m], std::cos(u * 5e-3), 1e-11) << m;
  }
}

TEST(CosineAxis, TheWeightBeyondIsWhatTheTableLacksOfParseval) {
  CosineAxis small(kLength), large(kLength);
  for (const auto& [a, b] : {std::pair{0.0, 1e-3}, {1.1e-3, 1.2e-3}, {2e-3, 6.9e-3}}) {
    const int k = small.add(a, b);
    ASSERT_EQ(large.add(a, b), k);
    for (const int m : {1, 3, 20, 200}) {
      small.extend(m);
      large.extend(20000);
      const double rest = large.weight(k, small.modes(), 20000);
      EXPECT_GE(small.weight_beyond(k), rest);
      EXPECT_LE(small.weight_beyond(k), 1.05 * rest + large.weight_beyond(k) + 1e-12);
    }
  }
}

TEST(CosineAxis, TheWholeAxisHasOnlyItsMean) {
  CosineAxis axis(kLength);
  const int whole = axis.add(0, kLength);
  axis.extend(50);
  EXPECT_EQ(axis.means(whole)[0], 1);
  for (int m = 1; m < 50; ++m) EXPECT_EQ(axis.means(whole)[m], 0);
  EXPECT_EQ(axis.weight_beyond(whole), 0);
}

TEST(CosineAxis, TheSwingBoundsEverySumAgainstAFallingSequence) {
  CosineAxis axis(kLength);
  const int source = axis.add(1.3e-3, 2.9e-3), wall = axis.add(0, 2e-3);
  axis.extend(3000);
  for (int i = 0; i <= 40; ++i) {
    const int point = axis.add(kLength * i / 40, kLength * i / 40);
    for (const int s : {source, wall})
      for (const int first : {1, 7, 100, 333})
        for (const double power : {0.0, 1.0, 2.5}) {
          double sum = 0, most = 0;
          for (int m = first; m < 3000; ++m) {
            sum += 2 * axis.means(s)[m] * axis.means(point)[m] * std::pow(m, -power);
            most = std::max(most, std::abs(sum));
          }
          EXPECT_LE(most, axis.swing(s, point) * std::pow(first, -power - 1) * (1 + 1e-12));
        }
  }
}

TEST(CosineAxis, TheSwingIsInfiniteOnlyOnAnInnerEdge) {
  CosineAxis axis(kLength);
  const int source = axis.add(0, 2e-3);
  EXPECT_TRUE(std::isinf(axis.swing(source, axis.add(2e-3, 2e-3))));
  EXPECT_TRUE(std::isfinite(axis.swing(source, axis.add(0, 0))));
}

}  // namespace
}  // namespace bondline::numerics
