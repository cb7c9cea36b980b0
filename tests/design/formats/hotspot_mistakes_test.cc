// What people get wrong in HotSpot's files: each is refused with its place, none passes as a number.
#include "import_helpers.h"

namespace bondline::formats {
namespace {

using testing::HasSubstr;

struct Mistake {
  const char* name;
  const char* file;
  const char* text;
  const char* message;
};

class HotspotMistake : public testing::TestWithParam<Mistake> {};

TEST_P(HotspotMistake, IsRefusedWithItsPlace) {
  const Mistake& m = GetParam();
  Named texts = {{"a.flp", "l 0.005 0.01 0 0\nr 0.005 0.01 0.005 0\n"},
                 {"a.ptrace", "l r\n3 4\n"},
                 {"a.config", "-ambient 318.15\n-s_sink 0.04\n-s_spreader 0.02\n"},
                 {"a.materials", "si\nsolid\n100\n1.7e6\n"}};
  for (auto& [name, text] : texts)
    if (name == m.file) text = m.text;
  if (std::string(m.file) == "a.lcf") texts.push_back({m.file, m.text});
  const auto result = import_texts(texts);
  EXPECT_FALSE(result.design);
  EXPECT_THAT(said(result), HasSubstr(m.message));
}

INSTANTIATE_TEST_SUITE_P(
    Files, HotspotMistake,
    testing::Values(
        Mistake{"DuplicateBlock", "a.flp", "l 0.005 0.01 0 0\nl 0.005 0.01 0.005 0\n",
                "a.flp:2:1: block \"l\" is there twice"},
        Mistake{"ZeroSize", "a.flp", "l 0 0.01 0 0\nr 0.005 0.01 0.005 0\n",
                "a.flp:1:3: block \"l\" has no area"},
        Mistake{"NegativeSize", "a.flp", "l -0.005 0.01 0 0\nr 0.005 0.01 0.005 0\n", "has no area"},
        Mistake{"Overlap", "a.flp", "l 0.006 0.01 0 0\nr 0.005 0.01 0.005 0\n",
                "a.flp:2:1: block \"r\" overlaps \"l\" (line 1) by 1000 x 1e+04 um"},
        Mistake{"NaN", "a.flp", "l nan 0.01 0 0\nr 0.005 0.01 0.005 0\n",
                "a.flp:1:3: \"nan\" is not a number"},
        Mistake{"Infinity", "a.flp", "l 1e999 0.01 0 0\nr 0.005 0.01 0.005 0\n", "is not a number"},
        Mistake{"Micrometres", "a.flp", "l 5000 10000 0 0\nr 5000 10000 5000 0\n",
                "HotSpot's lengths are in m"},
        Mistake{"SixFields", "a.flp", "l 0.005 0.01 0 0 1e6\nr 0.005 0.01 0.005 0\n",
                "5 or 7 fields, this one has 6"},
        Mistake{"UnknownTraceName", "a.ptrace", "l rr\n3 4\n", "a.ptrace:1:3: no block \"rr\""},
        Mistake{"TwoColumnsOfOneBlock", "a.ptrace", "l l\n3 4\n", "block \"l\" has two columns"},
        Mistake{"TooFewColumns", "a.ptrace", "l\n3\n",
                "1 columns, the layers that dissipate power have 2 blocks"},
        Mistake{"ShortSample", "a.ptrace", "l r\n3 4\n5\n", "a.ptrace:3:1: 1 values for 2 names"},
        Mistake{"HashInTraceIsNoComment", "a.ptrace", "l r\n# 4\n", "a.ptrace:2:1: \"#\" is not a power"},
        Mistake{"NegativePower", "a.ptrace", "l r\n3 -4\n", "\"-4\" is not a power in W"},
        Mistake{"NoSample", "a.ptrace", "l r\n", "no sample"},
        Mistake{"SinkSmallerThanSpreader", "a.config", "-s_sink 0.01\n-s_spreader 0.02\n",
                "each must be at least as large"},
        Mistake{"ZeroResistance", "a.config", "-r_convec 0\n", "a.config:1:1: r_convec is \"0\""},
        Mistake{"UnknownMaterial", "a.config", "-material_chip sj\n",
                "material \"sj\" is not in the .materials file"},
        Mistake{"ValueMissing", "a.config", "-t_chip\n", "a.config:1:1: a configuration line is"},
        Mistake{"MaterialsCutOff", "a.materials", "si\nsolid\n100\n",
                "its volumetric heat capacity is missing"},
        Mistake{"MaterialTwice", "a.materials", "si\nsolid\n1\n1e6\nsi\nsolid\n1\n1e6\n",
                "is there twice (first in line 1)"},
        Mistake{"ConductivitySlip", "a.materials", "si\nsolid\n1e9\n1e6\n",
                "a thermal conductivity of 1e+09 W/(m K) cannot be"},
        Mistake{"LayersOutOfOrder", "a.lcf",
                "0\nY\nY\n1e6\n0.01\n1e-4\na.flp\n2\nY\nN\n1e6\n0.01\n1e-4\na.flp\n",
                "layer 2 stands where layer 1"},
        Mistake{"LayerTwice", "a.lcf", "0\nY\nY\n1e6\n0.01\n1e-4\na.flp\n0\nY\nN\n1e6\n0.01\n1e-4\na.flp\n",
                "layer 0 stands where layer 1"},
        Mistake{"LayersCutOff", "a.lcf", "0\nY\nY\n1e6\n0.01\n",
                "a.lcf:1:1: the file ends inside this record: its thickness is missing"},
        Mistake{"ZeroThickness", "a.lcf", "0\nY\nY\n1e6\n0.01\n0\na.flp\n",
                "a.lcf:6:1: \"0\" is not a thickness"},
        Mistake{"FlagMisspelt", "a.lcf", "0\nY\nyes\n1e6\n0.01\n1e-4\na.flp\n",
                "a.lcf:3:1: \"yes\" is neither Y nor N"},
        Mistake{"FloorplanMissing", "a.lcf", "0\nY\nY\n1e6\n0.01\n1e-4\nb.flp\n",
                "a.lcf:7:1: floorplan \"b.flp\" was not found"}),
    [](const auto& p) { return p.param.name; });

TEST(HotspotMistakes, LayersOfDifferentSizeAreRefused) {
  const auto result =
      import_texts({{"a.lcf", "0\nY\nN\n1e6\n0.01\n1e-4\na.flp\n1\nY\nN\n1e6\n0.01\n1e-4\nb.flp\n"},
                    {"a.flp", "a 0.01 0.01 0 0\n"},
                    {"b.flp", "b 0.011 0.01 0 0\n"},
                    {"a.config", "-ambient 300\n"}});
  EXPECT_FALSE(result.design);
  EXPECT_THAT(said(result), HasSubstr("give all layers the same total width and height"));
}

TEST(HotspotMistakes, GapsAreReportedAndDissipateNothing) {
  const auto result = import_texts({{"a.flp", "l 0.005 0.01 0 0\nr 0.005 0.005 0.005 0\n"},
                                    {"a.ptrace", "l r\n3 4\n"},
                                    {"a.config", "-ambient 300\n"}});
  ASSERT_TRUE(result.design) << said(result);
  EXPECT_THAT(said(result), HasSubstr("leaves 25.00 % of its area without a block"));
}

TEST(HotspotMistakes, MoreThan8192BlocksAreRefused) {
  std::string flp;
  for (int i = 0; i <= 8192; ++i)
    flp += "b" + std::to_string(i) + " 1e-6 1e-3 " + std::to_string(i) + "e-6 0\n";
  const auto result = import_texts({{"a.flp", flp}});
  EXPECT_FALSE(result.design);
  EXPECT_THAT(said(result), HasSubstr("more than 8192 blocks"));
}

TEST(HotspotMistakes, MessagesStopGrowing) {
  std::string flp;
  for (int i = 0; i < 5000; ++i) flp += "x\n";
  const auto result = import_texts({{"a.flp", flp}});
  EXPECT_FALSE(result.design);
  EXPECT_LT(result.diagnostics.all().size(), 250u);
}

}  // namespace
}  // namespace bondline::formats
