// The exact half of the AVX-VNNI table: AVX2's with vpdpbusd. Its float32 half is AVX2's.
#include <immintrin.h>

#define BONDLINE_SET avx2
#define BONDLINE_W 8
#define BONDLINE_ROWS 6
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

INLINE vi dot(vi acc, vi a, vi w) {
  return reinterpret_cast<vi>(_mm256_dpbusd_avx_epi32(
      reinterpret_cast<__m256i>(acc), reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(w)));
}

}  // namespace
}  // namespace bondline::inference::kernels

#include "line/inference/kernels/body/conv_i8.h"
#include "line/inference/kernels/body/small_u8.h"
#include "line/inference/kernels/isa/parts.h"

namespace bondline::inference::kernels {

const KernelTable& table_avx_vnni() {
  static const KernelTable kTable = {"avx-vnni",
                                     6,
                                     16,
                                     6,
                                     16,
                                     0,
                                     false,
                                     false,
                                     conv_i8,
                                     conv_f32_avx2,
                                     depthwise_i8,
                                     depthwise_f32_avx2,
                                     finish_u8,
                                     finish_f32_avx2,
                                     pool_u8,
                                     pool_f32_avx2,
                                     elementwise_u8,
                                     elementwise_f32_avx2,
                                     convert,
                                     resize,
                                     softmax_avx2,
                                     dfl_avx2,
                                     layer_norm_avx2,
                                     winograd_in_avx2,
                                     winograd_out_avx2,
                                     peak_i8,
                                     peak_f32_avx2,
                                     read_all_avx2};
  return kTable;
}

}  // namespace bondline::inference::kernels
