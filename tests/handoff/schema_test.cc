#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "handoff/handoff.h"
#include "sample.h"

namespace bondline::handoff {
namespace {

using nlohmann::json;

/// The few words of JSON Schema that ours uses, checked by the book (draft 2020-12).
std::string fault(const json& schema, const json& value, const std::string& path = "") {
  if (schema.contains("const") && schema["const"] != value) return path + ": not the constant";
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) {
    return path + ": not in the enumeration";
  }
  if (schema.contains("type")) {
    const auto types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
    bool fits = false;
    for (const std::string type : types) {
      fits = fits || (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
             (type == "integer" && value.is_number_integer()) || (type == "array" && value.is_array()) ||
             (type == "object" && value.is_object()) || (type == "null" && value.is_null());
    }
    if (!fits) return path + ": wrong type";
  }
  if (schema.contains("minimum") && value.get<double>() < schema["minimum"].get<double>())
    return path + ": too small";
  if (value.is_object() && schema.contains("properties")) {
    for (const auto& key : schema["required"]) {
      if (!value.contains(key.get<std::string>())) return path + ": misses " + key.get<std::string>();
    }
    for (const auto& [key, inner] : value.items()) {
      if (!schema["properties"].contains(key)) return path + ": unknown " + key;
      const std::string found = fault(schema["properties"][key], inner, path + "/" + key);
      if (!found.empty()) return found;
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (const auto& inner : value) {
      const std::string found = fault(schema["items"], inner, path + "[]");
      if (!found.empty()) return found;
    }
  }
  return "";
}

TEST(HandoffSchema, AcceptsWhatTheWriterWrites) {
  EXPECT_EQ(fault(json::parse(json_schema()), json::parse(write(sample()))), "");
}

TEST(HandoffSchema, RefusesWhatTheReaderRefuses) {
  const json schema = json::parse(json_schema());
  json document = json::parse(write(sample()));
  document["limits"][0]["surplus"] = 1;
  EXPECT_NE(fault(schema, document), "");
  document = json::parse(write(sample()));
  document["regions"][0].erase("z");
  EXPECT_NE(fault(schema, document), "");
  document = json::parse(write(sample()));
  document["regions"][0]["side"] = "left";
  EXPECT_NE(fault(schema, document), "");
}

TEST(HandoffSchema, ShippedFileIsCurrent) {
  std::ifstream file(BONDLINE_SOURCE_DIR "/docs/formats/handoff.schema.json");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), json_schema()) << "run: bondline handoff schema > docs/formats/handoff.schema.json";
}

}  // namespace
}  // namespace bondline::handoff
