// Which modes of the double series are summed. The (m, n) plane is cut into panels whose edges grow by
// about 1.4, and infinite strips beyond the tables; layered_bounds.h bounds each panel's part in each probe.
// Panels are taken in the order of bound per mode until what is left out is below the tolerance. Since the
// cosine means fall along both axes, the result is a cross near the axes, not a square.
#pragma once
#include <vector>

#include "numerics/layered_bounds.h"

namespace bondline::numerics {

struct SeriesPlan {
  std::vector<int> edges_x, edges_y;  ///< panel i holds modes edges[i] .. edges[i+1]-1
  std::vector<char> taken;            ///< by i * panels_y + j; the mean mode's panel (0, 0) is always taken
  std::vector<double> error_bound;    ///< K, per probe: all that is not taken
  long long modes = 0;

  int panels_x() const { return static_cast<int>(edges_x.size()) - 1; }
  int panels_y() const { return static_cast<int>(edges_y.size()) - 1; }
  bool is_taken(int i, int j) const {
    return taken[static_cast<std::size_t>(i) * static_cast<std::size_t>(panels_y()) +
                 static_cast<std::size_t>(j)] != 0;
  }
};

/// Chooses the modes, and extends the tables of both axes as far as they are needed (max_modes at most);
/// tolerance 0 takes them all.
SeriesPlan plan_series(const LayeredModes& modes, CosineAxis& axis_x, CosineAxis& axis_y,
                       const std::vector<SeriesSource>& sources, const std::vector<SeriesProbe>& probes,
                       double tolerance_K, int max_modes);

}  // namespace bondline::numerics
