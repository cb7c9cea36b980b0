#include "line/tags/tag.h"

#include <array>
#include <limits>
#include <utility>

namespace bondline::tags {
namespace {

// The first name of a type is the one it is shown by.
constexpr std::array<std::pair<std::string_view, ValueType>, 18> kNames = {{
    {"bool", ValueType::boolean},
    {"int64", ValueType::i64},
    {"uint64", ValueType::u64},
    {"float32", ValueType::f32},
    {"float64", ValueType::f64},
    {"string", ValueType::text},
    {"boolean", ValueType::boolean},
    {"int8", ValueType::i64},
    {"int16", ValueType::i64},
    {"int32", ValueType::i64},
    {"uint8", ValueType::u64},
    {"uint16", ValueType::u64},
    {"uint32", ValueType::u64},
    {"float", ValueType::f32},
    {"double", ValueType::f64},
    {"bit", ValueType::boolean},
    {"text", ValueType::text},
    {"number", ValueType::f64},
}};

}  // namespace

std::string_view name_of(ValueType type) {
  for (const auto& [name, known] : kNames)
    if (known == type) return name;
  return "unknown";
}

std::optional<ValueType> value_type_of(std::string_view name) {
  for (const auto& [known, type] : kNames)
    if (known == name) return type;
  return std::nullopt;
}

double number_of(ValueType type, std::uint64_t bits) {
  switch (type) {
    case ValueType::boolean:
      return bits != 0;
    case ValueType::i64:
      return static_cast<double>(std::bit_cast<std::int64_t>(bits));
    case ValueType::u64:
      return static_cast<double>(bits);
    case ValueType::f32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case ValueType::f64:
      return std::bit_cast<double>(bits);
    case ValueType::text:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::optional<TagId> TagTable::add(Tag tag) {
  const auto id = static_cast<TagId>(tags_.size());
  if (!by_name_.emplace(tag.name, id).second) return std::nullopt;
  tags_.push_back(std::move(tag));
  return id;
}

std::optional<TagId> TagTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

}  // namespace bondline::tags
