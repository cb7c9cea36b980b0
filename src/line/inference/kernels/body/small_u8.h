// u8 pooling and arithmetic, conversions, resizing: the exact ones, compiled without contraction.
#include "line/inference/kernels/body/finish_u8.h"
#include "line/inference/kernels/body/small.h"

namespace bondline::inference::kernels {
namespace {

INLINE unsigned char to_byte(float f, float zero, float lo, float hi) {
  f = f > lo - zero ? f : lo - zero;
  f = f < hi - zero ? f : hi - zero;
  return static_cast<unsigned char>(static_cast<int>(((f + 12582912.0f) - 12582912.0f) + zero));
}

constexpr long kChunk = 64;  // channels at once
template <bool whole>
INLINE void pool_chunk(const Pool& p, const Window& w, const unsigned char* image, long n,
                       unsigned char* out) {
  const long count = whole ? kChunk : n;
  if (p.kind == Pool::Kind::max) {
    unsigned char best[kChunk];
    for (long i = 0; i < count; ++i) best[i] = 0;
    each_place(p, w, [&](long at) {
      for (long i = 0; i < count; ++i) best[i] = best[i] > image[at + i] ? best[i] : image[at + i];
    });
    for (long i = 0; i < count; ++i) out[i] = best[i];
    return;
  }
  int sum[kChunk];
  long real = 0;
  for (long i = 0; i < count; ++i) sum[i] = 0;
  each_place(p, w, [&](long at) {
    ++real;
    for (long i = 0; i < count; ++i) sum[i] += image[at + i];
  });
  const int zero = static_cast<int>(real) * p.in_zero;
  const float ratio = p.ratio / static_cast<float>(w.count > 0 ? w.count : 1);
  for (long i = 0; i < count; ++i)
    out[i] = to_byte(static_cast<float>(sum[i] - zero) * ratio, p.out_zero, 0, 255);
}

void pool_u8(const Pool& p, const void* in, void* out, long first, long last) {
  for (long row = first; row < last; ++row) {
    const unsigned char* image = static_cast<const unsigned char*>(in) + row / p.out.h * p.in.image;
    unsigned char* to = static_cast<unsigned char*>(out) + row_start(p.out, row, p.out.h);
    for (long x = 0; x < p.out.w; ++x, to += p.out.pixel) {
      const Window w = window_of(p, row % p.out.h, x);
      long c = 0;
      for (; c + kChunk <= p.out.c; c += kChunk) pool_chunk<true>(p, w, image + c, kChunk, to + c);
      if (c < p.out.c) pool_chunk<false>(p, w, image + c, p.out.c - c, to + c);
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
struct Dequantise {
  float scale;
  int zero;
  INLINE float operator()(unsigned char q) const { return static_cast<float>(q - zero) * scale; }
};
struct Same {
  template <class T>
  INLINE T operator()(T x) const {
    return x;
  }
};

template <class From, class To, class F>
void convert_run(long n, const From* in, To* out, const F f) {
  for (long i = 0; i < n; ++i) out[i] = f(in[i]);
}

// Rows of channels against rows of pixels, 16 x 16 at a time through a small square.
template <class From, class To, class F>
void transpose_row(long rows, long columns, const From* in, long in_row, long in_column, To* out,
                   long out_row, long out_column, const F f) {
  constexpr long kSide = 32;
  To square[kSide][kSide];
  for (long r = 0; r < rows; r += kSide) {
    const long m = rows - r < kSide ? rows - r : kSide;
    for (long c = 0; c < columns; c += kSide) {
      const long n = columns - c < kSide ? columns - c : kSide;
      for (long i = 0; i < m; ++i) {
        const From* from = in + (r + i) * in_row + c * in_column;
        if (in_column == 1)
          for (long j = 0; j < n; ++j) square[i][j] = f(from[j]);
        else
          for (long j = 0; j < n; ++j) square[i][j] = f(from[j * in_column]);
      }
      for (long j = 0; j < n; ++j) {
        To* to = out + r * out_row + (c + j) * out_column;
        for (long i = 0; i < m; ++i) to[i * out_row] = square[i][j];
      }
    }
  }
}

// Three channels planes to pixels of three bytes: quantised in runs, then interleaved by overlapping words.
template <class From, class F>
void interleave3(long w, const From* in, long plane, unsigned char* out, const F f) {
  constexpr long kRun = 256;
  unsigned char part[3][kRun];
  for (long x = 0; x < w; x += kRun, out += 3 * kRun) {
    const long n = w - x < kRun ? w - x : kRun;
    for (long c = 0; c < 3; ++c)
      for (long i = 0; i < n; ++i) part[c][i] = f(in[c * plane + x + i]);
    long i = 0;
    for (; i + 1 < n; ++i) {
      const unsigned word =
          part[0][i] | static_cast<unsigned>(part[1][i]) << 8 | static_cast<unsigned>(part[2][i]) << 16;
      copy_in(out + 3 * i, &word, 4);
    }
    for (long c = 0; c < 3; ++c) out[3 * i + c] = part[c][i];
  }
}
template <class From, class F>
void interleave3(long, const From*, long, float*, const F) {}

template <class From, class To, class F>
void convert_rows(const Convert& v, const void* pin, void* pout, long first, long last, const F f) {
  const long h = v.in.h, w = v.in.w, c = v.in.c;
  for (long row = first; row < last; ++row) {
    const long image = row / h, y = row % h;
    const From* in =
        static_cast<const From*>(pin) + (v.in_nchw ? (image * c * h + y) * w : row_start(v.in, row, h));
    To* out = static_cast<To*>(pout) + (v.out_nchw ? (image * c * h + y) * w : row_start(v.out, row, h));
    const long in_pixel = v.in_nchw ? 1 : v.in.pixel, in_channel = v.in_nchw ? h * w : 1;
    const long out_pixel = v.out_nchw ? 1 : v.out.pixel, out_channel = v.out_nchw ? h * w : 1;
    if (v.shuffle_groups > 1) {
      const long g = v.shuffle_groups, per = c / g;
      for (long x = 0; x < w; ++x)
        for (long j = 0; j < c; ++j)
          out[x * out_pixel + j * out_channel] = f(in[x * in_pixel + (j % g * per + j / g) * in_channel]);
    } else if (in_channel == 1 && out_channel == 1) {
      if (in_pixel == c && out_pixel == c)
        convert_run(w * c, in, out, f);
      else
        for (long x = 0; x < w; ++x) convert_run(c, in + x * in_pixel, out + x * out_pixel, f);
    } else if (in_pixel == 1 && out_pixel == 1) {
      for (long j = 0; j < c; ++j) convert_run(w, in + j * in_channel, out + j * out_channel, f);
    } else if (in_pixel == 1 && sizeof(To) == 1 && c == 3 && out_pixel == 3) {
      interleave3(w, in, in_channel, out, f);
    } else if (in_pixel == 1) {
      transpose_row(c, w, in, in_channel, in_pixel, out, out_channel, out_pixel, f);
    } else {
      transpose_row(w, c, in, in_pixel, in_channel, out, out_pixel, out_channel, f);
    }
  }
}

void convert(const Convert& v, const void* in, void* out, long first, long last) {
  if (v.from == Type::f32 && v.to == Type::u8)
    convert_rows<float_at, unsigned char>(v, in, out, first, last,
                                          Quantise{v.scale, static_cast<float>(v.zero)});
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
