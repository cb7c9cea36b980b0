// One symmetric V-cycle of the conduction multigrid in float32: the preconditioner of the conjugate
// gradients.
//
// Columns are coloured like a checkerboard, red where i + j is even. Going down: red lines, black lines
// (twice on the coarse levels); the residual is then zero on black lines and equals what the last black
// change sends to the red ones, so only red cells are restricted. Going up: only red cells are interpolated,
// because the black lines are solved next, then the red ones: the mirror image of the way down, which makes
// the preconditioner symmetric.
#pragma once
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "numerics/conduction_hierarchy.h"

namespace bondline::numerics {

class ConductionCycle {
 public:
  ConductionCycle(const ConductionOperator& op, double scale, base::Pool& pool,
                  const ConductionKernels& kernels);
  ~ConductionCycle();

  Level& finest() { return levels_[0]; }
  const std::vector<Level>& levels() const { return levels_; }
  /// finest().u = preconditioner applied to finest().f; returns u . f.
  double run();
  std::size_t bytes() const;

 private:
  struct Scratch;
  struct ScratchPool;
  void down(std::size_t q);
  void up(std::size_t q);
  void relax(Level& level, int j, int colour, bool from_zero, bool keep_change, Scratch& scratch);
  const float* residual_row(const Level& level, int j, Scratch& scratch);
  void restrict_row(std::size_t q, int coarse_row, Scratch& scratch);
  void interpolate_row(std::size_t q, int j, Scratch& scratch);

  base::Pool& pool_;
  const ConductionKernels& kernels_;
  std::vector<Level> levels_;
  AlignedArray<float> zeros_;
  std::vector<double> dots_;  ///< u . f of each row of the finest level
  std::unique_ptr<ScratchPool> scratches_;
};

/// Sum in a fixed binary tree: the same bits for the same values, however they were made.
double tree_sum(const std::vector<double>& values);

}  // namespace bondline::numerics
