// A text as the value of a tag: what a device, a broker or a file wrote. Blanks around it do not count.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "line/tags/tag.h"

namespace bondline::fields {

/// How one field becomes a tag's value.
struct Format {
  tags::ValueType type = tags::ValueType::f64;  ///< of the tag
  /// What the source may say, where it says whole numbers: bounds of the type's name ("int16").
  bool whole = false;
  std::int64_t lowest = 0;
  std::uint64_t largest = 0;
  double scale = 1, offset = 0;  ///< value = number * scale + offset
  bool scaled = false;           ///< the tag is f64 and takes scale and offset
  char decimal = '.';            ///< of numbers in texts; or ','
};

/// "bool", "int16", "float32", "string" ... with its bounds; nullopt for a name that is no type. A scale or
/// offset makes the tag float64 (see scale_by).
std::optional<Format> format_of(std::string_view type);
/// False when this type can't be scaled (bool, string).
bool scale_by(Format& format, double scale, double offset);

/// A value read: `bits` of the tag's type, or the text of a text tag (a view into what was read).
struct Value {
  std::uint64_t bits = 0;
  std::string_view text;
};

/// Reads a plain text. Null, or what is wrong with it in words.
///   bool: true false yes no on off 1 0, in any case; numbers: decimal, for floats with exponent; "nan" and
///   "inf" are refused. Text: as it is, at most kMostText bytes of UTF-8.
const char* read(const Format& format, std::string_view text, Value& value);
inline constexpr std::size_t kMostText = 65535;

/// What has to be written so that read() gives the value back: for settings. Shortest digits.
void write(const Format& format, std::uint64_t bits, std::string_view text, std::string& out);

std::string_view trimmed(std::string_view text);

}  // namespace bondline::fields
