#include "import_helpers.h"

namespace bondline::formats {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kTwoDies = {"hotspot/two_dies.lcf", "hotspot/two_dies.ptrace",
                                           "hotspot/two_dies.config", "hotspot/two_dies.materials"};

const Named kPlain = {{"a.flp", "l\t0.005\t0.01\t0\t0\nr\t0.005\t0.01\t0.005\t0\n"},
                      {"a.ptrace", "l r\n3 4\n"},
                      {"a.config", "-ambient 318.15\n-s_sink 0.04\n-s_spreader 0.02\n-r_convec 0.2\n"}};

TEST(HotspotImport, PilesLayersFromTheFarthestFromTheSinkToTheSink) {
  const auto result = import_fixtures(kTwoDies);
  ASSERT_TRUE(result.design) << said(result);
  std::vector<std::string> names;
  for (const auto& l : result.design->block->layers) names.push_back(l.name);
  EXPECT_EQ(names, (std::vector<std::string>{"layer0", "layer1", "layer2", "layer3", "spreader", "sink"}));
  EXPECT_DOUBLE_EQ(layer(result, "layer0")->thickness, 1e-4);
  EXPECT_DOUBLE_EQ(layer(result, "layer0")->size.x, 0.008);
  EXPECT_DOUBLE_EQ(layer(result, "sink")->size.x, 0.03);
  EXPECT_DOUBLE_EQ(layer(result, "sink")->thickness, 0.005);
}

TEST(HotspotImport, ReadsMaterialNamesAndNumbersIntoConductivityAndHeat) {
  const auto result = import_fixtures(kTwoDies);
  ASSERT_TRUE(result.design) << said(result);
  const auto& library = result.design->materials;
  const auto product = [&](const std::string& name) {
    const auto* m = library.find(layer(result, name)->material);
    return m->at(package::Property::density, 300) * m->at(package::Property::specific_heat, 300);
  };
  const auto k = [&](const std::string& name) {
    return library.find(layer(result, name)->material)->at(package::Property::k_z, 300);
  };
  EXPECT_DOUBLE_EQ(k("layer0"), 130);
  EXPECT_DOUBLE_EQ(k("layer1"), 4);
  EXPECT_DOUBLE_EQ(k("layer2"), 100);
  EXPECT_DOUBLE_EQ(k("sink"), 390);
  EXPECT_DOUBLE_EQ(product("layer0"), 1630300);
  EXPECT_DOUBLE_EQ(product("layer2"), 1.75e6);
}

TEST(HotspotImport, MatchesTraceColumnsByNameInsideTheirLayersGroup) {
  const auto result = import_fixtures(kTwoDies);
  ASSERT_TRUE(result.design) << said(result);
  const auto& lower = layer(result, "layer0")->power;
  const auto& upper = layer(result, "layer2")->power;
  ASSERT_TRUE(lower.trace && upper.trace);
  EXPECT_DOUBLE_EQ(lower.trace->interval, 0.02);
  EXPECT_DOUBLE_EQ(lower.steady_of_block(0), 2);  // west of layer 0
  EXPECT_DOUBLE_EQ(lower.steady_of_block(1), 2);  // east: mean of 1 and 3
  EXPECT_DOUBLE_EQ(upper.steady_of_block(0), 2);  // west of layer 2: mean of 4 and 0
  EXPECT_DOUBLE_EQ(upper.steady_of_block(1), 4);  // north: mean of 3 and 5
  EXPECT_EQ(lower.place, package::HeatPlace::bottom_face);
  EXPECT_FALSE(layer(result, "layer1")->power.any());
}

TEST(HotspotImport, CoolsTheSinkByConvectionAndLeavesEveryOtherFaceAdiabatic) {
  const auto result = import_fixtures(kTwoDies);
  ASSERT_TRUE(result.design) << said(result);
  const auto& films = result.design->environment.films;
  ASSERT_EQ(films.size(), 7u);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(films[std::size_t(i)].h, 0);
  EXPECT_EQ(films[6].face, package::Face::top);
  EXPECT_EQ(films[6].part, "sink");
  EXPECT_NEAR(films[6].h, 1 / (0.5 * 0.03 * 0.03), 1e-9);
  EXPECT_EQ(films[6].ambient, 300);
}

TEST(HotspotImport, SaysWhatItCouldNotCarryOver) {
  const auto result = import_fixtures(kTwoDies);
  const std::string text = said(result);
  EXPECT_THAT(text, HasSubstr("two_dies.config:12:2"));
  EXPECT_THAT(text, HasSubstr("no setting \"r_convek\""));
  EXPECT_THAT(text, HasSubstr("did you mean \"r_convec\"?"));
  EXPECT_THAT(text, HasSubstr("c_convec 100 is not carried over"));
  EXPECT_THAT(text, HasSubstr("no lateral heat flow"));
  EXPECT_THAT(text, HasSubstr("face of its layer that looks away from the heat sink"));
}

TEST(HotspotImport, BuildsDieInterfaceSpreaderAndSinkWithoutALayerFile) {
  const auto result = import_texts(kPlain);
  ASSERT_TRUE(result.design) << said(result);
  ASSERT_EQ(result.design->block->layers.size(), 4u);
  EXPECT_EQ(result.design->block->layers[0].name, "chip");
  // HotSpot 7's own defaults: temperature.c, default_thermal_config().
  EXPECT_DOUBLE_EQ(layer(result, "chip")->thickness, 0.15e-3);
  EXPECT_DOUBLE_EQ(layer(result, "interface")->thickness, 20e-6);
  EXPECT_DOUBLE_EQ(
      result.design->materials.find(layer(result, "chip")->material)->at(package::Property::k_x, 300), 100);
  EXPECT_DOUBLE_EQ(layer(result, "chip")->power.steady_total(), 7);
  EXPECT_FALSE(layer(result, "chip")->power.trace);  // one sample: a constant power
  bool defaulted = false;
  for (const auto& d : result.design->defaults) defaulted |= d.path == "hotspot.t_chip";
  EXPECT_TRUE(defaulted);
}

TEST(HotspotImport, TakesFilesInAnyOrder) {
  Named turned(kPlain.rbegin(), kPlain.rend());
  const auto a = import_texts(kPlain), b = import_texts(turned);
  ASSERT_TRUE(a.design && b.design) << said(b);
  EXPECT_EQ(a.design->content_hash, b.design->content_hash);
  EXPECT_EQ(layer(a, "chip")->power.steady_of_block(1), layer(b, "chip")->power.steady_of_block(1));
}

TEST(HotspotImport, FindsFloorplansBesideTheLayerFile) {
  const auto result = import_texts({{"d/x.lcf", "0\nY\nY\n1e6\n0.01\n1e-4\na.flp\n"},
                                    {"d/x.ptrace", "a\n2\n"},
                                    {"d/x.config", "-ambient 300\n"},
                                    {"d/a.flp", "a 0.01 0.01 0 0\n"}},
                                   3);
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_EQ(result.design->block->layers.size(), 3u);
}

TEST(HotspotImport, AddsTheSecondaryPathBelowTheChip) {
  Named texts = kPlain;
  texts[2].second += "-model_secondary 1\n-s_pcb 0.1\n-r_convec_sec 50\n";
  const auto result = import_texts(texts);
  ASSERT_TRUE(result.design) << said(result);
  std::vector<std::string> names;
  for (const auto& l : result.design->block->layers) names.push_back(l.name);
  EXPECT_EQ(names, (std::vector<std::string>{"pcb", "solder", "package_substrate", "c4", "metal", "chip",
                                             "interface", "spreader", "sink"}));
  bool found = false;
  for (const auto& f : result.design->environment.films)
    if (f.face == package::Face::bottom && f.part == "pcb") {
      found = true;
      EXPECT_NEAR(f.h, 2.0, 1e-12);
    }
  EXPECT_TRUE(found);
}

TEST(HotspotImport, MovesFloorplansToTheirLowerLeftCorner) {
  Named texts = kPlain;
  texts[0].second = "l 0.005 0.01 -0.005 0.1\nr 0.005 0.01 0 0.1\n";
  const auto result = import_texts(texts);
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_NEAR(layer(result, "chip")->power.blocks[0].rects[0].x0, 0, 1e-15);
  EXPECT_NEAR(layer(result, "chip")->power.blocks[1].rects[0].x0, 0.005, 1e-15);
  EXPECT_NEAR(layer(result, "chip")->power.blocks[1].rects[0].y0, 0, 1e-15);
}

TEST(HotspotImport, ReadsALastSampleWithoutItsNewline) {
  Named texts = kPlain;
  texts[1].second = "l r\n3 4\n5 6";
  const auto result = import_texts(texts);
  ASSERT_TRUE(result.design) << said(result);
  ASSERT_TRUE(layer(result, "chip")->power.trace);
  EXPECT_DOUBLE_EQ(layer(result, "chip")->power.steady_total(), 9);
  EXPECT_THAT(said(result), HasSubstr("a.ptrace:3"));
}

TEST(HotspotImport, UsesBlockPropertiesAsRegionsOnlyWithALayerFile) {
  const std::string flp = "a 0.005 0.01 0 0 3.5e6 0.0025\nb 0.005 0.01 0.005 0\n";
  const auto with = import_texts({{"x.lcf", "0\nY\nY\n1e6\n0.01\n1e-4\na.flp\n"},
                                  {"a.flp", flp},
                                  {"x.ptrace", "a b\n1 2\n"},
                                  {"x.config", "-ambient 300\n"}});
  ASSERT_TRUE(with.design) << said(with);
  ASSERT_EQ(layer(with, "layer0")->regions.size(), 1u);
  EXPECT_DOUBLE_EQ(with.design->materials.find(layer(with, "layer0")->regions[0].material)
                       ->at(package::Property::k_x, 300),
                   400);
  EXPECT_THAT(said(with), HasSubstr("as with -detailed_3D on"));
  const auto without =
      import_texts({{"a.flp", flp}, {"x.ptrace", "a b\n1 2\n"}, {"x.config", "-ambient 300\n"}});
  ASSERT_TRUE(without.design) << said(without);
  EXPECT_TRUE(layer(without, "chip")->regions.empty());
  EXPECT_THAT(said(without), HasSubstr("are ignored"));
}

TEST(HotspotImport, KeepsAMicrochannelLayerAsSolidAndSaysSo) {
  const auto result =
      import_texts({{"x.lcf", "0\nY\nY\n1e6\n0.01\n1e-4\na.flp\n1\nY\nN\n1e6\n0.01\n1e-4\nc.csv\n"},
                    {"a.flp", "a 0.01 0.01 0 0\n"},
                    {"x.ptrace", "a\n1\n"},
                    {"x.config", "-ambient 300\n-coolant_material water\n-inlet_temperature 290\n"},
                    {"c.csv", "0,1\n2 3\n"}});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_THAT(said(result), HasSubstr("its coolant (75 % of the cells) is not modelled"));
  EXPECT_EQ(result.design->environment.coolant, "water");
  EXPECT_EQ(result.design->environment.coolant_inlet, 290);
}

}  // namespace
}  // namespace bondline::formats
