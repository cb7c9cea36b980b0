#include <gtest/gtest.h>

#include <cmath>

#include "blocks.h"

namespace bondline {
namespace {

using namespace test;

TEST(SpectralPath, IsChosenForLayeredBlocksAndMeetsTheExactMeans) {
  thermal::SteadyOptions o;
  o.sensitivities = false;
  const auto r = run(ref4l(), o);
  EXPECT_EQ(r.path, "spectral");
  for (const auto& exact : ref4l_exact())
    EXPECT_NEAR(find_part(r.blocks, std::string("block.die.") + exact.name)->mean_K, exact.volume, 0.01);
  EXPECT_LE(r.balance, 1e-8);
  o.path = thermal::Path::spectral;
  const auto plane = run(ref4l(package::HeatPlace::bottom_face), o);
  for (const auto& exact : ref4l_exact())
    EXPECT_NEAR(find_part(plane.blocks, std::string("block.die.") + exact.name)->mean_K, exact.plane, 0.01);
}

TEST(SpectralPath, GivesWayWhereItsBoundIsFarAboveTheGridsEstimate) {
  thermal::SteadyOptions o;
  o.sensitivities = false;
  const auto r = run(ref4l(package::HeatPlace::bottom_face), o);
  EXPECT_EQ(r.path, "finite volume");
  EXPECT_LT(r.error_estimate_K, 2);
  for (const auto& exact : ref4l_exact())
    EXPECT_NEAR(find_part(r.blocks, std::string("block.die.") + exact.name)->mean_K, exact.plane, 0.1);
}

TEST(SpectralPath, ReadsProbesInTheDesignsCoordinates) {
  thermal::SteadyOptions o;
  o.sensitivities = false;
  // The truth's corner of the block is (-5, -5) mm here; z = 0 in both.
  o.probes = {{-5e-3, -5e-3, 0}, {-1.25e-3, -1.25e-3, 0}, {0, 0, 1}};
  const auto r = run(ref4l(), o);
  EXPECT_NEAR(r.probes_K[0], 328.714439, 0.02);
  EXPECT_NEAR(r.probes_K[1], 353.255263, 0.02);
  EXPECT_TRUE(std::isnan(r.probes_K[2]));
  EXPECT_EQ(r.probe_in[0], "block.die");
}

TEST(SpectralPath, AgreesWithFiniteVolumesOnMaximaAndTheirPlaces) {
  const auto d = ref4l();
  thermal::SteadyOptions o;
  o.sensitivities = false;
  const auto s = run(d, o);
  const auto v = run(d, volumes(250e3, true));
  const auto *a = find_part(s.blocks, "block.die.B11"), *b = find_part(v.blocks, "block.die.B11");
  EXPECT_NEAR(a->max_K, b->max_K, 0.1);
  EXPECT_NEAR(a->max_at[0], b->max_at[0], 0.2e-3);
  EXPECT_NEAR(a->max_at[1], b->max_at[1], 0.2e-3);
  EXPECT_NEAR(s.case_top_K, v.case_top_K, 0.05);
  EXPECT_NEAR(s.touch_K, v.touch_K, 0.15);
}

TEST(SpectralPath, AgreesWithFiniteVolumesOnTilesThatAreHottestBesideAHotterOne) {
  const auto d = ref4l();
  thermal::SteadyOptions o;
  o.sensitivities = false;
  const auto s = run(d, o);
  const auto v = run(d, volumes(120e3, true));
  for (const auto& exact : ref4l_exact()) {
    const std::string path = std::string("block.die.") + exact.name;
    const auto *a = find_part(s.blocks, path), *b = find_part(v.blocks, path);
    EXPECT_NEAR(a->max_K, b->max_K, 2 * (a->error_K + b->error_K)) << path;
    EXPECT_LT(b->error_K, 0.15) << path;
  }
}

TEST(SpectralPath, ALayerAboveAContactIsCoolerThanTheOneBelow) {
  Design d = plain(0.010, 0.010);
  add_material(d, material("grease", 2));
  add_material(d, material("si", 130));
  auto die = layer("die", "si", 0.5e-3);
  die.power.place = package::HeatPlace::bottom_face;
  die.power.uniform = 10;
  auto grease = layer("grease", "grease", 50e-6);
  grease.contact_below = 5e-6;
  d.block->layers = {die, grease};
  d.environment.films = {film(Face::top, 5000, 300)};
  thermal::SteadyOptions o;
  o.sensitivities = false;
  // 1e5 W/m2 through the film and the grease; the contact's 0.5 K lie below the layer.
  EXPECT_NEAR(find_part(run(d, o).blocks, "block.grease")->max_K, 300 + 1e5 * (1.0 / 5000 + 50e-6 / 2), 1e-6);
  EXPECT_NEAR(find_part(run(d, volumes(20e3)).blocks, "block.grease")->max_K,
              300 + 1e5 * (1.0 / 5000 + 50e-6 / 2), 1e-3);
}

TEST(SpectralPath, SensitivitiesAgreeWithTheAdjoint) {
  auto d = ref4l();
  thermal::SteadyOptions o;
  const auto s = run(d, o);
  auto vo = volumes(120e3, true);
  vo.sensitivities = true;
  const auto v = run(d, vo);
  int compared = 0;
  for (const auto& a : s.sensitivities)
    for (const auto& b : v.sensitivities)
      if (a.subject == b.subject && a.parameter == b.parameter && std::abs(b.dT_dp * b.value) > 0.3) {
        EXPECT_NEAR(a.dT_dp, b.dT_dp, 0.08 * std::abs(b.dT_dp)) << a.parameter;
        ++compared;
      }
  EXPECT_GE(compared, 5);
}

TEST(SpectralPath, CooledSidesOrUnequalFootprintsGoToFiniteVolumes) {
  auto d = ref4l();
  auto o = volumes(20e3);
  o.path = thermal::Path::automatic;
  d.environment.films.push_back(film(Face::west, 10, 318.15));
  EXPECT_EQ(run(d, o).path, "finite volume");
  d.environment.films.pop_back();
  d.block->layers[3].size = {9e-3, 9e-3};
  EXPECT_EQ(run(d, o).path, "finite volume");
}

}  // namespace
}  // namespace bondline
