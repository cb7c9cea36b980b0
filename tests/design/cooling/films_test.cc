// Films of plates and bodies against worked examples of the textbooks and against their own limits.
#include <cmath>

#include <gtest/gtest.h>

#include "design/cooling/fluid.h"
#include "design/cooling/forced_convection.h"
#include "design/cooling/natural_convection.h"
#include "design/cooling/radiation.h"

namespace bondline::cooling {
namespace {

TEST(Fluid, IsItsTableAtTheTablesRows) {
  EXPECT_NEAR(at(Fluid::air, 300).conductivity, 26.3e-3, 1e-12);
  EXPECT_NEAR(at(Fluid::air, 300).prandtl(), 0.707, 0.001);
  EXPECT_NEAR(at(Fluid::water, 320).viscosity, 577e-6, 1e-15);
  EXPECT_NEAR(at(Fluid::water, 300).prandtl(), 5.83, 0.01);
  EXPECT_FALSE(at(Fluid::water, 380).valid);
  EXPECT_NEAR(at(Fluid::hfe_7100, 298.15).density, 1481.6, 0.1);
  EXPECT_EQ(find_fluid("Novec 7100"), Fluid::hfe_7100);
  EXPECT_FALSE(find_fluid("mercury"));
}

TEST(NaturalConvection, VerticalPlateIsIncroperasFireplaceDoor) {
  // Incropera 2007, example 9.2: 0.71 m high, 232 degC in air of 23 degC: Ra 1.813e9, Nu 147, h 7.0. (Its air
  // is at 1 bar, ours at 1.01325: 0.9 % in h.)
  const Correlated h = natural_vertical(Fluid::air, 505.15, 296.15, 0.71);
  EXPECT_NEAR(h.value, 7.0, 0.1);
  EXPECT_TRUE(h.valid);
}

TEST(NaturalConvection, VerticalPlateHasTheFlatConductionLimitAndNoJump) {
  const Correlated slow = natural_vertical(Fluid::air, 300.0, 300.0, 1e-3);
  EXPECT_NEAR(slow.value * 1e-3 / at(Fluid::air, 300).conductivity, 0.68, 0.1);
  EXPECT_FALSE(slow.valid);
  EXPECT_NE(slow.doubt.find("Ra"), std::string::npos);
}

TEST(NaturalConvection, HorizontalPlatesFollowTheirPowers) {
  // A plate of 0.1 x 0.1 m: L = A/P = 0.025 m.
  const FluidState f = at(Fluid::air, 325);
  const double ra = rayleigh(f, 50, 0.025);
  const Correlated up = natural_up(Fluid::air, 350, 300, 0.01, 0.4),
                   down = natural_down(Fluid::air, 350, 300, 0.01, 0.4);
  EXPECT_NEAR(up.value, 0.54 * std::pow(ra, 0.25) * f.conductivity / 0.025, 1e-6 * up.value);
  EXPECT_NEAR(up.value / down.value, 2.0, 1e-6);
  EXPECT_TRUE(up.valid);
  EXPECT_FALSE(down.valid) << "Ra below 1e5";
}

TEST(NaturalConvection, ASmallBodyIsBetterCooledThanALargePlate) {
  const Correlated small = natural_small_body(Fluid::air, 350, 300, 6e-4);
  EXPECT_GT(small.value, natural_vertical(Fluid::air, 350, 300, 0.1).value);
  EXPECT_NEAR(
      natural_small_body(Fluid::air, 300.0, 300.0, 1e-6).value * 1e-3 / at(Fluid::air, 300).conductivity,
      3.47, 0.1);
}

TEST(ForcedConvection, LaminarAndMixedPlates) {
  // Incropera 2007, example 7.3 conditions (plate 230 degC, air 25 degC, 60 m/s; properties at 400 K): Nu of
  // the first 50 mm strip 198 (Re 1.14e5), h 134.
  const Correlated h = forced_plate(Fluid::air, 503.15, 298.15, {60, 0.05, 0, false});
  EXPECT_NEAR(h.value, 134, 2);
  EXPECT_TRUE(h.valid);
  const Correlated whole = forced_plate(Fluid::air, 503.15, 298.15, {60, 0.3, 0, false});
  const double re = 60 * 0.3 / at(Fluid::air, 400.65).kinematic();
  EXPECT_NEAR(whole.value * 0.3 / at(Fluid::air, 400.65).conductivity,
              (0.037 * std::pow(re, 0.8) - 871) * std::cbrt(at(Fluid::air, 400.65).prandtl()), 1e-9 * re);
}

TEST(ForcedConvection, UnheatedLengthLowersTheFilmOfTheSameTrailingEdge) {
  const double from_edge = forced_plate(Fluid::air, 330, 300, {2, 0.02, 0, false}).value;
  const double later = forced_plate(Fluid::air, 330, 300, {2, 0.02, 0.1, false}).value;
  EXPECT_LT(later, from_edge);
  // Incropera 2007, eq. 7.47, p = 2: Nu = Nu0 L/(L-x) [1 - (x/L)^(3/4)]^(2/3).
  const double whole = forced_plate(Fluid::air, 330, 300, {2, 0.12, 0, false}).value;
  EXPECT_NEAR(later, whole * 6 * std::pow(1 - std::pow(0.1 / 0.12, 0.75), 2.0 / 3), 1e-9 * whole);
}

TEST(ForcedConvection, NaturalConvectionAddsByCubes) {
  Correlated a{10, true, 0.1, "a", ""}, b{10, true, 0.1, "b", ""};
  EXPECT_NEAR(combined(a, b).value, 10 * std::cbrt(2.0), 1e-12);
  b.value = 0;
  b.valid = false;
  EXPECT_TRUE(combined(a, b).valid) << "a partner that carries nothing raises no doubt";
}

TEST(Radiation, FilmTimesDifferenceIsTheFourthPowerLaw) {
  for (const double t : {250.0, 299.9, 300.0, 400.0, 900.0})
    EXPECT_NEAR(radiation_film(0.8, t, 300) * (t - 300),
                0.8 * kStefanBoltzmann * (std::pow(t, 4) - std::pow(300.0, 4)),
                1e-11 * std::pow(t, 4) * kStefanBoltzmann);
  const double e = 1e-4;
  EXPECT_NEAR(radiation_slope(0.8, 350, 300),
              (radiation_film(0.8, 350 + e, 300) - radiation_film(0.8, 350 - e, 300)) / (2 * e), 1e-8);
  EXPECT_NEAR(radiation_linearisation_error(350, 340, 360, 300), 212500.0 * 650 / (205600.0 * 640) - 1,
              1e-12);
  EXPECT_EQ(radiation_linearisation_error(350, 350, 350, 300), 0);
}

}  // namespace
}  // namespace bondline::cooling
