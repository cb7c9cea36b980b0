// 3D-ICE 4.0 (esl-epfl/3d-ice, commit 39ed2a7, built with SuperLU_MT 4.0) beside ours on liquid decks: mean
// temperatures of blocks of the source layers (its Tflp ... average), K. Decks beside this file are our own;
// its figures are those of our runs of it with rows of 50 um (channels_4rm) or cells of 50 x 50 um (the
// others), where halving them moves no block by more than 0.02 K.
#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <cmath>
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

thermal::SteadyResult solve(const std::string& deck, std::array<double, 2> cells = {},
                            std::vector<thermal::Probe> probes = {},
                            const std::vector<std::string>& floorplans = {}) {
  std::vector<std::string> files = {deck};
  files.insert(files.end(), floorplans.begin(), floorplans.end());
  const auto imported = formats::import_files(files, base::disk());
  EXPECT_TRUE(imported.design) << deck;
  if (!imported.design) return {};
  base::Pool pool(2);
  const package::Assembly assembly = package::assemble(*imported.design);
  thermal::SteadyOptions options;
  options.deck_cells = cells;
  options.probes = std::move(probes);
  return thermal::steady(*imported.design, assembly, options, pool);
}

using Mean = double thermal::PartTemperature::*;

void compare(const thermal::SteadyResult& r, const std::vector<Block>& peer, double within,
             Mean mean = &thermal::PartTemperature::mean_K) {
  EXPECT_LE(r.balance, 1e-8);
  for (const Block& b : peer) {
    const std::string path = std::string("block.") + b.path;
    bool found = false;
    for (const auto& part : r.blocks)
      if (part.path == path) {
        found = true;
        EXPECT_NEAR(part.*mean, b.mean, within) << path;
      }
    EXPECT_TRUE(found) << path;
  }
}

/// As 3D-ICE averages: every cell a block touches counts once.
void compare_cells(const thermal::SteadyResult& r, const std::vector<Block>& peer, double within) {
  EXPECT_TRUE(std::isnan(r.error_estimate_K));
  compare(r, peer, within, &thermal::PartTemperature::cells_mean_K);
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

// On the deck's own cells what it prints as averages is met: a block that ends inside a cell (outer walls of
// 20 and 50 um move every column), blocks of several rectangles of different sizes.
TEST(IceLiquid, BlocksThatEndInsideCellsAreCountedAsItCountsThem) {
  compare_cells(solve(own("channels_4rm_outer.stk"), {75e-6, 100e-6}),
                {{"upper.array0", 310.749},
                 {"upper.array1", 306.434},
                 {"upper.array2", 309.612},
                 {"lower.core0", 321.881},
                 {"lower.core1", 309.126},
                 {"lower.fabric", 305.558},
                 {"lower.core2", 310.804},
                 {"lower.core3", 322.576},
                 {"lower.idle", 310.032}},
                0.05);
}

TEST(IceLiquid, BlocksOfSeveralRectanglesAreCountedAsItCountsThem) {
  const auto r = solve(own("pins_split.stk"), {100e-6, 100e-6});
  compare_cells(r,
                {{"upper.array0", 299.433},
                 {"upper.array1", 296.828},
                 {"upper.array2", 300.821},
                 {"lower.cluster", 303.041},
                 {"lower.edge", 307.926},
                 {"lower.idle", 299.001}},
                0.05);
  // It gives a small rectangle the weight of a large one: 0.44 K below the mean over the area.
  compare(r, {{"lower.cluster", 303.041 + 0.44}}, 0.05);
}

/// The folder of 3D-ICE's own examples (its bin/), or empty: BONDLINE_3DICE names it.
std::string peer_folder() {
  const char* set = std::getenv("BONDLINE_3DICE");
  return set && std::filesystem::exists(std::string(set) + "/example_steady.stk") ? set : "";
}
constexpr const char* kNoPeer = "set BONDLINE_3DICE to the bin folder of 3D-ICE 4.0 (GPL, not shipped)";

TEST(IceLiquid, ItsOwnExampleAgreesOnItsCells) {
  if (peer_folder().empty()) GTEST_SKIP() << kNoPeer;
  compare_cells(solve(peer_folder() + "/example_steady.stk", {100e-6, 100e-6}),
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
                 {"CORE_DIE.Cache1", 335.872},
                 {"CORE_DIE.CLK", 332.706},
                 {"CORE_DIE.FPU", 333.610},
                 {"CORE_DIE.CrossBar", 316.535}},
                0.1);
}

