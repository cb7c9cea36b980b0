#include "import_helpers.h"

namespace bondline::formats {
namespace {

using testing::HasSubstr;

TEST(BumpMapImport, CentresTheSitesAndTakesThePitchFromTheMap) {
  const auto result = import_texts(
      {{"b.csv", "name,x_um,y_um,diameter_um,net\na1,0,0,80,VDD\na2,150,0,80,\na3,0,150,80,VSS\n"}});
  ASSERT_TRUE(result.design) << said(result);
  const auto& die = result.design->dies.at(0);
  ASSERT_EQ(die.attach.bumps.sites.size(), 3u);
  EXPECT_NEAR(die.attach.bumps.sites[1].x, 75e-6, 1e-12);
  EXPECT_NEAR(die.attach.bumps.sites[1].y, -75e-6, 1e-12);
  EXPECT_NEAR(die.attach.bumps.pitch_x, 150e-6, 1e-12);
  EXPECT_NEAR(die.attach.bumps.diameter, 80e-6, 1e-12);
  EXPECT_NEAR(die.size.x, 450e-6, 1e-12);
  ASSERT_EQ(result.design->nets.size(), 2u);
  EXPECT_EQ(result.design->nets[1].from, "die.a3");
  EXPECT_THAT(said(result), HasSubstr("is assumed"));
}

TEST(BumpMapImport, ReadsUnitsFromTheHeaderAndWarnsWithoutThem) {
  const auto mm = import_texts({{"b.csv", "x (mm);y (mm)\n0;0\n0.4;0\n"}});
  ASSERT_TRUE(mm.design) << said(mm);
  EXPECT_NEAR(mm.design->dies[0].attach.bumps.pitch_x, 0.4e-3, 1e-12);
  const auto none = import_texts({{"b.csv", "x,y,colour\n0,0,red\n400,0,blue\n"}});
  ASSERT_TRUE(none.design) << said(none);
  EXPECT_NEAR(none.design->dies[0].attach.bumps.pitch_x, 0.4e-3, 1e-12);
  EXPECT_THAT(said(none), HasSubstr("coordinates are taken in um"));
  EXPECT_THAT(said(none), HasSubstr("column \"colour\" is not carried over"));
}

TEST(BumpMapImport, RefusesMistakesWithTheirPlace) {
  const auto no_header = import_texts({{"b.csv", "1,2,3\n"}});
  EXPECT_FALSE(no_header.design);
  EXPECT_THAT(said(no_header), HasSubstr("b.csv:1: the header names no x and y column"));
  const auto not_a_number = import_texts({{"b.csv", "x_um,y_um\n0,nan\n"}});
  EXPECT_FALSE(not_a_number.design);
  EXPECT_THAT(said(not_a_number), HasSubstr("b.csv:2"));
  const auto twice = import_texts({{"b.csv", "name,x_um,y_um\na,0,0\na,1,1\n"}});
  EXPECT_FALSE(twice.design);
  EXPECT_THAT(said(twice), HasSubstr("bump \"a\" is there twice"));
}

TEST(ImportFiles, KnowsFilesWithoutATellingSuffixByTheirContent) {
  const std::string hotspot = "hotspot/two_dies";
  const auto result = import_texts({{"layers", read_fixture(hotspot + ".lcf")},
                                    {"settings", read_fixture(hotspot + ".config")},
                                    {"materials.txt", read_fixture(hotspot + ".materials")},
                                    {"p.ptrace", read_fixture(hotspot + ".ptrace")},
                                    {"lower.flp", read_fixture("hotspot/lower.flp")},
                                    {"upper.flp", read_fixture("hotspot/upper.flp")}});
  EXPECT_TRUE(result.design) << said(result);
  const auto ice = import_texts({{"deck", read_fixture("ice/stack.stk")},
                                 {"cores.flp", read_fixture("ice/cores.flp")},
                                 {"vias.lay", read_fixture("ice/vias.lay")}},
                                2);
  EXPECT_TRUE(ice.design) << said(ice);
}

TEST(ImportFiles, RefusesWhatItDoesNotKnow) {
  for (const Named& texts :
       {Named{{"a.txt", "hello\n"}}, Named{{"a.flp", ""}}, Named{{"a.stk", ""}},
        Named{{"a.stk", "\n"}, {"b.stk", "\n"}}, Named{{"a.stk", "x"}, {"a.ptrace", "x"}},
        Named{{"a.3dbx", "[]\n"}}, Named{{"a.csv", ""}, {"b.csv", ""}}}) {
    const auto result = import_texts(texts);
    EXPECT_FALSE(result.design) << texts[0].first;
    EXPECT_TRUE(result.diagnostics.has_errors()) << texts[0].first;
  }
  base::MemoryFiles files;
  EXPECT_FALSE(import_files({}, files).design);
  EXPECT_FALSE(import_files({"missing.stk"}, files).design);
  EXPECT_TRUE(import_files({"missing.flp"}, files).diagnostics.has_errors());
}

}  // namespace
}  // namespace bondline::formats
