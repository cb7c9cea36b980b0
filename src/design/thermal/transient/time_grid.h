// The grids of a run in time: as fine beside heat as what has just begun to spread, within the cells asked
// for.
#pragma once
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

struct TimeGrid {
  mesh::MeshOptions coarse, fine;  ///< nested, 1 : 2; alike where one grid is asked for
  double roomier = 1;              ///< times coarser beside heat than wanted, for the cells asked for
};

/// shortest: s, from a power step to the first result after it. nested: two grids, `cells` are of the fine
/// one.
TimeGrid time_grid(const Design& design, const Assembly& assembly, double shortest, double cells,
                   bool nested);
/// What a user is told where `roomier` is above 1.
std::string roomier_note(const TimeGrid& grid, double cells);

/// Nested grids, second order: the fine one is wrong by a third of the difference (Richardson 1911), which is
/// taken off. Returns the largest of what was taken off: the error left is smaller.
double extrapolate(std::vector<double>& fine, const std::vector<double>& coarse);

}  // namespace bondline::thermal::detail
