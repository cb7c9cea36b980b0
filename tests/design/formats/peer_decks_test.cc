// The decks people already have: HotSpot's own examples and REF-4L in both tools' forms (figures from the
// decks).
#include "import_helpers.h"

namespace bondline::formats {
namespace {

using testing::HasSubstr;

#define NEED_DATA()                       \
  const std::string data = data_folder(); \
  if (data.empty()) GTEST_SKIP() << "no shared data on this machine (set BONDLINE_DATA)"

ImportResult import_paths(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  for (const auto& n : names) paths.push_back(folder + n);
  return import_files(paths, base::disk());
}

double total(const ImportResult& result) {
  double sum = 0;
  for (const auto& l : result.design->block->layers) sum += l.power.steady_total();
  return sum;
}

double resistance(const ImportResult& result) {  // of the 1D column, m2 K/W
  double sum = 0;
  for (const auto& l : result.design->block->layers)
    sum += l.thickness / result.design->materials.find(l.material)->at(package::Property::k_z, 320);
  return sum;
}

TEST(PeerDecks, Ref4lIsTheSameBlockFromBothTools) {
  NEED_DATA();
  const auto hotspot =
      import_paths(data + "ref4l/n64/", {"ref.ptrace", "ref.flp", "ref.config", "ref.materials"});
  const auto ice = import_paths(data + "ref4l/n64/", {"ref.stk", "ice.flp"});
  ASSERT_TRUE(hotspot.design) << said(hotspot);
  ASSERT_TRUE(ice.design) << said(ice);
  for (const auto* r : {&hotspot, &ice}) {
    EXPECT_NEAR(total(*r), 37, 1e-9);
    // 150 um/100 + 20 um/4 + 1 mm/400 + 6.9 mm/400
    EXPECT_NEAR(resistance(*r), 0.150e-3 / 100 + 20e-6 / 4 + 1e-3 / 400 + 6.9e-3 / 400, 1e-12);
    EXPECT_EQ(r->design->block->layers[0].power.blocks.size(), 16u);
    EXPECT_EQ(r->design->block->layers[0].power.place, package::HeatPlace::bottom_face);
    EXPECT_NEAR(r->design->environment.films.back().h, 1e5, 5);
    EXPECT_NEAR(r->design->environment.films.back().ambient, 318.15, 1e-12);
  }
  const auto& block = hotspot.design->block->layers[0].power.blocks[5];
  EXPECT_EQ(block.name, "B11");
  EXPECT_DOUBLE_EQ(block.power, 20);
}

TEST(PeerDecks, Ev6KeepsItsTraceAndItsThirtyBlocks) {
  NEED_DATA();
  const auto result =
      import_paths(data + "hotspot_ex1/", {"example.config", "ev6.flp", "gcc.ptrace", "example.materials"});
  ASSERT_TRUE(result.design) << said(result);
  const auto& chip = result.design->block->layers[0];
  EXPECT_EQ(chip.power.blocks.size(), 30u);
  ASSERT_TRUE(chip.power.trace);
  EXPECT_DOUBLE_EQ(chip.power.trace->interval, 0.01);
  EXPECT_DOUBLE_EQ(chip.power.trace->watts[0][0], 1.44);
  EXPECT_EQ(result.design->block->layers.back().size.x, 0.06);
}

TEST(PeerDecks, StackOfTwoDiesMatchesItsTraceByGroups) {
  NEED_DATA();
  const std::string f = data + "hotspot_ex3/";
  const auto result = import_paths(f, {"example.lcf", "example.config", "example.ptrace", "floorplan1.flp",
                                       "floorplan2.flp", "example.materials"});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_EQ(result.design->block->layers.size(), 6u);
  EXPECT_EQ(result.design->block->layers[0].power.blocks.size(), 3u);
  EXPECT_EQ(result.design->block->layers[2].power.blocks.size(), 18u);
  EXPECT_DOUBLE_EQ(result.design->block->layers[0].power.trace->watts[0][1], 25);
}

TEST(PeerDecks, MicrochannelInterposerSaysThatItsCoolantIsNotModelled) {
  NEED_DATA();
  const auto result = import_paths(data + "hotspot_ex5/",
                                   {"example.lcf", "example.config", "example.ptrace", "example.materials"});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_EQ(result.design->block->layers.size(), 7u);
  EXPECT_THAT(said(result), HasSubstr("is a microchannel layer"));
  EXPECT_THAT(said(result), HasSubstr("made of \"none\""));
  EXPECT_NEAR(total(result), (64 + 32 + 32) / 4.0 + 4 * 0.7 / 4, 1e-9);
}

}  // namespace
}  // namespace bondline::formats
