// What the float32 convolutions share: how a value leaves.
#pragma once
#include "line/inference/kernels/kernels.h"
#include "line/inference/kernels/tables.h"

namespace bondline::inference::kernels {

/// relu and clip without a residual happen in the tile's registers; all else in a second pass over the tile,
/// which then is staged in scratch.
struct F32Finish {
  float low, high;
  bool staged;
};
F32Finish finish_of(const ConvF32& conv);

}  // namespace bondline::inference::kernels
