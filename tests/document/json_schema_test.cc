#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "document/schema.h"

namespace bondline::document {
namespace {

using Json = nlohmann::ordered_json;
namespace dim = base::dim;

Schema schema() {
  return {"design",
          {{"bondline", choice({"design/1"}), "Format.", true},
           {"thickness", positive(dim::length), "How thick", true},
           {"temperature", quantity(dim::temperature), "Ambient."},
           {"share", fraction(), "Copper."},
           {"layers", list_of(map_of({"", {{"name", name(), "Name."}}}), 1), "Layers."},
           {"dies", dictionary_of(curve(dim::conductivity)), "Dies."},
           {"count", integer(1, 9), "Count."},
           {"mode", choice({"2", "a"}), "Mode."},
           {"any", any_of({boolean(), path(), text(), anything()}), "", false, false}}};
}

Json json() {
  return Json::parse(to_json_schema(schema(), "https://example.org/design-1.json"));
}

TEST(JsonSchema, NamesItsDialectIdAndTitle) {
  EXPECT_EQ(json()["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(json()["$id"], "https://example.org/design-1.json");
  EXPECT_EQ(json()["title"], "design");
}

TEST(JsonSchema, ClosesMapsAndListsWhatIsRequired) {
  EXPECT_EQ(json()["additionalProperties"], false);
  EXPECT_EQ(json()["required"], Json::array({"bondline", "thickness"}));
  EXPECT_EQ(json()["properties"]["layers"]["items"]["additionalProperties"], false);
  EXPECT_EQ(json()["properties"]["layers"]["minItems"], 1);
  EXPECT_FALSE(json()["properties"]["layers"].contains("maxItems"));
}

TEST(JsonSchema, DescribesQuantities) {
  const Json thickness = json()["properties"]["thickness"];
  EXPECT_EQ(thickness["description"], "How thick; it is a length above 0 um (for example 25 um)");
  EXPECT_EQ(thickness["type"], Json::array({"string", "number"}));
  EXPECT_EQ(json()["properties"]["share"]["maximum"], 1);
  EXPECT_EQ(json()["properties"]["temperature"]["type"], "string");
  EXPECT_EQ(json()["properties"]["mode"]["enum"], Json::array({"2", 2, "a"}));
  EXPECT_EQ(json()["properties"]["any"]["description"], "(stored, not yet used)");
}

TEST(JsonSchema, PatternAcceptsWhatTheReaderAcceptsInForm) {
  const std::regex with_unit(json()["properties"]["thickness"]["pattern"].get<std::string>());
  for (const char* good :
       {"25 um", "25um", "-1.5e-3 m", ".5 mm", "5. mm", "inf", "0", "1e5 W/(m2 K)", "10 %", "2 \u00b5m"})
    EXPECT_TRUE(std::regex_match(good, with_unit)) << good;
  for (const char* bad : {"25", "um", "", "nan", "1,5 mm", "--1 mm"})
    EXPECT_FALSE(std::regex_match(bad, with_unit)) << bad;
  const std::regex plain(json()["properties"]["share"]["pattern"].get<std::string>());
  for (const char* good : {"0.6", "60 %", "60%", "1e-3"}) EXPECT_TRUE(std::regex_match(good, plain)) << good;
  for (const char* bad : {"x", "", "1,5"}) EXPECT_FALSE(std::regex_match(bad, plain)) << bad;
}

TEST(JsonSchema, IsTheSameEveryTime) {
  EXPECT_EQ(to_json_schema(schema(), "x"), to_json_schema(schema(), "x"));
}

}  // namespace
}  // namespace bondline::document
