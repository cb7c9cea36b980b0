// Conversions between types, scales and orders of axes: exact, compiled without contraction.
#pragma once
#include <utility>

#include "line/inference/kernels/body/small.h"
#include "line/inference/kernels/body/transpose.h"

namespace bondline::inference::kernels {
namespace {

INLINE unsigned char to_byte(float f, float zero, float lo, float hi) {
  f = f > lo - zero ? f : lo - zero;
  f = f < hi - zero ? f : hi - zero;
  return static_cast<unsigned char>(static_cast<int>(((f + 12582912.0f) - 12582912.0f) + zero));
}

struct Quantise {
  float scale, zero;
  INLINE unsigned char operator()(float x) const { return to_byte(x / scale, zero, 0, 255); }
};
INLINE vi indices_of(const unsigned char* q) {
  return widen(q);
}
struct Dequantise {
  float scale;
  int zero;
  INLINE float operator()(unsigned char q) const { return static_cast<float>(q - zero) * scale; }
  INLINE vf of(const unsigned char* q) const { return to_f(indices_of(q) - zero) * scale; }
};
struct ByTable {
  const float_at* table;
  INLINE float operator()(unsigned char q) const { return table[q]; }
  INLINE vf of(const unsigned char* q) const {
    vf v{};
    for (long i = 0; i < W; ++i) v[i] = table[q[i]];
    return v;
  }
};
struct Same {
  template <class T>
  INLINE T operator()(T x) const {
    return x;
  }
  INLINE vf of(const float_at* x) const { return load_f(x); }
};

template <class From, class To, class F>
INLINE void convert_run(long n, const From* in, To* out, const F f) {
  for (long i = 0; i < n; ++i) out[i] = f(in[i]);
}

INLINE bool any(vi v) {
  typedef long long vl __attribute__((vector_size(W * 4)));
  const vl wide = reinterpret_cast<vl>(v);
  long long all = 0;
  for (long i = 0; i < W / 2; ++i) all |= wide[i];
  return all != 0;
}

// Multiplying by the reciprocal differs from dividing by 1.5 2^-23 of the quotient at most, less than 5e-5
// where it is not clamped: only what lands nearer to a tie than twice that must be divided.
template <int n, bool exactly>
INLINE bool quantise_vectors(const float_at* in, unsigned char* out, const Quantise& q, float inverse) {
  const vf low = splat(0 - q.zero), high = splat(255 - q.zero);
  vi tied{};
#pragma GCC unroll 4
  for (long j = 0; j < n; ++j) {
    const vf x = load_f(in + W * j), t = at_most(at_least(exactly ? x / q.scale : x * inverse, low), high);
    const vf whole = nearest(t), off = t - whole;
    tied |= (off > 0.4999f) | (off < -0.4999f);
    *reinterpret_cast<vbu*>(out + W * j) = __builtin_convertvector(to_i(whole + q.zero), vb);
  }
  return exactly || !any(tied);
}
INLINE void convert_run(long n, const float_at* in, unsigned char* out, const Quantise f) {
  const float inverse = 1.0f / f.scale;
  const bool quick = inverse > 1e-30f && inverse < 1e30f;
  long i = 0;
  for (; i + 4 * W <= n; i += 4 * W)
    if (!quick || !quantise_vectors<4, false>(in + i, out + i, f, inverse))
      quantise_vectors<4, true>(in + i, out + i, f, inverse);
  for (; i + W <= n; i += W) quantise_vectors<1, true>(in + i, out + i, f, inverse);
  for (; i < n; ++i) out[i] = f(in[i]);
}

constexpr long kConvertRun = 512;  // elements of a buffer on the stack

// Pixels of few channels with gaps: side by side into a buffer, converted there, and out again.
template <class From, class To, class F>
void convert_pixels(long w, long c, const From* in, long in_pixel, To* out, long out_pixel, const F f) {
  From from[kConvertRun];
  To to[kConvertRun];
  const long most = kConvertRun / c;
  for (long x = 0; x < w; x += most) {
    const long n = w - x < most ? w - x : most;
    gather_pixels(n, c, in + x * in_pixel, in_pixel, from);
    convert_run(n * c, from, to, f);
    scatter_pixels(n, c, to, out + x * out_pixel, out_pixel);
  }
}

// out[c * out_column + r] = f(in[r * in_row + c]).
template <class From, class F>
void transpose(long rows, long columns, const From* in, long in_row, float_at* out, long out_column,
               const F f) {
  for (long c = 0; c < columns; c += W) {  // W streams of output at once, not one per column
    for (long r = 0; r < rows; r += W) {
      const long m = rows - r < W ? rows - r : W;
      const From* from = in + r * in_row + c;
      float_at* to = out + c * out_column + r;
      const long n = columns - c < W ? columns - c : W;
      if (m < W || n < W) {
        for (long j = 0; j < n; ++j)
          for (long i = 0; i < m; ++i) to[j * out_column + i] = f(from[i * in_row + j]);
        continue;
      }
      vf square[W];
      for (long i = 0; i < W; ++i) square[i] = f.of(from + i * in_row);
      transpose_square(square);
      for (long j = 0; j < W; ++j) store_f(to + j * out_column, square[j]);
    }
  }
}
// The same for bytes, by a square on the stack.
template <class From, class F>
void transpose(long rows, long columns, const From* in, long in_row, unsigned char* out, long out_column,
               const F f) {
  constexpr long kSide = 32;
  unsigned char square[kSide][kSide];
  for (long r = 0; r < rows; r += kSide) {
    const long m = rows - r < kSide ? rows - r : kSide;
    for (long c = 0; c < columns; c += kSide) {
      const long n = columns - c < kSide ? columns - c : kSide;
      for (long i = 0; i < m; ++i)
        for (long j = 0; j < n; ++j) square[i][j] = f(in[(r + i) * in_row + c + j]);
      for (long j = 0; j < n; ++j)
        for (long i = 0; i < m; ++i) out[(c + j) * out_column + r + i] = square[i][j];
    }
  }
}

// Sixteen pixels of three bytes from three runs of sixteen bytes.
INLINE void interleave16(const unsigned char* a, const unsigned char* b, const unsigned char* c,
                         unsigned char* out) {
#if defined(__SSSE3__) || defined(__aarch64__)
  typedef unsigned char v16 __attribute__((vector_size(16)));
  v16 x, y, z, out_vectors[3];
  copy_in(&x, a, 16);
  copy_in(&y, b, 16);
  copy_in(&z, c, 16);
  out_vectors[0] = __builtin_shufflevector(
      __builtin_shufflevector(x, y, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5), z, 0, 1, 16, 3, 4,
      17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
  out_vectors[1] = __builtin_shufflevector(
      __builtin_shufflevector(x, y, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26), z, 0, 21, 2, 3,
      22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
  out_vectors[2] = __builtin_shufflevector(
      __builtin_shufflevector(x, y, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0), z, 26, 1, 2,
      27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
  copy_in(out, out_vectors, 48);
#else
  for (long i = 0; i < 16; ++i) out[3 * i] = a[i], out[3 * i + 1] = b[i], out[3 * i + 2] = c[i];
#endif
}

// W pixels of three floats from three vectors; the k-th of three vectors of the result. Float g = k W + l is
// channel g mod 3 of pixel g / 3: two shuffles, the second one putting the third channel in.
template <int k, int... l>
INLINE vf third_of(vf x, vf y, vf z, std::integer_sequence<int, l...>) {
  const vf both = __builtin_shufflevector(x, y, ((k * W + l) / 3 + ((k * W + l) % 3 == 1 ? W : 0))...);
  return __builtin_shufflevector(both, z, ((k * W + l) % 3 == 2 ? W + (k * W + l) / 3 : l)...);
}
INLINE void interleave_vectors(vf x, vf y, vf z, float_at* out) {
  constexpr auto kLanes = std::make_integer_sequence<int, static_cast<int>(W)>();
  store_f(out, third_of<0>(x, y, z, kLanes));
  store_f(out + W, third_of<1>(x, y, z, kLanes));
  store_f(out + 2 * W, third_of<2>(x, y, z, kLanes));
}

// Few planes to pixels: computed in runs, then interleaved.
constexpr long kFew = 4;
template <long step, class From, class To, class F>
void interleave(long pixels, long channels, const From* in, long in_step, long plane, To* out, long out_pixel,
                const F f) {
  constexpr long kRun = 256;
  To part[kFew][kRun];
  const long s = step ? step : in_step;
  long done = 0;
  if constexpr (sizeof(To) == 4 && step == 1) {
    if (channels == 3 && out_pixel == 3)
      for (; done + W <= pixels; done += W, out += 3 * W)
        interleave_vectors(f.of(in + done), f.of(in + plane + done), f.of(in + 2 * plane + done), out);
  }
  for (long x = done; x < pixels; x += kRun, out += kRun * out_pixel) {
    const long n = pixels - x < kRun ? pixels - x : kRun;
    for (long c = 0; c < channels; ++c) {
      const From* from = in + c * plane + x * s;
      if (step == 1) {
        convert_run(n, from, part[c], f);
        continue;
      }
      From gathered[kRun];
      for (long i = 0; i < n; ++i) gathered[i] = from[i * s];
      convert_run(n, gathered, part[c], f);
    }
    long i = 0;
    if constexpr (sizeof(To) == 1) {
      if (channels == 3 && out_pixel == 3)
        for (; i + 16 <= n; i += 16) interleave16(part[0] + i, part[1] + i, part[2] + i, out + 3 * i);
    }
    if (channels == 3)  // known to the compiler
      for (; i < n; ++i)
        for (long c = 0; c < 3; ++c) out[i * out_pixel + c] = part[c][i];
    for (; i < n; ++i)
      for (long c = 0; c < channels; ++c) out[i * out_pixel + c] = part[c][i];
  }
}

// Where the elements of one side lie.
struct Places {
  long image, plane, row, pixel;
};
INLINE Places places_of(const Plane& p, bool nchw, long plane) {
  if (!nchw) return {p.image, 1, p.row, p.pixel};
  if (plane) return {p.image, plane, p.row, p.pixel};
  const long w = p.w, h = p.h;
  return {p.c * h * w, h * w, w, 1};
}

template <class From, class To, class F>
void convert_rows(const Convert& v, const void* pin, void* pout, long first, long last, const F f) {
  const long h = v.in.h, w = v.in.w, c = v.in.c;
  const Places from = places_of(v.in, v.in_nchw, v.in_plane), to = places_of(v.out, v.out_nchw, v.out_plane);
  for (long row = first; row < last; ++row) {
    const From* in = static_cast<const From*>(pin) + row / h * from.image + row % h * from.row;
    To* out = static_cast<To*>(pout) + row / h * to.image + row % h * to.row;
    if (v.shuffle_groups > 1) {
      const long g = v.shuffle_groups, per = c / g;
      for (long x = 0; x < w; ++x)
        for (long j = 0; j < c; ++j)
          out[x * to.pixel + j * to.plane] = f(in[x * from.pixel + (j % g * per + j / g) * from.plane]);
    } else if (from.plane == 1 && to.plane == 1) {
      if (from.pixel == c && to.pixel == c)
        convert_run(w * c, in, out, f);
      else if (c < 16)
        convert_pixels(w, c, in, from.pixel, out, to.pixel, f);
      else
        for (long x = 0; x < w; ++x) convert_run(c, in + x * from.pixel, out + x * to.pixel, f);
    } else if (from.pixel == 1 && to.pixel == 1) {
      for (long j = 0; j < c; ++j) convert_run(w, in + j * from.plane, out + j * to.plane, f);
    } else if (c <= kFew && to.plane == 1) {
      if (from.pixel == 1)
        interleave<1>(w, c, in, 1, from.plane, out, to.pixel, f);
      else if (from.pixel == 2)
        interleave<2>(w, c, in, 2, from.plane, out, to.pixel, f);
      else
        interleave<0>(w, c, in, from.pixel, from.plane, out, to.pixel, f);
    } else if (from.pixel == 1 && to.plane == 1) {
      transpose(c, w, in, from.plane, out, to.pixel, f);
    } else if (from.plane == 1 && to.pixel == 1) {
      transpose(w, c, in, from.pixel, out, to.plane, f);
    } else {
      for (long x = 0; x < w; ++x)
        for (long j = 0; j < c; ++j)
          out[x * to.pixel + j * to.plane] = f(in[x * from.pixel + j * from.plane]);
    }
  }
}

void convert(const Convert& v, const void* in, const float* table, void* out, long first, long last) {
  if (v.from == Type::f32 && v.to == Type::u8)
    convert_rows<float_at, unsigned char>(v, in, out, first, last,
                                          Quantise{v.scale, static_cast<float>(v.zero)});
  else if (v.from == Type::u8 && v.to == Type::f32 && table)
    convert_rows<unsigned char, float_at>(v, in, out, first, last,
                                          ByTable{reinterpret_cast<const float_at*>(table)});
  else if (v.from == Type::u8 && v.to == Type::f32)
    convert_rows<unsigned char, float_at>(v, in, out, first, last, Dequantise{v.scale, v.zero});
  else if (v.from == Type::u8)
    convert_rows<unsigned char, unsigned char>(v, in, out, first, last, Same{});
  else
    convert_rows<float_at, float_at>(v, in, out, first, last, Same{});
}

}  // namespace
}  // namespace bondline::inference::kernels
