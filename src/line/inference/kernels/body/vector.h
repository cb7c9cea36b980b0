// Vectors of BONDLINE_W lanes in the compiler's own notation: the same text for every instruction set.
// Included by kernel files after they have defined BONDLINE_W (floats per vector).
#pragma once
#include "line/inference/kernels/tables.h"

#define INLINE inline __attribute__((always_inline))

namespace bondline::inference::kernels {
namespace {

constexpr long W = BONDLINE_W;
typedef float vf __attribute__((vector_size(W * 4)));
typedef float vfu __attribute__((vector_size(W * 4), aligned(1), may_alias));
typedef int vi __attribute__((vector_size(W * 4)));
typedef int viu __attribute__((vector_size(W * 4), aligned(1), may_alias));
typedef unsigned char vb __attribute__((vector_size(W)));
typedef unsigned char vbu __attribute__((vector_size(W), aligned(1), may_alias));
typedef unsigned short vs __attribute__((vector_size(W * 2)));
typedef int int_at __attribute__((aligned(1), may_alias));
typedef float float_at __attribute__((aligned(1), may_alias));

INLINE vf load_f(const void* p) {
  return *static_cast<const vfu*>(p);
}
INLINE void store_f(void* p, vf v) {
  *static_cast<vfu*>(p) = v;
}
INLINE vi load_i(const void* p) {
  return *static_cast<const viu*>(p);
}
INLINE vf splat(float x) {
  return x - vf{};  // not plus: -0 + 0 is 0, so that would be an addition
}
INLINE vi splat_i(int x) {
  return vi{} + x;
}
INLINE vf to_f(vi v) {
  return __builtin_convertvector(v, vf);
}
/// W bytes as whole numbers. By way of 16 bits: g++ 12 goes from 8 to 32 one element after the other.
INLINE vi widen(const void* bytes) {
  return __builtin_convertvector(__builtin_convertvector(*static_cast<const vbu*>(bytes), vs), vi);
}
INLINE vi to_i(vf v) {  // towards zero
  return __builtin_convertvector(v, vi);
}
INLINE vf at_least(vf v, vf low) {  // low where v is not a number
  return v > low ? v : low;
}
INLINE vf at_most(vf v, vf high) {
  return v < high ? v : high;
}
/// To the nearest whole number, ties to even; |v| < 2^22. Files with int8 kernels forbid contraction.
INLINE vf nearest(vf v) {
  const vf magic = splat(12582912.0f);  // 1.5 * 2^23: the spacing of floats there is 1
  return (v + magic) - magic;
}
/// The compiler may not know what is in v afterwards, nor leave its making out.
template <class V>
INLINE void hide(V& v) {
#if defined(__AVX512F__)
  asm volatile("" : "+v"(v));
#elif defined(__x86_64__)
  asm volatile("" : "+x"(v));
#elif defined(__aarch64__)
  asm volatile("" : "+w"(v));
#else
  asm volatile("" : "+m"(v));
#endif
}
INLINE void copy_in(void* to, const void* from, long bytes) {
  __builtin_memcpy(to, from, static_cast<unsigned long>(bytes));
}

// Row i of a half lies at p + i s; with s, 3 s and 5 s in registers every row of seven is one addressing
// mode.
struct Strides {
  long s, s3, s5;
};
INLINE Strides strides_of(long s) {
  Strides r{s, 3 * s, 5 * s};
  asm("" : "+r"(r.s), "+r"(r.s3), "+r"(r.s5));
  return r;
}
INLINE const unsigned char* row_at(const unsigned char* p, int i, const Strides& r) {
  return i == 0   ? p
         : i == 1 ? p + r.s
         : i == 2 ? p + 2 * r.s
         : i == 3 ? p + r.s3
         : i == 4 ? p + 4 * r.s
         : i == 5 ? p + r.s5
                  : p + 2 * r.s3;
}
/// To the next of a tile's repetitions.
INLINE void move_on(ConvTile& t) {
  t.a0 += t.a_step;
  t.a1 += t.a_step;
  t.out0 += t.out_step;
  t.out1 += t.out_step;
  if (t.residual0) {
    t.residual0 += t.residual_step;
    t.residual1 += t.residual_step;
  }
}
template <int R>
INLINE unsigned char* out_row(const ConvTile& t, int i) {
  constexpr int kHalf = (R + 1) / 2;
  return i < kHalf ? t.out0 + i * t.out_stride : t.out1 + (i - kHalf) * t.out_stride;
}

}  // namespace
}  // namespace bondline::inference::kernels
