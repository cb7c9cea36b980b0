// Round numbers along an axis: steps of 1, 2 or 5 times a power of ten (Heckbert, "Nice Numbers for Graph
// Labels", Graphics Gems, 1990), shared by maps, colour bars and curves.
#pragma once
#include <string>
#include <vector>

namespace bondline::show {

struct Ticks {
  std::vector<double> at;          ///< increasing, inside [low, high]
  std::vector<std::string> label;  ///< one per tick, all with the same number of decimals ("0.5", "1.0")
};

/// Ticks of a linear axis, at most `most` (>= 2) of them. low == high gives one tick; NaN or infinity none.
Ticks nice_ticks(double low, double high, int most);

/// Ticks of a logarithmic axis (0 < low < high): powers of ten, with 2 and 5 between when the axis is short.
/// Where that would leave fewer than two, linear ticks.
Ticks log_ticks(double low, double high, int most);

}  // namespace bondline::show
