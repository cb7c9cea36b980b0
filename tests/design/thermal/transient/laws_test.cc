// What must hold whatever the package: heat is kept, the end is steady(), nothing moves without reason, many
// workloads are each alone, threads do not matter.
#include <gtest/gtest.h>

#include <bit>

#include "time_blocks.h"

namespace bondline::test {
namespace {

using thermal::Initial;
using thermal::Path;

Design two_layers() {
  Design d = plain(0.006, 0.005);
  add_material(d, solid_material("a", 110, 1.65e6));
  add_material(d, solid_material("b", 2, 2.2e6));
  auto die = layer("die", "a", 0.3e-3);
  die.power.blocks = {block("p", {0, 0, 0.002, 0.002}, 1.5), block("q", {0.003, 0.002, 0.005, 0.004}, 0.5)};
  die.power.trace = trace(0.013, {"p", "q"}, {{2, 0.1}, {0.2, 1.5}, {0, 0}});
  d.block->layers = {die, layer("base", "b", 1e-3)};
  d.environment.films = {film(Face::top, 900, 310), film(Face::bottom, 2500, 295)};
  return d;
}

TEST(TransientLaws, NanosecondsAndDecadesShareOneSpan) {
  const Design d = plate(0.004, 0.004, 0.5e-3, 130, 1.6e6, 800, 2);
  const auto grid = run_in_time(d, at_times({1e-9, 1e-3, 1, 1e9}, Path::finite_volume, 2e3));
  const auto series = run_in_time(d, at_times({1e-9, 1e-3, 1, 1e9}, Path::spectral));
  for (std::size_t t = 0; t < grid.time.size(); ++t) {
    const double rise = find_history(series, "block.die").mean_K[t] - d.environment.ambient;
    EXPECT_NEAR(find_history(grid, "block.die").mean_K[t] - d.environment.ambient, rise, 0.005 * rise)
        << grid.time[t] << " s";
  }
}

TEST(TransientLaws, StoredHeatIsWhatCameInLessWhatLeft) {
  Design d = two_layers();
  const auto grid = run_in_time(d, at_times({0.02, 0.05, 0.11}, Path::finite_volume, 4e3));
  EXPECT_GT(grid.heat.in_J, 0.1);
  EXPECT_LT(grid.heat.balance, 1e-9);
  // Known from the trace: constants and samples over 0.11 s.
  const double samples[] = {2.1, 1.7, 0.0};
  double in = 2 * 0.11;
  for (int s = 0; s * 0.013 < 0.11; ++s) in += samples[s % 3] * std::min(0.013, 0.11 - s * 0.013);
  EXPECT_NEAR(grid.heat.in_J, in, 1e-9 * in);
  d.environment.films = {film(Face::top, 900, 300), film(Face::bottom, 2500, 300)};
  const auto series = run_in_time(d, at_times({0.02, 0.05, 0.11}, Path::spectral));
  EXPECT_NEAR(series.heat.in_J, in, 1e-9 * in);
  EXPECT_LT(series.heat.balance, 1e-9);
}

TEST(TransientLaws, BeginsAtItsOwnSteadyStateWithoutPower) {
  Design d = two_layers();  // 310 K above, 295 K below: heat flows through
  d.block->layers[0].power = {};
  const auto r = run_in_time(d, at_times({0, 0.1, 100}, Path::finite_volume, 4e3));
  const auto& die = find_history(r, "block.die");
  EXPECT_GT(die.mean_K[0], 295.5);
  EXPECT_NEAR(die.mean_K[1], die.mean_K[0], 1e-6);
  EXPECT_NEAR(die.mean_K[2], die.mean_K[0], 1e-6);
}

TEST(TransientLaws, PowerThatStepsOnAtZeroShowsNothingYet) {
  const Design d = plate(0.004, 0.004, 1e-3, 10, 2e6, 3e3, 2);
  for (const Path path : {Path::spectral, Path::finite_volume}) {
    const auto r = run_in_time(d, at_times({0, 1}, path, 1e3));
    EXPECT_NEAR(find_history(r, "block.die").mean_K[0], 300, 1e-9) << r.path;
    EXPECT_NEAR(find_history(r, "block.die").max_K[0], 300, 1e-9) << r.path;
  }
}

TEST(TransientLaws, EndsAtTheSteadyStateOfConstantPower) {
  Design d = two_layers();
  d.block->layers[0].power.trace.reset();
  auto o = volumes(4e3, false);
  for (const bool layered : {false, true}) {
    if (layered) d.environment.films = {film(Face::top, 900, 300), film(Face::bottom, 2500, 300)};
    auto t = at_times({1, 50, 1e4}, layered ? Path::spectral : Path::finite_volume, 32e3);
    const auto r = run_in_time(d, t);
    o.cells = 300e3;
    if (layered) o.path = Path::spectral;
    const auto s = run(d, o);
    for (const char* path : {"block.die.p", "block.die.q", "block.base"}) {
      const auto* there = find_part(s.blocks, path);
      ASSERT_NE(there, nullptr);
      EXPECT_NEAR(find_history(r, path).mean_K.back(), there->mean_K, 0.003 * (there->mean_K - 295)) << path;
      EXPECT_NEAR(find_history(r, path).max_K.back(), there->max_K, 0.003 * (there->max_K - 295)) << path;
    }
  }
}

TEST(TransientLaws, MeanStartUnderConstantPowerStaysPut) {
  Design d = two_layers();
  d.block->layers[0].power.trace.reset();
  for (const bool layered : {false, true}) {
    if (layered) d.environment.films = {film(Face::top, 900, 300), film(Face::bottom, 2500, 300)};
    for (const Initial initial : {Initial::mean, Initial::first}) {
      auto o = at_times({0, 1e-3, 1, 10}, layered ? Path::spectral : Path::finite_volume, 4e3);
      o.initial = initial;
      const auto r = run_in_time(d, o);
      const auto& h = find_history(r, "block.die.p");
      for (std::size_t t = 1; t < 4; ++t) EXPECT_NEAR(h.mean_K[t], h.mean_K[0], 1e-5) << r.path << " " << t;
      EXPECT_GT(h.mean_K[0], 305);
    }
  }
}

TEST(TransientLaws, CoolsFromOneTemperatureOnBothPaths) {
  Design d = two_layers();
  d.block->layers[0].power = {};
  d.environment.films = {film(Face::top, 900, 300), film(Face::bottom, 2500, 300)};
  auto o = at_times({0, 0.01, 0.1, 1}, Path::spectral);
  o.initial = Initial::temperature;
  o.initial_K = 350;
  const auto exact = run_in_time(d, o);
  o.path = Path::finite_volume;
  o.cells = 32e3;
  const auto grid = run_in_time(d, o);
  const auto &e = find_history(exact, "block.base"), &g = find_history(grid, "block.base");
  EXPECT_NEAR(e.mean_K[0], 350, 1e-9);
  for (std::size_t t = 0; t < 4; ++t) EXPECT_NEAR(g.mean_K[t], e.mean_K[t], 0.05) << t;
  EXPECT_LT(e.mean_K[3], 330);
}

TEST(TransientLaws, WorkloadsTogetherAreEachAlone) {
  Design one = two_layers(), two = two_layers();
  for (Design* d : {&one, &two})
    d->environment.films = {film(Face::top, 900, 300), film(Face::bottom, 2500, 300)};
  two.block->layers[0].power.trace = trace(0.02, {"p", "q"}, {{0, 3}, {1, 0}});
  base::Pool pool(2);
  for (const Path path : {Path::spectral, Path::finite_volume}) {
    auto o = at_times({0.004, 0.03, 0.1}, path, 8e3);
    o.tolerance = 2e-4;
    const auto many = thermal::transient_many({&one, &two}, o, pool);
    ASSERT_EQ(many.size(), 2u);
    const Design* designs[] = {&one, &two};
    for (int w = 0; w < 2; ++w) {
      const auto alone = run_in_time(*designs[w], o);
      for (const char* part : {"block.die.p", "block.die.q"})
        for (std::size_t t = 0; t < 3; ++t)
          EXPECT_NEAR(find_history(many[std::size_t(w)], part).mean_K[t], find_history(alone, part).mean_K[t],
                      2e-3 * (find_history(alone, part).mean_K[t] - 300) + 1e-3)
              << part << " workload " << w << " time " << t << " " << alone.path;
    }
  }
}

TEST(TransientLaws, SameBitsForAnyNumberOfThreads) {
  Design d = two_layers();
  d.environment.films = {film(Face::top, 900, 300), film(Face::bottom, 2500, 300)};
  for (const Path path : {Path::spectral, Path::finite_volume}) {
    const auto o = at_times({0.004, 0.03}, path, 4e3);
    const auto one = run_in_time(d, o, 1), three = run_in_time(d, o, 3);
    for (const char* part : {"block.die.p", "block.base"})
      for (std::size_t t = 0; t < 2; ++t) {
        EXPECT_EQ(std::bit_cast<std::uint64_t>(find_history(one, part).max_K[t]),
                  std::bit_cast<std::uint64_t>(find_history(three, part).max_K[t]));
        EXPECT_EQ(std::bit_cast<std::uint64_t>(find_history(one, part).mean_K[t]),
                  std::bit_cast<std::uint64_t>(find_history(three, part).mean_K[t]));
      }
  }
}

TEST(TransientLaws, KeepsTheFieldsAskedFor) {
  auto o = at_times({0.004, 0.03, 0.05}, Path::automatic, 4e3);
  o.keep_fields_at = {0.031};
  const auto r = run_in_time(two_layers(), o);
  ASSERT_EQ(r.fields.size(), 1u);
  ASSERT_TRUE(r.mesh.has_value());
  EXPECT_EQ(r.fields[0].time, 0.03);
  EXPECT_EQ(r.fields[0].temperature_K.size(), r.mesh->grid.cells());
}

}  // namespace
}  // namespace bondline::test
