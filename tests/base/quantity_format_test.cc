#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/diagnostic.h"
#include "base/quantity.h"

namespace bondline::base {
namespace {

const Dimension kAll[] = {dim::none,
                          dim::length,
                          dim::area,
                          dim::volume,
                          dim::mass,
                          dim::time,
                          dim::current,
                          dim::temperature,
                          dim::power,
                          dim::energy,
                          dim::pressure,
                          dim::voltage,
                          dim::frequency,
                          dim::velocity,
                          dim::density,
                          dim::specific_heat,
                          dim::conductivity,
                          dim::film_coefficient,
                          dim::area_resistance,
                          dim::thermal_resistance,
                          dim::per_temperature,
                          dim::resistivity,
                          dim::resistance,
                          dim::capacitance,
                          dim::inductance,
                          dim::toughness,
                          dim::diffusivity,
                          dim::solubility,
                          dim::flow_rate,
                          dim::volumetric_heat,
                          dim::molar_energy,
                          {{3, -2, 1, 0, 0, 0, 1}},
                          {{-1, 0, 0, -2, 0, 0, 0}}};

TEST(InUnit, ScalesExactlyByPowersOfTen) {
  EXPECT_EQ(in_unit(4.5e-5, "um"), 45);
  EXPECT_EQ(in_unit(0.012, "mm"), 12);
  EXPECT_EQ(in_unit(0.6, "%"), 60);
  EXPECT_DOUBLE_EQ(in_unit(533.15, "degC"), 260);
  EXPECT_EQ(in_unit(0.4, "degC/W"), 0.4);
  EXPECT_EQ(from_unit(25, "um"), 25e-6);
  EXPECT_EQ(from_unit(25, "degC"), 298.15);
  EXPECT_EQ(from_unit(10, "h"), 36000);
  EXPECT_EQ(in_unit(36000, "h"), 10);
  EXPECT_EQ(in_unit(0.5, ""), 0.5);
}

TEST(InUnit, ThrowsOnAnUnknownUnit) {
  EXPECT_THROW(in_unit(1, "furlong"), Error);
  EXPECT_THROW(from_unit(1, "W/"), Error);
}

TEST(InUnit, AndFromUnitAreInverse) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> any(-1e4, 1e4);
  for (const char* unit :
       {"um", "degC", "degF", "W/(m K)", "mil", "mL/min", "ppm/K", "psi", "kJ/mol", "yr"}) {
    for (int i = 0; i < 200; ++i) {
      const double value = any(random);
      EXPECT_NEAR(in_unit(from_unit(value, unit), unit), value, 1e-12 * (std::abs(value) + 1000)) << unit;
    }
  }
}

TEST(FormatQuantity, WritesWhatAPersonWould) {
  EXPECT_EQ(format_quantity(25e-6, dim::length), "25 um");
  EXPECT_EQ(format_quantity(0.012, dim::length), "12 mm");
  EXPECT_EQ(format_quantity(1.2, dim::power), "1.2 W");
  EXPECT_EQ(format_quantity(0.3, dim::power), "300 mW");
  EXPECT_EQ(format_quantity(533.15, dim::temperature), "260 degC");
  EXPECT_EQ(format_quantity(20, dim::temperature, 4, Scale::difference), "20 K");
  EXPECT_EQ(format_quantity(1.2, dim::conductivity), "1.2 W/(m K)");
  EXPECT_EQ(format_quantity(1e5, dim::film_coefficient), "1e+05 W/(m2 K)");
  EXPECT_EQ(format_quantity(17e-6, dim::per_temperature), "17 ppm/K");
  EXPECT_EQ(format_quantity(36000, dim::time), "10 h");
  EXPECT_EQ(format_quantity(0.4, dim::thermal_resistance), "0.4 K/W");
  EXPECT_EQ(format_quantity(25e9, dim::pressure), "25 GPa");
  EXPECT_EQ(format_quantity(0.6, dim::none), "0.6");
  EXPECT_EQ(format_quantity(0, dim::length), "0 um");
  EXPECT_EQ(format_quantity(-0.0, dim::none), "0");
  EXPECT_EQ(format_quantity(INFINITY, dim::film_coefficient), "inf");
  EXPECT_EQ(format_quantity(5, {{2, 1, -3, 0, -2, 0, 0}}), "5 kg m2/(s3 K2)");
}

TEST(FormatQuantity, MovesToTheNextUnitWhenRoundingReachesIt) {
  EXPECT_EQ(format_quantity(999.99e-6, dim::length), "1 mm");
  EXPECT_EQ(format_quantity(999.9e-6, dim::length), "999.9 um");
}

TEST(FormatQuantity, RoundTripsForEveryDimension) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> exponent(-14, 14), mantissa(1, 10);
  for (const Dimension& dimension : kAll) {
    for (int i = 0; i < 300; ++i) {
      const double si = mantissa(random) * std::pow(10.0, exponent(random)) *
                        (i % 2 && dimension != dim::temperature ? -1 : 1);
      for (int digits : {3, 6, 17}) {
        const Scale scale = i % 3 ? Scale::difference : Scale::point;
        const std::string text = format_quantity(si, dimension, digits, scale);
        const QuantityResult read = parse_as(text, dimension, scale);
        ASSERT_TRUE(read.quantity) << text << ": " << read.problem;
        const bool shifted = dimension == dim::temperature && scale == Scale::point;
        const double size = shifted ? std::abs(si) + 273.15 : std::abs(si);
        EXPECT_NEAR(read.quantity->value, si, size * std::max(0.51 * std::pow(10.0, 1 - digits), 1e-15))
            << text;
      }
    }
  }
}

TEST(DimensionName, IsInWordsAndItsExampleUnitHasThatDimension) {
  for (const Dimension& dimension : kAll) {
    EXPECT_NE(dimension_name(dimension), "");
    const QuantityResult read = parse_quantity("1 " + example_unit(dimension));
    ASSERT_TRUE(read.quantity) << example_unit(dimension);
    EXPECT_EQ(read.quantity->dimension, dimension) << example_unit(dimension);
  }
  EXPECT_EQ(dimension_name(dim::conductivity), "thermal conductivity");
  EXPECT_EQ(dimension_name({{3, -2, 1, 0, 0, 0, 1}}), "quantity in m3 s cd/kg2");
}

}  // namespace
}  // namespace bondline::base
