// Leakage and k(T) on the way: settled states, runaway told with its time, never a NaN.
#include <gtest/gtest.h>

#include "time_blocks.h"

namespace bondline::test {
namespace {

using thermal::Path;

/// A die alone in the air, thin enough to be a lump: C = c V, film h on its top.
Design lump(double leak, double doubles, double h = 50) {
  Design d;
  d.name = "lump";
  d.body_size = {0.004, 0.004};
  d.environment.ambient = 300;
  add_material(d, solid_material("stuff", 1000, 2e6));
  package::Die die;
  die.name = "soc";
  die.size = {0.004, 0.004};
  die.thickness = 0.2e-3;
  die.material = "stuff";
  die.power.uniform = 0.02;
  die.power.place = package::HeatPlace::volume;
  die.power.leakage = package::Leakage{leak, 300, doubles, {}};
  die.attach.kind = package::AttachKind::wire_bond;
  die.attach.die_attach = "stuff";
  die.attach.die_attach_thickness = 10e-6;
  d.dies = {die};
  package::SubstrateLayer base;
  base.name = "base";
  base.material = "stuff";
  base.thickness = 0.1e-3;
  d.substrate.emplace();
  d.substrate->size = {0.004, 0.004};
  d.substrate->layers = {base};
  d.environment.films = {film(Face::top, h, 300)};
  return d;
}

/// C du/dt = P + P0 2^(u/D) - h A u by small fourth-order Runge-Kutta steps; the time it passes `bound`, or
/// u(t).
struct LumpOde {
  double heat_capacity, p, p0, doubles, loss;
  double rate(double u) const { return (p + p0 * std::exp2(u / doubles) - loss * u) / heat_capacity; }
  double at(double t, double bound, double* passed) const {
    double u = 0;
    const int steps = 200000;
    const double h = t / steps;
    for (int s = 0; s < steps; ++s) {
      const double a = rate(u), b = rate(u + h / 2 * a), c = rate(u + h / 2 * b), d = rate(u + h * c);
      u += h / 6 * (a + 2 * b + 2 * c + d);
      if (u > bound) {
        if (passed) *passed = h * (s + 1);
        return u;
      }
    }
    return u;
  }
};

constexpr double kVolume = 16e-6 * (0.2e-3 + 10e-6 + 0.1e-3);

TEST(TransientLeakage, SettlesWhereTheLumpDoes) {
  const Design d = lump(0.004, 25);
  const LumpOde ode{2e6 * kVolume, 0.02, 0.004, 25, 50 * 16e-6};
  auto o = at_times({2, 10, 40, 100}, Path::finite_volume, 2e3);
  const auto r = run_in_time(d, o);
  EXPECT_FALSE(r.runaway.has_value());
  const auto& soc = find_history(r, "dies.soc");
  for (std::size_t t = 0; t < 4; ++t) {
    const double want = ode.at(r.time[t], 1e9, nullptr);
    EXPECT_NEAR(soc.mean_K[t] - 300, want, 0.005 * want) << r.time[t];
  }
  EXPECT_LT(r.heat.balance, 1e-9);
  EXPECT_GT(soc.power_W.back(), 0.025);
}

TEST(TransientLeakage, RunawayIsToldWithItsTime) {
  const Design d = lump(0.02, 8);
  const LumpOde ode{2e6 * kVolume, 0.02, 0.02, 8, 50 * 16e-6};
  double passed = 0;
  ode.at(200, 473.15, &passed);
  ASSERT_GT(passed, 0);
  auto o = at_times({1, 5, 10, 200}, Path::finite_volume, 2e3);
  const auto r = run_in_time(d, o);
  ASSERT_TRUE(r.runaway.has_value());
  EXPECT_EQ(r.runaway->path, "dies.soc");
  EXPECT_NEAR(r.runaway->time, passed, 0.02 * passed);
  const auto f = thermal::findings(d, r);
  ASSERT_FALSE(f.empty());
  EXPECT_EQ(f[0].rule, "thermal.runaway");
  EXPECT_EQ(f[0].verdict, package::Verdict::fail);
}

TEST(TransientLeakage, ConductivityFollowsTheTemperature) {
  // k falls to a half on the way to the steady state: the end must be the steady solver's own.
  Design d = plate(0.004, 0.004, 2e-3, 10, 2e6, 3e3, 2);
  for (auto& m : d.materials.materials)
    for (const auto p : {package::Property::k_x, package::Property::k_y, package::Property::k_z}) {
      auto& v = *m.values[std::size_t(p)];
      v.curve.temperature = {300, 400};
      v.curve.value = {20, 10};
    }
  const auto r = run_in_time(d, at_times({0.01, 0.1, 200}, Path::finite_volume, 4e3));
  const auto s = run(d, volumes(4e3, true));
  const auto* die = find_part(s.blocks, "block.die");
  ASSERT_NE(die, nullptr);
  EXPECT_NEAR(find_history(r, "block.die").max_K.back(), die->max_K, 0.005 * (die->max_K - 300));
  EXPECT_LT(r.heat.balance, 1e-9);
}

/// A wide thin die heated in one corner: it leaks unevenly.
Design uneven(double leak) {
  Design d = lump(leak, 12, 120);
  d.dies[0].power.uniform = 0;
  d.dies[0].power.blocks = {block("core", {0, 0, 0.0015, 0.0015}, 0.05)};
  for (auto& m : d.materials.materials)
    for (const auto p : {package::Property::k_x, package::Property::k_y, package::Property::k_z})
      m.values[std::size_t(p)]->curve.value = {4};
  return d;
}

TEST(TransientLeakage, EndsAtTheSteadyStateOfADieThatLeaksUnevenly) {
  const Design d = uneven(0.0015);
  auto o = at_times({0.5, 20, 4000}, Path::finite_volume, 8e3);
  const auto r = run_in_time(d, o);
  ASSERT_FALSE(r.runaway.has_value());
  const auto s = run(d, volumes(8e3, true));
  const auto* die = find_part(s.dies, "dies.soc");
  ASSERT_NE(die, nullptr);
  ASSERT_GT(die->max_K - die->mean_K, 1);  // uneven indeed
  const auto& soc = find_history(r, "dies.soc");
  EXPECT_NEAR(soc.mean_K.back(), die->mean_K, 0.004 * (die->mean_K - 300));
  EXPECT_NEAR(soc.max_K.back(), die->max_K, 0.004 * (die->max_K - 300));
  ASSERT_TRUE(s.runaway.has_value());
  EXPECT_NEAR(soc.power_W.back() - 0.05, s.runaway->leakage_W, 0.01 * s.runaway->leakage_W);
}

TEST(TransientLeakage, RunsAwayExactlyWhereNoSteadyStateExists) {
  const auto steady = run(uneven(0.004), volumes(2e3));
  ASSERT_TRUE(steady.runaway.has_value());
  const double most = 0.004 * steady.runaway->leakage_factor;
  for (const double part : {0.97, 1.03}) {
    const auto r = run_in_time(uneven(part * most), at_times({1, 3000}, Path::finite_volume, 2e3));
    EXPECT_EQ(r.runaway.has_value(), part > 1) << part;
    if (r.runaway) continue;
    const auto& soc = find_history(r, "dies.soc");
    EXPECT_TRUE(std::isfinite(soc.max_K.back()));
  }
}

TEST(TransientLeakage, HeatCapacityFollowsTheTemperature) {
  // Adiabatic but for a faint film: C(T) dT = P dt exactly, C rising by half over 100 K.
  Design d = plate(0.004, 0.004, 0.2e-3, 400, 2e6, 1e-3, 2);
  auto& c = *d.materials.materials[0].values[std::size_t(package::Property::specific_heat)];
  c.curve.temperature = {300, 400};
  c.curve.value = {2000, 3000};
  const auto r = run_in_time(d, at_times({0.1, 0.2, 0.3}, Path::finite_volume, 2e3));
  const double volume = 16e-6 * 0.2e-3;
  for (std::size_t t = 0; t < 3; ++t) {
    const double rise = find_history(r, "block.die").mean_K[t] - 300, heat = 2 * r.time[t];
    EXPECT_NEAR(volume * 1000 * (2000 * rise + 5 * rise * rise), heat, 0.005 * heat) << r.time[t];
  }
  EXPECT_LT(r.heat.balance, 1e-9);
}

}  // namespace
}  // namespace bondline::test
