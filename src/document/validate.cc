// A tree against a schema: one walk that gathers every problem. Each check names the path
// ("dies.soc.size[0]"), what was found and what was wanted.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "document/describe.h"
#include "document/schema.h"

namespace bondline::document {
namespace {

using base::Diagnostics;
using base::Where;

// What one walk adds: kept apart so that an option that was only tried leaves no trace.
struct Findings {
  Diagnostics problems;
  std::vector<Unused> unused;

  void take(Findings&& other) {
    problems.add(other.problems);
    unused.insert(unused.end(), std::make_move_iterator(other.unused.begin()),
                  std::make_move_iterator(other.unused.end()));
  }
};

std::string joined(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string shown(const std::string& text) {
  if (text.size() <= 60) return text;
  std::size_t end = 57;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not half a character
  return text.substr(0, end) + "...";
}

bool fits(const Node& node, const Value& value) {
  switch (value.type) {
    case Type::list:
      return node.is_list();
    case Type::map:
    case Type::dictionary:
      return node.is_map();
    case Type::curve:
      return node.is_scalar() || node.is_map();
    case Type::anything:
      return true;
    case Type::any_of:
      return std::any_of(value.options.begin(), value.options.end(),
                         [&](const Value& one) { return fits(node, one); });
    default:
      return node.is_scalar();
  }
}

bool is_name(std::string_view text) {
  const auto letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  if (text.empty() || !(letter_or_digit(text.front()) || text.front() == '_')) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter_or_digit(c) || std::string_view("_-./+()").find(c) != std::string_view::npos;
  });
}

void check(const Node& node, const Value& value, const std::string& path, Findings& found);

// A scalar read as a quantity in its range; nothing after a problem was added.
std::optional<double> check_quantity(const std::string& text, const Where& where, const Value& value,
                                     const std::string& path, Findings& found) {
  base::QuantityResult read = base::parse_as(text, value.dimension, value.scale);
  if (!read.quantity) {
    found.problems.error(where, path + ": " + read.problem, std::move(read.mend));
    return std::nullopt;
  }
  const double si = read.quantity->value;
  const bool low = value.min_exclusive ? si <= value.min : si < value.min;
  if (low || si > value.max) {
    found.problems.error(where, fmt::format("{}: {} is out of range", path, shown(text)),
                         "write " + describe(value));
    return std::nullopt;
  }
  return si;
}

void check_integer(const Node& node, const Value& value, const std::string& path, Findings& found) {
  long long number = 0;
  const std::string& text = node.text;
  const char* begin = text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  const auto as_double = static_cast<double>(number);
  if (!whole || as_double < value.min || as_double > value.max)
    found.problems.error(node.where, fmt::format("{}: \"{}\" is not {}", path, shown(text), describe(value)),
                         "write " + describe(value));
}

void check_choice(const Node& node, const Value& value, const std::string& path, Findings& found) {
  if (std::find(value.choices.begin(), value.choices.end(), node.text) != value.choices.end()) return;
  const std::string near = nearest(node.text, value.choices);
  found.problems.error(node.where, fmt::format("{}: \"{}\" is not known here", path, shown(node.text)),
                       near.empty() ? "write " + describe(value) : "did you mean \"" + near + "\"?");
}

void check_curve(const Node& node, const Value& value, const std::string& path, Findings& found) {
  if (node.is_scalar()) {
    check_quantity(node.text, node.where, value, path, found);
    return;
  }
  if (node.entries.empty())
    found.problems.error(node.where, path + " has no points", "write " + describe(value));
  const Value point = quantity(base::dim::temperature);
  double before = -INFINITY;
  for (const Node::Entry& entry : node.entries) {
    const auto temperature = check_quantity(entry.key, entry.where, point, path, found);
    if (temperature && *temperature <= before)
      found.problems.error(
          entry.where, fmt::format("{}: {} is not above the temperature before it", path, shown(entry.key)),
          "write the points from cold to hot, each temperature once");
    if (temperature) before = *temperature;
    const std::string at = path + " at " + shown(entry.key);
    if (entry.value.is_scalar() && !entry.value.is_null()) {
      check_quantity(entry.value.text, entry.value.where, value, at, found);
    } else {
      found.problems.error(entry.value.where,
                           fmt::format("{} is {}, {} was wanted", at, kind_of(entry.value), "a single value"),
                           "write a number and a unit");
    }
  }
}

void check_list(const Node& node, const Value& value, const std::string& path, Findings& found) {
  const std::size_t count = node.items.size();
  if (count < value.min_items || count > value.max_items)
    found.problems.error(
        node.where,
        fmt::format("{} has {} item{}, {} was wanted", path, count, count == 1 ? "" : "s", describe(value)),
        count < value.min_items ? "add items" : "remove items");
  if (!value.item) return;
  for (std::size_t i = 0; i < count; ++i)
    check(node.items[i], *value.item, fmt::format("{}[{}]", path, i), found);
}

void check_map(const Node& node, const Schema& schema, const std::string& path, Findings& found) {
  const std::string inside = path.empty() ? "" : " in " + path;
  for (const Node::Entry& entry : node.entries) {
    const auto key = std::find_if(schema.keys.begin(), schema.keys.end(),
                                  [&](const Key& one) { return one.name == entry.key; });
    if (key != schema.keys.end()) {
      const std::string at = joined(path, entry.key);
      if (!key->used) found.unused.push_back({entry.where, at});
      check(entry.value, key->value, at, found);
      continue;
    }
    std::vector<std::string> known;
    for (const Key& one : schema.keys) known.push_back(one.name);
    const std::string near = nearest(entry.key, known);
    std::string all;
    for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
    const std::string mend = !near.empty() ? "did you mean \"" + near + "\"?"
                             : all.empty() ? "remove it"
                                           : "known keys: " + all;
    found.problems.error(entry.where, fmt::format("unknown key \"{}\"{}", shown(entry.key), inside), mend);
  }
  for (const Key& key : schema.keys) {
    if (!key.required || node.find(key.name)) continue;
    const std::string who = path.empty() ? (schema.title.empty() ? "the file" : schema.title) : path;
    found.problems.error(node.where, fmt::format("{} lacks \"{}\"", who, key.name),
                         "add it: " + describe(key.value));
  }
}

// The first option that fits in shape and has no problems; else the problems of the first that fits in shape,
// or, when several kinds of scalar were possible, one message that names them all.
void check_any(const Node& node, const Value& value, const std::string& path, Findings& found) {
  std::optional<Findings> first;
  int fitting = 0;
  for (const Value& option : value.options) {
    if (!fits(node, option)) continue;
    ++fitting;
    Findings tried;
    check(node, option, path, tried);
    if (!tried.problems.has_errors()) return found.take(std::move(tried));
    if (!first) first = std::move(tried);
  }
  if (fitting > 1 && node.is_scalar()) {
    found.problems.error(node.where, fmt::format("{}: \"{}\" does not read", path, shown(node.text)),
                         "write " + describe(value));
  } else if (first) {
    found.take(std::move(*first));
  } else {
    found.problems.error(node.where, fmt::format("{} is {}", path, kind_of(node)),
                         "write " + describe(value));
  }
}

void check_scalar(const Node& node, const Value& value, const std::string& path, Findings& found) {
  switch (value.type) {
    case Type::integer:
      return check_integer(node, value, path, found);
    case Type::choice:
      return check_choice(node, value, path, found);
    case Type::quantity:
      return void(check_quantity(node.text, node.where, value, path, found));
    case Type::boolean:
      if (node.text != "true" && node.text != "false" && node.text != "yes" && node.text != "no")
        found.problems.error(node.where,
                             fmt::format("{}: \"{}\" is not true or false", path, shown(node.text)),
                             "write true or false");
      return;
    case Type::name:
      if (!is_name(node.text))
        found.problems.error(node.where, fmt::format("{}: \"{}\" is not a name", path, shown(node.text)),
                             "use letters and digits, with _ - . / + ( ) after the first");
      return;
    case Type::path:
      if (node.text.empty() || node.text.find('\0') != std::string::npos)
        found.problems.error(node.where, path + ": a file name was wanted", "write the name of a file");
      return;
    default:
      return;
  }
}

void check(const Node& node, const Value& value, const std::string& path, Findings& found) {
  if (value.type == Type::anything) return;
  if (node.is_null()) {
    found.problems.error(node.where, path + " has no value",
                         "write " + describe(value) + ", or remove the key");
    return;
  }
  if (value.type == Type::any_of) return check_any(node, value, path, found);
  if (!fits(node, value)) {
    found.problems.error(node.where,
                         fmt::format("{} is {}, {} was wanted", path, kind_of(node), describe(value)),
                         "write " + describe(value));
    return;
  }
  switch (value.type) {
    case Type::list:
      return check_list(node, value, path, found);
    case Type::curve:
      return check_curve(node, value, path, found);
    case Type::map:
      if (value.keys) check_map(node, *value.keys, path, found);
      return;
    case Type::dictionary:
      if (value.item)
        for (const Node::Entry& entry : node.entries)
          check(entry.value, *value.item, joined(path, entry.key), found);
      return;
    default:
      return check_scalar(node, value, path, found);
  }
}

}  // namespace

bool validate(const Node& node, const Schema& schema, Diagnostics& diagnostics, std::vector<Unused>* unused) {
  Findings found;
  if (node.is_map()) {
    check_map(node, schema, "", found);
  } else {
    const std::string who = schema.title.empty() ? "the file" : schema.title;
    found.problems.error(node.where, fmt::format("{} is {}, a map was wanted", who, kind_of(node)),
                         "begin with \"key: value\"");
  }
  const bool clean = !found.problems.has_errors();
  diagnostics.add(found.problems);
  if (unused) unused->insert(unused->end(), found.unused.begin(), found.unused.end());
  return clean;
}

}  // namespace bondline::document
