#include "line/gateway/modbus/value.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "line/tags/batch.h"

namespace bondline::modbus {

namespace {

std::uint16_t word(const std::uint8_t* at, bool swapped) {
  return static_cast<std::uint16_t>(swapped ? at[1] << 8 | at[0] : at[0] << 8 | at[1]);
}

std::uint64_t gather(const Format& format, const std::uint8_t* at, int words) {
  const bool swapped = format.order == Order::badc || format.order == Order::dcba;
  const bool low_first = format.order == Order::cdab || format.order == Order::dcba;
  std::uint64_t value = 0;
  for (int w = 0; w < words; ++w)
    value = value << 16 | word(at + 2 * (low_first ? words - 1 - w : w), swapped);
  return value;
}

void scatter(const Format& format, std::uint64_t value, std::uint8_t* at, int words) {
  const bool swapped = format.order == Order::badc || format.order == Order::dcba;
  const bool low_first = format.order == Order::cdab || format.order == Order::dcba;
  for (int w = words - 1; w >= 0; --w) {
    std::uint8_t* to = at + 2 * (low_first ? words - 1 - w : w);
    to[swapped ? 1 : 0] = static_cast<std::uint8_t>(value >> 8);
    to[swapped ? 0 : 1] = static_cast<std::uint8_t>(value);
    value >>= 16;
  }
}

struct Named {
  std::string_view name;
  Raw raw;
};
constexpr Named kNames[] = {{"bool", Raw::boolean},    {"int16", Raw::int16},     {"uint16", Raw::uint16},
                            {"int32", Raw::int32},     {"uint32", Raw::uint32},   {"int64", Raw::int64},
                            {"uint64", Raw::uint64},   {"float32", Raw::float32}, {"float", Raw::float32},
                            {"float64", Raw::float64}, {"double", Raw::float64}};

std::string_view name_of(Raw raw) {
  for (const Named& named : kNames)
    if (named.raw == raw) return named.name;
  return "string";
}

struct Bounds {
  double low, high;
};
/// Of the integer formats; high is the first number that does not fit.
Bounds bounds_of(Raw raw) {
  switch (raw) {
    case Raw::boolean:
      return {0, 2};
    case Raw::int16:
      return {-0x1p15, 0x1p15};
    case Raw::uint16:
      return {0, 0x1p16};
    case Raw::int32:
      return {-0x1p31, 0x1p31};
    case Raw::uint32:
      return {0, 0x1p32};
    case Raw::int64:
      return {-0x1p63, 0x1p63};
    default:
      return {0, 0x1p64};
  }
}

}  // namespace

std::uint16_t registers_of(const Format& format) {
  switch (format.raw) {
    case Raw::int32:
    case Raw::uint32:
    case Raw::float32:
      return 2;
    case Raw::int64:
    case Raw::uint64:
    case Raw::float64:
      return 4;
    case Raw::text:
      return static_cast<std::uint16_t>((format.characters + 1) / 2);
    default:
      return 1;
  }
}

tags::ValueType type_of(Raw raw) {
  switch (raw) {
    case Raw::boolean:
      return tags::ValueType::boolean;
    case Raw::int16:
    case Raw::int32:
    case Raw::int64:
      return tags::ValueType::i64;
    case Raw::float32:
      return tags::ValueType::f32;
    case Raw::float64:
      return tags::ValueType::f64;
    case Raw::text:
      return tags::ValueType::text;
    default:
      return tags::ValueType::u64;
  }
}

std::optional<Format> format_of(std::string_view type, std::string_view order, std::string* problem) {
  Format format;
  bool known = false;
  for (const Named& named : kNames)
    if (named.name == type) {
      format.raw = named.raw;
      known = true;
    }
  if (!known && type.starts_with("string(") && type.ends_with(")")) {
    const std::string_view digits = type.substr(7, type.size() - 8);
    unsigned n = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (error == std::errc{} && end == digits.data() + digits.size() && n >= 1 && n <= 250) {
      format.raw = Raw::text;
      format.characters = static_cast<std::uint16_t>(n);
      known = true;
    }
  }
  if (!known) {
    *problem = "\"" + std::string(type) +
               "\" is no register type; write bool, int16, uint16, int32, uint32, int64, uint64, float32, "
               "float64 or string(1..250)";
    return std::nullopt;
  }
  if (order.empty() || order == "ABCD")
    format.order = Order::abcd;
  else if (order == "CDAB")
    format.order = Order::cdab;
  else if (order == "BADC")
    format.order = Order::badc;
  else if (order == "DCBA")
    format.order = Order::dcba;
  else {
    *problem = "\"" + std::string(order) + "\" is no byte order; write ABCD, CDAB, BADC or DCBA";
    return std::nullopt;
  }
  return format;
}

std::uint64_t get(const Format& format, const std::uint8_t* at) {
  switch (format.raw) {
    case Raw::boolean:
      return gather(format, at, 1) != 0;
    case Raw::int16:
      return tags::bits_of(static_cast<std::int64_t>(static_cast<std::int16_t>(gather(format, at, 1))));
    case Raw::uint16:
      return gather(format, at, 1);
    case Raw::int32:
      return tags::bits_of(static_cast<std::int64_t>(static_cast<std::int32_t>(gather(format, at, 2))));
    case Raw::uint32:
    case Raw::float32:
      return gather(format, at, 2);
    case Raw::text:
      return 0;
    default:
      return gather(format, at, 4);
  }
}

std::string get_text(const Format& format, const std::uint8_t* at) {
  const bool swapped = format.order == Order::badc || format.order == Order::dcba;
  std::string text;
  for (int i = 0; i < format.characters; ++i) {
    const char c = static_cast<char>(at[swapped ? i ^ 1 : i]);
    if (c == 0) break;
    text += c;
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string put(const Format& format, std::uint64_t bits, std::uint8_t* at) {
  const int words = registers_of(format);
  const auto beyond = [&](std::string value) {
    return std::move(value) + " is beyond " + std::string(name_of(format.raw));
  };
  const auto as_signed = static_cast<std::int64_t>(bits);
  if (format.raw == Raw::boolean) bits = bits != 0;
  if (format.raw == Raw::int16 && as_signed != static_cast<std::int16_t>(as_signed))
    return beyond(std::to_string(as_signed));
  if (format.raw == Raw::int32 && as_signed != static_cast<std::int32_t>(as_signed))
    return beyond(std::to_string(as_signed));
  if (format.raw == Raw::uint16 && bits > 0xFFFF) return beyond(std::to_string(bits));
  if (format.raw == Raw::uint32 && bits > 0xFFFFFFFF) return beyond(std::to_string(bits));
  scatter(format, bits, at, words);
  return "";
}

std::string put_text(const Format& format, std::string_view text, std::uint8_t* at) {
  if (text.size() > format.characters)
    return "text of " + std::to_string(text.size()) + " characters is longer than string(" +
           std::to_string(format.characters) + ")";
  const bool swapped = format.order == Order::badc || format.order == Order::dcba;
  const int bytes = 2 * registers_of(format);
  for (int i = 0; i < bytes; ++i)
    at[swapped ? i ^ 1 : i] = static_cast<std::size_t>(i) < text.size()
                                  ? static_cast<std::uint8_t>(text[static_cast<std::size_t>(i)])
                                  : 0;
  return "";
}

std::optional<std::uint64_t> raw_of(const Format& format, const tags::Tag& tag, double value,
                                    std::string* problem) {
  const double raw = (value - tag.offset) / tag.scale;
  if (format.raw == Raw::float64) return tags::bits_of(raw);
  if (format.raw == Raw::float32) {
    if (std::isfinite(raw) && std::abs(raw) > 3.4028234663852886e38) {
      *problem = std::to_string(value) + " is beyond float32";
      return std::nullopt;
    }
    return tags::bits_of(static_cast<float>(raw));
  }
  const double whole = std::nearbyint(raw);
  const Bounds bounds = bounds_of(format.raw);
  if (!(whole >= bounds.low && whole < bounds.high)) {
    *problem = std::to_string(value) + " does not fit " + std::string(name_of(format.raw)) + " (raw " +
               std::to_string(raw) + ")";
    return std::nullopt;
  }
  if (type_of(format.raw) == tags::ValueType::i64) return tags::bits_of(static_cast<std::int64_t>(whole));
  return static_cast<std::uint64_t>(whole);
}

}  // namespace bondline::modbus
