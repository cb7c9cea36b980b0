// Laws that hold whatever the numbers: reciprocity, mirror symmetry, superposition, energy, same bits.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "blocks.h"

namespace bondline {
namespace {

using namespace test;

Design two_islands() {
  Design d = plain(6e-3, 4e-3);
  add_material(d, material("cu", 380));
  add_material(d, material("glue", 1.2));
  add_material(d, material("si", 120));
  auto die = layer("die", "si", 250e-6);
  die.size = {4e-3, 3e-3};
  die.at = {-0.6e-3, 0.2e-3};
  die.power.blocks = {block("left", {0.2e-3, 0.3e-3, 1.0e-3, 1.4e-3}, 3),
                      block("right", {2.5e-3, 1.7e-3, 3.6e-3, 2.6e-3}, 1)};
  auto glue = layer("glue", "glue", 40e-6);
  glue.size = die.size;
  glue.at = die.at;
  d.block->layers = {layer("base", "cu", 0.8e-3), glue, die};
  d.environment.films = {film(Face::bottom, 8e3, 300), film(Face::top, 20, 300), film(Face::west, 15, 300)};
  return d;
}

TEST(SteadyLaws, HeatHereWarmsThereAsHeatThereWarmsHere) {
  Design a = two_islands(), b = two_islands();
  a.block->layers[2].power.blocks[1].power = 1e-12;
  b.block->layers[2].power.blocks[0].power = 1e-12;
  const auto ra = run(a, volumes(40e3)), rb = run(b, volumes(40e3));
  const double ab = find_part(ra.blocks, "block.die.right")->mean_K - 300;
  const double ba = find_part(rb.blocks, "block.die.left")->mean_K - 300;
  EXPECT_NEAR(ab / 3, ba / 1, 1e-3 * ba);  // the two grids differ; on one grid it is exact
  EXPECT_GT(ab, 0.1);
}

TEST(SteadyLaws, MirroringTheDesignMirrorsTheAnswer) {
  Design d = two_islands();
  Design m = d;
  for (auto& l : m.block->layers) {
    const double width = l.size.x > 0 ? l.size.x : m.block->size.x;
    l.at.x = -l.at.x;
    for (auto& bl : l.power.blocks)
      for (auto& r : bl.rects) r = {width - r.x1, r.y0, width - r.x0, r.y1};
  }
  m.environment.films[2].face = Face::east;
  const auto a = run(d, volumes(60e3)), b = run(m, volumes(60e3));
  ASSERT_EQ(a.blocks.size(), b.blocks.size());
  for (std::size_t n = 0; n < a.blocks.size(); ++n) {
    EXPECT_NEAR(a.blocks[n].mean_K, b.blocks[n].mean_K, 1e-5);
    EXPECT_NEAR(a.blocks[n].max_K, b.blocks[n].max_K, 1e-5);
    EXPECT_NEAR(a.blocks[n].max_at[0], -b.blocks[n].max_at[0], 1e-8);
  }
}

TEST(SteadyLaws, TwiceTheHeatIsTwiceTheRise) {
  Design d = two_islands(), twice = d;
  for (auto& b : twice.block->layers[2].power.blocks) b.power *= 2;
  const auto one = run(d, volumes(30e3)), two = run(twice, volumes(30e3));
  for (std::size_t n = 0; n < one.blocks.size(); ++n)
    EXPECT_NEAR(two.blocks[n].mean_K - 300, 2 * (one.blocks[n].mean_K - 300), 1e-6);
}

TEST(SteadyLaws, HeatOutOfTheFilmsEqualsHeatInWithVoidsBesideTheDie) {
  const auto r = run(two_islands(), volumes(30e3));
  EXPECT_NEAR(r.heat_in_W, 4, 1e-12);
  EXPECT_LE(std::abs(r.heat_out_W - 4) / 4, 1e-8);
  double sum = 0;
  for (const auto& p : r.paths) sum += p.watts;
  EXPECT_NEAR(sum, 4, 1e-7);
}

TEST(SteadyLaws, UnequalAmbientsCarryHeatThroughAnUnheatedBlock) {
  Design d = plain(2e-3, 2e-3);
  add_material(d, material("a", 10));
  d.block->layers = {layer("a", "a", 1e-3)};
  d.environment.films = {film(Face::top, 1000, 300), film(Face::bottom, 1000, 360)};
  const auto r = run(d, volumes(4000));
  const double expected = 60 / (2 / 1000.0 + 1e-3 / 10);  // W/m2
  const double top = 300 + expected / 1000;
  EXPECT_NEAR(r.case_top_K, top, 1e-7);
  EXPECT_LE(r.balance, 1e-8);
}

TEST(SteadyLaws, SameBitsForAnyNumberOfThreads) {
  auto o = volumes(60e3, true);
  o.sensitivities = true;
  o.keep_field = true;
  const auto one = run(two_islands(), o, 1), three = run(two_islands(), o, 3);
  ASSERT_EQ(one.temperature_K.size(), three.temperature_K.size());
  EXPECT_EQ(0,
            std::memcmp(one.temperature_K.data(), three.temperature_K.data(), 8 * one.temperature_K.size()));
  ASSERT_EQ(one.sensitivities.size(), three.sensitivities.size());
  for (std::size_t n = 0; n < one.sensitivities.size(); ++n)
    EXPECT_EQ(one.sensitivities[n].dT_dp, three.sensitivities[n].dT_dp);
}

TEST(SteadyLaws, LaterFilmsWinAndNamedPartsBeatUnnamedOnes) {
  Design d = plain(2e-3, 2e-3);
  add_material(d, material("a", 100));
  auto l = layer("a", "a", 1e-3);
  l.power.uniform = 1;
  l.power.place = package::HeatPlace::bottom_face;
  d.block->layers = {l};
  d.environment.films = {film(Face::top, 5000, 300, "a"), film(Face::top, 10, 300), film(Face::top, 20, 300)};
  const auto r = run(d, volumes(1000));
  EXPECT_NEAR(r.case_top_K, 300 + 1 / (5000 * 4e-6), 1e-6);
  d.environment.films.erase(d.environment.films.begin());
  EXPECT_NEAR(run(d, volumes(1000)).case_top_K, 300 + 1 / (20 * 4e-6), 1e-4);
}

TEST(SteadyLaws, ProbesReadTheSolidTheyLieInAndTheVoidAsNothing) {
  Design d = two_islands();
  auto o = volumes(60e3);
  o.probes = {{-0.6e-3, 0.2e-3, 0.9e-3}, {2.5e-3, 0, 0.9e-3}, {0, 0, 1}};
  const auto r = run(d, o);
  EXPECT_EQ(r.probe_in[0], "block.die");
  EXPECT_GT(r.probes_K[0], 300);
  EXPECT_TRUE(std::isnan(r.probes_K[1]));  // beside the die
  EXPECT_TRUE(std::isnan(r.probes_K[2]));
  EXPECT_EQ(r.probe_in[1], "");
}

}  // namespace
}  // namespace bondline
