#include "line/gateway/fields/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

using namespace bondline::fields;

namespace {

/// What a path finds, by its kind's letter and its text; "-" for nothing, "!" for a refused document.
std::string found_at(const std::string& path, std::string_view document) {
  JsonPaths paths;
  std::string problem;
  if (paths.add(path, &problem) < 0) return "?" + problem;
  std::vector<JsonFound> found;
  if (paths.scan(document, found)) return "!";
  return found.empty() ? "-" : std::string(1, "0btn{"[0]) + std::string(found.back().text);
}

}  // namespace

TEST(FieldJson, FindsByDotsByBracketsAndByPointer) {
  const char* document =
      R"({"oven": {"zones": [{"t": 1}, {"t": 21.5}], "a.b": true, "s": "x\u00e9\n"}, "n": null})";
  EXPECT_EQ(found_at("oven.zones.1.t", document), "021.5");
  EXPECT_EQ(found_at("oven.zones[1].t", document), "021.5");
  EXPECT_EQ(found_at("/oven/zones/1/t", document), "021.5");
  EXPECT_EQ(found_at("/oven/a.b", document), "0true");
  EXPECT_EQ(found_at("oven.s", document), "0x\xC3\xA9\n");
  EXPECT_EQ(found_at("n", document), "0null");
  EXPECT_EQ(found_at("oven.zones.2.t", document), "-");
  EXPECT_EQ(found_at("oven.zones[0]", document), "0{\"t\": 1}");
  EXPECT_EQ(found_at("", " 7 "), "07");
  EXPECT_EQ(found_at("/a~1b/m~0n", R"({"a/b": {"m~n": 3}})"), "03");
  EXPECT_EQ(found_at("\xC3\xA9", R"({"\u00e9": 1})"), "01") << "names are compared unescaped";
}

TEST(FieldJson, ManyPathsInOnePassEachWithItsNumber) {
  JsonPaths paths;
  EXPECT_EQ(paths.add("a.x", nullptr), 0);
  EXPECT_EQ(paths.add("b", nullptr), 1);
  EXPECT_EQ(paths.add("/a/x", nullptr), 0);
  std::vector<JsonFound> found;
  ASSERT_EQ(paths.scan(R"({"b": "two\t", "a": {"y": [1,2,{"x":3}], "x": "one\\"}})", found), nullptr);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].path, 1u);
  EXPECT_EQ(found[0].text, "two\t");
  EXPECT_EQ(found[1].path, 0u);
  EXPECT_EQ(found[1].text, "one\\");
  EXPECT_EQ(found[1].kind, JsonKind::text);
}

TEST(FieldJson, AMalformedDocumentGivesNothing) {
  for (const char* document :
       {"", "{", "{\"a\":1", "{\"a\":1}}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":+1}", "{\"a\":nul}", "{a:1}",
        "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":1,}", "[1,]", "{\"a\":\"\n\"}", "{\"a\":1} x",
        "\xFF", "{\"a\":NaN}", "{\"a\":\"\\u12\"}"}) {
    EXPECT_EQ(found_at("a", document), "!") << document;
    EXPECT_FALSE(nlohmann::json::accept(document)) << document;
  }
  EXPECT_EQ(found_at("a", std::string(1000, '[')), "!");
  EXPECT_EQ(found_at("a", std::string(JsonPaths::kMostDepth + 1, '[') +
                              std::string(JsonPaths::kMostDepth + 1, ']')),
            "!");
}

TEST(FieldJson, RefusesPathsThatAreNone) {
  for (const char* path : {"a..b", ".a", "a.", "a[x]", "a[", "a[1]b", "/a~2"})
    EXPECT_EQ(found_at(path, "{}")[0], '?') << path;
}

TEST(FieldJson, MakesADocumentAroundAValue) {
  EXPECT_EQ(JsonPaths::document_with("a.b", "1"), R"({"a":{"b":1}})");
  EXPECT_EQ(JsonPaths::document_with("", "1"), "1");
  std::string text;
  write_json_text("q\"\\\n\x01", text);
  EXPECT_EQ(nlohmann::json::parse(text).get<std::string>(), "q\"\\\n\x01");
}
