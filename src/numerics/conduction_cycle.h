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
#include "numerics/scratch_pool.h"

namespace bondline::numerics {

/// What a cycle writes on one level, in the level's layout.
struct CycleFields {
  AlignedArray<float> f, u;
  AlignedArray<float>
      change;  ///< of the last black sweep before coarsening; empty where one sweep starts from zero
};

class ConductionCycle {
 public:
  /// Over levels that outlive the cycle.
  ConductionCycle(const std::vector<Level>& levels, base::Pool& pool, const CycleKernels& kernels);
  ~ConductionCycle();

  const Level& finest() const { return levels_[0]; }
  CycleFields& fields() { return fields_[0]; }
  /// fields().u = preconditioner applied to fields().f; returns u . f.
  double run();
  std::size_t bytes() const;

 private:
  struct Scratch;
  void relax(std::size_t q, int j, int colour, bool from_zero, bool keep_change, Scratch& scratch);
  const float* residual_row(std::size_t q, int j, Scratch& scratch);
  void restrict_row(std::size_t q, int coarse_row, Scratch& scratch);
  void interpolate_row(std::size_t q, int j, Scratch& scratch);
  void dot_row(int j);

  const std::vector<Level>& levels_;
  base::Pool& pool_;
  const CycleKernels& kernels_;
  std::vector<CycleFields> fields_;
  AlignedArray<float> zeros_;
  std::vector<double> dots_;  ///< u . f of each row of the finest level
  std::unique_ptr<ScratchPool<Scratch>> scratches_;
};

/// Sum in a fixed binary tree: the same bits for the same values, however they were made.
double tree_sum(const std::vector<double>& values);

}  // namespace bondline::numerics
