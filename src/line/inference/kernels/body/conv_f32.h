// float32 tiles of up to BONDLINE_ROWS_F32 pixels x two vectors of channels, and depthwise rows. These files
// allow contraction into fused multiply-adds.
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

template <int R, int NV>
INLINE void block_f32(ConvTile& t, long column, const float* w) {
  const char* ahead = t.ahead;
  const long ahead_step = t.ahead_step;
  constexpr int kHalf = (R + 1) / 2;
  vf acc[R][NV];
#pragma GCC unroll 14
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < NV; ++v) acc[i][v] = load_f(t.bias + column + W * v);
  const Strides s = strides_of(t.astride);
  for (long segment = 0; segment < t.segments; ++segment) {
    const unsigned char *p = t.a0 + t.offsets[segment], *q = t.a1 + t.offsets[segment];
    for (long k = t.steps; k; --k, p += 4, q += 4, w += W * NV) {
      vf b[NV];
#pragma GCC unroll 2
      for (int v = 0; v < NV; ++v) b[v] = load_f(w + W * v);
#pragma GCC unroll 14
      for (int i = 0; i < R; ++i) {
        const unsigned char* at = i < kHalf ? row_at(p, i, s) : row_at(q, i - kHalf, s);
        const vf a = splat(*reinterpret_cast<const float_at*>(at));
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) acc[i][v] += a * b[v];
      }
      __builtin_prefetch(ahead, 0, 2);
      ahead += ahead_step;
    }
  }
  t.ahead = ahead;
  const vf low = splat(t.low), high = splat(t.high);
#pragma GCC unroll 2
  for (int v = 0; v < NV; ++v) {
    const long at = column + W * v, valid = t.columns - at;
    if (valid <= 0) break;
#pragma GCC unroll 14
    for (int i = 0; i < R; ++i) {
      vf f = acc[i][v];
      f = f < low ? low : f;  // keeps what is not a number
      f = f > high ? high : f;
      float_at* out = reinterpret_cast<float_at*>(out_row<R>(t, i)) + at;
      if (valid >= W)
        store_f(out, f);
      else
        for (long j = 0; j < valid; ++j) out[j] = f[j];
    }
  }
}

template <int R>
INLINE void all_columns(ConvTile& t) {
  const float* w = static_cast<const float*>(t.weights);
  const long length = t.segments * t.steps * W;
  long column = 0;
  for (; column + W < t.columns; column += 2 * W, w += 2 * length) block_f32<R, 2>(t, column, w);
  if (column < t.columns) block_f32<R, 1>(t, column, w);
}
template <int R>
void tile_f32(const ConvTile& first) {
  ConvTile t = first;
  for (long i = 0; i < first.tiles; ++i) {
    all_columns<R>(t);
    move_on(t);
  }
}

void conv_f32(const ConvTile& t) {
#if BONDLINE_ROWS_F32 == 14
  static void (*const kTiles[])(const ConvTile&) = {
      tile_f32<1>, tile_f32<2>, tile_f32<3>,  tile_f32<4>,  tile_f32<5>,  tile_f32<6>,  tile_f32<7>,
      tile_f32<8>, tile_f32<9>, tile_f32<10>, tile_f32<11>, tile_f32<12>, tile_f32<13>, tile_f32<14>};
#elif BONDLINE_ROWS_F32 == 8
  static void (*const kTiles[])(const ConvTile&) = {tile_f32<1>, tile_f32<2>, tile_f32<3>, tile_f32<4>,
                                                    tile_f32<5>, tile_f32<6>, tile_f32<7>, tile_f32<8>};
#elif BONDLINE_ROWS_F32 == 6
  static void (*const kTiles[])(const ConvTile&) = {tile_f32<1>, tile_f32<2>, tile_f32<3>,
                                                    tile_f32<4>, tile_f32<5>, tile_f32<6>};
#else
  static void (*const kTiles[])(const ConvTile&) = {tile_f32<1>, tile_f32<2>, tile_f32<3>, tile_f32<4>};
#endif
  kTiles[t.rows - 1](t);
}

