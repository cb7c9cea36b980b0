// A Schema as JSON Schema, draft 2020-12, for editors. A quantity with a dimension is a string (or the number
// 0); the pattern checks its number, and the description names its dimension and range, which JSON Schema
// cannot check.
#include <cmath>
#include <nlohmann/json.hpp>

#include "document/describe.h"
#include "document/schema.h"

namespace bondline::document {
namespace {

using Json = nlohmann::ordered_json;

// NUMBER [UNIT], and NUMBER UNIT with 0 and inf alone.
constexpr const char* kPlain =
    R"(^\s*(inf|[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?(\s*[^0-9\s,.].*)?)\s*$)";
constexpr const char* kWithUnit =
    R"(^\s*(inf|[-+]?0+(\.0*)?|[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*[^0-9\s,.].*)\s*$)";
constexpr const char* kName = R"(^[^\s"'#&*!|>%@`,:?{}\[\]./+()-][^\s"'#&*!|>%@`,:?{}\[\]]*$)";

Json of_map(const Schema& schema);

void put_bounds(Json& json, const Value& value) {
  if (std::isfinite(value.min)) json[value.min_exclusive ? "exclusiveMinimum" : "minimum"] = value.min;
  if (std::isfinite(value.max)) json["maximum"] = value.max;
}

Json of_quantity(const Value& value) {
  const bool plain = value.dimension == base::dim::none;
  const bool point = value.dimension == base::dim::temperature && value.scale == base::Scale::point;
  Json json;
  if (point) {
    json["type"] = "string";
  } else {
    json["type"] = Json::array({"string", "number"});
  }
  json["pattern"] = plain ? kPlain : kWithUnit;
  if (plain) put_bounds(json, value);
  if (!plain && !point) json["minimum"] = json["maximum"] = 0;  // without a unit only 0 means something
  json["description"] = describe(value);
  return json;
}

Json of_curve(const Value& value) {
  Json points;
  points["type"] = "object";
  points["minProperties"] = 1;
  points["propertyNames"]["pattern"] = kWithUnit;
  points["additionalProperties"] = of_quantity(value);
  return {{"description", describe(value)}, {"anyOf", Json::array({of_quantity(value), std::move(points)})}};
}

Json of_list(const Value& value);

// What a YAML reader makes of the word: "2" is a number to it, "true" a boolean.
Json of_choice(const Value& value) {
  Json all = Json::array();
  for (const std::string& one : value.choices) {
    all.push_back(one);
    const Json read = Json::parse(one, nullptr, false);
    if (!read.is_discarded() && (read.is_number() || read.is_boolean())) all.push_back(read);
  }
  return {{"enum", std::move(all)}};
}

Json of_value(const Value& value) {
  switch (value.type) {
    case Type::text:
      return {{"type", Json::array({"string", "number", "boolean"})}};
    case Type::name:
      return {{"type", Json::array({"string", "number"})}, {"pattern", kName}};
    case Type::choice:
      return of_choice(value);
    case Type::boolean:
      return {{"enum", Json::array({true, false, "yes", "no"})}};
    case Type::quantity:
      return of_quantity(value);
    case Type::curve:
      return of_curve(value);
    case Type::path:
      return {{"type", "string"}, {"minLength", 1}};
    case Type::list:
      return of_list(value);
    case Type::map:
      return value.keys ? of_map(*value.keys) : Json{{"type", "object"}};
    case Type::anything:
      return Json::object();
    case Type::integer: {
      Json json{{"type", "integer"}};
      put_bounds(json, value);
      return json;
    }
    case Type::dictionary: {
      Json json{{"type", "object"}};
      if (value.item) json["additionalProperties"] = of_value(*value.item);
      return json;
    }
    case Type::any_of: {
      Json options = Json::array();
      for (const Value& option : value.options) options.push_back(of_value(option));
      return {{"anyOf", std::move(options)}};
    }
  }
  return Json::object();
}

Json of_list(const Value& value) {
  Json json{{"type", "array"}};
  if (value.item) json["items"] = of_value(*value.item);
  if (value.min_items > 0) json["minItems"] = value.min_items;
  if (value.max_items < Value{}.max_items) json["maxItems"] = value.max_items;
  return json;
}

Json of_map(const Schema& schema) {
  Json json{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const Key& key : schema.keys) {
    Json one = of_value(key.value);
    std::string help = key.help;
    if (one.contains("description")) {
      if (!help.empty()) help += help.back() == '.' ? " It is " : "; it is ";
      help += one["description"].get<std::string>();
    }
    if (!key.used) help += std::string(help.empty() ? "" : " ") + "(stored, not yet used)";
    if (!help.empty()) one["description"] = help;
    json["properties"][key.name] = std::move(one);
    if (key.required) required.push_back(key.name);
  }
  if (!required.empty()) json["required"] = std::move(required);
  return json;
}

}  // namespace

std::string to_json_schema(const Schema& schema, const std::string& id) {
  Json json;
  json["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  json["$id"] = id;
  if (!schema.title.empty()) json["title"] = schema.title;
  json.update(of_map(schema));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bondline::document
