// The operator's conductances in float32, in the cells' own order: what conjugate gradients over a batch
// read, once for all lanes. (The cycle's own faces have 8 bits of mantissa; these have 24.)
#pragma once
#include "base/parallel.h"
#include "numerics/aligned_array.h"
#include "numerics/conduction_kernels.h"
#include "numerics/conduction_solver.h"
#include "numerics/row_waves.h"

namespace bondline::numerics {

class ConductionFaces {
 public:
  /// Conductances times `scale`.
  ConductionFaces(const ConductionOperator& op, double scale, base::Pool& pool);

  /// Columns of row j, for fields of `lanes` interleaved lanes.
  BatchFaces row(int j, Range columns, long lanes) const;
  std::size_t bytes() const;

 private:
  int nx_, ny_, nz_;
  std::size_t margin_;                                 ///< zeros before the first cell
  AlignedArray<float> gx_, gy_, gz_, ground_, zeros_;  ///< zeros_: faces of the row before the first
};

}  // namespace bondline::numerics
