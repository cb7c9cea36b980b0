// The units a person may write, and what one of them is in SI. Private to the quantity files of this room.
#pragma once
#include <string>
#include <string_view>

#include "base/quantity.h"

namespace bondline::base {

/// A unit as a multiple of the SI unit of its dimension: factor * 10^power_of_ten. Powers of ten are kept
/// apart so that "0.35 um" is the double nearest to 0.35e-6, without a rounding in between.
struct Unit {
  double factor = 1;
  int power_of_ten = 0;
  Dimension dimension;
  double zero =
      0;  ///< where the scale starts, in this unit: SI = (value + zero) * factor. degC and degF only.
};

/// The unit named by one symbol, with or without an SI prefix ("um", "degC", "%"); false if there is none.
bool find_unit(std::string_view symbol, Unit& unit);

/// Known symbols that differ from `symbol` only in upper and lower case, or by a plural s: "MHz", "mm or Mm".
/// May be empty.
std::string similar_units(std::string_view symbol);

/// 10^exponent as a double; exact for |exponent| <= 22 in that it is the double nearest to it.
double ten_to(int exponent);

/// The outcome of reading a unit expression: empty problem means success.
struct UnitResult {
  Unit unit;
  bool bare = false;  ///< a single symbol without a power: only then does degC count from its zero point
  std::string problem;
  std::string mend;
};

/// Reads "W/(m K)", "ppm/K", "m^-2", "1/K", "cm2/s". The text must not be empty. Never throws; bounded depth.
UnitResult parse_unit(std::string_view text);

}  // namespace bondline::base
