// The u8 epilogue's second half: table and quantised addition, exact as kernels.h says.
#pragma once
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

INLINE unsigned char add_one(unsigned char q, unsigned char r, const QuantisedAdd& add) {
  float f = __builtin_fmaf(static_cast<float>(q), add.ratio_q,
                           __builtin_fmaf(static_cast<float>(r), add.ratio_r, add.fixed));
  const float zero = static_cast<float>(add.zero);
  const float lo = static_cast<float>(add.lo) - zero, hi = static_cast<float>(add.hi) - zero;
  f = f > lo ? f : lo;
  f = f < hi ? f : hi;
  return static_cast<unsigned char>(static_cast<int>((f + 12582912.0f) - 12582912.0f) + add.zero);
}

#ifndef BONDLINE_OWN_LOOKUP
void look_up(long n, const unsigned char* in, const unsigned char* table, unsigned char* out) {
  long i = 0;
  for (; i + 8 <= n; i += 8) {
    unsigned char v[8];
    for (int j = 0; j < 8; ++j) v[j] = table[in[i + j]];
    copy_in(out + i, v, 8);
  }
  for (; i < n; ++i) out[i] = table[in[i]];
}
#endif

#ifndef BONDLINE_OWN_ADD
void add_u8(long n, const unsigned char* q, const unsigned char* r, const QuantisedAdd& add,
            unsigned char* out) {
  constexpr long kChunk = 64;
  const QuantisedAdd a = add;
  long i = 0;
  for (; i + kChunk <= n; i += kChunk) {
    unsigned char v[kChunk];
    for (long j = 0; j < kChunk; ++j) v[j] = add_one(q[i + j], r[i + j], a);
    copy_in(out + i, v, kChunk);
  }
  for (; i < n; ++i) out[i] = add_one(q[i], r[i], a);
}
#endif

void finish_u8(long n, const unsigned char* q, const unsigned char* table, const unsigned char* residual,
               const QuantisedAdd& add, unsigned char* out) {
  constexpr long kPart = 2048;  // of a buffer on the stack: the table's result must not land on the residual
  if (!residual) {
    look_up(n, q, table, out);
    return;
  }
  if (!table) {
    add_u8(n, q, residual, add, out);
    return;
  }
  unsigned char part[kPart];
  for (long i = 0; i < n; i += kPart) {
    const long m = n - i < kPart ? n - i : kPart;
    look_up(m, q + i, table, part);
    add_u8(m, part, residual + i, add, out + i);
  }
}

}  // namespace
}  // namespace bondline::inference::kernels
