#include "import_helpers.h"

namespace bondline::formats {
namespace {

using testing::HasSubstr;
using testing::Not;

Named deck() {
  return {{"s.stk", read_fixture("ice/stack.stk")},
          {"cores.flp", read_fixture("ice/cores.flp")},
          {"vias.lay", read_fixture("ice/vias.lay")}};
}

/// The deck with one text in one file replaced.
ImportResult changed(const std::string& file, const std::string& from, const std::string& to) {
  Named texts = deck();
  for (auto& [name, text] : texts)
    if (name == file) {
      const auto at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      if (at != std::string::npos) text.replace(at, from.size(), to);
    }
  return import_texts(texts, 1);
}

TEST(IceImport, TurnsTheStackUpsideDown) {
  const auto result = import_fixtures({"ice/stack.stk"});
  ASSERT_TRUE(result.design) << said(result);
  std::vector<std::string> names;
  for (const auto& l : result.design->block->layers) names.push_back(l.name);
  EXPECT_EQ(names, (std::vector<std::string>{"BOARD", "BOTTOM-3", "BOTTOM", "BOTTOM-1", "BOND", "TOP-3",
                                             "TOP", "TOP-1"}));
  EXPECT_NEAR(layer(result, "TOP-3")->thickness, 50e-6, 1e-15);
  EXPECT_NEAR(layer(result, "TOP")->thickness, 2e-6, 1e-15);
  EXPECT_NEAR(result.design->block->size.x, 4e-3, 1e-15);
  EXPECT_NEAR(result.design->block->size.y, 3e-3, 1e-15);
}

TEST(IceImport, ReadsMicrometreUnitsAndAnisotropy) {
  const auto result = import_fixtures({"ice/stack.stk"});
  ASSERT_TRUE(result.design) << said(result);
  const auto* si = result.design->materials.find("SILICON");
  ASSERT_TRUE(si);
  EXPECT_NEAR(si->at(package::Property::k_x, 300), 130, 1e-9);
  EXPECT_NEAR(si->at(package::Property::k_y, 300), 120, 1e-9);
  EXPECT_NEAR(si->at(package::Property::k_z, 300), 110, 1e-9);
  EXPECT_NEAR(si->at(package::Property::density, 300) * si->at(package::Property::specific_heat, 300),
              1.628e6, 1e-6);
  const auto& films = result.design->environment.films;
  ASSERT_EQ(films.size(), 7u);
  EXPECT_NEAR(films[6].h, 1e5, 1e-6);
  EXPECT_EQ(films[6].face, package::Face::top);
  EXPECT_EQ(films[6].ambient, 300);
}

TEST(IceImport, KeepsTracesOfTransientDecksAndBlocksOfSeveralRectangles) {
  const auto result = import_fixtures({"ice/stack.stk"});
  ASSERT_TRUE(result.design) << said(result);
  const auto& power = layer(result, "TOP")->power;
  ASSERT_TRUE(power.trace);
  EXPECT_DOUBLE_EQ(power.trace->interval, 0.2);
  EXPECT_DOUBLE_EQ(power.steady_of_block(0), 2);
  EXPECT_NEAR(power.steady_of_block(1), 2.5 / 3, 1e-12);
  ASSERT_EQ(power.blocks[1].rects.size(), 2u);
  EXPECT_NEAR(power.blocks[1].rects[1].y1, 3e-3, 1e-12);
  EXPECT_EQ(power.place, package::HeatPlace::volume);
  EXPECT_DOUBLE_EQ(layer(result, "BOTTOM")->power.steady_of_block(0), 2);
}

TEST(IceImport, ReadsLayoutsAsRegions) {
  const auto result = import_fixtures({"ice/stack.stk"});
  ASSERT_TRUE(result.design) << said(result);
  const auto& regions = layer(result, "BOND")->regions;
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[0].material, "COPPER");
  EXPECT_NEAR(regions[1].rect.x0, 300e-6, 1e-15);
}

TEST(IceImport, SteadyDecksTakeTheFirstPowerValue) {
  const auto result = changed("s.stk", "transient step 0.02, slot 0.2", "steady");
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_FALSE(layer(result, "TOP")->power.trace);
  EXPECT_DOUBLE_EQ(layer(result, "TOP")->power.steady_of_block(0), 1);
  EXPECT_THAT(said(result), HasSubstr("the first power value of each block is used"));
}

TEST(IceImport, PutsPowerOfTheLowestLayerAtItsBottomFace) {
  const auto result =
      import_texts({{"s.stk",
                     "material A : thermal conductivity 1e-4 ; volumetric heat capacity 1e-12 ;\n"
                     "top heat sink : heat transfer coefficient 1e-7 ; temperature 300 ;\n"
                     "dimensions : chip length 10, width 10 ; cell length 1, width 1 ;\n"
                     "die D : source 5 A ;\nstack : die X D floorplan \"a.flp\" ;\nsolver : steady ; initial "
                     "temperature 300 ;\n"},
                    {"a.flp", "b : position 0, 0 ; dimension 10, 10 ; power values 1 ;\n"}},
                   1);
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_EQ(result.design->block->layers[0].power.place, package::HeatPlace::bottom_face);
  EXPECT_THAT(said(result), HasSubstr("bottom face"));
}

TEST(IceImport, KeepsChannelsWithTheirCoolant) {
  Named texts = deck();
  std::string& stk = texts[0].second;
  stk.insert(
      stk.find("dimensions :"),
      "microchannel 2rm :\n height 100 ;\n channel length 50 ;\n wall length 50 ;\n wall material SILICON ;\n"
      " coolant flow rate 60 ;\n coolant heat transfer coefficient top 1e-8, bottom 2e-8 ;\n"
      " coolant volumetric heat capacity 4.17e-12 ;\n coolant incoming temperature 290 ;\n");
  stk.replace(stk.find("layer BOND   VIAS"), 17, "channel WET");
  const auto result = import_texts(texts, 1);
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_NEAR(layer(result, "WET")->thickness, 100e-6, 1e-15);
  const auto& channels = layer(result, "WET")->channels;
  ASSERT_TRUE(channels);
  EXPECT_NEAR(channels->flow, 1e-6, 1e-15);  // 60 mL/min
  EXPECT_EQ(channels->inlet, 290);
  EXPECT_EQ(channels->flow_to, package::Face::north);
  EXPECT_EQ(channels->model, package::ChannelModel::averaged);
  EXPECT_NEAR(*channels->base_top, 1e4, 1e-8);
  EXPECT_NEAR(*channels->base_bottom, 2e4, 1e-8);
  EXPECT_NEAR(channels->coolant.heat_capacity, 4.17e6, 1e-3);
}

TEST(IceImport, ADeckThatOnlyItsLiquidCoolsIsCooled) {
  Named texts = deck();
  std::string& stk = texts[0].second;
  const auto from = stk.find("top heat sink"), to = stk.find("dimensions");
  stk.replace(
      from, to - from,
      "pinfin :\n height 100 ;\n pin diameter 50 ;\n pin pitch 100 ;\n pin distribution inline ;\n pin "
      "material SILICON ;\n darcy velocity 1e6 ;\n coolant volumetric heat capacity 4.17e-12 ;\n coolant "
      "incoming temperature 290 ;\n\n");
  stk.replace(stk.find("layer BOND   VIAS"), 17, "channel WET");
  const auto result = import_texts(texts, 1);
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_THAT(said(result), Not(HasSubstr("adiabatic")));
}

TEST(IceImport, TellsTheTwoFloorplanDialectsApart) {
  const auto result = import_texts({{"a.flp", "b : position 0, 0 ; dimension 10, 10 ; power values 1 ;\n"}});
  EXPECT_FALSE(result.design);
  EXPECT_THAT(said(result), HasSubstr("a 3D-ICE floorplan without its stack"));
}

TEST(IceImport, WarnsWhenNothingCoolsTheStack) {
  Named texts = deck();
  std::string& stk = texts[0].second;
  const auto from = stk.find("top heat sink"), to = stk.find("dimensions");
  stk.erase(from, to - from);
  const auto result = import_texts(texts, 1);
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_THAT(said(result), HasSubstr("every face is adiabatic"));
}

struct Mistake {
  const char* name;
  const char* file;
  const char* from;
  const char* to;
  const char* message;
};
class IceMistake : public testing::TestWithParam<Mistake> {};

TEST_P(IceMistake, IsRefusedWithItsPlace) {
  const Mistake& m = GetParam();
  const auto result = changed(m.file, m.from, m.to);
  EXPECT_FALSE(result.design);
  EXPECT_THAT(said(result), HasSubstr(m.message));
}

INSTANTIATE_TEST_SUITE_P(
    Decks, IceMistake,
    testing::Values(
        Mistake{"BareDecimal", "s.stk", "height 10 ;", "height .5 ;",
                "the layer height is missing, here stands \".\""},
        Mistake{"UnknownMaterial", "s.stk", "source  2 SILICON", "source 2 SILICOM",
                "did you mean \"SILICON\"?"},
        Mistake{"SiUnits", "s.stk", "1.30e-4, 1.2e-4, 1.1e-4", "130", "W/(um K)"},
        Mistake{"SemicolonMissing", "s.stk", "temperature               300 ;", "temperature 300",
                "\";\" is missing"},
        Mistake{"TwoSources", "s.stk", "layer  50 SILICON ;", "source 50 SILICON ;", "2 source layers"},
        Mistake{"UnknownDie", "s.stk", "die   TOP    IC", "die TOP ID", "no die \"ID\""},
        Mistake{"FloorplanMissing", "s.stk", "\"cores.flp\"", "\"core.flp\"",
                "floorplan \"core.flp\" was not found"},
        Mistake{"ElementTwice", "s.stk", "die   BOTTOM", "die TOP", "stack element \"TOP\" is there twice"},
        Mistake{"ChannelWithoutCavity", "s.stk", "layer BOND   VIAS", "channel BOND",
                "no microchannel or pinfin section"},
        Mistake{"SlotShorterThanStep", "s.stk", "slot 0.2", "slot 0.01", "shorter than the step"},
        Mistake{"OpenComment", "s.stk", "// wiring", "/* wiring", "here stands \"/*\""},
        Mistake{"ZeroHeight", "s.stk", "height 10 ;", "height 0 ;", "the layer height is 0"},
        Mistake{"OutsideTheDie", "cores.flp", "dimension 2000, 3000", "dimension 2000, 3001",
                "cores.flp:1:1: block \"a\" lies outside the chip"},
        Mistake{"Overlap", "cores.flp", "position 0, 0", "position 100, 0", "overlaps \"a\""},
        Mistake{"DuplicateBlock", "cores.flp", "b :\n   rectangle (2000, 0, 2000, 1000)",
                "a :\n   rectangle (2000, 0, 2000, 1000)", "is there twice"},
        Mistake{"NegativePower", "cores.flp", "0.5, 0.5, 1.5", "0.5, -0.5, 1.5", "a power of -0.5 W"},
        Mistake{"LayoutOverlap", "vias.lay", "(300, 100", "(120, 100", "vias.lay:4:1"},
        Mistake{"LayoutMaterial", "vias.lay", "COPPER :\n   rectangle", "COPPE :\n   rectangle",
                "did you mean \"COPPER\"?"}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace bondline::formats
