#include <gtest/gtest.h>

#include "../../sample_designs.h"
#include "../blocks.h"
#include "design/thermal/responses/responses.h"

namespace bondline::test {
namespace {

TEST(ResistanceMatrix, OfAStackOfSlabsIsTheSumOfTheSlabsBelowTheSink) {
  // Two evenly heated silicon layers, glue between them, cooled from above: one-dimensional.
  Design d = plain(0.01, 0.01);
  add_material(d, material("glue", 1));
  add_material(d, material("si", 100));
  auto low = layer("low", "si", 0.3e-3), high = layer("high", "si", 0.2e-3);
  low.power.place = package::HeatPlace::bottom_face;
  high.power.place = package::HeatPlace::bottom_face;
  low.power.uniform = 3, high.power.uniform = 0.5;
  d.block->layers = {low, layer("glue", "glue", 50e-6), high};
  d.environment.films = {film(Face::top, 2000, 320)};
  base::Pool pool(1);
  thermal::ResponseOptions options;
  options.cells = 5e3;
  const auto r = thermal::resistance_matrix(d, package::assemble(d), options, pool);
  ASSERT_EQ(r.names, (std::vector<std::string>{"low", "high"}));
  const double area = 1e-4, film_R = 1 / (2000 * area), top = 0.2e-3 / (100 * area), glue = 50e-6 / area,
               bottom = 0.3e-3 / (100 * area);
  const double shared = film_R + top;
  const double expected[] = {shared + glue + bottom, shared, shared, shared};
  for (int n = 0; n < 4; ++n) EXPECT_NEAR(r.mean[std::size_t(n)], expected[n], 1e-6 * expected[n]) << n;
  for (int n = 0; n < 4; ++n) EXPECT_NEAR(r.peak[std::size_t(n)], expected[n], 1e-6 * expected[n]) << n;
  EXPECT_LT(r.asymmetry, 1e-7);
}

TEST(ResistanceMatrix, OfAPackageIsReciprocalAndPredictsItsSteadyRise) {
  base::Pool pool(2);
  Design d = samples::power_module();  // dies heated evenly, one ambient
  thermal::ResponseOptions options;
  options.cells = 20e3;
  const auto assembly = package::assemble(d);
  const auto r = thermal::resistance_matrix(d, assembly, options, pool);
  ASSERT_EQ(r.names.size(), 4u);
  EXPECT_LT(r.asymmetry, 1e-6);
  thermal::SteadyOptions steady;
  steady.cells = options.cells;
  steady.path = thermal::Path::finite_volume;
  steady.estimate_error = steady.sensitivities = false;
  const auto whole = thermal::steady(d, assembly, steady, pool);
  for (std::size_t i = 0; i < 4; ++i) {
    double rise = 0;
    for (std::size_t j = 0; j < 4; ++j) rise += r.mean[i * 4 + j] * whole.dies[j].power_W;
    EXPECT_NEAR(338.15 + rise, whole.dies[i].mean_K, 1e-5);
    EXPECT_GE(r.peak[i * 4 + i], r.mean[i * 4 + i]);
  }
}

TEST(ResistanceMatrix, HeatsADieWithoutPowerToo) {
  base::Pool pool(1);
  Design d = samples::power_module();
  const auto designed = thermal::resistance_matrix(d, package::assemble(d), {.cells = 10e3}, pool);
  d.dies[2].power = {};
  const auto idle = thermal::resistance_matrix(d, package::assemble(d), {.cells = 10e3}, pool);
  ASSERT_EQ(idle.names, designed.names);
  // Evenly over its volume instead of its active face: close, not equal.
  EXPECT_NEAR(idle.mean[2 * 4 + 2], designed.mean[2 * 4 + 2], 0.2 * designed.mean[2 * 4 + 2]);
  EXPECT_GT(idle.mean[2 * 4 + 1], 0);
}

}  // namespace
}  // namespace bondline::test
