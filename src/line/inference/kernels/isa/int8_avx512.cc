// The exact half of the AVX-512 VNNI table: epilogues, u8 operations, conversions. No contraction.
#include <immintrin.h>

#define BONDLINE_W 16
#define BONDLINE_OWN_LOOKUP
#include "line/inference/kernels/body/vector.h"
#include "line/inference/kernels/isa/parts_avx512.h"

namespace bondline::inference::kernels {
namespace {

struct Table {
  __m512i part[4];
};
// Two tables of 64 words: the byte's upper seven bits choose a word, its lowest bit the half of it.
INLINE __m512i look_up_words(__m512i bytes, const Table& t) {
  const __m512i index = _mm512_srli_epi16(bytes, 1);
  const __m512i low = _mm512_permutex2var_epi16(t.part[0], index, t.part[1]);
  const __m512i high = _mm512_permutex2var_epi16(t.part[2], index, t.part[3]);
  const __m512i word =
      _mm512_mask_blend_epi16(_mm512_test_epi16_mask(bytes, _mm512_set1_epi16(0x80)), low, high);
  const __m512i shift = _mm512_slli_epi16(_mm512_and_si512(bytes, _mm512_set1_epi16(1)), 3);
  return _mm512_and_si512(_mm512_srlv_epi16(word, shift), _mm512_set1_epi16(0xff));
}
INLINE __m512i look_up_bytes(__m512i x, const Table& t) {
  const __m512i even = look_up_words(_mm512_and_si512(x, _mm512_set1_epi16(0xff)), t);
  const __m512i odd = look_up_words(_mm512_srli_epi16(x, 8), t);
  return _mm512_or_si512(even, _mm512_slli_epi16(odd, 8));
}

void look_up(long n, const unsigned char* in, const unsigned char* table, unsigned char* out) {
  Table t;
  for (int i = 0; i < 4; ++i) t.part[i] = _mm512_loadu_si512(table + 64 * i);
  long i = 0;
  for (; i + 64 <= n; i += 64) _mm512_storeu_si512(out + i, look_up_bytes(_mm512_loadu_si512(in + i), t));
  if (i == n) return;
  const __mmask64 m = (1ull << (n - i)) - 1;
  _mm512_mask_storeu_epi8(out + i, m, look_up_bytes(_mm512_maskz_loadu_epi8(m, in + i), t));
}

}  // namespace
}  // namespace bondline::inference::kernels

#include "line/inference/kernels/body/small_u8.h"

namespace bondline::inference::kernels {

const KernelTable& table_avx512_vnni() {
  static const KernelTable kTable = {"avx512-vnni",
                                     14,
                                     32,
                                     14,
                                     32,
                                     0,
                                     true,
                                     conv_i8_avx512,
                                     conv_f32_avx512,
                                     depthwise_i8_avx512,
                                     depthwise_f32_avx512,
                                     finish_u8,
                                     finish_f32_avx512,
                                     pool_u8,
                                     pool_f32_avx512,
                                     elementwise_u8,
                                     elementwise_f32_avx512,
                                     convert,
                                     resize,
                                     softmax_avx512,
                                     dfl_avx512,
                                     layer_norm_avx512,
                                     winograd_in_avx512,
                                     winograd_out_avx512,
                                     peak_i8_avx512,
                                     peak_f32_avx512,
                                     read_all_avx512};
  return kTable;
}

}  // namespace bondline::inference::kernels
