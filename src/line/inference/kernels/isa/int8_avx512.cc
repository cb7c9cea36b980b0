// The exact half of the AVX-512 VNNI table: epilogues, u8 operations, conversions. No contraction.
#define BONDLINE_W 16
#define BONDLINE_OWN_LOOKUP
#define BONDLINE_OWN_ADD
#include "line/inference/kernels/isa/bytes_avx512.h"
#include "line/inference/kernels/isa/parts_avx512.h"

namespace bondline::inference::kernels {
namespace {

void look_up(long n, const unsigned char* in, const unsigned char* table, unsigned char* out) {
  const Table t = interleave_table(table);
  for (long i = 0; i < n; i += 64) {
    const __mmask64 m = first_bytes(n - i);
    _mm512_mask_storeu_epi8(out + i, m, look_up_bytes(_mm512_maskz_loadu_epi8(m, in + i), t));
  }
}

void add_u8(long n, const unsigned char* q, const unsigned char* r, const QuantisedAdd& add,
            unsigned char* out) {
  const Addition a = addition_of(add);
  for (long i = 0; i < n; i += 64) {
    const __mmask64 m = first_bytes(n - i);
    _mm512_mask_storeu_epi8(
        out + i, m, add_bytes(_mm512_maskz_loadu_epi8(m, q + i), _mm512_maskz_loadu_epi8(m, r + i), a));
  }
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
