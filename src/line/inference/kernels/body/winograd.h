// Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray 2016, eq. 15 and its transforms): the
// transforms of a 6 x 6 patch and of 6 x 6 products, a vector of channels at a time.
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

// B^T x for six values.
INLINE void into(const vf* x, vf* y) {
  y[0] = 4.0f * x[0] - 5.0f * x[2] + x[4];
  const vf a = x[4] - 4.0f * x[2], b = x[3] - 4.0f * x[1];
  y[1] = a + b;
  y[2] = a - b;
  const vf c = x[4] - x[2], d = 2.0f * (x[3] - x[1]);
  y[3] = c + d;
  y[4] = c - d;
  y[5] = 4.0f * x[1] - 5.0f * x[3] + x[5];
}

// A^T x: six values to four.
INLINE void back(const vf* x, vf* y) {
  const vf a = x[1] + x[2], b = x[1] - x[2], c = x[3] + x[4], d = x[3] - x[4];
  y[0] = x[0] + a + c;
  y[1] = b + 2.0f * d;
  y[2] = a + 4.0f * c;
  y[3] = b + 8.0f * d + x[5];
}

void winograd_in(long channels, const float* in, long row, long pixel, float* out, long plane) {
  for (long c = 0; c < channels; c += W) {
    vf half[6][6];
#pragma GCC unroll 6
    for (int x = 0; x < 6; ++x) {
      vf column[6], y[6];
#pragma GCC unroll 6
      for (int i = 0; i < 6; ++i) column[i] = load_f(in + c + i * row + x * pixel);
      into(column, y);
#pragma GCC unroll 6
      for (int i = 0; i < 6; ++i) half[i][x] = y[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) {
      vf y[6];
      into(half[i], y);
#pragma GCC unroll 6
      for (int x = 0; x < 6; ++x) store_f(out + c + (i * 6 + x) * plane, y[x]);
    }
  }
}

void winograd_out(long channels, const float* in, long plane, const float* bias, float* out, long pixel) {
  for (long c = 0; c < channels; c += W) {
    vf half[4][6];
#pragma GCC unroll 6
    for (int x = 0; x < 6; ++x) {
      vf column[6], y[4];
#pragma GCC unroll 6
      for (int i = 0; i < 6; ++i) column[i] = load_f(in + c + (i * 6 + x) * plane);
      back(column, y);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) half[i][x] = y[i];
    }
    const vf b = load_f(bias + c);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      vf y[4];
      back(half[i], y);
#pragma GCC unroll 4
      for (int x = 0; x < 4; ++x) store_f(out + c + (i * 4 + x) * pixel, y[x] + b);
    }
  }
}

}  // namespace
}  // namespace bondline::inference::kernels
