// A suggestion is worth its line only if doing it does what it says.
#include <gtest/gtest.h>

#include <cmath>

#include "blocks.h"

namespace bondline {
namespace {

using namespace test;

Design too_hot() {
  Design d = plain(8e-3, 8e-3);
  add_material(d, material("cu", 380));
  add_material(d, material("glue", 1.0));
  add_material(d, material("si", 120));
  auto die = layer("die", "si", 300e-6);
  die.power.blocks = {block("hot", {2e-3, 2e-3, 5e-3, 5e-3}, 18)};
  die.power.place = package::HeatPlace::top_face;
  die.limit = 330;
  d.block->layers = {layer("base", "cu", 1e-3), layer("glue", "glue", 60e-6), die};
  d.environment.films = {film(Face::bottom, 1e4, 300), film(Face::top, 15, 300)};
  return d;
}

thermal::SteadyResult solve(const Design& d) {
  auto o = volumes(100e3, true);
  o.sensitivities = true;
  return run(d, o);
}

/// Does what a mend says to a design.
void follow(const thermal::Mend& mend, Design& d) {
  for (auto& m : d.materials.materials)
    if (mend.parameter == "materials." + m.name + ".k") {
      m = material(m.name, mend.to);
      return;
    }
  if (mend.parameter == "environment.bottom.h")
    d.environment.films[0].h = mend.to;
  else if (mend.parameter == "environment.top.h")
    d.environment.films[1].h = mend.to;
  else
    FAIL() << "no way to follow " << mend.parameter;
}

TEST(Mends, TheFirstSuggestionDoesWhatItPredictsWithinAFifth) {
  Design d = too_hot();
  const auto before = solve(d);
  ASSERT_FALSE(before.mends.empty());
  const auto& first = before.mends.front();
  EXPECT_EQ(first.subject, "block.die");
  EXPECT_LT(first.predicted_change_K, -0.5);
  follow(first, d);
  const auto after = solve(d);
  const double change =
      find_part(after.blocks, "block.die")->max_K - find_part(before.blocks, "block.die")->max_K;
  EXPECT_NEAR(change, first.predicted_change_K, 0.2 * std::abs(first.predicted_change_K)) << first.text;
}

TEST(Mends, EverySuggestionCoolsAndSaysFromWhatToWhat) {
  const auto r = solve(too_hot());
  for (const auto& mend : r.mends) {
    EXPECT_LT(mend.predicted_change_K, 0) << mend.text;
    EXPECT_NE(mend.from, mend.to);
    EXPECT_NE(mend.text.find(" K"), std::string::npos);
  }
}

TEST(Mends, ASmallExcessAsksForNoMoreThanItNeeds) {
  Design d = too_hot();
  const double hot = find_part(solve(d).blocks, "block.die")->max_K;
  d.block->layers[2].limit = hot - 1.5;
  const auto r = solve(d);
  ASSERT_FALSE(r.mends.empty());
  EXPECT_LE(r.mends.front().predicted_change_K, -1.5);
  EXPECT_GT(r.mends.front().predicted_change_K, -4);
  follow(r.mends.front(), d);
  EXPECT_LE(find_part(solve(d).blocks, "block.die")->max_K, *d.block->layers[2].limit + 0.05);
}

}  // namespace
}  // namespace bondline
