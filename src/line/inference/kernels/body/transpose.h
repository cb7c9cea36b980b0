// A square of W x W floats in registers, rows to columns; pixels of few channels gathered and scattered.
#pragma once
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

#if BONDLINE_W == 16
#define BONDLINE_ZIP_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define BONDLINE_ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif BONDLINE_W == 8
#define BONDLINE_ZIP_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define BONDLINE_ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define BONDLINE_ZIP_LOW 0, 4, 1, 5
#define BONDLINE_ZIP_HIGH 2, 6, 3, 7
#endif
// W rows of W floats. Zipping rows i and i + W/2 turns the bits of an element's address (row, column) by one
// place; after log2 W times rows have become columns.
INLINE void transpose_square(vf* r) {
  for (long span = 1; span < W; span *= 2) {
    vf next[W];
#pragma GCC unroll 16
    for (long i = 0; i < W / 2; ++i) {
      next[2 * i] = __builtin_shufflevector(r[i], r[i + W / 2], BONDLINE_ZIP_LOW);
      next[2 * i + 1] = __builtin_shufflevector(r[i], r[i + W / 2], BONDLINE_ZIP_HIGH);
    }
#pragma GCC unroll 16
    for (long i = 0; i < W; ++i) r[i] = next[i];
  }
}
#undef BONDLINE_ZIP_LOW
#undef BONDLINE_ZIP_HIGH

template <long C, class T, class U>
INLINE void gather_of(long n, const T* in, long pixel, U* out) {
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < C; ++j) out[i * C + j] = in[i * pixel + j];
}
template <long C, class T, class U>
INLINE void scatter_of(long n, const T* in, U* out, long pixel) {
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < C; ++j) out[i * pixel + j] = in[i * C + j];
}
/// Pixels of c channels, `pixel` apart, side by side; and back.
template <class T, class U>
void gather_pixels(long n, long c, const T* in, long pixel, U* out) {
  switch (c) {
    case 1:
      return gather_of<1>(n, in, pixel, out);
    case 2:
      return gather_of<2>(n, in, pixel, out);
    case 3:
      return gather_of<3>(n, in, pixel, out);
    case 4:
      return gather_of<4>(n, in, pixel, out);
    default:
      for (long i = 0; i < n; ++i)
        for (long j = 0; j < c; ++j) out[i * c + j] = in[i * pixel + j];
  }
}
template <class T, class U>
void scatter_pixels(long n, long c, const T* in, U* out, long pixel) {
  switch (c) {
    case 1:
      return scatter_of<1>(n, in, out, pixel);
    case 2:
      return scatter_of<2>(n, in, out, pixel);
    case 3:
      return scatter_of<3>(n, in, out, pixel);
    case 4:
      return scatter_of<4>(n, in, out, pixel);
    default:
      for (long i = 0; i < n; ++i)
        for (long j = 0; j < c; ++j) out[i * pixel + j] = in[i * c + j];
  }
}

}  // namespace
}  // namespace bondline::inference::kernels
