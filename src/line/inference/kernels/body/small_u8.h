// u8 pooling and arithmetic, conversions, resizing: the exact ones, compiled without contraction.
#include "line/inference/kernels/body/finish_u8.h"
#include "line/inference/kernels/body/small.h"
#include "line/inference/kernels/body/transpose.h"

namespace bondline::inference::kernels {
namespace {

INLINE unsigned char to_byte(float f, float zero, float lo, float hi) {
  f = f > lo - zero ? f : lo - zero;
  f = f < hi - zero ? f : hi - zero;
  return static_cast<unsigned char>(static_cast<int>(((f + 12582912.0f) - 12582912.0f) + zero));
}

template <long n>
struct Bytes {
  typedef unsigned char v __attribute__((vector_size(n)));
  typedef int ints __attribute__((vector_size(4 * n)));
};
// The n channels from image + 0 on.
template <long n>
INLINE void max_chunk(const Pool& p, const Window& w, const unsigned char* image, unsigned char* out) {
  typename Bytes<n>::v best{};
  each_place(p, w, [&](long at) {
    typename Bytes<n>::v x;
    copy_in(&x, image + at, n);
    best = x > best ? x : best;
  });
  copy_in(out, &best, n);
}
template <long n>
INLINE void mean_chunk(const Pool& p, const Window& w, const unsigned char* image, unsigned char* out) {
  typename Bytes<n>::ints sum{};
  long real = 0;
  each_place(p, w, [&](long at) {
    typename Bytes<n>::v x;
    copy_in(&x, image + at, n);
    sum += __builtin_convertvector(x, typename Bytes<n>::ints);
    ++real;
  });
  const int zero = static_cast<int>(real) * p.in_zero;
  const float ratio = p.ratio / static_cast<float>(w.count > 0 ? w.count : 1);
  for (long i = 0; i < n; ++i)
    out[i] = to_byte(static_cast<float>(sum[i] - zero) * ratio, p.out_zero, 0, 255);
}

template <long n>
INLINE long pool_chunks(const Pool& p, const Window& w, const unsigned char* image, long c,
                        unsigned char* to) {
  for (; c + n <= p.out.c; c += n)
    p.kind == Pool::Kind::max ? max_chunk<n>(p, w, image + c, to + c)
                              : mean_chunk<n>(p, w, image + c, to + c);
  return c;
}

void pool_u8(const Pool& p, const void* in, void* out, long first, long last) {
  for (long row = first; row < last; ++row) {
    const unsigned char* image = static_cast<const unsigned char*>(in) + row / p.out.h * p.in.image;
    unsigned char* to = static_cast<unsigned char*>(out) + row_start(p.out, row, p.out.h);
    for (long x = 0; x < p.out.w; ++x, to += p.out.pixel) {
      const Window w = window_of(p, row % p.out.h, x);
      long c = p.kind == Pool::Kind::max ? pool_chunks<64>(p, w, image, 0, to) : 0;
      c = pool_chunks<16>(p, w, image, c, to);
      pool_chunks<1>(p, w, image, c, to);
    }
  }
}

template <bool a_one, bool b_one>
void mul_u8(const Elementwise& e, long n, const unsigned char* a, const unsigned char* b,
            unsigned char* out) {
  const float ratio = e.ratio_mul, zero = e.out_zero, lo = e.add.lo, hi = e.add.hi;
  const int za = e.a_zero, zb = e.b_zero;
  for (long i = 0; i < n; ++i)
    out[i] =
        to_byte(static_cast<float>((a[a_one ? 0 : i] - za) * (b[b_one ? 0 : i] - zb)) * ratio, zero, lo, hi);
}
template <bool a_one, bool b_one>
void run_u8(const Elementwise& e, long n, const unsigned char* a, const unsigned char* b,
            unsigned char* out) {
  if (e.op == Binary::mul) return mul_u8<a_one, b_one>(e, n, a, b, out);
  if (!a_one && !b_one) return add_u8(n, a, b, e.add, out);
  const QuantisedAdd add = e.add;
  for (long i = 0; i < n; ++i) out[i] = add_one(a[a_one ? 0 : i], b[b_one ? 0 : i], add);
}

void elementwise_u8(const Elementwise& e, const void* pa, const void* pb, void* po, long first, long last) {
  const long c = e.out.c;
  const auto dense = [&](const Plane& p) { return p.pixel == c && p.c == c; };
  const auto constant = [&](const Plane& p) { return p.c == 1 && p.pixel == 0; };
  const bool whole = e.out.pixel == c && (dense(e.a) || constant(e.a)) && (dense(e.b) || constant(e.b));
  const bool a_one = e.a.c == 1 && (c > 1 || constant(e.a)), b_one = e.b.c == 1 && (c > 1 || constant(e.b));
  void (*const run)(const Elementwise&, long, const unsigned char*, const unsigned char*, unsigned char*) =
      a_one ? (b_one ? run_u8<true, true> : run_u8<true, false>)
            : (b_one ? run_u8<false, true> : run_u8<false, false>);
  for (long row = first; row < last; ++row) {
    const unsigned char* a = static_cast<const unsigned char*>(pa) + row_start(e.a, row, e.out.h);
    const unsigned char* b = static_cast<const unsigned char*>(pb) + row_start(e.b, row, e.out.h);
    unsigned char* out = static_cast<unsigned char*>(po) + row_start(e.out, row, e.out.h);
    if (whole) {
      run(e, c * e.out.w, a, b, out);
      continue;
    }
    for (long x = 0; x < e.out.w; ++x, a += e.a.pixel, b += e.b.pixel, out += e.out.pixel)
      run(e, c, a, b, out);
  }
}

// ------------------------------------------------------------------------------------------------
// conversions
struct Quantise {
  float scale, zero;
  INLINE unsigned char operator()(float x) const { return to_byte(x / scale, zero, 0, 255); }
};
INLINE vi indices_of(const unsigned char* q) {
  return __builtin_convertvector(*reinterpret_cast<const vbu*>(q), vi);
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
void convert_run(long n, const From* in, To* out, const F f) {
  for (long i = 0; i < n; ++i) out[i] = f(in[i]);
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

// Few planes to pixels: computed in runs, then interleaved.
constexpr long kFew = 4;
template <long step, class From, class To, class F>
void interleave(long pixels, long channels, const From* in, long in_step, long plane, To* out, long out_pixel,
                const F f) {
  constexpr long kRun = 256;
  To part[kFew][kRun];
  const long s = step ? step : in_step;
  for (long x = 0; x < pixels; x += kRun, out += kRun * out_pixel) {
    const long n = pixels - x < kRun ? pixels - x : kRun;
    for (long c = 0; c < channels; ++c) {
      const From* from = in + c * plane + x * s;
      for (long i = 0; i < n; ++i) part[c][i] = f(from[i * s]);
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

// ---------------------------------------------------------------------------------------------------
// resizing
INLINE unsigned char blended(float f, unsigned char) {
  return to_byte(f, 0, 0, 255);
}
INLINE float blended(float f, float) {
  return f;
}

template <class T>
void resize_rows(const Resize& r, const void* pin, const ResizeTables& tables, void* pout, long first,
                 long last) {
  const std::int32_t *ly = tables.lower, *lx = tables.lower + r.out.h;
  const std::int32_t *uy = tables.upper, *ux = tables.upper + r.out.h;
  const float *wy = tables.weight, *wx = tables.weight + r.out.h;
  const long c = r.out.c;
  for (long row = first; row < last; ++row) {
    const long y = row % r.out.h;
    const T* image = static_cast<const T*>(pin) + row / r.out.h * r.in.image;
    const T* top = image + ly[y] * r.in.row;
    T* out = static_cast<T*>(pout) + row_start(r.out, row, r.out.h);
    if (!r.linear) {
      for (long x = 0; x < r.out.w; ++x)
        copy_in(out + x * r.out.pixel, top + lx[x] * r.in.pixel, c * static_cast<long>(sizeof(T)));
      continue;
    }
    const T* bottom = image + uy[y] * r.in.row;
    const float v = wy[y];
    for (long x = 0; x < r.out.w; ++x) {
      const long left = lx[x] * r.in.pixel, right = ux[x] * r.in.pixel;
      const float u = wx[x];
      T* to = out + x * r.out.pixel;
      for (long i = 0; i < c; ++i) {
        const float a = static_cast<float>(top[left + i]) * (1 - u) + static_cast<float>(top[right + i]) * u;
        const float b =
            static_cast<float>(bottom[left + i]) * (1 - u) + static_cast<float>(bottom[right + i]) * u;
        to[i] = blended(a * (1 - v) + b * v, T{});
      }
    }
  }
}

void resize(const Resize& r, const void* in, const ResizeTables& tables, void* out, long first, long last) {
  if (r.type == Type::u8)
    resize_rows<unsigned char>(r, in, tables, out, first, last);
  else
    resize_rows<float>(r, in, tables, out, first, last);
}

}  // namespace
}  // namespace bondline::inference::kernels
