// How much of each grid column a footprint covers.
#pragma once
#include <cstdint>
#include <vector>

#include "design/package/solids.h"
#include "numerics/column_grid.h"

namespace bondline::mesh {

/// Columns (j * nx + i) a footprint touches and the share of each column's area it covers, (0, 1]. Edges
/// within `snap` of a grid line count as on the line. Turned footprints by exact area.
struct Cover {
  std::vector<std::int32_t> column;
  std::vector<double> share;
};
Cover cover(const numerics::TensorGrid& grid, const package::Footprint& footprint, double snap);

/// Share of each interval of `lines` that [a, b] covers, for the intervals [first, first + share.size()).
struct Overlap {
  int first = 0;
  std::vector<double> share;
};
Overlap overlap(const std::vector<double>& lines, double a, double b, double snap);

/// Index of the line nearest to a coordinate.
int nearest_line(const std::vector<double>& lines, double at);

/// Index of the interval that holds a coordinate (clamped to the grid; on a line: the interval above it).
int interval_of(const std::vector<double>& lines, double at);

}  // namespace bondline::mesh
