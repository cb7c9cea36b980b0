// Leaking dies as the stepper sees them. A die leaks piece by piece (a column of its active plane, a cell of
// its volume) at each piece's own temperature, as in steady heat (nonlinear/cell_leakage.h). Between two
// readings the pattern holds and the total follows the die's mean; the pattern's share above the mean's law,
//     sum share_i 2^((T_i - T_mean) / D) >= 1,
// multiplies the law.
#pragma once
#include <vector>

#include "design/thermal/transient/stepper.h"

namespace bondline::thermal::detail {

/// Steadily read values of regions' means as weights over cells (without what heat in the plane adds).
std::vector<std::pair<std::size_t, double>> mean_weights(const Model& model, const Region& region);

struct LeakPlaces {
  std::vector<LeakPart> parts;
  std::vector<std::size_t> source;  ///< per leak: its entry among the assembly's sources (with_leakage)
  std::vector<Region> region;       ///< per leak: its die
  /// One watt of each, in its pattern.
  struct Unit {
    std::vector<double> volume;  ///< per cell, or empty
    std::vector<HeatPlane> planes;
  };
  std::vector<Unit> unit;
};

/// The leaks at a field u under the model's heat of the moment; an empty u: evenly spread. Leaves the model
/// without heat: sources are to be placed again.
LeakPlaces find_leaks(Model& model, const std::vector<Region>& regions, const std::vector<double>& u);
/// Adds `watts` per leak to the heat the model has; make_rhs() next.
void place_leaks(Model& model, const LeakPlaces& leaks, const std::vector<double>& watts);

}  // namespace bondline::thermal::detail
