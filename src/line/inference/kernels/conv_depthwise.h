// Depthwise convolutions: one channel in, one channel out. Work goes row by row; pixels at the borders are
// told one by one, the rest of a row as one run.
//
// Blob: 64 bytes | bias | multipliers (int8) | weights. Plain weights are [tap][channel]. Sets that multiply
// four bytes at once take `quads` for int8: channels in blocks of 64 whose bias, multipliers and weights
// stand in the order byte interleaving leaves them in: lane l of vector j is channel 16 (l / 4) + 4 j + l
// % 4. Weights are [block][quad][4 vectors][16 lanes][4 taps]; a kernel 3 wide has, per kernel row, a quad
// (w0 w1 w2 0) and, for the next pixel over the same four bytes, a quad (0 w0 w1 w2).
#pragma once
#include "line/inference/kernels/kernels.h"
#include "line/inference/kernels/tables.h"

namespace bondline::inference::kernels {

/// Runs of a row that a kernel gets at once, where it finishes them itself.
constexpr long kDepthwiseRuns = 4;

struct DepthwisePlan {
  ConvShape shape;
  long unit, taps, channels, channels_padded;
  bool quads;
  long bias_bytes, weight_bytes, packed_bytes;
  long rows, rows_per_item, items;  ///< rows: images * height
  long chunk;                       ///< pixels of a run at most
  long stripe;                      ///< columns that are done from top to bottom before the next ones
  long runs;                        ///< given to a kernel at once, at most
  long stage_bytes, scratch_bytes;
};
DepthwisePlan depthwise_plan(const ConvShape& shape, long unit, bool quads, bool staged);
void pack_depthwise_i8(const DepthwisePlan& plan, const std::int8_t* weights, const std::int32_t* bias,
                       const float* multiplier, void* packed);
void pack_depthwise_f32(const DepthwisePlan& plan, const float* weights, const float* bias, void* packed);
void run_depthwise_i8(const ConvInt8& conv, const DepthwisePlan& plan, const KernelTable& table,
                      const ConvBuffers& buffers, std::int64_t first, std::int64_t last, void* scratch,
                      int flags);
void run_depthwise_f32(const ConvF32& conv, const DepthwisePlan& plan, const KernelTable& table,
                       const ConvBuffers& buffers, std::int64_t first, std::int64_t last, void* scratch);

}  // namespace bondline::inference::kernels
