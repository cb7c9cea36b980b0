// Against answers known in closed form or as an exact series.
#include <gtest/gtest.h>

#include <cmath>

#include "blocks.h"
#include "numerics/layered_solver.h"

namespace bondline {
namespace {

using namespace test;
using package::HeatPlace;

/// The discrete answer itself, with what the iteration leaves out of sight.
thermal::SteadyOptions sharp(double cells) {
  auto o = volumes(cells);
  o.relative_residual = 1e-13;
  return o;
}

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Three layers under uniform heat in the volume of the lowest, a contact above it: temperatures by hand.
Design slab() {
  Design d = plain(2e-3, 3e-3);
  add_material(d, material("a", 100));
  add_material(d, material("b", 0.5));
  add_material(d, material("c", 250, 250, 30));
  auto bottom = layer("bottom", "a", 300e-6);
  bottom.power.uniform = 12;
  auto glue = layer("glue", "b", 5e-6);
  glue.contact_below = 2e-6;
  d.block->layers = {bottom, glue, layer("top", "c", 2e-3)};
  d.environment.films = {film(Face::top, 5e4, 300)};
  return d;
}

TEST(SteadyExact, CompositeSlabWithVolumeHeatAndContactIsExactToTenDigits) {
  const Design d = slab();
  const auto r = run(d, sharp(2000));
  const double flux = 12 / (2e-3 * 3e-3);
  const double top = 300 + flux / 5e4, glue_top = top + flux * 2e-3 / 30,
               glue_bottom = glue_top + flux * 5e-6 / 0.5;
  const double die_top = glue_bottom + flux * 2e-6, die_bottom = die_top + flux * 300e-6 / (2 * 100);
  const double die_mean = die_top + flux * 300e-6 / (3 * 100);
  const auto* die = find_part(r.blocks, "block.bottom");
  ASSERT_NE(die, nullptr);
  const double rise = die_bottom - 300;
  EXPECT_NEAR(die->max_K, die_bottom, 1e-10 * rise);
  EXPECT_NEAR(die->mean_K, die_mean, 1e-10 * rise);
  EXPECT_NEAR(find_part(r.blocks, "block.glue")->mean_K, 0.5 * (glue_top + glue_bottom), 1e-10 * rise);
  EXPECT_NEAR(find_part(r.blocks, "block.top")->mean_K, 0.5 * (top + glue_top), 1e-10 * rise);
  EXPECT_NEAR(r.case_top_K, top, 1e-10 * rise);
  EXPECT_NEAR(die->max_at[2], 0, 1e-12);
}

TEST(SteadyExact, ResidualBelowRoundingIsMetAsNearlyAsRoundingLetsIt) {
  Design d = slab();
  d.block->layers[1].thickness = 20e-9;  // conductances many orders apart, a film that holds everything back
  d.environment.films = {film(Face::top, 20, 300)};
  d.block->layers[0].power.uniform = 0.01;
  auto near = sharp(2000), nearest = near;
  near.relative_residual = 1e-6;
  nearest.relative_residual = 1e-16;
  const auto a = run(d, near), b = run(d, nearest);
  EXPECT_GT(b.relative_residual, 1e-16);
  EXPECT_LT(b.relative_residual, 1e-6);
  EXPECT_LE(b.balance, 1e-8);
  EXPECT_NEAR(b.blocks.front().max_K, a.blocks.front().max_K, 1e-5 * (a.blocks.front().max_K - 300));
}

TEST(SteadyExact, PlaneHeatBetweenLayersSplitsByResistanceAndReportsTheFaceTemperature) {
  Design d = slab();
  d.block->layers[0].power.place = HeatPlace::top_face;
  d.environment.films.push_back(film(Face::bottom, 2e4, 300));
  const auto r = run(d, sharp(2000));
  const double area = 6e-6;
  const double up = (1 / 5e4 + 2e-3 / 30 + 5e-6 / 0.5 + 2e-6) / area, down = (1 / 2e4 + 300e-6 / 100) / area;
  const double rise = 12 / (1 / up + 1 / down);
  EXPECT_NEAR(find_part(r.blocks, "block.bottom")->max_K, 300 + rise, 1e-10 * rise);
  EXPECT_NEAR(find_part(r.blocks, "block.bottom")->mean_K, 300 + rise, 1e-10 * rise);
  ASSERT_EQ(r.paths.size(), 2u);
  for (const auto& path : r.paths) EXPECT_NEAR(path.watts, rise / (path.through == "top" ? up : down), 1e-9);
}

TEST(SteadyExact, InfiniteFilmHoldsTheFaceAtItsAmbient) {
  Design d = slab();
  d.environment.films = {film(Face::top, kInfinite, 310)};
  const auto r = run(d, sharp(2000));
  const double flux = 12 / 6e-6;
  EXPECT_NEAR(r.case_top_K, 310, 1e-9);
  EXPECT_NEAR(find_part(r.blocks, "block.top")->max_K, 310 + flux * 2e-3 / 30, 1e-7);
}

TEST(SteadyExact, HeatInAPlaneOnACooledFacePartlyLeavesDirectly) {
  Design d = slab();
  d.block->layers[0].power.place = HeatPlace::bottom_face;
  d.environment.films.push_back(film(Face::bottom, 3e5, 300));
  const auto r = run(d, sharp(2000));
  const double area = 6e-6, down = 1 / (3e5 * area);
  const double up = (1 / 5e4 + 2e-3 / 30 + 5e-6 / 0.5 + 2e-6 + 300e-6 / 100) / area;
  const double rise = 12 / (1 / up + 1 / down);
  EXPECT_NEAR(find_part(r.blocks, "block.bottom")->max_K, 300 + rise, 1e-9 * rise);
  EXPECT_LE(r.balance, 1e-8);
}

TEST(SteadyExact, Ref4LWithHeatInTheVolumeIsWithinATwentiethOfAKelvin) {
  const auto r = run(ref4l(), volumes(300e3, true));
  for (const auto& exact : ref4l_exact()) {
    const auto* part = find_part(r.blocks, std::string("block.die.") + exact.name);
    ASSERT_NE(part, nullptr) << exact.name;
    EXPECT_NEAR(part->mean_K, exact.volume, 0.05) << exact.name;
  }
  // Energy: the mean of the die follows from one dimension alone.
  EXPECT_NEAR(find_part(r.blocks, "block.die")->mean_K, 318.15 + 37 * (0.1 + 0.1725 + 0.025 + 0.05 + 0.005),
              1e-6);
  EXPECT_LE(r.balance, 1e-8);
}

TEST(SteadyExact, Ref4LWithHeatInThePlaneConvergesToTheExactMeans) {
  const auto r = run(ref4l(HeatPlace::bottom_face), volumes(500e3, true));
  for (const auto& exact : ref4l_exact())
    EXPECT_NEAR(find_part(r.blocks, std::string("block.die.") + exact.name)->mean_K, exact.plane, 0.05)
        << exact.name;
}

TEST(SteadyExact, ErrorsFallWithTheSquareOfTheSpacing) {
  const Design d = ref4l();
  double error[2];
  const double cells[2] = {40e3, 320e3};
  for (int n = 0; n < 2; ++n) {
    const auto r = run(d, volumes(cells[n], true));
    error[n] = find_part(r.blocks, "block.die.B11")->mean_K - 347.62874;
  }
  // From one grid to eight times the cells: a quarter of the error, within the wobble of grids that are not
  // nested.
  EXPECT_LT(std::abs(error[1]), 0.4 * std::abs(error[0]));
}

TEST(SteadyExact, OffGridRectangleMatchesTheSeriesAtItsCentre) {
  Design d = plain(8e-3, 6e-3);
  add_material(d, material("si", 130));
  add_material(d, material("cu", 390));
  auto die = layer("die", "si", 200e-6);
  die.power.place = HeatPlace::bottom_face;
  die.power.blocks = {block("hot", {1.1e-3, 0.7e-3, 2.9e-3, 2.2e-3}, 9)};
  d.block->layers = {die, layer("cu", "cu", 1.5e-3)};
  d.environment.films = {film(Face::top, 2e4, 300), film(Face::bottom, 50, 300)};
  const auto r = run(d, volumes(200e3, true));
  numerics::LayeredStack stack{8e-3, 6e-3, {{200e-6, 130, 130, 0}, {1.5e-3, 390, 390, 0}}, 50, 2e4};
  const std::vector<numerics::LayeredSource> sources{
      {0, numerics::LayeredSource::Place::bottom_face, 1.1e-3, 2.9e-3, 0.7e-3, 2.2e-3, 9}};
  const std::vector<numerics::LayeredProbe> probes{
      {numerics::LayeredProbe::Kind::bottom_face_mean, 0, 1.1e-3, 2.9e-3, 0.7e-3, 2.2e-3, 0}};
  base::Pool pool(1);
  const auto exact = numerics::solve_layered(stack, sources, probes, 1e-4, pool);
  const auto* hot = find_part(r.blocks, "block.die.hot");
  EXPECT_NEAR(hot->mean_K, 300 + exact.rise[0], 0.05);
  EXPECT_NEAR(r.heat_out_W, 9, 9e-8);
}

}  // namespace
}  // namespace bondline
