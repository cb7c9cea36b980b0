// The exact half of the AVX2 table. Without a byte product that cannot saturate (vpmaddubsw does, and 7-bit
// weights would change results), bytes are widened to 16 bits and multiplied by vpmaddwd.
#include <immintrin.h>

#define BONDLINE_SET avx2
#define BONDLINE_W 8
#define BONDLINE_ROWS 4
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

INLINE vi dot(vi acc, vi a, vi w) {
  const __m256i av = reinterpret_cast<__m256i>(a), wv = reinterpret_cast<__m256i>(w);
  const __m256i a_even = _mm256_and_si256(av, _mm256_set1_epi16(0xff)), a_odd = _mm256_srli_epi16(av, 8);
  const __m256i w_even = _mm256_srai_epi16(_mm256_slli_epi16(wv, 8), 8), w_odd = _mm256_srai_epi16(wv, 8);
  const __m256i sums = _mm256_add_epi32(_mm256_madd_epi16(a_even, w_even), _mm256_madd_epi16(a_odd, w_odd));
  return reinterpret_cast<vi>(_mm256_add_epi32(reinterpret_cast<__m256i>(acc), sums));  // wraps
}

}  // namespace
}  // namespace bondline::inference::kernels

#include "line/inference/kernels/body/conv_i8.h"
#include "line/inference/kernels/body/small_u8.h"
#include "line/inference/kernels/isa/parts.h"

namespace bondline::inference::kernels {

const KernelTable& table_avx2() {
  static const KernelTable kTable = {"avx2",
                                     4,
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
