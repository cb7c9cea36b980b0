// "NUMBER [UNIT]". The decimal digits are handed to from_chars once, with the unit's power of ten already
// added to their exponent, so a quantity is the double nearest to what was written wherever the unit is a
// power of ten.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/quantity.h"
#include "base/unit_table.h"

namespace bondline::base {
namespace {

constexpr std::size_t kMaxText = 256;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

QuantityResult refuse(std::string problem, std::string mend) {
  return {std::nullopt, std::move(problem), std::move(mend)};
}

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

// What a message shows of a text: quoted, printable, not endless, and never half a UTF-8 character.
std::string quoted(std::string_view text) {
  std::string shown = "\"";
  std::size_t end = std::min<std::size_t>(text.size(), 60);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  for (char c : text.substr(0, end)) shown += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  return shown + (end < text.size() ? "...\"" : "\"");
}

// The number at the front, cut into sign and digits ("-1.5") and a decimal exponent.
struct Number {
  std::string mantissa;
  int exponent = 0;
  std::size_t size = 0;  // characters taken; 0: there is no number
};

Number take_number(std::string_view text) {
  Number number;
  std::size_t at = 0;
  if (text.substr(0, 3) == "\u2212")
    number.mantissa = "-", at = 3;
  else if (!text.empty() && (text[0] == '-' || text[0] == '+'))
    number.mantissa = text[0] == '-' ? "-" : "", at = 1;
  std::size_t digits = 0;
  const auto take_digits = [&] {
    for (; at < text.size() && is_digit(text[at]); ++at, ++digits) number.mantissa += text[at];
  };
  take_digits();
  if (at < text.size() && text[at] == '.') {
    number.mantissa += '.';
    ++at;
    take_digits();
  }
  if (digits == 0) return {};
  std::size_t after = at;
  if (after < text.size() && (text[after] == 'e' || text[after] == 'E')) {
    ++after;
    const bool negative = after < text.size() && text[after] == '-';
    if (negative || (after < text.size() && text[after] == '+')) ++after;
    if (after < text.size() && is_digit(text[after])) {
      int exponent = 0;
      for (; after < text.size() && is_digit(text[after]); ++after)
        exponent = std::min(100000, exponent * 10 + (text[after] - '0'));
      number.exponent = negative ? -exponent : exponent;
      at = after;
    }
  }
  number.size = at;
  return number;
}

// False when the number leaves the range of a double (0 written with any exponent stays 0).
bool to_double(const Number& number, int more_tens, double& value) {
  const std::string text = number.mantissa + "e" + std::to_string(number.exponent + more_tens);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) return true;
  if (number.mantissa.find_first_of("123456789") != std::string::npos) return false;
  value = 0;
  return true;
}

QuantityResult out_of_range(std::string_view text) {
  return refuse(quoted(text) + " is outside what a number can hold here",
                "write a number between 1e-300 and 1e300");
}

QuantityResult no_number(std::string_view text) {
  static constexpr std::string_view kEndless[] = {"-inf", "+inf", ".inf", "-.inf", "infinity",
                                                  "Inf",  "INF",  "nan",  ".nan",  "NaN"};
  for (std::string_view one : kEndless)
    if (text == one)
      return refuse(quoted(text) + " is not a number",
                    "write a finite number (\"inf\" where no bound is meant)");
  return refuse(quoted(text) + " does not begin with a number",
                "write a number and a unit, for example 25 um");
}

}  // namespace

