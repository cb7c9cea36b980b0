// 3D-ICE 4.0 (esl-epfl/3d-ice, commit 39ed2a7, built with SuperLU_MT 4.0) beside ours on liquid decks: mean
// temperatures of blocks of the source layers (its Tflp ... average), K. Decks beside this file are our own;
// its figures are those of our runs of it with rows of 50 um (channels_4rm) or cells of 50 x 50 um (the
// others), where halving them moves no block by more than 0.02 K.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "design/formats/formats.h"
#include "design/thermal/thermal.h"

namespace bondline {
namespace {

struct Block {
  const char* path;
  double mean;
};

thermal::SteadyResult solve(const std::string& deck) {
  const auto imported = formats::import_files({deck}, base::disk());
  EXPECT_TRUE(imported.design) << deck;
  if (!imported.design) return {};
  base::Pool pool(2);
  const package::Assembly assembly = package::assemble(*imported.design);
  return thermal::steady(*imported.design, assembly, {}, pool);
}

void compare(const thermal::SteadyResult& r, const std::vector<Block>& peer, double within) {
  EXPECT_LE(r.balance, 1e-8);
  for (const Block& b : peer) {
    const std::string path = std::string("block.") + b.path;
    bool found = false;
    for (const auto& part : r.blocks)
      if (part.path == path) {
        found = true;
        EXPECT_NEAR(part.mean_K, b.mean, within) << path;
      }
    EXPECT_TRUE(found) << path;
  }
}

std::string own(const char* name) {
  return std::string(BONDLINE_SOURCE_DIR "/tests/design/thermal/peers/decks/") + name;
}

TEST(IceLiquid, FourResistorChannelsAgree) {
  const auto r = solve(own("channels_4rm.stk"));
  ASSERT_EQ(r.coolants.size(), 1u);
  EXPECT_EQ(r.coolants[0].model, "four_resistor");
  EXPECT_NEAR(r.coolants[0].heat_W, 31.5, 1e-6);
  compare(r,
          {{"upper.array0", 311.037},
           {"upper.array1", 306.371},
           {"upper.array2", 309.610},
           {"lower.core0", 322.315},
           {"lower.core1", 309.064},
           {"lower.fabric", 305.422},
           {"lower.core2", 311.022},
           {"lower.core3", 322.486},
           {"lower.idle", 309.928}},
          0.1);
}

TEST(IceLiquid, AveragedChannelsAgree) {
  compare(solve(own("channels_2rm.stk")),
          {{"upper.array0", 305.573},
           {"upper.array1", 301.731},
           {"upper.array2", 307.065},
           {"lower.core0", 313.108},
           {"lower.core1", 303.538},
           {"lower.fabric", 302.026},
           {"lower.core2", 308.700},
           {"lower.core3", 314.963},
           {"lower.idle", 308.317}},
          0.03);
}

TEST(IceLiquid, PinsInLineAgree) {
  compare(solve(own("pins_inline.stk")),
          {{"upper.array0", 305.941},
           {"upper.array1", 302.052},
           {"upper.array2", 306.646},
           {"lower.core0", 314.947},
           {"lower.core1", 304.423},
           {"lower.fabric", 302.287},
           {"lower.core2", 308.222},
           {"lower.core3", 316.295},
           {"lower.idle", 307.519}},
          0.03);
}

TEST(IceLiquid, StaggeredPinsAgree) {
  compare(solve(own("pins_staggered.stk")),
          {{"upper.array0", 302.208},
           {"upper.array1", 299.102},
           {"upper.array2", 305.043},
           {"lower.core0", 309.601},
           {"lower.core1", 301.350},
           {"lower.fabric", 300.245},
           {"lower.core2", 306.958},
           {"lower.core3", 311.877},
           {"lower.idle", 306.741}},
          0.03);
}

/// The folder of 3D-ICE's own examples (its bin/), or empty: BONDLINE_3DICE names it.
std::string peer_folder() {
  const char* set = std::getenv("BONDLINE_3DICE");
  return set && std::filesystem::exists(std::string(set) + "/example_steady.stk") ? set : "";
}

TEST(IceLiquid, ItsOwnExampleAgrees) {
  const std::string folder = peer_folder();
  if (folder.empty()) GTEST_SKIP() << "set BONDLINE_3DICE to the bin folder of 3D-ICE 4.0 (GPL, not shipped)";
  const auto r = solve(folder + "/example_steady.stk");
  compare(r,
          {{"MEMORY_DIE.Background1", 309.498},
           {"MEMORY_DIE.Hotspot1", 312.285},
           {"MEMORY_DIE.Hotspot2", 316.377},
           {"MEMORY_DIE.Background2", 314.180},
           {"CORE_DIE.Core0", 315.461},
           {"CORE_DIE.Core1", 314.801},
           {"CORE_DIE.Core2", 316.329},
           {"CORE_DIE.Core3", 317.259},
           {"CORE_DIE.Core4", 328.418},
           {"CORE_DIE.Core5", 323.143},
           {"CORE_DIE.Core6", 322.070},
           {"CORE_DIE.Core7", 327.195},
           {"CORE_DIE.Cache0", 334.970},
           {"CORE_DIE.Cache1", 335.872}},
          0.1);
  // Their common edges lie in the middle of a wall: 3D-ICE counts that column of cells to both neighbours,
  // one of which is 16 K hotter than the other.
  compare(r, {{"CORE_DIE.CLK", 332.706}, {"CORE_DIE.FPU", 333.610}, {"CORE_DIE.CrossBar", 316.535}}, 0.25);
}

}  // namespace
}  // namespace bondline
