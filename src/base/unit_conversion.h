// From one unit to another as a straight line, for values that come in one and are wanted in the other:
//   value in `to` = value in `from` * scale + offset.
// Temperatures are points on their scales (degF -> degC has an offset); within a compound unit ("W/degC")
// they are differences.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace bondline::base {

struct UnitConversion {
  double scale = 1, offset = 0;
};

/// Nullopt with *problem and *mend when a unit is not known or they measure different things.
std::optional<UnitConversion> conversion_between(std::string_view from, std::string_view to,
                                                 std::string* problem, std::string* mend);

}  // namespace bondline::base