QuantityResult parse_quantity(std::string_view given, Scale scale) {
  if (given.size() > kMaxText)
    return refuse("a quantity of " + std::to_string(given.size()) + " characters",
                  "write a number and a unit");
  const std::string_view text = trimmed(given);
  if (text.empty()) return refuse("there is no number", "write a number and a unit, for example 25 um");
  if (text == "inf") return {Quantity{INFINITY, dim::none}, {}, {}};
  const Number number = take_number(text);
  if (number.size == 0) return no_number(text);
  const std::string_view after = text.substr(number.size);
  if (after.size() > 1 && after[0] == ',' && is_digit(after[1]))
    return refuse(quoted(text) + " has a comma in its number", "write 1.5 or 1500 without a comma");
  const std::string_view unit_text = trimmed(after);
  double value = 0;
  if (unit_text.empty()) {
    if (!to_double(number, 0, value)) return out_of_range(text);
    return {Quantity{value, dim::none}, {}, {}};
  }
  UnitResult read = parse_unit(unit_text);
  if (!read.problem.empty()) return refuse(quoted(text) + ": " + read.problem, std::move(read.mend));
  const Unit& unit = read.unit;
  if (unit.zero != 0 && scale == Scale::point) {
    if (!to_double(number, 0, value)) return out_of_range(text);
    value = (value + unit.zero) * unit.factor;
  } else {
    if (!to_double(number, unit.power_of_ten, value)) return out_of_range(text);
    value *= unit.factor;
  }
  if (!std::isfinite(value)) return out_of_range(text);
  return {Quantity{value, unit.dimension}, {}, {}};
}

namespace {

std::string with_article(const std::string& name) {
  if (name.empty()) return name;
  const bool vowel = std::string_view("aeiou").find(name.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + name;
}

std::string example_of(const Dimension& wanted) {
  if (wanted == dim::none) return "0.6 or 60 %";
  if (wanted == dim::temperature) return "85 degC";
  return "25 " + example_unit(wanted);
}

// Slips that have a known cause: a coulomb or a farad where degrees were meant, and "mK" where metre kelvin
// was.
std::string mend_for(std::string_view text, const Dimension& wanted) {
  const Number number = take_number(text);
  const std::string digits(text.substr(0, number.size));
  const std::string_view unit = trimmed(text.substr(number.size));
  if (wanted == dim::temperature && unit == "C") return "write " + digits + " degC (C alone is the coulomb)";
  if (wanted == dim::temperature && unit == "F") return "write " + digits + " degF (F alone is the farad)";
  if (unit.size() >= 2 && unit.substr(unit.size() - 2) == "mK" && wanted.exponent[4] != 0) {
    const std::size_t stroke = unit.find('/');
    if (stroke != std::string_view::npos)
      return "write " + digits + " " + std::string(unit.substr(0, stroke)) + "/(m K) (mK is the millikelvin)";
  }
  if (wanted == dim::none) return "write a plain number or a percentage";
  return "write it in a unit such as " + example_unit(wanted);
}

}  // namespace

QuantityResult parse_as(std::string_view given, const Dimension& wanted, Scale scale) {
  QuantityResult read = parse_quantity(given, scale);
  const std::string name = wanted == dim::none ? "plain number" : dimension_name(wanted);
  const std::string want = with_article(name) + " was wanted (for example " + example_of(wanted) + ")";
  if (!read.quantity) {
    read.problem += ", " + want;
    return read;
  }
  const std::string_view text = trimmed(given);
  Quantity& quantity = *read.quantity;
  const bool has_unit = text != "inf" && take_number(text).size != text.size();
  if (quantity.dimension != wanted) {
    if (has_unit) {
      const std::string is =
          quantity.dimension == dim::none ? "plain number" : dimension_name(quantity.dimension);
      return refuse(quoted(text).substr(1, quoted(text).size() - 2) + " is " + with_article(is) + ", " + want,
                    mend_for(text, wanted));
    }
    // Without a unit only what is the same in every unit may stand; 0 degC and 0 K are not the same point.
    const bool point = wanted == dim::temperature && scale == Scale::point;
    if (!std::isinf(quantity.value) && (quantity.value != 0 || point))
      return refuse(std::string(text) + " has no unit, " + want,
                    "write " + std::string(text) + " " + example_unit(wanted) + " if that is the unit meant");
    quantity.dimension = wanted;
  }
  if (wanted == dim::temperature && scale == Scale::point && quantity.value < 0)
    return refuse(std::string(text) + " is below absolute zero", "write a temperature above -273.15 degC");
  return read;
}

}  // namespace bondline::base
