// The levels of the conduction multigrid and how a level is made from the one above it: which x and y
// intervals are merged, what the coarse faces conduct, and how strongly a fine cell listens to its second
// coarse neighbour.
#pragma once
#include <cstddef>
#include <vector>

#include "base/parallel.h"
#include "numerics/aligned_array.h"
#include "numerics/conduction_kernels.h"
#include "numerics/conduction_solver.h"

namespace bondline::numerics {

/// Intervals of one axis merged singly or in pairs.
struct MergedAxis {
  std::vector<double> lines;  ///< of the coarse axis
  std::vector<int> to;        ///< fine interval -> coarse interval
  std::vector<int> first;     ///< coarse interval -> its first fine interval; one more entry than intervals
  int coarse() const { return static_cast<int>(first.size()) - 1; }
  bool pair(int c) const { return first[std::size_t(c) + 1] - first[std::size_t(c)] == 2; }
  /// The coarse interval beyond the outer side of fine interval i: the one i is interpolated from beside its
  /// own; -1 for an interval that stands alone or lies at the end of the axis.
  int other(int i) const;
};

/// Merges neighbouring intervals into pairs no longer than `h`, from the left.
MergedAxis merge_pairs(const std::vector<double>& lines, double h);

/// Length of the shortest two neighbouring intervals; infinite for a single interval.
double shortest_pair(const std::vector<double>& lines);

struct Level {
  int nx = 0, ny = 0, nz = 0;
  long stride = 0;  ///< of a half row's layers
  long half = 0;  ///< from one half row to the next: nz * stride and a gap of zeros that neighbours may read
  std::vector<double> x, y;
  AlignedArray<Half> gx, gy, gz, ground;
  int sweeps = 1;  ///< of each colour on the way down, and up

  // Towards the next level (empty on the last one).
  MergedAxis merged_x, merged_y;
  AlignedArray<unsigned char> wy;  ///< (j, k, m) of the red half row: share of the other coarse row
  AlignedArray<unsigned char> wx;  ///< (coarse j, p, k, m): share of the other coarse column
  std::vector<int> restrict_at, own[2], other[2];  ///< tables of column_map()
  std::vector<char> restrict_even, expand_even[2];

  Level(int nx, int ny, int nz, base::Pool& pool);
  std::size_t place(int j, int p) const { return (std::size_t(j) * 2 + std::size_t(p)) * std::size_t(half); }
  std::size_t floats() const { return std::size_t(ny) * 2 * std::size_t(half); }
  long columns(int p) const { return (nx + 1 - p) / 2; }  ///< of a half row, without the padding
  long used() const { return long(nz) * stride; }         ///< of a half row, without the gap
  ColumnMap column_map(const Level& coarse) const;
  std::size_t bytes() const;
};

/// An array of one value per column and layer in a level's layout, cleared.
template <class T>
AlignedArray<T> layout_array(const Level& level, base::Pool& pool);

/// The half row (j, p) of a level and its neighbours, whose values start at `values`. `zeros` holds at least
/// `half` zeros.
HalfRow half_row(const Level& level, int j, int p, const float* values, const AlignedArray<float>& zeros);

/// Bytes of the levels of a grid, and of what a cycle writes on them; without building anything.
struct HierarchyBytes {
  std::size_t levels = 0, fields = 0;
  std::size_t batch_fields = 0;  ///< of a cycle over a batch, per lane
};
HierarchyBytes forecast_hierarchy(const TensorGrid& grid);

/// All levels down to a single column, or to one whose cells are tied to the ground more than to each other.
/// `scale` multiplies every conductance on the way into float32.
std::vector<Level> build_hierarchy(const ConductionOperator& op, double scale, base::Pool& pool,
                                   const ConductionKernels& kernels);

}  // namespace bondline::numerics
