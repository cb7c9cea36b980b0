// How a device lays a value into its registers. A register is 16 bits, high byte first on the wire
// (Application Protocol 4.2); in which order a 32- or 64-bit value takes its registers is the vendor's
// choice, written as the order of the bytes A (highest) to D as they come over the wire:
//   ABCD   high word first (most devices)          CDAB   low word first
//   BADC   high word first, bytes swapped          DCBA   low word first, bytes swapped
// For 64-bit values the same four patterns run over four registers. Text takes two characters a register.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "line/tags/tag.h"

namespace bondline::modbus {

enum class Raw : std::uint8_t {
  boolean,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float32,
  float64,
  text
};
enum class Order : std::uint8_t { abcd, cdab, badc, dcba };

struct Format {
  Raw raw = Raw::uint16;
  Order order = Order::abcd;
  std::uint16_t characters = 0;  ///< of text
  friend bool operator==(const Format&, const Format&) = default;
};

/// Registers a value takes: 1, 2, 4, or for text half its characters, rounded up.
std::uint16_t registers_of(const Format& format);
/// How the line knows such a value before scaling: int16 and int32 widen to i64, uint16 and uint32 to u64.
tags::ValueType type_of(Raw raw);

/// "bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64" (also "float",
/// "double"), "string(12)"; `order` is "ABCD" ... or empty. Nullopt with *problem for anything else.
std::optional<Format> format_of(std::string_view type, std::string_view order, std::string* problem);

/// The value in `registers` (their bytes as on the wire, at least registers_of() of them), of type_of(): not
/// for text.
std::uint64_t get(const Format& format, const std::uint8_t* registers);
/// Text up to its first NUL, trailing blanks dropped.
std::string get_text(const Format& format, const std::uint8_t* registers);

/// Lays a value of type_of() into `registers`. "" or why it does not fit ("70000 is beyond uint16").
std::string put(const Format& format, std::uint64_t bits, std::uint8_t* registers);
std::string put_text(const Format& format, std::string_view text, std::uint8_t* registers);

/// What has to be written to make an engineering value: raw = (value - offset) / scale, rounded to the
/// nearest whole number for integer formats. Nullopt with *problem when it does not fit.
std::optional<std::uint64_t> raw_of(const Format& format, const tags::Tag& tag, double value,
                                    std::string* problem);

}  // namespace bondline::modbus
