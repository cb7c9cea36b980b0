// Heat capacity of every cell: the transient model's C in  C dT/dt + A T = b.
#pragma once
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

struct HeatCapacity {
  std::vector<double> joule_per_K;  ///< per cell; 0 in the void, > 0 elsewhere
  /// One sentence per material whose density or specific heat nobody gave and a typical value stands for.
  std::vector<std::string> notes;
};

/// rho c of what fills each cell times its volume. Mixtures add by volume (exact: heat content is additive);
/// cells that several solids share are filled as the mesh filled them, highest rank first. Density and
/// specific heat are read at each solid's temperature in the mesh. A material that lacks either counts with a
/// typical 2e6 J/(m3 K) and is named in the notes.
HeatCapacity heat_capacity(const Model& model);

}  // namespace bondline::thermal::detail
