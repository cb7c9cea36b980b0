#include "design/signoff/coolant_chapter.h"

#include <cmath>
#include <limits>

namespace bondline::signoff {
namespace {

constexpr double kZero = 273.15;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

/// Numbers that a result marks as not known by a negative value.
double known(double value, double scale = 1) {
  return value < 0 ? kNothing : value * scale;
}

Table coolant_table(const std::vector<thermal::CoolantResult>& all) {
  Table table;
  table.analysis = "thermal.coolant";
  table.title = "What the coolant carries";
  table.columns = {{"channels", "", 4}, {"coolant", "", 4},  {"heat", "W", 4},        {"in", "degC", 4},
                   {"out", "degC", 4},  {"wall", "degC", 4}, {"flow", "ml/min", 4},   {"speed", "m/s", 3},
                   {"Reynolds", "", 3}, {"Nusselt", "", 3},  {"film", "W/(m2 K)", 4}, {"drop", "kPa", 3},
                   {"pump", "mW", 3}};
  for (const auto& c : all) {
    table.rows.push_back({c.path, c.coolant, c.heat_W, c.inlet_K - kZero, c.outlet_K - kZero,
                          c.wall_max_K - kZero, c.flow_m3_s * 60e6, c.velocity_m_s, known(c.reynolds),
                          known(c.nusselt), c.h_W_m2K, known(c.pressure_drop_Pa, 1e-3),
                          known(c.pump_W, 1e3)});
  }
  table.note =
      "Out: the mixed temperature at the outlet. Wall: the hottest wetted wall. Pump: pressure drop times "
      "flow, at an efficiency of one.";
  return table;
}

}  // namespace

std::vector<Table> coolant_tables(const thermal::SteadyResult& result) {
  if (result.coolants.empty()) return {};
  return {coolant_table(result.coolants)};
}

}  // namespace bondline::signoff
