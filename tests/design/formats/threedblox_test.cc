#include <cmath>

#include "import_helpers.h"

namespace bondline::formats {
namespace {

using testing::HasSubstr;

const package::Die& die(const ImportResult& result, const std::string& name) {
  for (const auto& d : result.design->dies)
    if (d.name == name) return d;
  throw std::runtime_error(name);
}

Named files() {
  return {{"assembly.3dbx", read_fixture("blox/assembly.3dbx")},
          {"parts.3dbv", read_fixture("blox/parts.3dbv")},
          {"logic.bmap", read_fixture("blox/logic.bmap")}};
}

ImportResult changed(const std::string& file, const std::string& from, const std::string& to) {
  Named texts = files();
  for (auto& [name, text] : texts)
    if (name == file) {
      const auto at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      if (at != std::string::npos) text.replace(at, from.size(), to);
    }
  return import_texts(texts, 1);
}

TEST(ThreeDBloxImport, CentresTheBodyOnTheSubstrateAndStacksByHeight) {
  const auto result = import_fixtures({"blox/assembly.3dbx"});
  ASSERT_TRUE(result.design) << said(result);
  ASSERT_TRUE(result.design->substrate);
  EXPECT_NEAR(result.design->body_size.x, 3e-3, 1e-12);
  EXPECT_NEAR(result.design->substrate->layers[0].thickness, 300e-6, 1e-12);
  EXPECT_NEAR(die(result, "left").at.x, 700e-6 - 1500e-6, 1e-12);
  EXPECT_NEAR(die(result, "left").at.y, 0, 1e-12);
  EXPECT_EQ(die(result, "left").stacked_on, "");
  EXPECT_NEAR(die(result, "left").attach.standoff, 50e-6, 1e-12);
  EXPECT_EQ(die(result, "upper").stacked_on, "left");
  EXPECT_EQ(die(result, "upper").attach.kind, package::AttachKind::hybrid_bond);
  EXPECT_EQ(result.design->name, "sample");
}

TEST(ThreeDBloxImport, UnderstandsOrientations) {
  const auto result = import_fixtures({"blox/assembly.3dbx"});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_EQ(die(result, "left").facing, package::Facing::down);
  EXPECT_EQ(die(result, "upper").facing, package::Facing::up);
  EXPECT_NEAR(die(result, "right").rotation, M_PI / 2, 1e-12);
  EXPECT_NEAR(die(result, "right").size.x, 1000e-6, 1e-12);  // before rotation
  EXPECT_NEAR(die(result, "right").at.x, 1700e-6 + 400e-6 - 1500e-6, 1e-12);
  // b1 at (100, 100) of 1000 x 800 is (-400, -300) from the centre; MX turns y.
  ASSERT_EQ(die(result, "right").attach.bumps.sites.size(), 3u);
  EXPECT_NEAR(die(result, "left").attach.bumps.sites[0].y, -300e-6, 1e-12);
  EXPECT_NEAR(die(result, "right").attach.bumps.sites[0].x, -400e-6, 1e-12);
  EXPECT_NEAR(die(result, "right").attach.bumps.sites[0].y, 300e-6, 1e-12);
  EXPECT_NEAR(die(result, "left").attach.bumps.pitch_x, 200e-6, 1e-12);
}

TEST(ThreeDBloxImport, SaysWhatItAssumedAndLeftBehind) {
  const auto result = import_fixtures({"blox/assembly.3dbx"});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_THAT(said(result), HasSubstr("\"external\" of chiplet \"logic\" is not carried over"));
  EXPECT_THAT(said(result), HasSubstr("3Dblox says nothing of the joints of \"left\""));
  EXPECT_THAT(said(result), HasSubstr("dies are silicon and dissipate nothing"));
}

TEST(ThreeDBloxImport, ReadsOneDefinitionAlone) {
  Named texts = {{"p.3dbv",
                  "Header: {version: 2.5, unit: mm}\nChipletDef:\n  one:\n    type: die\n    design_area: "
                  "[3, 2]\n    thickness: 0.1\n"}};
  const auto result = import_texts(texts);
  ASSERT_TRUE(result.design) << said(result);
  ASSERT_EQ(result.design->dies.size(), 1u);
  EXPECT_NEAR(result.design->dies[0].size.x, 3e-3, 1e-12);
}

TEST(ThreeDBloxImport, ReadsAFileWithoutItsLastNewline) {
  const auto result = import_texts(
      {{"p.3dbv", "ChipletDef:\n  one:\n    type: die\n    design_area: [3000, 2000]\n    thickness: 100"}});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_THAT(said(result), HasSubstr("p.3dbv:5"));
}

TEST(ThreeDBloxImport, PutsDefinitionsInAndNoMoreThanAMebibyteOfThem) {
  const std::string rest =
      "ChipletDef:\n  one:\n    type: die\n    design_area: [WIDE, WIDE]\n    thickness: 100\n";
  const auto result = import_texts({{"p.3dbv", "#!define WI WIDER\n#!define WIDERDE 3000\n" + rest}});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_NEAR(result.design->dies[0].size.x, 3e-3, 1e-12) << "in the order they are written";
  // Each doubles what the one before has left: 2^40 bytes, from a file of a few lines.
  std::string bomb;
  for (int i = 0; i < 40; ++i) bomb += "#!define x xx\n";
  const auto refused = import_texts({{"p.3dbv", bomb + rest + "# x\nx: 1\n"}});
  EXPECT_FALSE(refused.design);
  EXPECT_THAT(said(refused), HasSubstr("p.3dbv:47:1: its definitions make the file more than 1 MiB longer"));
}

struct Mistake {
  const char* name;
  const char* file;
  const char* from;
  const char* to;
  const char* message;
};
class ThreeDBloxMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ThreeDBloxMistake, IsRefusedWithItsPlace) {
  const Mistake& m = GetParam();
  const auto result = changed(m.file, m.from, m.to);
  EXPECT_FALSE(result.design);
  EXPECT_THAT(said(result), HasSubstr(m.message));
}

INSTANTIATE_TEST_SUITE_P(
    Files, ThreeDBloxMistake,
    testing::Values(
        Mistake{"UnknownReference", "assembly.3dbx", "reference: base", "reference: bass",
                "no chiplet \"bass\" is defined"},
        Mistake{"Overlap", "assembly.3dbx", "z: 450", "z: 449", "\"upper\" overlaps \"left\""},
        Mistake{"Floats", "assembly.3dbx", "loc: [1700, 500]", "loc: [9700, 500]", "\"right\" floats"},
        Mistake{"NotANumber", "assembly.3dbx", "z: 450", "z: nan",
                "z of stack entry \"upper\" is not a number"},
        Mistake{"UnknownOrientation", "assembly.3dbx", "MZ_MX_R90", "R45", "unknown orientation \"R45\""},
        Mistake{"UnknownRegion", "assembly.3dbx", "carrier.regions.front_reg", "carrier.regions.side",
                "which is no region"},
        Mistake{"UnknownUnit", "assembly.3dbx", "\"micron\"", "\"inch\"", "unknown unit \"inch\""},
        Mistake{"IncludeMissing", "assembly.3dbx", "parts.3dbv", "part.3dbv",
                "assembly.3dbx:6:7: cannot read"},
        Mistake{"ZeroThickness", "parts.3dbv", "thickness: 100", "thickness: 0",
                "chiplet \"logic\" is 1000 x 800 x 0 um"},
        Mistake{"BumpMapShort", "logic.bmap", "b2 BUMP 300 100 - -", "b2 BUMP 300 100",
                "logic.bmap:3: 4 columns instead of 6"}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace bondline::formats
