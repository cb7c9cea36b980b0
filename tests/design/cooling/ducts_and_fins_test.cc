// Ducts, fins, sinks and cold plates against tabulated values and closed limits.
#include <cmath>

#include <gtest/gtest.h>

#include "design/cooling/channel_flow.h"
#include "design/cooling/cold_plate.h"
#include "design/cooling/fins.h"
#include "design/cooling/natural_convection.h"

namespace bondline::cooling {
namespace {

TEST(ChannelFlow, DevelopedValuesAreShahAndLondonsTable) {
  struct Row {
    double aspect, f_re, nu_t, nu_h1;
  };
  // Shah & London 1978, table 42: rectangular ducts.
  for (const Row r : {Row{1, 14.227, 2.976, 3.608}, Row{0.5, 15.548, 3.391, 4.123},
                      Row{0.25, 18.233, 4.439, 5.331}, Row{0, 24, 7.541, 8.235}}) {
    EXPECT_NEAR(developed_friction(r.aspect), r.f_re, 0.002 * r.f_re) << r.aspect;
    EXPECT_NEAR(developed_nusselt(r.aspect, Wall::temperature), r.nu_t, 0.01 * r.nu_t) << r.aspect;
    EXPECT_NEAR(developed_nusselt(r.aspect, Wall::flux), r.nu_h1, 0.01 * r.nu_h1) << r.aspect;
  }
}

TEST(ChannelFlow, InletsRaiseBothAndLongDuctsForgetThem) {
  const Duct near{1e-3, 1e-3, 10e-3}, far{1e-3, 1e-3, 100};
  EXPECT_GT(duct_nusselt(near, 500, 6, Wall::flux).value, 1.3 * developed_nusselt(1, Wall::flux));
  EXPECT_NEAR(duct_nusselt(far, 500, 6, Wall::flux).value, developed_nusselt(1, Wall::flux), 0.01);
  const FluidState water = at(Fluid::water, 300);
  const double v = 0.1, mu = water.viscosity;
  // Developed: dp = 2 (f Re) mu v L / D^2.
  EXPECT_NEAR(duct_pressure_drop(far, water, v, 0).value, 2 * developed_friction(1) * mu * v * 100 / 1e-6,
              1e-3 * 2 * developed_friction(1) * mu * v * 100 / 1e-6);
}

TEST(ChannelFlow, TurbulentIsGnielinskiAndTheJoinHasNoJump) {
  const Duct pipe{0.02, 0.02, 2};
  // Dittus & Boelter, Nu = 0.023 Re^0.8 Pr^0.4, agrees to 15 % at Re 5e4.
  const double nu = duct_nusselt(pipe, 5e4, 0.7, Wall::flux).value;
  EXPECT_NEAR(nu, 0.023 * std::pow(5e4, 0.8) * std::pow(0.7, 0.4), 0.15 * nu);
  for (const double re : {2300.0, 3000.0})
    EXPECT_NEAR(duct_nusselt(pipe, re - 1e-6, 6, Wall::flux).value,
                duct_nusselt(pipe, re + 1e-6, 6, Wall::flux).value, 1e-5);
}

TEST(Fins, EfficiencyHasItsLimits) {
  EXPECT_NEAR(straight_fin_efficiency(1e-9, 200, 1e-3, 0.02), 1, 1e-6);
  const double m = std::sqrt(2 * 100 / (200 * 1e-3));
  EXPECT_NEAR(straight_fin_efficiency(100, 200, 1e-3, 1.0), 1 / (m * 1.0005), 1e-9);
  EXPECT_NEAR(
      pin_fin_efficiency(50, 200, 2e-3, 0.03),
      std::tanh(std::sqrt(4 * 50 / (200 * 2e-3)) * 0.0305) / (std::sqrt(4 * 50 / (200 * 2e-3)) * 0.0305),
      1e-12);
}

TEST(Fins, NaturalPlatesHaveBothLimits) {
  // Narrow: Nu = El / 24 (developed); wide: the isolated plate's Nu = 0.59 (Ra s/L)^(1/4) (Bar-Cohen &
  // Rohsenow 1984).
  const double narrow = plates_natural(Fluid::air, 340, 300, 1e-3, 0.1).value;
  const FluidState f = at(Fluid::air, 320);
  const double el = kGravity * f.expansion * 40 * 1e-12 * f.prandtl() / (f.kinematic() * f.kinematic() * 0.1);
  EXPECT_NEAR(narrow, el / 24 * f.conductivity / 1e-3, 0.01 * narrow);
  EXPECT_NEAR(plates_natural_elenbaas(Fluid::air, 340, 300, 1e-3, 0.1).value, narrow, 0.01 * narrow);
  const double wide = plates_natural(Fluid::air, 340, 300, 0.05, 0.1).value;
  EXPECT_NEAR(wide, natural_vertical(Fluid::air, 340, 300, 0.1).value, 0.2 * wide);
}

TEST(Fins, BestSpacingCarriesMost) {
  const double best = best_natural_spacing(Fluid::air, 340, 300, 0.1);
  const auto per_volume = [](double s) { return plates_natural(Fluid::air, 340, 300, s, 0.1).value / s; };
  EXPECT_GT(per_volume(best), per_volume(1.05 * best));
  EXPECT_GT(per_volume(best), per_volume(0.95 * best));
}

TEST(Fins, ForcedPlatesReachBothAsymptotes) {
  // Long narrow channel: all the air leaves at the plates' temperature, h = rho cp V s / (2 L).
  const FluidState f = at(Fluid::air, 320);
  const double h = plates_forced(Fluid::air, 340, 300, 0.2, 1e-3, 0.3).value;
  EXPECT_NEAR(h, f.density * f.specific_heat * 0.2 * 1e-3 / (2 * 0.3), 0.03 * h);
  EXPECT_FALSE(plates_forced(Fluid::air, 340, 300, 0.2, 1e-3, 0.3).valid);
}

TEST(Fins, SinksGiveMoreThanTheirBaseAndSayTheirDoubt) {
  const PlateFinSink sink{0.05, 0.05, 0.025, 1e-3, 9, 200, 0.85};
  const SinkFilm still = plate_fins_natural(Fluid::air, sink, 340, 300),
                 fan = plate_fins_forced(Fluid::air, sink, 340, 300, 3);
  EXPECT_GT(still.base.value, natural_vertical(Fluid::air, 340, 300, 0.05).value);
  EXPECT_GT(still.radiation, 0);
  EXPECT_GT(fan.base.value, 3 * still.base.value);
  EXPECT_GT(fan.pressure_drop, 0);
  EXPECT_NE(fan.base.doubt.find("between the fins"), std::string::npos);
  const PinFinSink pins{0.04, 0.04, 0.02, 2e-3, 8, 8, true, 200};
  const SinkFilm bank = pin_fins_forced(Fluid::air, pins, 340, 300, 2);
  EXPECT_NEAR(bank.efficiency, pin_fin_efficiency(bank.fin_film, 200, 2e-3, 0.02), 1e-12);
  EXPECT_LT(bank.efficiency, 1);
  EXPECT_TRUE(bank.base.valid) << bank.base.doubt;
}

TEST(ColdPlate, NeverTakesMoreThanTheCoolantCarries) {
  ColdPlate p{0.04, 0.04, 20, 1e-3, 3e-3, 390, Fluid::water, 1e-5, 300};
  for (const double flow : {1e-8, 1e-7, 1e-6, 1e-5}) {
    p.flow = flow;
    const ColdPlateAnswer a = cold_plate(p);
    EXPECT_LE(a.film.value * p.width * p.length, a.capacity_rate * (1 + 1e-12)) << flow;
  }
  p.flow = 1e-8;  // so slow that the water leaves at the base's temperature
  const ColdPlateAnswer slow = cold_plate(p);
  EXPECT_NEAR(slow.film.value * p.width * p.length, slow.capacity_rate, 1e-6 * slow.capacity_rate);
  EXPECT_GT(cold_plate(p).pressure_drop, 0);
}

}  // namespace
}  // namespace bondline::cooling