template <int NV>
INLINE void depthwise_block(const DepthwiseRow& r, long c, long padded) {
  const long taps = long{r.kernel_h} * r.kernel_w;
  const vf low = splat(r.low), high = splat(r.high);
  for (long p = 0; p < r.pixels; ++p) {
    vf acc[NV];
    for (int v = 0; v < NV; ++v) acc[v] = load_f(r.bias + c + W * v);
    const float* w = static_cast<const float*>(r.weights) + c;
    for (long t = 0; t < taps; ++t, w += padded) {
      const unsigned char* in = r.taps[t] + p * r.steps[t] + 4 * c;
      for (int v = 0; v < NV; ++v) acc[v] += load_f(in + 4 * W * v) * load_f(w + W * v);
    }
    unsigned char* out = r.out + p * r.out_stride + 4 * c;
    for (int v = 0; v < NV; ++v) {
      vf f = acc[v];
      f = f < low ? low : f;
      f = f > high ? high : f;
      store_f(out + 4 * W * v, f);
    }
  }
}

// Four channels of any window.
typedef float four_floats __attribute__((vector_size(16)));
void depthwise_four(const DepthwiseRow& r, long c, long padded) {
  const long taps = long{r.kernel_h} * r.kernel_w;
  const four_floats low = r.low - four_floats{}, high = r.high - four_floats{};
  four_floats bias, x, w;
  copy_in(&bias, r.bias + c, 16);
  for (long p = 0; p < r.pixels; ++p) {
    four_floats f = bias;
    const float* weights = static_cast<const float*>(r.weights) + c;
    for (long t = 0; t < taps; ++t, weights += padded) {
      copy_in(&x, r.taps[t] + p * r.steps[t] + 4 * c, 16);
      copy_in(&w, weights, 16);
      f += x * w;
    }
    f = f < low ? low : f;
    f = f > high ? high : f;
    copy_in(r.out + p * r.out_stride + 4 * c, &f, 16);
  }
}

// 3 x 3 with its taps at one distance: a vector's nine weights stay in registers along the row.
INLINE bool regular_3x3(const DepthwiseRow& r) {
  if (r.kernel_h != 3 || r.kernel_w != 3 || r.pixels < 4) return false;
  for (int ky = 0; ky < 3; ++ky) {
    const unsigned char* const* t = r.taps + 3 * ky;
    const long* s = r.steps + 3 * ky;
    if (t[2] - t[1] != t[1] - t[0] || s[0] != s[1] || s[1] != s[2]) return false;
  }
  return true;
}
void depthwise_3x3(const DepthwiseRow& r, long c, long padded) {
  const float* weights = static_cast<const float*>(r.weights) + c;
  vf w[9];
#pragma GCC unroll 9
  for (long t = 0; t < 9; ++t) w[t] = load_f(weights + t * padded);
  const vf low = splat(r.low), high = splat(r.high), bias = load_f(r.bias + c);
  const unsigned char *a = r.taps[0] + 4 * c, *b = r.taps[3] + 4 * c, *d = r.taps[6] + 4 * c;
  const long at = r.taps[1] - r.taps[0], bt = r.taps[4] - r.taps[3], dt = r.taps[7] - r.taps[6];
  const long a_step = r.steps[0], b_step = r.steps[3], d_step = r.steps[6], out_step = r.out_stride;
  unsigned char* out = r.out + 4 * c;
  for (long p = r.pixels; p; --p, a += a_step, b += b_step, d += d_step, out += out_step) {
    vf x = bias + load_f(a) * w[0], y = load_f(b) * w[3], z = load_f(d) * w[6];
    x += load_f(a + at) * w[1];
    y += load_f(b + bt) * w[4];
    z += load_f(d + dt) * w[7];
    x += load_f(a + 2 * at) * w[2];
    y += load_f(b + 2 * bt) * w[5];
    z += load_f(d + 2 * dt) * w[8];
    vf f = x + (y + z);
    f = f < low ? low : f;
    f = f > high ? high : f;
    store_f(out, f);
  }
}

