// From SI back to text: named dimensions, the units a person expects for each, and number rendering.
#include "base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/diagnostic.h"
#include "base/unit_table.h"

namespace bondline::base {
namespace {

constexpr Dimension d(int m, int kg, int s, int a = 0, int k = 0, int mol = 0) {
  return {{static_cast<signed char>(m), static_cast<signed char>(kg), static_cast<signed char>(s),
           static_cast<signed char>(a), static_cast<signed char>(k), static_cast<signed char>(mol), 0}};
}

// `units` from small to large, separated by '|': format_quantity takes the largest that gives at least 1.
struct Named {
  Dimension dimension;
  std::string_view name;
  std::string_view example;
  std::string_view units;
};

constexpr Named kNamed[] = {
    {dim::none, "plain number", "", ""},
    {dim::length, "length", "um", "pm|nm|um|mm|m|km"},
    {dim::area, "area", "mm2", "nm2|um2|mm2|m2"},
    {dim::volume, "volume", "mm3", "um3|mm3|m3"},
    {dim::mass, "mass", "g", "ng|ug|mg|g|kg"},
    {dim::time, "time", "s", "fs|ps|ns|us|ms|s|min|h|d|yr"},
    {dim::current, "current", "A", "pA|nA|uA|mA|A|kA"},
    {dim::temperature, "temperature", "degC", "K"},
    {dim::power, "power", "W", "nW|uW|mW|W|kW|MW"},
    {dim::energy, "energy", "J", "fJ|pJ|nJ|uJ|mJ|J|kJ|MJ"},
    {dim::pressure, "pressure", "MPa", "mPa|Pa|kPa|MPa|GPa"},
    {dim::voltage, "voltage", "V", "nV|uV|mV|V|kV"},
    {dim::frequency, "frequency", "Hz", "mHz|Hz|kHz|MHz|GHz|THz"},
    {dim::velocity, "velocity", "m/s", "um/s|mm/s|m/s"},
    {dim::density, "density", "kg/m3", "kg/m3"},
    {dim::specific_heat, "specific heat", "J/(kg K)", "J/(kg K)"},
    {dim::conductivity, "thermal conductivity", "W/(m K)", "W/(m K)"},
    {dim::film_coefficient, "film coefficient", "W/(m2 K)", "W/(m2 K)"},
    {dim::area_resistance, "thermal resistance of an area", "mm2 K/W", "mm2 K/W|m2 K/W"},
    {dim::thermal_resistance, "thermal resistance", "K/W", "K/W"},
    {dim::per_temperature, "expansion coefficient", "ppm/K", "ppm/K|1/K"},
    {dim::resistivity, "resistivity", "ohm m", "nohm m|uohm m|mohm m|ohm m|kohm m|Mohm m|Gohm m|Tohm m"},
    {dim::resistance, "electrical resistance", "ohm", "nohm|uohm|mohm|ohm|kohm|Mohm|Gohm"},
    {dim::capacitance, "capacitance", "pF", "aF|fF|pF|nF|uF|mF|F"},
    {dim::inductance, "inductance", "nH", "fH|pH|nH|uH|mH|H"},
    {dim::toughness, "toughness", "J/m2", "mJ/m2|J/m2|kJ/m2"},
    {dim::diffusivity, "diffusivity", "mm2/s", "um2/s|mm2/s|m2/s"},
    {dim::solubility, "solubility", "kg/(m3 Pa)", "kg/(m3 Pa)"},
    {dim::flow_rate, "flow rate", "mL/min", "uL/min|mL/min|L/min|m3/s"},
    {dim::volumetric_heat, "volumetric heat capacity", "J/(m3 K)", "J/(m3 K)|kJ/(m3 K)|MJ/(m3 K)"},
    {dim::molar_energy, "molar energy", "kJ/mol", "J/mol|kJ/mol|MJ/mol"},
    {d(1, 1, -2), "force", "N", "nN|uN|mN|N|kN|MN"},
    {d(-1, 1, -1), "viscosity", "Pa s", "uPa s|mPa s|Pa s"},
    {d(0, 1, -3), "heat flux", "W/m2", "W/m2|kW/m2|MW/m2|GW/m2"},
    {d(-1, 1, -3), "power density", "W/m3", "W/m3|kW/m3|MW/m3|GW/m3|TW/m3"},
    {d(-2, -1, 2, 0, 1), "ratio of temperature and energy", "K/J", "K/J"},
    {d(2, 1, -2, 0, -1), "heat capacity", "J/K", "nJ/K|uJ/K|mJ/K|J/K|kJ/K"},
    {d(2, 1, -3, 0, -1), "thermal conductance", "W/K", "uW/K|mW/K|W/K"},
    {d(0, 0, 1, 1), "charge", "C", "pC|nC|uC|mC|C"},
    {d(-2, 0, 0, 1), "current density", "A/m2", "A/m2|kA/m2|MA/m2|GA/m2"},
    {d(-2, -1, 3, 2), "electrical conductance", "S", "uS|mS|S"},
    {d(-3, -1, 3, 2), "electrical conductivity", "S/m", "uS/m|mS/m|S/m|kS/m|MS/m"},
    {d(0, 0, 0, 0, 0, 1), "amount of substance", "mol", "umol|mmol|mol"},
    {d(-3, 0, 0, 0, 0, 1), "concentration", "mol/m3", "mol/m3"},
    {d(0, 1, 0, 0, 0, -1), "molar mass", "g/mol", "g/mol"},
    {d(0, 1, -1), "mass flow", "g/s", "ug/s|mg/s|g/s|kg/s"},
    {d(0, 0, -1, 0, 1), "temperature rate", "K/s", "K/s"},
};

const Named* named(const Dimension& dimension) {
  for (const Named& one : kNamed)
    if (one.dimension == dimension) return &one;
  return nullptr;
}

// "kg m2/(s3 K)": base units with a positive power, then the others below one stroke.
std::string si_unit(const Dimension& dimension) {
  static constexpr std::string_view kBase[] = {"m", "kg", "s", "A", "K", "mol", "cd"};
  static constexpr int kOrder[] = {1, 0, 2, 3, 4, 5, 6};
  std::string above, below;
  int count_below = 0;
  for (int i : kOrder) {
    const int power = dimension.exponent[static_cast<std::size_t>(i)];
    if (power == 0) continue;
    std::string& side = power > 0 ? above : below;
    if (power < 0) ++count_below;
    if (!side.empty()) side += ' ';
    side += kBase[i];
    if (std::abs(power) != 1) side += std::to_string(std::abs(power));
  }
  if (below.empty()) return above;
  if (above.empty()) above = "1";
  return count_below > 1 ? above + "/(" + below + ")" : above + "/" + below;
}

Unit known_unit(std::string_view text) {
  UnitResult read = text.empty() ? UnitResult{} : parse_unit(text);
  if (!read.problem.empty())
    throw Error("cannot use the unit \"" + std::string(text) + "\": " + read.problem, read.mend);
  return read.unit;
}

// Through long double, so that scaling by a power of ten costs no more than one rounding.
double scaled(double value, int tens, double factor) {
  if (tens == 0 && factor == 1) return value;
  if (tens >= 0) return static_cast<double>(static_cast<long double>(value) * factor * ten_to(tens));
  return static_cast<double>(static_cast<long double>(value) * factor / ten_to(-tens));
}

double to_unit(double si, const Unit& unit) {
  if (unit.zero != 0) return si / unit.factor - unit.zero;
  return scaled(si, -unit.power_of_ten, 1 / unit.factor);
}

std::string number_text(double value, int digits) {
  if (value == 0) return "0";  // no "-0"
  return fmt::format("{:.{}g}", value, digits);
}

double number_in(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string joined(const std::string& number, std::string_view unit) {
  return unit.empty() ? number : number + " " + std::string(unit);
}

}  // namespace

double in_unit(double si, std::string_view unit) {
  return to_unit(si, known_unit(unit));
}

double from_unit(double value, std::string_view text) {
  const Unit unit = known_unit(text);
  if (unit.zero != 0) return (value + unit.zero) * unit.factor;
  return scaled(value, unit.power_of_ten, unit.factor);
}

std::string format_quantity(double si, const Dimension& dimension, int digits, Scale scale) {
  digits = std::clamp(digits, 1, 17);
  if (std::isinf(si) || std::isnan(si)) return std::isnan(si) ? "nan" : si > 0 ? "inf" : "-inf";
  if (dimension == dim::none) return number_text(si, digits);
  if (dimension == dim::temperature && scale == Scale::point)
    return joined(number_text(in_unit(si, "degC"), digits), "degC");
  const Named* known = named(dimension);
  if (!known) return joined(number_text(si, digits), si_unit(dimension));
  if (si == 0) return joined("0", dimension == dim::temperature ? "K" : known->example);
  std::string_view units = known->units;
  for (;;) {
    const std::size_t bar = units.rfind('|');
    const std::string_view unit = bar == std::string_view::npos ? units : units.substr(bar + 1);
    const std::string number = number_text(in_unit(si, unit), digits);
    if (bar == std::string_view::npos || std::abs(number_in(number)) >= 1) return joined(number, unit);
    units = units.substr(0, bar);
  }
}

std::string dimension_name(const Dimension& dimension) {
  const Named* known = named(dimension);
  return known ? std::string(known->name) : "quantity in " + si_unit(dimension);
}

std::string example_unit(const Dimension& dimension) {
  const Named* known = named(dimension);
  return known ? std::string(known->example) : si_unit(dimension);
}

}  // namespace bondline::base
