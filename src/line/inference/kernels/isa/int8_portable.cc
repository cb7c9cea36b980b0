// The exact half of the portable table: the compiler's vectors of four lanes, no instruction set assumed.
#define BONDLINE_SET portable
#define BONDLINE_W 4
#define BONDLINE_ROWS 4
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

typedef unsigned vu __attribute__((vector_size(W * 4)));

// Sums wrap, so they are unsigned.
INLINE vi dot(vi acc, vi a, vi w) {
  vu sum = reinterpret_cast<vu>(acc);
  for (int shift = 0; shift < 32; shift += 8)
    sum += reinterpret_cast<vu>(((a >> shift) & 255) *
                                (reinterpret_cast<vi>(reinterpret_cast<vu>(w) << (24 - shift)) >> 24));
  return reinterpret_cast<vi>(sum);
}

}  // namespace
}  // namespace bondline::inference::kernels

#include "line/inference/kernels/body/conv_i8.h"
#include "line/inference/kernels/body/small_u8.h"
#include "line/inference/kernels/isa/parts.h"

namespace bondline::inference::kernels {

const KernelTable& table_portable() {
  static const KernelTable kTable = {"portable",
                                     4,
                                     8,
                                     4,
                                     8,
                                     0,
                                     false,
                                     false,
                                     conv_i8,
                                     conv_f32_portable,
                                     depthwise_i8,
                                     depthwise_f32_portable,
                                     finish_u8,
                                     finish_f32_portable,
                                     pool_u8,
                                     pool_f32_portable,
                                     elementwise_u8,
                                     elementwise_f32_portable,
                                     convert,
                                     resize,
                                     softmax_portable,
                                     dfl_portable,
                                     layer_norm_portable,
                                     winograd_in_portable,
                                     winograd_out_portable,
                                     peak_i8,
                                     peak_f32_portable,
                                     read_all_portable};
  return kTable;
}

}  // namespace bondline::inference::kernels
