// int8 tiles of BONDLINE_ROWS pixels x two vectors of channels, and int8 depthwise rows, for sets without a
// kernel of their own. The including file defines, in this namespace, dot(acc, a, w): acc + the sums of four
// products of bytes per lane, a being four bytes repeated.
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

// The first `valid` lanes, scaled, rounded, clamped, as bytes.
INLINE void store_bytes(const ConvTile& t, vi acc, vf scale, unsigned char* out, long valid) {
  vf f = to_f(acc) * scale;
  f = at_most(at_least(f, splat(static_cast<float>(t.lo - t.zero))),
              splat(static_cast<float>(t.hi - t.zero)));
  const vb bytes = __builtin_convertvector(to_i(nearest(f)) + t.zero, vb);
  if (valid >= W)
    *reinterpret_cast<vbu*>(out) = bytes;
  else
    for (long i = 0; i < valid; ++i) out[i] = bytes[i];
}
INLINE void store_floats(vf f, unsigned char* out, long valid) {
  if (valid >= W)
    store_f(out, f);
  else
    for (long i = 0; i < valid; ++i) reinterpret_cast<float_at*>(out)[i] = f[i];
}

template <int R, int NV>
INLINE void block_i8(const ConvTile& t, long column, const signed char* w) {
  constexpr int kHalf = (R + 1) / 2;
  vi acc[R][NV];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < NV; ++v) acc[i][v] = load_i(t.bias + column + W * v);
  const Strides s = strides_of(t.astride);
  for (long segment = 0; segment < t.segments; ++segment) {
    const unsigned char *p = t.a0 + t.offsets[segment], *q = t.a1 + t.offsets[segment];
    for (long k = t.steps; k; --k, p += 4, q += 4, w += 4 * W * NV) {
      vi b[NV];
#pragma GCC unroll 2
      for (int v = 0; v < NV; ++v) b[v] = load_i(w + 4 * W * v);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        const unsigned char* at = i < kHalf ? row_at(p, i, s) : row_at(q, i - kHalf, s);
        const vi a = splat_i(*reinterpret_cast<const int_at*>(at));
#pragma GCC unroll 2
        for (int v = 0; v < NV; ++v) acc[i][v] = dot(acc[i][v], a, b[v]);
      }
    }
  }
#pragma GCC unroll 2
  for (int v = 0; v < NV; ++v) {
    const vf scale = load_f(t.multiplier + column + W * v);
    const long at = column + W * v, valid = t.columns - at;
    if (valid <= 0) break;
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      if (t.flags & kFloatOut)
        store_floats(to_f(acc[i][v]) * scale, out_row<R>(t, i) + 4 * at, valid);
      else
        store_bytes(t, acc[i][v], scale, out_row<R>(t, i) + at, valid);
    }
  }
}

template <int R>
INLINE void all_columns(const ConvTile& t) {
  const signed char* w = static_cast<const signed char*>(t.weights);
  const long bytes = t.segments * t.steps * 4 * W;
  long column = 0;
  for (; column + W < t.columns; column += 2 * W, w += 2 * bytes) block_i8<R, 2>(t, column, w);
  if (column < t.columns) block_i8<R, 1>(t, column, w);
}
template <int R>
void tile_i8(const ConvTile& first) {
  ConvTile t = first;
  for (long i = 0; i < first.tiles; ++i) {
    all_columns<R>(t);
    move_on(t);
  }
}

void conv_i8(const ConvTile& t) {
#if BONDLINE_ROWS == 8
  static void (*const kTiles[])(const ConvTile&) = {tile_i8<1>, tile_i8<2>, tile_i8<3>, tile_i8<4>,
                                                    tile_i8<5>, tile_i8<6>, tile_i8<7>, tile_i8<8>};
#elif BONDLINE_ROWS == 6
  static void (*const kTiles[])(const ConvTile&) = {tile_i8<1>, tile_i8<2>, tile_i8<3>,
                                                    tile_i8<4>, tile_i8<5>, tile_i8<6>};
#else
  static void (*const kTiles[])(const ConvTile&) = {tile_i8<1>, tile_i8<2>, tile_i8<3>, tile_i8<4>};
#endif
  kTiles[t.rows - 1](t);
}

// Products of a byte with a signed byte fit 16 bits; sums are kept in 32.
template <bool whole>
INLINE void depthwise_channels(const DepthwiseRow& r, long pixel, long c, long n) {
  constexpr long kChunk = 32;
  const long count = whole ? kChunk : n;
  int acc[kChunk];
  const long padded = (r.channels + 15) / 16 * 16;
  for (long i = 0; i < count; ++i) acc[i] = r.bias[c + i];
  const signed char* w = static_cast<const signed char*>(r.weights) + c;
  for (long t = 0; t < long{r.kernel_h} * r.kernel_w; ++t, w += padded) {
    const unsigned char* in = r.taps[t] + pixel * r.steps[t] + c;
    for (long i = 0; i < count; ++i)
      acc[i] = static_cast<int>(  // sums wrap
          static_cast<unsigned>(acc[i]) +
          static_cast<unsigned>(static_cast<short>(static_cast<short>(in[i]) * static_cast<short>(w[i]))));
  }
  unsigned char* out = r.out + pixel * r.out_stride;
  if (r.flags & kFloatOut) {
    float_at* to = reinterpret_cast<float_at*>(out) + c;
    for (long i = 0; i < count; ++i) to[i] = static_cast<float>(acc[i]) * r.multiplier[c + i];
    return;
  }
  const float lo = static_cast<float>(r.lo - r.zero), hi = static_cast<float>(r.hi - r.zero);
  for (long i = 0; i < count; ++i) {
    float f = static_cast<float>(acc[i]) * r.multiplier[c + i];
    f = f > lo ? f : lo;
    f = f < hi ? f : hi;
    out[c + i] = static_cast<unsigned char>(static_cast<int>((f + 12582912.0f) - 12582912.0f) + r.zero);
  }
}

void depthwise_i8(const DepthwiseRow* runs, long count) {
  for (const DepthwiseRow* r = runs; r < runs + count; ++r)
    for (long p = 0; p < r->pixels; ++p) {
      long c = 0;
      for (; c + 32 <= r->channels; c += 32) depthwise_channels<true>(*r, p, c, 32);
      if (c < r->channels) depthwise_channels<false>(*r, p, c, r->channels - c);
    }
}

double peak_i8(long repeats) {
  constexpr int kChains = 10;
  vi acc[kChains], a = splat_i(0x01020304), b = splat_i(0x04030201);
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) acc[i] = splat_i(i);
  for (long r = 0; r < repeats; ++r) {
    hide(a);
    hide(b);
#pragma GCC unroll 10
    for (int i = 0; i < kChains; ++i) acc[i] = dot(acc[i], a, b);
  }
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) hide(acc[i]);
  return static_cast<double>(repeats) * kChains * 8 * W;
}

}  // namespace
}  // namespace bondline::inference::kernels
