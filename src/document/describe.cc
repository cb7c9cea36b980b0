#include "document/describe.h"

#include <fmt/format.h>

#include <cmath>

namespace bondline::document {
namespace {

std::string with_article(const std::string& name) {
  const bool vowel = !name.empty() && std::string_view("aeiou").find(name.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + name;
}

std::string bound(const Value& value, double si) {
  if (value.type == Type::integer) return fmt::format("{}", si);
  return base::format_quantity(si, value.dimension, 6, value.scale);
}

std::string describe_quantity(const Value& value) {
  const bool plain = value.dimension == base::dim::none;
  const bool difference = value.dimension == base::dim::temperature && value.scale == base::Scale::difference;
  std::string text = with_article(plain        ? "number"
                                  : difference ? "temperature difference"
                                               : base::dimension_name(value.dimension));
  const std::string range = describe_range(value);
  if (!range.empty()) text += " " + range;
  return text + " (for example " + example_of(value) + ")";
}

std::string describe_list(const Value& value) {
  if (value.min_items == value.max_items)
    return fmt::format("a list of {} item{}", value.min_items, value.min_items == 1 ? "" : "s");
  if (value.max_items < Value{}.max_items)
    return fmt::format("a list of {} to {} items", value.min_items, value.max_items);
  return value.min_items > 0
             ? fmt::format("a list of at least {} item{}", value.min_items, value.min_items == 1 ? "" : "s")
             : "a list";
}

}  // namespace

std::string describe_range(const Value& value) {
  const bool low = std::isfinite(value.min), high = std::isfinite(value.max);
  const std::string min = low ? bound(value, value.min) : "", max = high ? bound(value, value.max) : "";
  if (low && high)
    return value.min_exclusive ? "above " + min + " up to " + max : "from " + min + " to " + max;
  if (low) return value.min_exclusive ? "above " + min : "of at least " + min;
  return high ? "of at most " + max : "";
}

std::string example_of(const Value& value) {
  if (value.dimension == base::dim::none) return value.min >= 0 && value.max <= 1 ? "0.6 or 60 %" : "2";
  if (value.dimension == base::dim::temperature)
    return value.scale == base::Scale::point ? "85 degC" : "20 K";
  return "25 " + base::example_unit(value.dimension);
}

std::string kind_of(const Node& node) {
  if (node.is_scalar()) return node.is_null() ? "nothing" : "a text";
  return node.is_list() ? "a list" : "a map";
}

std::string describe(const Value& value) {
  switch (value.type) {
    case Type::text:
      return "a text";
    case Type::name:
      return "a name";
    case Type::boolean:
      return "true or false";
    case Type::path:
      return "a file name";
    case Type::list:
      return describe_list(value);
    case Type::map:
      return "a map";
    case Type::dictionary:
      return "a map of names";
    case Type::quantity:
      return describe_quantity(value);
    case Type::curve:
      return describe_quantity(value) + ", or a map of temperatures to it";
    case Type::anything:
      return "anything";
    case Type::integer: {
      const std::string range = describe_range(value);
      return range.empty() ? "a whole number" : "a whole number " + range;
    }
    case Type::choice: {
      std::string text = value.choices.size() == 1 ? "" : "one of: ";
      for (std::size_t i = 0; i < value.choices.size(); ++i) text += (i ? ", " : "") + value.choices[i];
      return text;
    }
    case Type::any_of: {
      std::string text;
      for (const Value& option : value.options) text += (text.empty() ? "" : "; or ") + describe(option);
      return text;
    }
  }
  return "";
}

}  // namespace bondline::document
