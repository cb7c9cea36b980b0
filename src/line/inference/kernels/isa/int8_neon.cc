// The exact half of the NEON table: sdot wants both sides signed, so activations are taken minus 128 and the
// bias, packed for that (in_shift), makes up for it.
#include <arm_neon.h>

#define BONDLINE_SET neon
#define BONDLINE_W 4
#define BONDLINE_ROWS 8
#define BONDLINE_OWN_LOOKUP
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

INLINE vi dot(vi acc, vi a, vi w) {
  const int8x16_t shifted = reinterpret_cast<int8x16_t>(a ^ static_cast<int>(0x80808080u));
  return reinterpret_cast<vi>(
      vdotq_s32(reinterpret_cast<int32x4_t>(acc), shifted, reinterpret_cast<int8x16_t>(w)));
}

void look_up(long n, const unsigned char* in, const unsigned char* table, unsigned char* out) {
  uint8x16x4_t part[4];
  for (int i = 0; i < 4; ++i) part[i] = vld1q_u8_x4(table + 64 * i);
  long i = 0;
  for (; i + 16 <= n; i += 16) {
    const uint8x16_t x = vld1q_u8(in + i);
    uint8x16_t y = vqtbl4q_u8(part[0], x);  // out of range leaves 0, then keeps
    y = vqtbx4q_u8(y, part[1], vsubq_u8(x, vdupq_n_u8(64)));
    y = vqtbx4q_u8(y, part[2], vsubq_u8(x, vdupq_n_u8(128)));
    y = vqtbx4q_u8(y, part[3], vsubq_u8(x, vdupq_n_u8(192)));
    vst1q_u8(out + i, y);
  }
  for (; i < n; ++i) out[i] = table[in[i]];
}

}  // namespace
}  // namespace bondline::inference::kernels

#include "line/inference/kernels/body/conv_i8.h"
#include "line/inference/kernels/body/small_u8.h"
#include "line/inference/kernels/isa/parts.h"

namespace bondline::inference::kernels {

const KernelTable& table_neon_dot() {
  static const KernelTable kTable = {"neon-dot",
                                     8,
                                     8,
                                     8,
                                     8,
                                     128,
                                     false,
                                     false,
                                     conv_i8,
                                     conv_f32_neon,
                                     depthwise_i8,
                                     depthwise_f32_neon,
                                     finish_u8,
                                     finish_f32_neon,
                                     pool_u8,
                                     pool_f32_neon,
                                     elementwise_u8,
                                     elementwise_f32_neon,
                                     convert,
                                     resize,
                                     softmax_neon,
                                     dfl_neon,
                                     layer_norm_neon,
                                     winograd_in_neon,
                                     winograd_out_neon,
                                     peak_i8,
                                     peak_f32_neon,
                                     read_all_neon};
  return kTable;
}

}  // namespace bondline::inference::kernels
