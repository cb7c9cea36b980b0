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
  const auto known = by_name_.find(tag.name);
  TagId id = static_cast<TagId>(tags_.size());
  if (known != by_name_.end()) {
    id = known->second;
    if (active_[id]) return std::nullopt;
  } else {
    while (!free_.empty() && active_[free_.back()]) free_.pop_back();  // its name came again
    if (!free_.empty()) {
      id = free_.back();
      free_.pop_back();
      by_name_.erase(tags_[id].name);
    }
    by_name_.emplace(tag.name, id);
  }
  if (id == tags_.size()) {
    tags_.emplace_back();
    active_.push_back(false);
  }
  tags_[id] = std::move(tag);
  active_[id] = true;
  ++active_count_;
  return id;
}

std::optional<TagId> TagTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || !active_[found->second]) return std::nullopt;
  return found->second;
}

TagTable TagTable::next() const {
  TagTable next;
  next.by_name_ = by_name_;
  next.active_.assign(tags_.size(), false);
  next.tags_.reserve(tags_.size());
  for (const Tag& tag : tags_) {
    Tag& kept = next.tags_.emplace_back();
    kept.name = tag.name;
    kept.machine = tag.machine;
    kept.type = tag.type;
    kept.unit = tag.unit;
  }
  for (TagId id = static_cast<TagId>(tags_.size()); id-- > 0;)
    if (!active_[id]) next.free_.push_back(id);
  return next;
}

}  // namespace bondline::tags