// On a grid of ours: its temperature map averaged over each block's area. With its layers of 50 um cut into
// 10 and 40 um its own answer comes nearer by 0.03 K in CLK and FPU, with rows of 50 um by 0.013 K more.
TEST(IceLiquid, ItsOwnExampleAgreesByArea) {
  if (peer_folder().empty()) GTEST_SKIP() << kNoPeer;
  const auto r = solve(peer_folder() + "/example_steady.stk");
  compare(r,
          {{"MEMORY_DIE.Background1", 309.482},
           {"MEMORY_DIE.Hotspot1", 312.295},
           {"MEMORY_DIE.Hotspot2", 316.383},
           {"MEMORY_DIE.Background2", 314.164},
           {"CORE_DIE.Core0", 315.468},
           {"CORE_DIE.Core1", 314.781},
           {"CORE_DIE.Core2", 316.336},
           {"CORE_DIE.Core3", 317.266},
           {"CORE_DIE.Core4", 328.459},
           {"CORE_DIE.Core5", 323.111},
           {"CORE_DIE.Core6", 322.018},
           {"CORE_DIE.Core7", 327.235},
           {"CORE_DIE.Cache0", 334.987},
           {"CORE_DIE.Cache1", 335.890},
           {"CORE_DIE.CrossBar", 316.351}},
          0.1);
  compare(r, {{"CORE_DIE.CLK", 333.002}, {"CORE_DIE.FPU", 333.906}}, 0.13);
}

/// One of 3D-ICE's six steady liquid tests: the averages it prints for four elements (die1, die2 from 1 to
/// 4), or for the whole die, and the two node temperatures it publishes with the test.
struct PublicDeck {
  const char* deck;
  std::vector<double> averages;
  double node1, node2;  ///< test/*/steady/output_*.txt
};

void PrintTo(const PublicDeck& deck, std::ostream* out) {
  *out << deck.deck;
}

class IceTestDeck : public testing::TestWithParam<PublicDeck> {};

TEST_P(IceTestDeck, AgreesOnItsCells) {
  if (peer_folder().empty()) GTEST_SKIP() << kNoPeer;
  const PublicDeck& p = GetParam();
  const std::string deck = peer_folder() + "/../test/" + p.deck;
  const bool columns = deck.find("4rm") != std::string::npos;
  // Where it prints a node it means the cell the point lies in: its middle, 48 um and 1 um into the stack.
  const double across = columns ? 0 : -0.1e-3, first = columns ? -5e-3 + 12.5e-6 : -4.9e-3;
  // Its tests are run from test/, where the floorplans lie.
  const std::string floorplan = deck.find("background") != std::string::npos ? "background.flp"
                                : columns                                    ? "four_elements_4rm.flp"
                                                                             : "four_elements.flp";
  const auto r = solve(deck, {200e-6, 200e-6}, {{across, -0.1e-3, 1e-6}, {first, -4.9e-3, 199e-6}},
                       {peer_folder() + "/../test/" + floorplan});
  std::vector<Block> blocks;
  std::vector<std::string> names;
  const std::size_t of_a_die = p.averages.size() / 2;
  for (std::size_t n = 0; n < p.averages.size(); ++n)
    names.push_back(std::string(n < of_a_die ? "die1" : "die2") + ".background" +
                    (of_a_die == 1 ? "" : std::to_string(n % of_a_die + 1)));
  for (std::size_t n = 0; n < p.averages.size(); ++n) blocks.push_back({names[n].c_str(), p.averages[n]});
  compare_cells(r, blocks, 0.05);
  ASSERT_EQ(r.probes_K.size(), 2u);
  EXPECT_NEAR(r.probes_K[0], p.node1, 0.12);
  EXPECT_NEAR(r.probes_K[1], p.node2, 0.02);
}

INSTANTIATE_TEST_SUITE_P(
    Public, IceTestDeck,
    testing::Values(PublicDeck{"mc4rm/steady/2dies_background.stk", {324.828, 324.888}, 324.541, 311.165},
                    PublicDeck{"mc4rm/steady/2dies_four_elements.stk",
                               {315.935, 301.271, 315.050, 316.082, 315.990, 301.277, 315.054, 316.138},
                               311.926,
                               311.224},
                    PublicDeck{"mc2rm/steady/2dies_background.stk", {324.893, 324.964}, 324.602, 311.251},
                    PublicDeck{"mc2rm/steady/2dies_four_elements.stk",
                               {315.937, 301.272, 314.985, 316.219, 316.001, 301.279, 314.989, 316.285},
                               313.629,
                               311.255},
                    PublicDeck{"pf2rm/steady/2dies_background.stk", {318.955, 318.955}, 318.735, 308.826},
                    PublicDeck{"pf2rm/steady/2dies_four_elements.stk",
                               {312.563, 300.804, 310.877, 312.681, 312.563, 300.804, 310.877, 312.681},
                               310.619,
                               308.833}),
    [](const auto& test) {
      std::string name = test.param.deck;
      for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      return name;
    });

}  // namespace
}  // namespace bondline
