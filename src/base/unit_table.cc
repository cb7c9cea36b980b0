// Sources: SI brochure, 9th edition (BIPM 2019), tables 2 to 8 for SI, prefixes and units accepted beside it;
// NIST SP 811 (2008), appendix B.8, for inch, mil, foot, ounce, pound, psi, Torr, atmosphere, calorie and
// degree Fahrenheit. Every factor is exact by definition but psi, Torr and degree of arc, which are exact up
// to rounding.
#include "base/unit_table.h"

#include <array>
#include <charconv>
#include <cmath>

namespace bondline::base {
namespace {

struct Row {
  std::string_view symbol;
  bool prefixable;
  double factor;
  int power_of_ten;
  Dimension dimension;
  double zero = 0;
};

constexpr Dimension d(int m, int kg, int s, int a = 0, int k = 0, int mol = 0, int cd = 0) {
  return {{static_cast<signed char>(m), static_cast<signed char>(kg), static_cast<signed char>(s),
           static_cast<signed char>(a), static_cast<signed char>(k), static_cast<signed char>(mol),
           static_cast<signed char>(cd)}};
}

constexpr Row kUnits[] = {
    {"m", true, 1, 0, dim::length},
    {"g", true, 1, -3, dim::mass},
    {"s", true, 1, 0, dim::time},
    {"A", true, 1, 0, dim::current},
    {"K", true, 1, 0, dim::temperature},
    {"mol", true, 1, 0, d(0, 0, 0, 0, 0, 1)},
    {"cd", true, 1, 0, d(0, 0, 0, 0, 0, 0, 1)},
    {"degC", false, 1, 0, dim::temperature, 273.15},
    {"°C", false, 1, 0, dim::temperature, 273.15},
    {"℃", false, 1, 0, dim::temperature, 273.15},
    {"degF", false, 5.0 / 9.0, 0, dim::temperature, 459.67},
    {"°F", false, 5.0 / 9.0, 0, dim::temperature, 459.67},
    {"Hz", true, 1, 0, dim::frequency},
    {"N", true, 1, 0, d(1, 1, -2)},
    {"Pa", true, 1, 0, dim::pressure},
    {"J", true, 1, 0, dim::energy},
    {"W", true, 1, 0, dim::power},
    {"C", true, 1, 0, d(0, 0, 1, 1)},
    {"V", true, 1, 0, dim::voltage},
    {"F", true, 1, 0, dim::capacitance},
    {"ohm", true, 1, 0, dim::resistance},
    {"Ohm", true, 1, 0, dim::resistance},
    {"Ω", true, 1, 0, dim::resistance},       // U+03A9 Greek capital omega
    {"\u2126", true, 1, 0, dim::resistance},  // U+2126 ohm sign
    {"S", true, 1, 0, d(-2, -1, 3, 2)},
    {"Wb", true, 1, 0, d(2, 1, -2, -1)},
    {"T", true, 1, 0, d(0, 1, -2, -1)},
    {"H", true, 1, 0, dim::inductance},
    {"lm", true, 1, 0, d(0, 0, 0, 0, 0, 0, 1)},
    {"lx", true, 1, 0, d(-2, 0, 0, 0, 0, 0, 1)},
    {"min", false, 60, 0, dim::time},
    {"h", false, 3600, 0, dim::time},
    {"hour", false, 3600, 0, dim::time},
    {"hours", false, 3600, 0, dim::time},
    {"d", false, 86400, 0, dim::time},
    {"day", false, 86400, 0, dim::time},
    {"days", false, 86400, 0, dim::time},
    {"week", false, 604800, 0, dim::time},
    {"weeks", false, 604800, 0, dim::time},
    {"yr", false, 31557600, 0, dim::time},  // the Julian year of 365.25 days
    {"year", false, 31557600, 0, dim::time},
    {"years", false, 31557600, 0, dim::time},
    {"L", true, 1, -3, dim::volume},
    {"l", true, 1, -3, dim::volume},
    {"t", false, 1, 3, dim::mass},
    {"bar", true, 1, 5, dim::pressure},
    {"eV", true, 1.602176634, -19, dim::energy},
    {"Wh", true, 3600, 0, dim::energy},
    {"Ah", true, 3600, 0, d(0, 0, 1, 1)},
    {"P", true, 1, -1, d(-1, 1, -1)},
    {"Å", false, 1, -10, dim::length},
    {"angstrom", false, 1, -10, dim::length},
    {"micron", false, 1, -6, dim::length},
    {"microns", false, 1, -6, dim::length},
    {"in", false, 254, -4, dim::length},
    {"inch", false, 254, -4, dim::length},
    {"mil", false, 254, -7, dim::length},
    {"mils", false, 254, -7, dim::length},
    {"ft", false, 3048, -4, dim::length},
    {"oz", false, 28349523125, -12, dim::mass},
    {"lb", false, 45359237, -8, dim::mass},
    {"psi", true, 6894.757293168361, 0, dim::pressure},
    {"ksi", false, 6894.757293168361, 3, dim::pressure},
    {"Torr", true, 101325.0 / 760.0, 0, dim::pressure},
    {"atm", false, 101325, 0, dim::pressure},
    {"cal", true, 4184, -3, dim::energy},
    {"rad", true, 1, 0, dim::none},
    {"deg", false, 3.14159265358979323846 / 180, 0, dim::none},
    {"°", false, 3.14159265358979323846 / 180, 0, dim::none},
    {"rpm", false, 1.0 / 60.0, 0, dim::frequency},
    {"%", false, 1, -2, dim::none},
    {"‰", false, 1, -3, dim::none},
    {"ppm", false, 1, -6, dim::none},
    {"ppb", false, 1, -9, dim::none},
};

struct Prefix {
  std::string_view symbol;
  int power_of_ten;
};

constexpr Prefix kPrefixes[] = {{"y", -24},     {"z", -21}, {"a", -18},     {"f", -15}, {"p", -12},
                                {"n", -9},      {"u", -6},  {"\u00b5", -6},  // U+00B5 micro sign
                                {"\u03bc", -6},                              // U+03BC Greek mu
                                {"m", -3},      {"c", -2},  {"d", -1},      {"da", 1},  {"h", 2},
                                {"k", 3},       {"M", 6},   {"G", 9},       {"T", 12},  {"P", 15},
                                {"E", 18},      {"Z", 21},  {"Y", 24}};

Unit unit_of(const Row& row, int more_tens) {
  return {row.factor, row.power_of_ten + more_tens, row.dimension, row.zero};
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return low;
}

}  // namespace

bool find_unit(std::string_view symbol, Unit& unit) {
  for (const Row& row : kUnits) {
    if (row.symbol == symbol) {
      unit = unit_of(row, 0);
      return true;
    }
  }
  for (const Prefix& prefix : kPrefixes) {
    if (symbol.substr(0, prefix.symbol.size()) != prefix.symbol) continue;
    const std::string_view rest = symbol.substr(prefix.symbol.size());
    for (const Row& row : kUnits) {
      if (row.prefixable && row.symbol == rest) {
        unit = unit_of(row, prefix.power_of_ten);
        return true;
      }
    }
  }
  return false;
}

std::string similar_units(std::string_view symbol) {
  std::string wanted = lower(symbol);
  std::string found;
  const auto offer = [&](const std::string& name) {
    if (name == symbol) return;
    found += (found.empty() ? "" : " or ") + name;
  };
  for (int attempt = 0; attempt < 2 && found.empty(); ++attempt) {
    for (const Row& row : kUnits) {
      if (lower(row.symbol) == wanted) offer(std::string(row.symbol));
      if (!row.prefixable) continue;
      for (const Prefix& prefix : kPrefixes) {
        // Only the prefixes one meets in a package: nobody means a yottametre.
        if (prefix.power_of_ten < -15 || prefix.power_of_ten > 12) continue;
        const std::string name = std::string(prefix.symbol) + std::string(row.symbol);
        if (lower(name) == wanted) offer(name);
      }
    }
    if (wanted.size() < 2 || wanted.back() != 's') break;
    wanted.pop_back();
  }
  return found;
}

double ten_to(int exponent) {
  char text[16] = "1e";
  const auto end = std::to_chars(text + 2, text + sizeof text, exponent).ptr;
  double value = exponent < 0 ? 0 : INFINITY;  // what stays when the range of a double is left
  std::from_chars(text, end, value);
  return value;
}

}  // namespace bondline::base
