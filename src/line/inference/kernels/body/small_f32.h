// float32 pooling and arithmetic, and what runs over the channels of a pixel: softmax, the DFL tail, layer
// norm.
#include "line/inference/kernels/body/activation.h"
#include "line/inference/kernels/body/pool_max.h"
#include "line/inference/kernels/body/small.h"
#include "line/inference/kernels/body/transpose.h"

namespace bondline::inference::kernels {
namespace {

constexpr long kPoolChunk = 4 * W;
template <bool whole>
INLINE void pool_chunk(const Pool& p, const Window& w, const float* image, long n, float* out) {
  const long count = whole ? kPoolChunk : n;
  float v[kPoolChunk];
  const bool max = p.kind == Pool::Kind::max;
  for (long i = 0; i < count; ++i) v[i] = max ? -__builtin_inff() : 0;
  if (max)
    each_place(p, w, [&](long at) {
      for (long i = 0; i < count; ++i) v[i] = v[i] < image[at + i] ? image[at + i] : v[i];
    });
  else
    each_place(p, w, [&](long at) {
      for (long i = 0; i < count; ++i) v[i] += image[at + i];
    });
  const float scale = max ? 1.0f : 1.0f / static_cast<float>(w.count > 0 ? w.count : 1);
  for (long i = 0; i < count; ++i) out[i] = max ? v[i] : v[i] * scale;
}

void pool_f32(const Pool& p, const void* in, void* out, long first, long last) {
  for (long row = first; row < last; ++row) {
    const float* image = static_cast<const float*>(in) + row / p.out.h * p.in.image;
    float* to = static_cast<float*>(out) + row_start(p.out, row, p.out.h);
    if (max_by_rows(p)) {
      max_row<float>(p, image, row % p.out.h, to, -__builtin_inff());
      continue;
    }
    for (long x = 0; x < p.out.w; ++x, to += p.out.pixel) {
      const Window w = window_of(p, row % p.out.h, x);
      long c = 0;
      for (; c + kPoolChunk <= p.out.c; c += kPoolChunk)
        pool_chunk<true>(p, w, image + c, kPoolChunk, to + c);
      if (c < p.out.c) pool_chunk<false>(p, w, image + c, p.out.c - c, to + c);
    }
  }
}

template <Binary op>
INLINE vf combine(vf a, vf b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::sub:
      return a - b;
    case Binary::mul:
      return a * b;
    case Binary::div:
      return a / b;
    case Binary::max:  // what is no number stays none, whichever side it comes from
      return ((a < b) | (b != b)) ? b : a;
    case Binary::min:
      return ((b < a) | (b != b)) ? b : a;
    case Binary::pow: {
      for (int i = 0; i < W; ++i) a[i] = __builtin_powf(a[i], b[i]);
      return a;
    }
  }
  return a;
}

INLINE vf load_some(const float* p, long n) {
  vf v{};
  for (long i = 0; i < n; ++i) v[i] = p[i];
  return v;
}

template <Binary op>
void run_f32(long n, const float* a, bool a_one, const float* b, bool b_one, float* out) {
  const vf sa = splat(a_one ? *a : 0), sb = splat(b_one ? *b : 0);
  long i = 0;
  for (; i + W <= n; i += W)
    store_f(out + i, combine<op>(a_one ? sa : load_f(a + i), b_one ? sb : load_f(b + i)));
  if (i == n) return;
  const vf y = combine<op>(a_one ? sa : load_some(a + i, n - i), b_one ? sb : load_some(b + i, n - i));
  for (long j = 0; i + j < n; ++j) out[i + j] = y[j];
}

// Operands of few channels side by side, a broadcast one repeated.
INLINE const float* packed_operand(long n, long c, const float* from, long pixel, bool one, float* buffer) {
  if (one)
    for (long i = 0; i < n; ++i)
      for (long j = 0; j < c; ++j) buffer[i * c + j] = from[i * pixel];
  else if (pixel == c)
    return from;
  else
    gather_pixels(n, c, from, pixel, buffer);
  return buffer;
}
using RunF32 = void (*)(long, const float*, bool, const float*, bool, float*);
void few_channels(const Elementwise& e, RunF32 run, const float* a, bool a_one, const float* b, bool b_one,
                  float* out) {
  constexpr long kRoom = 512;
  float pa[kRoom], pb[kRoom], to[kRoom];
  const long c = e.out.c, most = kRoom / c;
  for (long x = 0; x < e.out.w; x += most) {
    const long n = e.out.w - x < most ? e.out.w - x : most;
    const float* p = packed_operand(n, c, a + x * e.a.pixel, e.a.pixel, a_one, pa);
    const float* q = packed_operand(n, c, b + x * e.b.pixel, e.b.pixel, b_one, pb);
    run(n * c, p, false, q, false, to);
    if (e.activation.kind != Activation::none) finish_f32(n * c, to, nullptr, false, e.activation, to);
    scatter_pixels(n, c, to, out + x * e.out.pixel, e.out.pixel);
  }
}

void elementwise_f32(const Elementwise& e, const void* pa, const void* pb, void* po, long first, long last) {
  const long c = e.out.c;
  const auto dense = [&](const Plane& p) { return p.pixel == c && p.c == c; };
  const auto constant = [&](const Plane& p) { return p.c == 1 && p.pixel == 0; };
  const bool whole = e.out.pixel == c && (dense(e.a) || constant(e.a)) && (dense(e.b) || constant(e.b));
  const bool a_one = e.a.c == 1 && (c > 1 || constant(e.a)), b_one = e.b.c == 1 && (c > 1 || constant(e.b));
  RunF32 run = run_f32<Binary::add>;
  switch (e.op) {
    case Binary::add:
      break;
    case Binary::sub:
      run = run_f32<Binary::sub>;
      break;
    case Binary::mul:
      run = run_f32<Binary::mul>;
      break;
    case Binary::div:
      run = run_f32<Binary::div>;
      break;
    case Binary::max:
      run = run_f32<Binary::max>;
      break;
    case Binary::min:
      run = run_f32<Binary::min>;
      break;
    case Binary::pow:
      run = run_f32<Binary::pow>;
      break;
  }
  const bool act = e.activation.kind != Activation::none;
  for (long row = first; row < last; ++row) {
    const float* a = static_cast<const float*>(pa) + row_start(e.a, row, e.out.h);
    const float* b = static_cast<const float*>(pb) + row_start(e.b, row, e.out.h);
    float* out = static_cast<float*>(po) + row_start(e.out, row, e.out.h);
    if (!whole && c < W) {
      few_channels(e, run, a, a_one, b, b_one, out);
      continue;
    }
    const long pixels = whole ? 1 : e.out.w, n = whole ? c * e.out.w : c;
    for (long x = 0; x < pixels; ++x, a += e.a.pixel, b += e.b.pixel, out += e.out.pixel) {
      run(n, a, a_one, b, b_one, out);
      if (act) finish_f32(n, out, nullptr, false, e.activation, out);
    }
  }
}

typedef float f4 __attribute__((vector_size(16)));
INLINE float sum_of(vf v) {
  f4 part[W / 4];
  copy_in(part, &v, 4 * W);
  for (long i = 1; i < W / 4; ++i) part[0] += part[i];
  return (part[0][0] + part[0][1]) + (part[0][2] + part[0][3]);
}
INLINE float largest_of(vf v) {
  f4 part[W / 4];
  copy_in(part, &v, 4 * W);
  for (long i = 1; i < W / 4; ++i) part[0] = part[0] < part[i] ? part[i] : part[0];
  const float a = part[0][0] < part[0][1] ? part[0][1] : part[0][0];
  const float b = part[0][2] < part[0][3] ? part[0][3] : part[0][2];
  return a < b ? b : a;
}

// n values from either type; lanes past the end hold minus infinity.
template <class T>
INLINE vf load_scaled(const T* p, long n, float scale) {
  if (n >= W) {
    if constexpr (sizeof(T) == 4) return load_f(p);
    return to_f(widen(p)) * scale;
  }
  vf v = splat(-__builtin_inff());
  for (long i = 0; i < n; ++i)
    v[i] = sizeof(T) == 4 ? static_cast<float>(p[i]) : static_cast<float>(p[i]) * scale;
  return v;
}

template <class T>
void softmax_pixel(const Softmax& s, const T* in, void* out) {
  const long c = s.in.c;
  vf most = splat(-__builtin_inff());
  for (long i = 0; i < c; i += W) {
    const vf v = load_scaled(in + i, c - i, s.scale);
    most = v > most ? v : most;
  }
  const vf top = splat(largest_of(most));
  vf sums{};
  for (long i = 0; i < c; i += W) sums += exp_of(load_scaled(in + i, c - i, s.scale) - top);
  const float sum = sum_of(sums);
  const vf log_sum = s.logarithm ? log_of(splat(sum)) : splat(0);
  for (long i = 0; i < c; i += W) {
    const vf x = load_scaled(in + i, c - i, s.scale);
    const vf y = s.logarithm ? (x - top) - log_sum : exp_of(x - top) / sum;
    const long n = c - i < W ? c - i : W;
    if (s.to == Type::f32) {
      for (long j = 0; j < n; ++j) static_cast<float*>(out)[i + j] = y[j];
    } else {
      const float zero = s.out_zero;
      vf q = nearest(at_most(y / s.out_scale, splat(255))) + zero;
      q = at_most(q, splat(255));
      for (long j = 0; j < n; ++j) static_cast<unsigned char*>(out)[i + j] = static_cast<unsigned char>(q[j]);
    }
  }
}

void softmax(const Softmax& s, const void* in, void* out, long first, long last) {
  for (long row = first; row < last; ++row) {
    const long from = row_start(s.in, row, s.in.h), to = row_start(s.out, row, s.in.h);
    for (long x = 0; x < s.in.w; ++x) {
      const long at = to + x * s.out.pixel;
      void* target = s.to == Type::f32 ? static_cast<void*>(static_cast<float*>(out) + at)
                                       : static_cast<void*>(static_cast<unsigned char*>(out) + at);
      if (s.from == Type::f32)
        softmax_pixel(s, static_cast<const float*>(in) + from + x * s.in.pixel, target);
      else
        softmax_pixel(s, static_cast<const unsigned char*>(in) + from + x * s.in.pixel, target);
    }
  }
}

template <class T>
INLINE float dfl_of(const Dfl& d, const T* in) {
  vf most = splat(-__builtin_inff());
  for (long i = 0; i < d.bins; i += W) {
    const vf v = load_scaled(in + i, d.bins - i, d.scale);
    most = v > most ? v : most;
  }
  const float top = largest_of(most);
  vf index{}, sums{}, weighted{};
  for (int i = 0; i < W; ++i) index[i] = static_cast<float>(i);
  for (long i = 0; i < d.bins; i += W) {
    const vf e = exp_of(load_scaled(in + i, d.bins - i, d.scale) - top);
    sums += e;
    weighted += e * (index + static_cast<float>(i));
  }
  return sum_of(weighted) / sum_of(sums);
}

// W distributions at once, each in a lane: rows of bins are read W by W and turned.
template <class T>
INLINE vf dfl_lanes(const Dfl& d, const T* const* in) {
  constexpr long kMost = 64;
  vf v[kMost];
  for (long i = 0; i < d.bins; i += W) {
    for (long j = 0; j < W; ++j) v[i + j] = load_scaled(in[j] + i, W, d.scale);
    transpose_square(v + i);
  }
  vf top = v[0];
  for (long i = 1; i < d.bins; ++i) top = v[i] > top ? v[i] : top;
  vf sums{}, weighted{};
  for (long i = 0; i < d.bins; ++i) {
    const vf e = exp_of(v[i] - top);
    sums += e;
    weighted += e * static_cast<float>(i);
  }
  return weighted / sums;
}

template <class T>
void dfl_row(const Dfl& d, const T* in, float* out) {
  const long sides = d.out.c, plane = d.out_plane ? d.out_plane : 1, all = sides * d.out.w;
  const bool lanes = d.bins % W == 0 && d.bins <= 64;
  long x = 0, side = 0;
  for (long i = 0; i < all;) {
    const T* from[W];
    float* to[W];
    const long n = lanes && all - i >= W ? W : 1;
    for (long j = 0; j < n; ++j) {
      from[j] = in + x * d.in.pixel + side * d.bins;
      to[j] = out + x * d.out.pixel + side * plane;
      if (++side == sides) side = 0, ++x;
    }
    i += n;
    if (n == 1) {
      *to[0] = dfl_of(d, from[0]);
      continue;
    }
    const vf y = dfl_lanes(d, from);
    for (long j = 0; j < W; ++j) *to[j] = y[j];
  }
}

void dfl(const Dfl& d, const void* in, float* out, long first, long last) {
  for (long row = first; row < last; ++row) {
    const long from = row_start(d.in, row, d.in.h);
    float* to = out + row_start(d.out, row, d.in.h);
    if (d.from == Type::f32)
      dfl_row(d, static_cast<const float*>(in) + from, to);
    else
      dfl_row(d, static_cast<const unsigned char*>(in) + from, to);
  }
}

void layer_norm(const LayerNorm& l, const float* in, const float* gamma, const float* beta, float* out,
                long first, long last) {
  const long c = l.in.c;
  const auto masked = [&](const float* p, long i, float otherwise) {
    if (c - i >= W) return load_f(p + i);
    vf v = splat(otherwise);
    for (long j = 0; j < c - i; ++j) v[j] = p[i + j];
    return v;
  };
  for (long row = first; row < last; ++row)
    for (long x = 0; x < l.in.w; ++x) {
      const float* from = in + row_start(l.in, row, l.in.h) + x * l.in.pixel;
      float* to = out + row_start(l.out, row, l.in.h) + x * l.out.pixel;
      vf sums{};
      for (long i = 0; i < c; i += W) sums += masked(from, i, 0);
      const float mean = sum_of(sums) / static_cast<float>(c);
      vf squares{};
      for (long i = 0; i < c; i += W) {
        const vf d = masked(from, i, mean) - mean;
        squares += d * d;
      }
      const float scale = 1.0f / __builtin_sqrtf(sum_of(squares) / static_cast<float>(c) + l.epsilon);
      for (long i = 0; i < c; i += W) {
        vf y = (masked(from, i, mean) - mean) * scale;
        if (gamma) y *= masked(gamma, i, 0);
        if (beta) y += masked(beta, i, 0);
        if (c - i >= W)
          store_f(to + i, y);
        else
          for (long j = 0; j < c - i; ++j) to[i + j] = y[j];
      }
    }
}

}  // namespace
}  // namespace bondline::inference::kernels
