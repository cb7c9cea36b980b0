#include "show/ticks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace bondline::show {
namespace {

TEST(Ticks, AreRound) {
  EXPECT_EQ(nice_ticks(0, 10, 6).label, (std::vector<std::string>{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(nice_ticks(-0.6, 0.6, 5).label, (std::vector<std::string>{"-0.5", "0.0", "0.5"}));
  EXPECT_EQ(nice_ticks(61.3, 98.2, 8).label,
            (std::vector<std::string>{"65", "70", "75", "80", "85", "90", "95"}));
}

TEST(Ticks, StayInsideAndWithinTheirNumber) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> mantissa(-10, 10), exponent(-9, 9);
  for (int round = 0; round < 5000; ++round) {
    double low = mantissa(random) * std::pow(10, exponent(random));
    double high = low + std::abs(mantissa(random)) * std::pow(10, exponent(random));
    if (!(high - low > 1e-9 * std::max(std::abs(low), std::abs(high)))) continue;
    const int most = 2 + int(random() % 10);
    const Ticks ticks = nice_ticks(low, high, most);
    EXPECT_LE(ticks.at.size(), std::size_t(most));
    EXPECT_EQ(ticks.at.size(), ticks.label.size());
    for (std::size_t t = 0; t < ticks.at.size(); ++t) {
      EXPECT_GE(ticks.at[t], low);
      EXPECT_LE(ticks.at[t], high);
      if (t > 0) {
        EXPECT_GT(ticks.at[t], ticks.at[t - 1]);
      }
    }
  }
}

TEST(Ticks, DegenerateRangesAreAnswered) {
  EXPECT_EQ(nice_ticks(3, 3, 5).at, std::vector<double>{3});
  EXPECT_TRUE(nice_ticks(std::nan(""), 1, 5).at.empty());
  EXPECT_TRUE(nice_ticks(0, std::numeric_limits<double>::infinity(), 5).at.empty());
  EXPECT_TRUE(log_ticks(0, 10, 5).at.empty());
}

TEST(Ticks, LogarithmicAxesUsePowersOfTen) {
  EXPECT_EQ(log_ticks(1, 1e6, 8).at, (std::vector<double>{1, 10, 100, 1e3, 1e4, 1e5, 1e6}));
  EXPECT_EQ(log_ticks(1, 100, 8).at, (std::vector<double>{1, 2, 5, 10, 20, 50, 100}));
  EXPECT_GE(log_ticks(3, 4, 6).at.size(), 2u);  // no power of ten inside: linear
}

}  // namespace
}  // namespace bondline::show
