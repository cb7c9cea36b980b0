// The operator's conductances in float32, in the layout of the finest level: what conjugate gradients over a
// batch read, once for all lanes. (The cycle's own faces have 8 bits of mantissa; these have 24.)
#pragma once
#include "numerics/conduction_hierarchy.h"

namespace bondline::numerics {

class ConductionFaces {
 public:
  /// Conductances times `scale`.
  ConductionFaces(const ConductionOperator& op, const Level& finest, double scale, base::Pool& pool,
                  const ConductionKernels& kernels);

  /// The half row (j, p), and the values of a field of `lanes` lanes on it and beside it.
  FaceRow row(int j, int p, const float* values, long lanes) const;
  std::size_t bytes() const;

 private:
  const Level* level_;
  AlignedArray<float> gx_, gy_, gz_, ground_;
  AlignedArray<float> zeros_;  ///< values of a row beyond the edge
};

}  // namespace bondline::numerics
