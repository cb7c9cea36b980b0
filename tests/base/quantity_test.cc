#include "base/quantity.h"

#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <locale>
#include <string>
#include <vector>

namespace bondline::base {
namespace {

struct Case {
  std::string text;
  double value;
  Dimension dimension;
};

TEST(Quantity, ReadsWhatEngineersWrite) {
  const std::vector<Case> cases = {
      {"25um", 25e-6, dim::length},
      {"25 um", 25e-6, dim::length},
      {"25 \u00b5m", 25e-6, dim::length},
      {"25 \u03bcm", 25e-6, dim::length},
      {"0.35 um", 0.35e-6, dim::length},
      {"  -3 mm ", -3e-3, dim::length},
      {"+.5 mm", 0.5e-3, dim::length},
      {"\u22123 mm", -3e-3, dim::length},
      {"16 nm", 16e-9, dim::length},
      {"2 mil", 50.8e-6, dim::length},
      {"1 in", 25.4e-3, dim::length},
      {"10 h", 36000, dim::time},
      {"30 d", 2592000, dim::time},
      {"5 min", 300, dim::time},
      {"1.2 W/(m K)", 1.2, dim::conductivity},
      {"1.2 W/m/K", 1.2, dim::conductivity},
      {"1.2 W m-1 K-1", 1.2, dim::conductivity},
      {"1.2 W*m^-1*K^-1", 1.2, dim::conductivity},
      {"1.2 W\u00b7m\u207b\u00b9\u00b7K\u207b\u00b9", 1.2, dim::conductivity},
      {"1.2 W/(m.K)", 1.2, dim::conductivity},
      {"1e5 W/(m2 K)", 1e5, dim::film_coefficient},
      {"10 W/m^2/K", 10, dim::film_coefficient},
      {"10 W/(m\u00b2 K)", 10, dim::film_coefficient},
      {"10 W/(m**2 degC)", 10, dim::film_coefficient},
      {"17 ppm/K", 17e-6, dim::per_temperature},
      {"17 ppm/degC", 17e-6, dim::per_temperature},
      {"17e-6 1/K", 17e-6, dim::per_temperature},
      {"17e-6 /K", 17e-6, dim::per_temperature},
      {"17E-6/K", 17e-6, dim::per_temperature},
      {"60 %", 0.6, dim::none},
      {"60%", 0.6, dim::none},
      {"0.6", 0.6, dim::none},
      {"3 ppm", 3e-6, dim::none},
      {"0.4 K/W", 0.4, dim::thermal_resistance},
      {"0.4 degC/W", 0.4, dim::thermal_resistance},
      {"0.4 \u00b0C/W", 0.4, dim::thermal_resistance},
      {"10 mm2 K/W", 10e-6, dim::area_resistance},
      {"1.2 cm2/s", 1.2e-4, dim::diffusivity},
      {"2.33 g/cm3", 2330, dim::density},
      {"10 mL/min", 1e-5 / 60, dim::flow_rate},
      {"80 kJ/mol", 80e3, dim::molar_energy},
      {"25 GPa", 25e9, dim::pressure},
      {"80 MPa", 80e6, dim::pressure},
      {"1.7e-8 ohm m", 1.7e-8, dim::resistivity},
      {"1.7 uohm cm", 1.7e-8, dim::resistivity},
      {"50 \u03a9", 50, dim::resistance},
      {"50 \u2126", 50, dim::resistance},
      {"4.7 k\u03a9", 4700, dim::resistance},
      {"700 J/(kg K)", 700, dim::specific_heat},
      {"12 J/m2", 12, dim::toughness},
      {"12 N/m", 12, dim::toughness},
      {"1.6e6 J/(m3 K)", 1.6e6, dim::volumetric_heat},
      {"3e-6 kg/(m3 Pa)", 3e-6, dim::solubility},
      {"100 nF", 100e-9, dim::capacitance},
      {"3 GHz", 3e9, dim::frequency},
      {"inf", INFINITY, dim::none},
  };
  for (const Case& one : cases) {
    const QuantityResult read = parse_quantity(one.text);
    ASSERT_TRUE(read.quantity) << one.text << ": " << read.problem;
    EXPECT_DOUBLE_EQ(read.quantity->value, one.value) << one.text;
    EXPECT_EQ(read.quantity->dimension, one.dimension) << one.text;
  }
}

TEST(Quantity, IsTheNearestDoubleWhereTheUnitIsAPowerOfTen) {
  for (int i = 1; i < 2000; ++i) {
    const std::string number = std::to_string(i / 100) + "." + std::to_string(i % 100 + 100).substr(1);
    EXPECT_EQ(parse_quantity(number + " um").quantity->value, std::strtod((number + "e-6").c_str(), nullptr));
    EXPECT_EQ(parse_quantity(number + " cm2").quantity->value,
              std::strtod((number + "e-4").c_str(), nullptr));
  }
}

TEST(Quantity, ShiftsCelsiusAsAPointOnly) {
  const auto value = [](const char* text, Scale scale = Scale::point) {
    const QuantityResult read = parse_as(text, dim::temperature, scale);
    return read.quantity ? read.quantity->value : std::nan("");
  };
  EXPECT_DOUBLE_EQ(value("260 degC"), 533.15);
  EXPECT_DOUBLE_EQ(value("260 °C"), 533.15);
  EXPECT_DOUBLE_EQ(value("-40 degC"), 233.15);
  EXPECT_DOUBLE_EQ(value("212 degF"), 373.15);
  EXPECT_EQ(value("300 K"), 300);
  EXPECT_EQ(value("-273.15 degC"), 0);
  EXPECT_EQ(value("20 degC", Scale::difference), 20);
  EXPECT_EQ(value("-20 K", Scale::difference), -20);
  EXPECT_EQ(value("9 degF", Scale::difference), 5);
}

TEST(Quantity, RefusesTemperaturesBelowAbsoluteZero) {
  EXPECT_EQ(parse_as("-300 degC", dim::temperature).problem, "-300 degC is below absolute zero");
  EXPECT_FALSE(parse_as("-1 K", dim::temperature).quantity);
}

TEST(Quantity, SaysWhatItIsAndWhatWasWanted) {
  const QuantityResult read = parse_as("4 W", dim::length);
  EXPECT_EQ(read.problem, "4 W is a power, a length was wanted (for example 25 um)");
  EXPECT_EQ(read.mend, "write it in a unit such as um");
  EXPECT_EQ(parse_as("3 mm2", dim::none).problem,
            "3 mm2 is an area, a plain number was wanted (for example 0.6 or 60 %)");
  EXPECT_EQ(parse_as("60 %", dim::length).problem,
            "60 % is a plain number, a length was wanted (for example 25 um)");
  EXPECT_EQ(parse_as("3 m5", dim::length).problem,
            "3 m5 is a quantity in m5, a length was wanted (for example 25 um)");
}

TEST(Quantity, AsksForAUnit) {
  EXPECT_EQ(parse_as("25", dim::length).problem, "25 has no unit, a length was wanted (for example 25 um)");
  EXPECT_EQ(parse_as("0", dim::length).quantity->value, 0);
  EXPECT_EQ(parse_as("-0.0", dim::length).quantity->value, 0);
  EXPECT_EQ(parse_as("inf", dim::film_coefficient).quantity->value, INFINITY);
  EXPECT_FALSE(parse_as("0", dim::temperature).quantity) << "0 degC or 0 K?";
  EXPECT_TRUE(parse_as("0", dim::temperature, Scale::difference).quantity);
  EXPECT_TRUE(parse_as("5", dim::none).quantity);
}

TEST(Quantity, KnowsCommonSlips) {
  EXPECT_EQ(parse_as("25 C", dim::temperature).mend, "write 25 degC (C alone is the coulomb)");
  EXPECT_EQ(parse_as("1.2 W/mK", dim::conductivity).mend, "write 1.2 W/(m K) (mK is the millikelvin)");
  EXPECT_EQ(parse_quantity("3 MHZ").mend, "did you mean mHz or MHz?");
  EXPECT_EQ(parse_quantity("3 UM").mend, "did you mean um?");
  EXPECT_EQ(parse_quantity("3 ohms").mend, "did you mean ohm or Ohm?");
  EXPECT_EQ(parse_quantity("1,5 mm").problem, "\"1,5 mm\" has a comma in its number");
  EXPECT_NE(parse_quantity("1 W/m K").problem.find("two ways"), std::string::npos);
  EXPECT_NE(parse_quantity("1 MPa m^0.5").problem.find("broken power"), std::string::npos);
}

TEST(Quantity, RefusesEverythingElseWithAProblemAndNoValue) {
  const std::vector<std::string> bad = {"",
                                        " ",
                                        "um",
                                        "25 dB",
                                        "25 furlong",
                                        "25 um x",
                                        "25 um 3",
                                        "--3 mm",
                                        "1e400 m",
                                        "1e-400 m",
                                        "nan",
                                        "NaN m",
                                        "infinity",
                                        "-inf",
                                        "inf mm",
                                        ".inf",
                                        "1e",
                                        ".",
                                        "-",
                                        "5 m^",
                                        "5 (m",
                                        "5 m)",
                                        "5 /",
                                        "5 m/",
                                        "5 *m",
                                        "5 m**",
                                        "5 m^99",
                                        "5 ((m9)9)9",
                                        "1_000 m",
                                        "0x10 m",
                                        "25 \xc2",
                                        "25 \xff",
                                        "5 m^-",
                                        "1.2.3 m",
                                        "5 m//s",
                                        "5 ()",
                                        std::string("25\0um", 5),
                                        std::string(300, '1'),
                                        "5 " + std::string(200, '('),
                                        "5 12 m",
                                        "5 μμ"};
  for (const std::string& text : bad) {
    const QuantityResult read = parse_quantity(text);
    EXPECT_FALSE(read.quantity) << text;
    EXPECT_NE(read.problem, "") << text;
    EXPECT_NE(parse_as(text, dim::length).problem, "") << text;
  }
}

struct CommaForPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(Quantity, DoesNotHearTheLocale) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new CommaForPoint));
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // the C locale as well, where the machine knows this one
  EXPECT_EQ(parse_quantity("1.5 mm").quantity->value, 1.5e-3);
  EXPECT_EQ(format_quantity(1.5e-3, dim::length), "1.5 mm");
  EXPECT_EQ(format_quantity(1234567, dim::none, 7), "1234567");
  std::setlocale(LC_ALL, "C");
  std::locale::global(before);
}

}  // namespace
}  // namespace bondline::base
