// The V-cycle of conduction_cycle.h for 8 or 16 right-hand sides at once: the same levels, the same
// operations in the same order for every lane (so the same bits), but fields in the cells' own order with the
// lanes interleaved. A column is then one stretch of memory that its line solve reads up and down from the
// nearest cache, and conductances, pivots and weights are unpacked once for all lanes. Rows are gone through
// in tiles of columns that stay in a core's own cache from stage to stage.
#pragma once
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "numerics/conduction_hierarchy.h"
#include "numerics/row_waves.h"
#include "numerics/scratch_pool.h"

namespace bondline::numerics {

/// Interleaved values of all cells of a level, one column of zeros before and behind them.
class BatchField {
 public:
  BatchField() = default;
  BatchField(const Level& level, long lanes, base::Pool& pool);
  float* data() { return values_.data() + margin_; }
  const float* data() const { return values_.data() + margin_; }
  std::size_t bytes() const { return values_.bytes(); }

 private:
  std::size_t margin_ = 0;
  AlignedArray<float> values_;
};

class BatchCycle {
 public:
  /// Over levels that outlive the cycle.
  BatchCycle(const std::vector<Level>& levels, base::Pool& pool, const BatchKernels& kernels);
  ~BatchCycle();

  const Level& finest() const { return levels_[0]; }
  BatchField& right_hand_side() { return fields_[0].f; }
  BatchField& result() { return fields_[0].u; }
  /// result() = preconditioner applied to right_hand_side(); dots[lane] = their product.
  void run(double* dots);
  std::size_t bytes() const;

 private:
  struct Fields {
    BatchField f, u;
    BatchField change;  ///< of the last black sweep before coarsening; empty where one sweep starts from zero
  };
  struct Scratch;
  // All for the columns of a tile.
  BatchColumns columns_of(std::size_t q, int j, int p, BatchField& values, Range columns) const;
  void relax(std::size_t q, int j, int colour, bool from_zero, bool keep_change, Range columns,
             Scratch& scratch);
  const float* residual_row(std::size_t q, int j, Range columns, Scratch& scratch);
  void restrict_row(std::size_t q, int coarse_row, Range columns, Scratch& scratch);
  void interpolate_row(std::size_t q, int j, Range columns, Scratch& scratch);
  void dot_row(int j, Range columns);
  /// Floats of a column, and of a row.
  std::size_t column(const Level& l) const { return std::size_t(l.nz * kernels_.lanes); }
  std::size_t row(const Level& l) const { return column(l) * std::size_t(l.nx); }

  const std::vector<Level>& levels_;
  base::Pool& pool_;
  const BatchKernels& kernels_;
  std::vector<Fields> fields_;
  std::vector<std::vector<int>> others_;  ///< of each level's merged_x: the second coarse column, or -1
  AlignedArray<float> zeros_;             ///< conductances beyond the edge
  std::vector<double> dots_;              ///< of each row of the finest level, lane by lane
  std::unique_ptr<ScratchPool<Scratch>> scratches_;
};

}  // namespace bondline::numerics
