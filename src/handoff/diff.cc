#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "handoff/canonical.h"
#include "handoff/handoff.h"

namespace bondline::handoff {
namespace {

using Json = nlohmann::json;

std::string in_words(const Json& value) {
  if (value.is_array() && value.size() > 8) return fmt::format("{} entries", value.size());
  return canonical(value);
}

/// What an entry of a list is called, or "" when it has no name.
std::string name_of(const Json& item) {
  for (const char* key : {"name", "tag", "mechanism"}) {
    if (item.is_object() && item.contains(key) && item[key].is_string()) return item[key].get<std::string>();
  }
  return item.is_string() ? item.get<std::string>() : "";
}

/// Entries by name; a name that comes again gets a number.
std::map<std::string, Json> by_name(const Json& list) {
  std::map<std::string, Json> out;
  for (const auto& item : list) {
    const std::string name = name_of(item);
    std::string key = name;
    for (int n = 2; out.count(key) > 0; ++n) key = fmt::format("{} ({})", name, n);
    out.emplace(key, item);
  }
  return out;
}

bool named(const Json& list) {
  for (const auto& item : list) {
    if (name_of(item).empty()) return false;
  }
  return list.is_array();
}

void compare(const std::string& path, const Json& a, const Json& b, std::vector<std::string>& out) {
  if (a == b) return;
  const auto inner = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  std::map<std::string, Json> left, right;
  if (a.is_object() && b.is_object()) {
    left = a.get<std::map<std::string, Json>>(), right = b.get<std::map<std::string, Json>>();
  } else if (a.is_array() && b.is_array() && named(a) && named(b)) {
    left = by_name(a), right = by_name(b);
    if (left == right) out.push_back(path + ": in another order");
  } else {
    out.push_back(fmt::format("{}: {} -> {}", path, in_words(a), in_words(b)));
    return;
  }
  for (const auto& [key, value] : left) {
    if (right.count(key) == 0)
      out.push_back(fmt::format("{}: removed{}", inner(key),
                                value.is_structured() ? "" : " (was " + in_words(value) + ")"));
    else
      compare(inner(key), value, right[key], out);
  }
  for (const auto& [key, value] : right) {
    if (left.count(key) == 0)
      out.push_back(
          fmt::format("{}: added{}", inner(key), value.is_structured() ? "" : " (" + in_words(value) + ")"));
  }
}

}  // namespace

std::vector<std::string> diff(const Handoff& a, const Handoff& b) {
  std::vector<std::string> out;
  Json left = Json::parse(write(a)), right = Json::parse(write(b));
  for (Json* document : {&left, &right}) {
    document->erase("hash");
    document->erase("made_by");
  }
  compare("", left, right, out);
  return out;
}

}  // namespace bondline::handoff
