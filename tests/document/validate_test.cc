#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "document/schema.h"

namespace bondline::document {
namespace {

using base::Diagnostics;
using testing::ElementsAre;
namespace dim = base::dim;

Schema die_schema() {
  return {"die",
          {{"size", list_of(positive(dim::length), 2, 2), "Width and height.", true},
           {"thickness", positive(dim::length), "Thickness.", true},
           {"at", list_of(quantity(dim::length), 2, 2), "Centre."},
           {"side", choice({"top", "bottom"}), "Side."},
           {"power", any_of({not_negative(dim::power), map_of({"", {{"blocks", path(), "Floorplan."}}})}),
            "Power."},
           {"test", anything(), "Test.", false, false}}};
}

Schema file_schema() {
  return {"design",
          {{"bondline", choice({"design/1"}), "Format.", true},
           {"name", name(), "Name."},
           {"dies", dictionary_of(map_of(die_schema())), "Dies."},
           {"k", curve(dim::conductivity), "Conductivity."},
           {"coverage", any_of({fraction(), path()}), "Copper."},
           {"layers", integer(1, 40), "Count."},
           {"flag", boolean(), "Flag."},
           {"limit", quantity(dim::temperature), "Limit."},
           {"rise", difference(0), "Rise."},
           {"auto", any_of({quantity(dim::length), choice({"auto"})}), "Length or auto."}}};
}

struct Outcome {
  bool ok;
  std::vector<std::string> messages;
  std::vector<std::string> unused;
};

Outcome check(const std::string& body) {
  Diagnostics diagnostics;
  const auto node = parse("bondline: design/1\n" + body, "d.yaml", diagnostics);
  EXPECT_TRUE(node) << body;
  Outcome outcome;
  std::vector<Unused> unused;
  outcome.ok = node && validate(*node, file_schema(), diagnostics, &unused);
  for (const auto& one : diagnostics.all()) outcome.messages.push_back(to_text(one));
  for (const Unused& one : unused) outcome.unused.push_back(to_text(one.where) + " " + one.path);
  return outcome;
}

TEST(Validate, AcceptsWhatTheSchemaSays) {
  const Outcome outcome = check(
      "name: EMC-G770(2)\ndies:\n  soc:\n    size: [6 mm, 5 mm]\n    thickness: 0.15 mm\n    at: [0, -1 mm]\n"
      "    side: bottom\n    power: {blocks: soc.flp}\n  dram: {size: [1 mm, 1 mm], thickness: 50 um, power: "
      "0}\n"
      "k: {25 degC: 1 W/(m K), 100 degC: 2 W/(m K)}\ncoverage: maps/l3.csv\nlayers: 4\nflag: yes\nlimit: 105 "
      "degC\n"
      "rise: 20 K\nauto: auto\n");
  EXPECT_TRUE(outcome.ok);
  EXPECT_THAT(outcome.messages, ElementsAre());
}

TEST(Validate, OffersTheNearestKeyOrListsThem) {
  EXPECT_THAT(check("dies: {soc: {size: [1 mm, 1 mm], thickness: 1 mm, sidee: top, colour: red}}\n").messages,
              ElementsAre("d.yaml:2:51: unknown key \"sidee\" in dies.soc; did you mean \"side\"?",
                          "d.yaml:2:63: unknown key \"colour\" in dies.soc; known keys: size, thickness, at, "
                          "side, power, test"));
  EXPECT_THAT(check("diess: {}\n").messages,
              ElementsAre("d.yaml:2:1: unknown key \"diess\"; did you mean \"dies\"?"));
}

TEST(Validate, GathersEveryProblemInOrder) {
  EXPECT_THAT(
      check("dies:\n  soc:\n    size: [6 mm, 4 W, 1 mm]\n    thicknes: 0.15 mm\nlayers: 0\n").messages,
      ElementsAre(
          "d.yaml:4:11: dies.soc.size has 3 items, a list of 2 items was wanted; remove items",
          "d.yaml:4:18: dies.soc.size[1]: 4 W is a power, a length was wanted (for example 25 um); write it "
          "in a unit such as um",
          "d.yaml:5:5: unknown key \"thicknes\" in dies.soc; did you mean \"thickness\"?",
          "d.yaml:4:5: dies.soc lacks \"thickness\"; add it: a length above 0 um (for example 25 um)",
          "d.yaml:6:9: layers: \"0\" is not a whole number from 1 to 40; write a whole number from 1 to 40"));
}

TEST(Validate, SaysWhichKindWasWanted) {
  EXPECT_THAT(check("dies: [a]\n").messages,
              ElementsAre("d.yaml:2:7: dies is a list, a map of names was wanted; write a map of names"));
  EXPECT_THAT(check("layers: {a: 1}\n").messages,
              ElementsAre("d.yaml:2:9: layers is a map, a whole number from 1 to 40 was wanted; write a "
                          "whole number from 1 to 40"));
  EXPECT_THAT(check("name:\n").messages,
              ElementsAre("d.yaml:2:1: name has no value; write a name, or remove the key"));
}

TEST(Validate, ChecksRangesInSi) {
  EXPECT_THAT(check("auto: 3 mm\ncoverage: 60 %\nrise: 0 K\n").messages, ElementsAre());
  EXPECT_THAT(check("rise: -1 K\n").messages,
              ElementsAre("d.yaml:2:7: rise: -1 K is out of range; write a temperature difference of at "
                          "least 0 K (for example 20 K)"));
  EXPECT_FALSE(check("dies: {a: {size: [0 mm, 1 mm], thickness: 1 um}}\n").ok) << "exclusive bound";
  EXPECT_FALSE(check("limit: -300 degC\n").ok);
  EXPECT_FALSE(check("limit: 85\n").ok) << "a temperature needs its unit";
  EXPECT_FALSE(check("layers: 41\n").ok);
  EXPECT_FALSE(check("layers: 4.5\n").ok);
  EXPECT_FALSE(check("layers: 1e1\n").ok);
  EXPECT_FALSE(check("layers: 99999999999999999999\n").ok);
  EXPECT_FALSE(check("flag: on\n").ok);
  EXPECT_FALSE(check("name: a b\n").ok);
}

TEST(Validate, TakesTheFirstOptionThatReads) {
  EXPECT_THAT(
      check("auto: atuo\n").messages,
      ElementsAre("d.yaml:2:7: auto: \"atuo\" does not read; write a length (for example 25 um); or auto"));
  EXPECT_THAT(check("auto: [1]\n").messages,
              ElementsAre("d.yaml:2:7: auto is a list; write a length (for example 25 um); or auto"));
  EXPECT_THAT(check("dies: {a: {size: [1 mm, 1 mm], thickness: 1 um, power: {block: x}}}\n").messages,
              ElementsAre("d.yaml:2:57: unknown key \"block\" in dies.a.power; did you mean \"blocks\"?"));
}

TEST(Validate, ChecksCurvesPointByPoint) {
  EXPECT_TRUE(check("k: 1.2 W/(m K)\n").ok);
  EXPECT_THAT(check("k: {100 degC: 1 W/(m K), 25 degC: 2 W/(m K)}\n").messages,
              ElementsAre("d.yaml:2:26: k: 25 degC is not above the temperature before it; write the points "
                          "from cold to hot, each temperature once"));
  EXPECT_THAT(
      check("k: {25: 1 W/(m K), 50 degC: 2 W}\n").messages,
      ElementsAre(testing::HasSubstr("25 has no unit, a temperature was wanted"),
                  testing::HasSubstr("k at 50 degC: 2 W is a power, a thermal conductivity was wanted")));
  EXPECT_FALSE(check("k: {}\n").ok);
  EXPECT_FALSE(check("k: {25 degC: [1]}\n").ok);
}

TEST(Validate, ReportsStoredButUnusedKeys) {
  const Outcome outcome = check("dies: {a: {size: [1 mm, 1 mm], thickness: 1 um, test: {x: 1}}}\n");
  EXPECT_TRUE(outcome.ok);
  EXPECT_THAT(outcome.unused, ElementsAre("d.yaml:2:49 dies.a.test"));
}

TEST(Validate, WantsAMapAtTheTop) {
  Diagnostics diagnostics;
  EXPECT_FALSE(validate(*parse("- a\n", "f", diagnostics), file_schema(), diagnostics));
  EXPECT_EQ(to_text(diagnostics.all().front()),
            "f:1:1: design is a list, a map was wanted; begin with \"key: value\"");
}

TEST(Readers, GiveSiValuesAndDefaults) {
  Diagnostics diagnostics;
  const Node node = *parse("a: 25 um\nb: yes\nc: text\nd:\ne: 4 W\n", "f", diagnostics);
  EXPECT_EQ(read_quantity(*node.find("a"), dim::length, diagnostics), 25e-6);
  EXPECT_EQ(read_quantity(node, "a", dim::length, 1, diagnostics), 25e-6);
  EXPECT_EQ(read_quantity(node, "x", dim::length, 1, diagnostics), 1);
  EXPECT_EQ(read_quantity(node, "d", dim::length, 2, diagnostics), 2);
  EXPECT_TRUE(read_boolean(node, "b", false));
  EXPECT_TRUE(read_boolean(node, "x", true));
  EXPECT_EQ(read_text(node, "c"), "text");
  EXPECT_EQ(read_text(node, "x", "other"), "other");
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(read_quantity(node, "e", dim::length, 3, diagnostics), 3);
  EXPECT_EQ(diagnostics.all().size(), 1u);
}

}  // namespace
}  // namespace bondline::document
