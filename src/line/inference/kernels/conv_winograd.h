// 3 x 3 convolutions of stride 1 by Winograd's F(4 x 4, 3 x 3): 36 products instead of 144 per 16 outputs. A
// block of tiles is transformed, multiplied by 36 small products on the set's own tiles, and transformed
// back, all in L2. Blob: 64 bytes | bias | 36 packed right sides [in.c x out.c].
#pragma once
#include "line/inference/kernels/kernels.h"

namespace bondline::inference::kernels {

bool takes_winograd(const ConvF32& conv);
std::size_t winograd_packed_bytes(const ConvF32& conv);
void winograd_pack(const ConvF32& conv, const ConvF32Constants& constants, void* packed);
std::size_t winograd_scratch_bytes(const ConvF32& conv);
std::int64_t winograd_work_items(const ConvF32& conv);
void winograd_run(const ConvF32& conv, const ConvBuffers& buffers, std::int64_t first, std::int64_t last,
                  void* scratch);
/// Multiply-accumulates of the 36 products, for the cost model.
double winograd_macs(const ConvF32& conv);

}  // namespace bondline::inference::kernels