// Few channels side by side: whole pixels fill a vector, the weights repeat. The last vector may be done
// twice.
bool depthwise_narrow(const DepthwiseRow& r, long padded) {
  constexpr long kTaps = 9;
  const long taps = long{r.kernel_h} * r.kernel_w, c = r.channels, all = r.pixels * c;
  if (c >= W || W % c != 0 || taps > kTaps || r.out_stride != 4 * c || all < W) return false;
  for (long t = 0; t < taps; ++t)
    if (r.steps[t] != 0 && r.steps[t] != 4 * c) return false;
  vf w[kTaps], bias{};
  for (long i = 0; i < W; ++i) {
    bias[i] = reinterpret_cast<const float_at*>(r.bias)[i % c];
    for (long t = 0; t < taps; ++t) w[t][i] = static_cast<const float*>(r.weights)[t * padded + i % c];
  }
  const vf low = splat(r.low), high = splat(r.high);
  for (long i = 0; i < all; i += W) {
    const long at = 4 * (i + W <= all ? i : all - W);
    vf f = bias;
    for (long t = 0; t < taps; ++t) f += load_f(r.taps[t] + (r.steps[t] ? at : 0)) * w[t];
    f = f < low ? low : f;
    f = f > high ? high : f;
    store_f(r.out + at, f);
  }
  return true;
}

void depthwise_f32(const DepthwiseRow& r) {
  const long padded = (r.channels + 15) / 16 * 16, taps = long{r.kernel_h} * r.kernel_w;
  long c = 0;
  if (depthwise_narrow(r, padded)) return;
  if (regular_3x3(r))
    for (; c + W <= r.channels; c += W) depthwise_3x3(r, c, padded);
  for (; c + 2 * W <= r.channels; c += 2 * W) depthwise_block<2>(r, c, padded);
  for (; c + W <= r.channels; c += W) depthwise_block<1>(r, c, padded);
  if (c < r.channels && r.channels >= W)
    return depthwise_block<1>(r, r.channels - W, padded);  // the last ones again
  for (; c + 4 <= r.channels; c += 4) depthwise_four(r, c, padded);
  if (c < r.channels && r.channels >= 4) return depthwise_four(r, r.channels - 4, padded);
  for (; c < r.channels; ++c) {
    for (long p = 0; p < r.pixels; ++p) {
      float sum = reinterpret_cast<const float_at*>(r.bias)[c];
      const float* w = static_cast<const float*>(r.weights) + c;
      for (long t = 0; t < taps; ++t)
        sum += reinterpret_cast<const float_at*>(r.taps[t] + p * r.steps[t])[c] * w[t * padded];
      sum = sum < r.low ? r.low : sum;
      sum = sum > r.high ? r.high : sum;
      reinterpret_cast<float_at*>(r.out + p * r.out_stride)[c] = sum;
    }
  }
}

double peak_f32(long repeats) {
  constexpr int kChains = 12;
  vf acc[kChains], a = splat(1.0f), b = splat(0.5f);
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) acc[i] = splat(static_cast<float>(i));
  for (long r = 0; r < repeats; ++r) {
    hide(a);
    hide(b);
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) acc[i] += a * b;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) hide(acc[i]);
  return static_cast<double>(repeats) * kChains * 2 * W;
}

void read_all(long bytes, const unsigned char* from) {
  constexpr long kAtOnce = 1024 / 4 / W;
  for (long i = 0; i < bytes; i += 1024) {
#pragma GCC unroll 16
    for (long j = 0; j < kAtOnce; ++j) {
      vf v = load_f(from + i + 4 * W * j);
      hide(v);
    }
  }
}

}  // namespace
}  // namespace bondline::inference::kernels
