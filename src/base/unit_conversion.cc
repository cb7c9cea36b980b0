#include "base/unit_conversion.h"

#include "base/unit_table.h"

namespace bondline::base {

std::optional<UnitConversion> conversion_between(std::string_view from, std::string_view to,
                                                 std::string* problem, std::string* mend) {
  Unit units[2];
  const std::string_view names[2] = {from, to};
  for (int i = 0; i < 2; ++i) {
    if (names[i].empty()) {
      *problem = "one of the units is empty";
      *mend = "name both, or neither";
      return std::nullopt;
    }
    const UnitResult result = parse_unit(names[i]);
    if (!result.problem.empty()) {
      *problem = result.problem;
      *mend = result.mend;
      return std::nullopt;
    }
    units[i] = result.unit;
  }
  if (!(units[0].dimension == units[1].dimension)) {
    *problem = "\"" + std::string(from) + "\" measures " + dimension_name(units[0].dimension) + ", \"" +
               std::string(to) + "\" " + dimension_name(units[1].dimension);
    *mend = "write a unit of " + dimension_name(units[1].dimension) + ", like " +
            example_unit(units[1].dimension);
    return std::nullopt;
  }
  // Powers of ten are put together first, so that bar -> mbar is exactly 1000.
  UnitConversion conversion;
  conversion.scale =
      units[0].factor / units[1].factor * ten_to(units[0].power_of_ten - units[1].power_of_ten);
  // A point on a scale keeps its zero; one without (K) has it at 0.
  if (units[0].zero != 0 || units[1].zero != 0)
    conversion.offset = units[0].zero * conversion.scale - units[1].zero;
  return conversion;
}

}  // namespace bondline::base
