#include <nlohmann/json.hpp>

#include "handoff/fields.h"

namespace bondline::handoff {
namespace {

using Json = nlohmann::ordered_json;

/// Visits an empty section and describes its keys.
class Describer {
 public:
  void text(const char* key, const std::string&, const char* help) { put(key, {{"type", "string"}}, help); }
  void name(const char* key, const std::string&, const char* help) {
    put(key, {{"type", "string"}, {"minLength", 1}}, help);
  }
  template <class Values>
  void choice(const char* key, const std::string&, const Values& values, const char* help) {
    put(key, {{"enum", std::vector<std::string>(values.begin(), values.end())}}, help);
  }
  void number(const char* key, double, const char* help) { put(key, {{"type", "number"}}, help); }
  void size(const char* key, double, const char* help) {
    put(key, {{"type", "number"}, {"minimum", 0}}, help);
  }
  void maybe(const char* key, const std::optional<double>&, const char* help) {
    put(key, {{"type", Json::array({"number", "null"})}}, help, false);
  }
  void count(const char* key, int, const char* help) {
    put(key, {{"type", "integer"}, {"minimum", 0}, {"maximum", 1000000}}, help);
  }
  void names(const char* key, const std::vector<std::string>&, const char* help) {
    put(key, {{"type", "array"}, {"items", {{"type", "string"}}}}, help);
  }
  void rows(const char* key, const std::vector<double>&, std::size_t, std::size_t, const char* help) {
    put(key, {{"type", "array"}, {"items", {{"type", "array"}, {"items", {{"type", "number"}}}}}}, help);
  }
  void numbers(const char* key, const std::vector<double>&, std::size_t, const char* help) {
    put(key, {{"type", "array"}, {"items", {{"type", "number"}}}}, help);
  }
  void maybe_rows(const char* key, const std::vector<double>& v, std::size_t r, std::size_t c,
                  const char* help) {
    rows(key, v, r, c, help);
    required_.erase(required_.size() - 1);
  }
  void maybe_numbers(const char* key, const std::vector<double>& v, std::size_t n, const char* help) {
    numbers(key, v, n, help);
    required_.erase(required_.size() - 1);
  }
  void maybe_names(const char* key, const std::vector<std::string>& v, std::size_t, const char* help) {
    names(key, v, help);
    required_.erase(required_.size() - 1);
  }
  template <class Item, class Fields>
  void maybe_list(const char* key, const std::vector<Item>& v, const Fields& fields, const char* help) {
    list(key, v, fields, help);
    required_.erase(required_.size() - 1);
  }
  void pairs(const char* key, const std::vector<std::pair<std::string, double>>&, const char* help) {
    put(key, {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}}, help);
  }
  template <class Item, class Fields>
  void list(const char* key, const std::vector<Item>&, const Fields& fields, const char* help) {
    Describer inner;
    const Item item{};
    fields(inner, item);
    put(key, {{"type", "array"}, {"items", inner.object()}}, help);
  }
  void put(const char* key, Json what, const std::string& help, bool needed = true) {
    what["description"] = help;
    properties_[key] = std::move(what);
    if (needed) required_.push_back(key);
  }
  Json object() const {
    return {{"type", "object"},
            {"required", required_},
            {"additionalProperties", false},
            {"properties", properties_}};
  }

 private:
  Json properties_ = Json::object();
  Json required_ = Json::array();
};

}  // namespace

std::string json_schema() {
  Describer describer;
  describer.put("bondline", {{"enum", {kVersion, kOlderVersion}}}, "what this document is, and its version");
  const Handoff empty;
  handoff_fields(describer, empty);
  describer.put("hash", {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}},
                "SHA-256 of the canonical form (RFC 8785) without this key");
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"$id", "https://bondline.example/schemas/handoff-2.json"},
                 {"title", "Bondline handoff, version 2"}};
  schema.update(describer.object());
  return schema.dump(2) + '\n';
}

}  // namespace bondline::handoff
