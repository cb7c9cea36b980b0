#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "handoff/canonical.h"
#include "handoff/fields.h"

namespace bondline::handoff {
namespace {

using Json = nlohmann::ordered_json;

/// Visits a section and builds its JSON; what must not be written is gathered.
class Writer {
 public:
  Writer(Json& out, std::string path, base::Diagnostics& problems)
      : out_(out), path_(std::move(path)), problems_(problems) {}

  void text(const char* key, const std::string& value, const char*) { out_[key] = value; }
  void name(const char* key, const std::string& value, const char*) {
    if (value.empty()) refuse(key, "is empty");
    out_[key] = value;
  }
  template <class Values>
  void choice(const char* key, const std::string& value, const Values& values, const char*) {
    bool known = false;
    for (const char* v : values) known = known || value == v;
    if (!known) refuse(key, "\"" + value + "\" is not one of its values");
    out_[key] = value;
  }
  void number(const char* key, double value, const char*) { out_[key] = finite(key, value); }
  void size(const char* key, double value, const char*) {
    if (value < 0) refuse(key, "is negative");
    out_[key] = finite(key, value);
  }
  void maybe(const char* key, const std::optional<double>& value, const char*) {
    if (value) out_[key] = finite(key, *value);
  }
  void count(const char* key, int value, const char*) {
    if (value < 0) refuse(key, "is negative");
    out_[key] = value;
  }
  void names(const char* key, const std::vector<std::string>& values, const char*) { out_[key] = values; }
  void rows(const char* key, const std::vector<double>& values, std::size_t r, std::size_t c, const char*) {
    Json list = Json::array();
    if (values.size() != r * c) {
      refuse(key, fmt::format("holds {} numbers where {} x {} belong", values.size(), r, c));
    } else {
      for (std::size_t i = 0; i < r; ++i) {
        Json row = Json::array();
        for (std::size_t j = 0; j < c; ++j) row.push_back(finite(key, values[i * c + j]));
        list.push_back(std::move(row));
      }
    }
    out_[key] = std::move(list);
  }
  void numbers(const char* key, const std::vector<double>& values, std::size_t n, const char*) {
    if (values.size() != n) refuse(key, fmt::format("holds {} numbers where {} belong", values.size(), n));
    Json list = Json::array();
    for (double v : values) list.push_back(finite(key, v));
    out_[key] = std::move(list);
  }
  void maybe_rows(const char* key, const std::vector<double>& values, std::size_t r, std::size_t c,
                  const char* help) {
    if (!values.empty()) rows(key, values, r, c, help);
  }
  void maybe_numbers(const char* key, const std::vector<double>& values, std::size_t n, const char* help) {
    if (!values.empty()) numbers(key, values, n, help);
  }
  void maybe_names(const char* key, const std::vector<std::string>& values, std::size_t n, const char* help) {
    if (values.empty()) return;
    if (values.size() != n) refuse(key, fmt::format("holds {} names where {} belong", values.size(), n));
    names(key, values, help);
  }
  template <class Item, class Fields>
  void maybe_list(const char* key, const std::vector<Item>& values, const Fields& fields, const char* help) {
    if (!values.empty()) list(key, values, fields, help);
  }
  void pairs(const char* key, const std::vector<std::pair<std::string, double>>& values, const char*) {
    Json map = Json::object();
    for (const auto& [name, value] : values) {
      if (map.contains(name)) refuse(key, "names \"" + name + "\" twice");
      map[name] = finite(key, value);
    }
    out_[key] = std::move(map);
  }
  template <class Item, class Fields>
  void list(const char* key, const std::vector<Item>& values, const Fields& fields, const char*) {
    Json list = Json::array();
    for (const auto& value : values) {
      Json item = Json::object();
      Writer inner(item, fmt::format("{}[{}]", key, list.size()), problems_);
      fields(inner, value);
      list.push_back(std::move(item));
    }
    out_[key] = std::move(list);
  }

 private:
  double finite(const char* key, double value) {
    if (!std::isfinite(value)) refuse(key, "is not a finite number");
    return std::isfinite(value) ? value : 0;
  }
  void refuse(const std::string& key, const std::string& what) {
    const std::string where = path_.empty() ? key : path_ + "." + key;
    problems_.error({}, "handoff " + where + " " + what, "give it before writing");
  }
  Json& out_;
  std::string path_;
  base::Diagnostics& problems_;
};

std::string scalar_text(const Json& node) {
  if (node.is_number()) return number_text(node.get<double>());
  return node.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The node on one line: "[1, 2]", "{"a": 1}".
std::string inline_text(const Json& node) {
  if (!node.is_structured()) return scalar_text(node);
  std::string out(1, node.is_array() ? '[' : '{');
  bool first = true;
  for (const auto& item : node.items()) {
    if (!first) out += ", ";
    first = false;
    if (node.is_object()) out += scalar_text(Json(item.key())) + ": ";
    out += inline_text(item.value());
  }
  return out + (node.is_array() ? ']' : '}');
}

bool flat(const Json& node) {
  for (const auto& item : node) {
    if (item.is_structured() && !item.empty()) return false;
  }
  return true;
}

/// Indented text; lists and maps that hold only scalars stay on a line (a matrix row, a region).
void put(std::string& out, const Json& node, int depth) {
  if (!node.is_structured() || node.empty() || (depth > 0 && flat(node))) {
    out += inline_text(node);
    return;
  }
  const std::string indent(std::size_t(2 * depth + 2), ' ');
  out += node.is_array() ? "[\n" : "{\n";
  std::size_t left = node.size();
  for (const auto& item : node.items()) {
    out += indent;
    if (node.is_object()) out += scalar_text(Json(item.key())) + ": ";
    put(out, item.value(), depth + 1);
    out += --left > 0 ? ",\n" : "\n";
  }
  out += std::string(std::size_t(2 * depth), ' ') + (node.is_array() ? ']' : '}');
}

}  // namespace

std::string write(const Handoff& handoff) {
  base::Diagnostics problems;
  Json document = Json::object();
  document["bondline"] = kVersion;
  Writer writer(document, "", problems);
  handoff_fields(writer, handoff);
  problems.throw_if_errors();
  std::string text;
  put(text, document, 0);
  document["hash"] = content_hash(nlohmann::json::parse(text));
  text.clear();
  put(text, document, 0);
  return text + '\n';
}

}  // namespace bondline::handoff
