#include "base/unit_conversion.h"

#include <gtest/gtest.h>

using namespace bondline::base;

namespace {

double convert(double value, const char* from, const char* to) {
  std::string problem, mend;
  const auto c = conversion_between(from, to, &problem, &mend);
  EXPECT_TRUE(c) << problem;
  return c ? value * c->scale + c->offset : 0;
}

std::string problem_of(const char* from, const char* to) {
  std::string problem, mend;
  EXPECT_FALSE(conversion_between(from, to, &problem, &mend));
  EXPECT_FALSE(problem.empty());
  return problem;
}

}  // namespace

TEST(UnitConversion, TemperaturesArePointsOnTheirScales) {
  EXPECT_NEAR(convert(212, "degF", "degC"), 100, 1e-12);
  EXPECT_NEAR(convert(-40, "degF", "degC"), -40, 1e-12);
  EXPECT_NEAR(convert(100, "degC", "degF"), 212, 1e-12);
  EXPECT_NEAR(convert(25, "degC", "K"), 298.15, 1e-12);
  EXPECT_NEAR(convert(298150, "mK", "degC"), 25, 1e-9);
  EXPECT_EQ(convert(21.5, "degC", "°C"), 21.5);
}

TEST(UnitConversion, WithinCompoundUnitsTheyAreDifferences) {
  EXPECT_NEAR(convert(1, "W/degF", "W/K"), 1.8, 1e-15);
  EXPECT_EQ(convert(3, "K/W", "degC/W"), 3);
}

TEST(UnitConversion, PowersOfTenAreExact) {
  EXPECT_EQ(convert(1, "bar", "Pa"), 1e5);
  EXPECT_EQ(convert(1, "bar", "mbar"), 1000);
  EXPECT_NEAR(convert(6, "m/min", "mm/s"), 100, 1e-12);
  EXPECT_NEAR(convert(14.503773773020922, "psi", "bar"), 1, 1e-14);
  EXPECT_NEAR(convert(1500, "rpm", "Hz"), 25, 1e-12);
}

TEST(UnitConversion, RefusesWhatDoesNotFit) {
  EXPECT_NE(problem_of("degF", "bar").find("measures"), std::string::npos);
  EXPECT_NE(problem_of("furlong", "m").find("furlong"), std::string::npos);
  problem_of("", "m");
  problem_of("bar", "");
}
