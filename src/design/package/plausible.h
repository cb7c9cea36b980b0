// Plausible ranges of what a design file says: outside them a number is refused as a unit slip. They are wide
// (an order of magnitude beyond what is built); judging a design is the rules' business.
#pragma once
#include <string>

#include "base/quantity.h"

namespace bondline::package {

inline constexpr base::Dimension kViscosity{{-1, 1, -1, 0, 0, 0, 0}};  // Pa s

struct Plausible {
  const char* what;  ///< "a bump pitch"
  base::Dimension dimension;
  base::Scale scale = base::Scale::difference;
  double min = 0, max = 0;  ///< SI
};

namespace plausible {
inline constexpr auto kLength = base::dim::length;
inline constexpr auto kDifference = base::Scale::difference;
inline constexpr Plausible body_size{"the size of a package body", kLength, kDifference, 0.1e-3, 0.3};
inline constexpr Plausible body_thickness{"the thickness of a mold, lid or shield", kLength, kDifference,
                                          0.1e-6, 20e-3};
inline constexpr Plausible board_size{"the size of a board or heat sink", kLength, kDifference, 1e-3, 1.5};
inline constexpr Plausible base_thickness{"the thickness of a heat sink's base", kLength, kDifference, 0.1e-3,
                                          0.1};
inline constexpr Plausible die_size{"the size of a die", kLength, kDifference, 20e-6, 0.3};
inline constexpr Plausible die_thickness{"the thickness of a die", kLength, kDifference, 1e-6, 3e-3};
inline constexpr Plausible layer_thickness{"the thickness of a layer", kLength, kDifference, 0.05e-6, 5e-3};
inline constexpr Plausible block_layer_thickness{"the thickness of a block's layer", kLength, kDifference,
                                                 1e-9, 0.5};
inline constexpr Plausible block_size{"the size of a block", kLength, kDifference, 1e-6, 2};
inline constexpr Plausible film_thickness{"the thickness of a metal or oxide film", kLength, kDifference,
                                          1e-9, 100e-6};
inline constexpr Plausible bond_line{"the thickness of a bond line", kLength, kDifference, 0.05e-6, 2e-3};
inline constexpr Plausible bump_pitch{"a bump pitch", kLength, kDifference, 1e-6, 3e-3};
inline constexpr Plausible hybrid_pitch{"a hybrid bond pitch", kLength, kDifference, 0.1e-6, 100e-6};
inline constexpr Plausible bump_diameter{"a bump diameter", kLength, kDifference, 0.05e-6, 2e-3};
inline constexpr Plausible standoff{"a die's standoff", kLength, kDifference, 0.05e-6, 1e-3};
inline constexpr Plausible ball_pitch{"a ball pitch", kLength, kDifference, 50e-6, 5e-3};
inline constexpr Plausible ball_diameter{"a ball diameter", kLength, kDifference, 20e-6, 2e-3};
inline constexpr Plausible ball_standoff{"the standoff of the body", kLength, kDifference, 1e-6, 3e-3};
inline constexpr Plausible via_pitch{"a via pitch", kLength, kDifference, 0.2e-6, 20e-3};
inline constexpr Plausible via_diameter{"a via diameter", kLength, kDifference, 0.1e-6, 5e-3};
inline constexpr Plausible wire_diameter{"a wire diameter", kLength, kDifference, 10e-6, 600e-6};
inline constexpr Plausible loop_height{"a wire's loop height", kLength, kDifference, 10e-6, 5e-3};
inline constexpr Plausible wire_length{"a wire's length", kLength, kDifference, 0.1e-3, 20e-3};
inline constexpr Plausible line_space{"a line or space width", kLength, kDifference, 0.1e-6, 2e-3};
inline constexpr Plausible part_size{"the size of a part", kLength, kDifference, 10e-6, 0.3};
inline constexpr Plausible part_height{"the height of a part", kLength, kDifference, 10e-6, 30e-3};
inline constexpr Plausible process_node{"a process node", kLength, kDifference, 0.5e-9, 10e-6};
inline constexpr Plausible ambient{"an ambient temperature", base::dim::temperature, base::Scale::point,
                                   73.15, 673.15};
inline constexpr Plausible limit{"a temperature limit", base::dim::temperature, base::Scale::point, 200,
                                 1273.15};
inline constexpr Plausible gradient{"a temperature difference", base::dim::temperature, kDifference, 0.01,
                                    1000};
inline constexpr Plausible doubling{"the step in which leakage doubles", base::dim::temperature, kDifference,
                                    1, 500};
inline constexpr Plausible power{"the power of a part", base::dim::power, kDifference, 0, 1e5};
inline constexpr Plausible film{"a film coefficient", base::dim::film_coefficient, kDifference, 0, 1e8};
inline constexpr Plausible contact{"a contact resistance", base::dim::area_resistance, kDifference, 0, 0.1};
inline constexpr Plausible sink_resistance{"a heat sink's resistance", base::dim::thermal_resistance,
                                           kDifference, 1e-4, 1e3};
inline constexpr Plausible air_speed{"an air speed", base::dim::velocity, kDifference, 0.05, 100};
inline constexpr Plausible channel_size{"the size of a channel or pin", kLength, kDifference, 1e-6, 50e-3};
inline constexpr Plausible coolant_velocity{"a coolant's velocity", base::dim::velocity, kDifference, 1e-6,
                                            100};
inline constexpr Plausible coolant_heat_capacity{"a coolant's heat capacity", base::dim::volumetric_heat,
                                                 kDifference, 100, 1e7};
inline constexpr Plausible coolant_conductivity{"a coolant's conductivity", base::dim::conductivity,
                                                kDifference, 1e-3, 100};
inline constexpr Plausible coolant_viscosity{"a coolant's viscosity", kViscosity, kDifference, 1e-6, 10};
inline constexpr Plausible coolant_density{"a coolant's density", base::dim::density, kDifference, 0.01, 2e4};
inline constexpr Plausible coolant_flow{"a coolant flow", base::dim::flow_rate, kDifference, 1e-12, 1};
inline constexpr Plausible interval{"the interval of a power trace", base::dim::time, kDifference, 1e-12,
                                    1e9};
}  // namespace plausible

/// The complaint and the mend for a value outside the range, or two empty texts when it is inside. Infinity
/// is refused but for film coefficients; values at or below zero are left to the schema where the range is
/// positive.
struct Slip {
  std::string what, mend;
};
Slip unit_slip(double si, std::string_view as_written, const Plausible& range);

}  // namespace bondline::package
