#include "line/gateway/fields/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace bondline::fields {

using tags::ValueType;

namespace {

struct Whole {
  std::string_view name;
  std::int64_t lowest;
  std::uint64_t largest;
};
constexpr std::array<Whole, 8> kWhole = {{{"int8", INT8_MIN, INT8_MAX},
                                          {"int16", INT16_MIN, INT16_MAX},
                                          {"int32", INT32_MIN, INT32_MAX},
                                          {"int64", INT64_MIN, INT64_MAX},
                                          {"uint8", 0, UINT8_MAX},
                                          {"uint16", 0, UINT16_MAX},
                                          {"uint32", 0, UINT32_MAX},
                                          {"uint64", 0, UINT64_MAX}}};

bool same(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
  }
  return true;
}

const char* read_truth(std::string_view text, std::uint64_t& bits) {
  for (const std::string_view word : {"true", "yes", "on", "1", "1.0"})
    if (same(text, word)) {
      bits = 1;
      return nullptr;
    }
  for (const std::string_view word : {"false", "no", "off", "0", "0.0"})
    if (same(text, word)) {
      bits = 0;
      return nullptr;
    }
  return "is neither true nor false";
}

const char* read_double(std::string_view text, char decimal, double& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  // from_chars also reads "inf" and "nan"; no device means a number by that.
  if (text.empty() || !((text.front() >= '0' && text.front() <= '9') || text.front() == '-' ||
                        text.front() == '.' || text.front() == decimal))
    return "is no number";
  std::array<char, 64> copy;
  if (decimal != '.') {
    if (text.size() > copy.size() || text.find('.') != std::string_view::npos) return "is no number";
    for (std::size_t i = 0; i < text.size(); ++i) copy[i] = text[i] == decimal ? '.' : text[i];
    text = {copy.data(), text.size()};
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return "is beyond what a float64 holds";
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return "is no number";
  return nullptr;
}

template <class T>
bool read_whole(std::string_view text, T& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<Format> format_of(std::string_view type) {
  const auto known = tags::value_type_of(type);
  if (!known) return std::nullopt;
  Format format;
  format.type = *known;
  for (const Whole& whole : kWhole)
    if (whole.name == type) {
      format.whole = true;
      format.lowest = whole.lowest;
      format.largest = whole.largest;
    }
  return format;
}

bool scale_by(Format& format, double scale, double offset) {
  if (scale == 1 && offset == 0) return true;
  if (format.type == ValueType::text || format.type == ValueType::boolean) return false;
  format.type = ValueType::f64;
  format.scale = scale;
  format.offset = offset;
  format.scaled = true;
  return true;
}

const char* read(const Format& format, std::string_view text, Value& value) {
  value = {};
  if (format.type == ValueType::text) {
    if (text.size() > kMostText) return "is longer than 65535 bytes";
    if (!base::is_utf8(text)) return "is no UTF-8 text";
    value.text = text;
    return nullptr;
  }
  text = trimmed(text);
  if (text.empty()) return "is empty";
  if (format.type == ValueType::boolean) return read_truth(text, value.bits);
  double number = 0;
  if (format.whole) {
    std::int64_t with_sign = 0;
    std::uint64_t without = 0;
    const bool negative = text.front() == '-';
    const bool read_it = negative ? read_whole(text, with_sign) : read_whole(text, without);
    if (!read_it) {
      // "21.0" and "2.1e1" are whole too, and programs write them.
      if (const char* problem = read_double(text, format.decimal, number)) return problem;
      if (number != std::floor(number)) return "is no whole number";
      if (number < -0x1p63 || number >= 0x1p64) return "does not fit its type";
      if (number < 0)
        with_sign = static_cast<std::int64_t>(number);
      else
        without = static_cast<std::uint64_t>(number);
    }
    if (with_sign < 0 ? with_sign < format.lowest : without > format.largest) return "does not fit its type";
    if (format.scaled) {
      number = with_sign < 0 ? static_cast<double>(with_sign) : static_cast<double>(without);
      value.bits = tags::bits_of(number * format.scale + format.offset);
    } else {
      value.bits = with_sign < 0 ? tags::bits_of(with_sign) : without;
    }
    return nullptr;
  }
  if (const char* problem = read_double(text, format.decimal, number)) return problem;
  if (format.type == ValueType::f32) {
    // Up to half a step beyond the largest, which its shortest text, 3.4028235e+38, is too.
    if (std::fabs(number) >= 0x1.ffffffp127) return "does not fit its type";
    value.bits = tags::bits_of(static_cast<float>(number));
  } else {
    value.bits = tags::bits_of(format.scaled ? number * format.scale + format.offset : number);
  }
  return nullptr;
}

void write(const Format& format, std::uint64_t bits, std::string_view text, std::string& out) {
  std::array<char, 40> digits;
  const auto put = [&](auto number) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
  };
  switch (format.type) {
    case ValueType::text:
      out += text;
      return;
    case ValueType::boolean:
      out += bits ? "true" : "false";
      return;
    case ValueType::i64:
      put(static_cast<std::int64_t>(bits));
      return;
    case ValueType::u64:
      put(bits);
      return;
    case ValueType::f32:
      put(static_cast<float>(tags::number_of(ValueType::f32, bits)));
      return;
    case ValueType::f64: {
      double number = tags::number_of(ValueType::f64, bits);
      if (format.scaled) number = (number - format.offset) / format.scale;
      if (format.whole)
        number = std::clamp(std::round(number), static_cast<double>(format.lowest),
                            static_cast<double>(format.largest));
      put(number);
      return;
    }
  }
}

}  // namespace bondline::fields
