// A square of W x W floats in registers, rows to columns.
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
// W rows of W floats. Zipping rows i and i + W/2 turns the bits of an element's address (row, column) by one place;
// after log2 W times rows have become columns.
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

}  // namespace
}  // namespace bondline::inference::kernels
