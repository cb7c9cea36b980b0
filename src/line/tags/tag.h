// A Tag: one named value of one machine, as everybody on the line knows it. Values are 64 bits whatever the
// type; what the bits mean, the tag says.
#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostic.h"

namespace bondline::tags {

/// Index into a TagTable.
using TagId = std::uint32_t;

/// What the bits of a value mean. Smaller integers of a device widen to i64 or u64; f32 keeps its 32 bits
/// (low half).
enum class ValueType : std::uint8_t { boolean, i64, u64, f32, f64, text };

std::string_view name_of(ValueType type);  ///< "bool", "int64", "uint64", "float32", "float64", "string"
std::optional<ValueType> value_type_of(
    std::string_view name);  ///< also "int16", "uint32", "float", "double", ...

inline std::uint64_t bits_of(double value) {
  return std::bit_cast<std::uint64_t>(value);
}
inline std::uint64_t bits_of(float value) {
  return std::bit_cast<std::uint32_t>(value);
}
inline std::uint64_t bits_of(std::int64_t value) {
  return std::bit_cast<std::uint64_t>(value);
}
/// The number the bits of a type stand for (0 or 1 for bool, NaN for text). Integers beyond 2^53 are rounded.
double number_of(ValueType type, std::uint64_t bits);

struct Tag {
  std::string name;     ///< "oven.zone4": machine, dot, the rest; unique in a line
  std::string machine;  ///< "oven"
  std::string path;     ///< "zones/4/temperature": where it stands in a tree, may be empty
  ValueType type = ValueType::f64;
  std::string unit;                 ///< as written: "degC"; empty: a plain number
  double scale = 1, offset = 0;     ///< engineering value = raw * scale + offset
  std::optional<double> low, high;  ///< of the engineering value; outside: uncertain_out_of_range
  std::string address;              ///< the driver's: "hr:107", "40108", "ns=2;s=Zone4"
  bool writable = false;
  base::Where where;
};

/// The tags of a line. A tag keeps its id as long as the table lives, and beyond: next() makes the table of a
/// line file that is read again.
class TagTable {
 public:
  /// The new tag's id, or nullopt when the name is taken.
  std::optional<TagId> add(Tag tag);
  /// Not found: a name that is retired.
  std::optional<TagId> find(std::string_view name) const;
  const Tag& operator[](TagId id) const { return tags_[id]; }
  /// Ids are below this; some may be retired.
  std::size_t size() const { return tags_.size(); }
  /// By id, retired ones among them.
  const std::vector<Tag>& all() const { return tags_; }

  /// A table in which every name of this one has its id still and is retired until it is added again. Ids
  /// that are retired in this table already go to new names first, so that tables don't grow for ever.
  TagTable next() const;
  /// A retired id keeps name, type and unit of its tag: samples on their way may still bear it.
  bool is_active(TagId id) const { return id < active_.size() && active_[id]; }
  std::size_t active() const { return active_count_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::vector<Tag> tags_;
  std::vector<bool> active_;
  std::size_t active_count_ = 0;
  std::vector<TagId> free_;  ///< retired before the names that are retired now; the lowest last
  std::unordered_map<std::string, TagId, Hash, std::equal_to<>> by_name_;
};

}  // namespace bondline::tags
