// int8 convolution tiles for AVX-512 VNNI: 14 pixels x 32 channels in 28 accumulators. Per step of four input
// channels: two weight vectors, and per pixel one broadcast and two vpdpbusd, 28 of them in 14 cycles on two
// ports.
#define BONDLINE_W 16
#include "line/inference/kernels/isa/bytes_avx512.h"
#include "line/inference/kernels/isa/parts_avx512.h"

namespace bondline::inference::kernels {
namespace {

INLINE __m512i broadcast(const unsigned char* at) {
  return _mm512_set1_epi32(*reinterpret_cast<const int_at*>(at));
}

template <int NV>
INLINE void store_floats(const __m512i* acc, unsigned char* out, const float* multiplier, long left) {
  for (int v = 0; v < NV; ++v) {
    const long valid = left - 16 * v;
    if (valid <= 0) break;
    const __mmask16 m = valid >= 16 ? 0xffff : static_cast<__mmask16>((1u << valid) - 1);
    const __m512 scale = _mm512_loadu_ps(multiplier + 16 * v);
    _mm512_mask_storeu_ps(out + 64 * v, m, _mm512_mul_ps(_mm512_cvtepi32_ps(acc[v]), scale));
  }
}

/// How sums become bytes: plain if zero point and clamp do nothing that saturation would not do.
enum class Rounding { plain, clamped, careful };

// Two pixels at a time (four if NV is 1): four vectors of int32 become one of u8, 16 NV channels of each
// pixel side by side. store(first row, bytes).
template <int R, int NV, Rounding how, class Store>
INLINE void requantise(const ConvTile& t, __m512i (*acc)[NV], const float* multiplier, Store store) {
  __m512 scale[NV];
  for (int v = 0; v < NV; ++v) scale[v] = _mm512_loadu_ps(multiplier + 16 * v);
  const __m512i zero = _mm512_set1_epi16(static_cast<short>(t.zero));
  const __m512i lo = _mm512_set1_epi8(static_cast<char>(t.lo)),
                hi = _mm512_set1_epi8(static_cast<char>(t.hi));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
#pragma GCC unroll 14
  for (int i = 0; i < R; i += 4 / NV) {
    __m512i q[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const int row = i + j / NV < R ? i + j / NV : R - 1;
      __m512 f = _mm512_mul_ps(_mm512_cvtepi32_ps(acc[row][j % NV]), scale[j % NV]);
      if (how == Rounding::careful)
        f = _mm512_min_ps(_mm512_set1_ps(1073741824.0f), f);  // 2^30: beyond any clamp, inside int32
      q[j] = _mm512_cvtps_epi32(f);
    }
    __m512i a = _mm512_packs_epi32(q[0], q[1]), b = _mm512_packs_epi32(q[2], q[3]);
    if (how != Rounding::plain) {
      a = _mm512_adds_epi16(a, zero);
      b = _mm512_adds_epi16(b, zero);
    }
    __m512i bytes = _mm512_packus_epi16(a, b);
    if (how != Rounding::plain) bytes = _mm512_min_epu8(_mm512_max_epu8(bytes, lo), hi);
    store(i, _mm512_permutexvar_epi32(order, bytes));
  }
}

/// The vector of pixels i and on to their rows.
template <int R, int NV>
INLINE void store_rows(const ConvTile& t, int i, long column, __mmask32 m, __m512i bytes) {
  if (NV == 2) {
    _mm256_mask_storeu_epi8(out_row<R>(t, i) + column, m, _mm512_castsi512_si256(bytes));
    if (i + 1 < R)
      _mm256_mask_storeu_epi8(out_row<R>(t, i + 1) + column, m, _mm512_extracti64x4_epi64(bytes, 1));
  } else {
    const __mmask16 m16 = static_cast<__mmask16>(m);
    _mm_mask_storeu_epi8(out_row<R>(t, i) + column, m16, _mm512_castsi512_si128(bytes));
    if (i + 1 < R)
      _mm_mask_storeu_epi8(out_row<R>(t, i + 1) + column, m16, _mm512_extracti32x4_epi32(bytes, 1));
    if (i + 2 < R)
      _mm_mask_storeu_epi8(out_row<R>(t, i + 2) + column, m16, _mm512_extracti32x4_epi32(bytes, 2));
    if (i + 3 < R)
      _mm_mask_storeu_epi8(out_row<R>(t, i + 3) + column, m16, _mm512_extracti32x4_epi32(bytes, 3));
  }
}

template <int R, int NV, Rounding how>
INLINE void store_bytes(const ConvTile& t, __m512i (*acc)[NV], long column) {
  const long left = t.columns - column;
  const __mmask32 m = left >= 16 * NV ? 0xffffffffu : (1u << left) - 1;
  requantise<R, NV, how>(t, acc, t.multiplier + column,
                         [&](int i, __m512i bytes) { store_rows<R, NV>(t, i, column, m, bytes); });
}

/// Four pieces of 16 bytes side by side.
INLINE __m512i side_by_side(__m128i a, __m128i b, __m128i c, __m128i d) {
  __m512i v = _mm512_castsi128_si512(a);
  v = _mm512_inserti32x4(v, b, 1);
  v = _mm512_inserti32x4(v, c, 2);
  return _mm512_inserti32x4(v, d, 3);
}

// Table and residual of the vectors that requantise left in `stage`, `wide` channels of each pixel.
template <int wide>
__attribute__((noinline)) void finish_staged(const ConvTile& t, long column, const unsigned char* stage) {
  constexpr long kPixels = 64 / wide;
  const long left = t.columns - column, half = (t.rows + 1) / 2;
  const __mmask32 m = left >= 32 ? 0xffffffffu : (1u << left) - 1;
  const __mmask16 m16 = static_cast<__mmask16>(left >= 16 ? 0xffff : m);
  const Table table = t.table ? load_table(t.table) : Table{};
  const Addition add = t.residual0 ? addition_of(*t.add) : Addition{};
  const auto residual = [&](long i) {
    return column +
           (i < half ? t.residual0 + i * t.residual_stride : t.residual1 + (i - half) * t.residual_stride);
  };
  const auto out = [&](long i) {
    return column + (i < half ? t.out0 + i * t.out_stride : t.out1 + (i - half) * t.out_stride);
  };
  for (long i = 0; i < t.rows; i += kPixels, stage += 64) {
    const long last = t.rows - 1;
    const auto bounded = [&](long j) { return j < last ? j : last; };
    __m512i v = _mm512_load_si512(stage);
    if (t.table) v = look_up_bytes(v, table);
    if (t.residual0 && wide == 32) {
      const auto at = [&](long j) { return _mm256_maskz_loadu_epi8(m, residual(bounded(j))); };
      v = add_bytes(v, _mm512_inserti64x4(_mm512_castsi256_si512(at(i)), at(i + 1), 1), add);
    } else if (t.residual0) {
      const auto at = [&](long j) { return _mm_maskz_loadu_epi8(m16, residual(bounded(j))); };
      v = add_bytes(v, side_by_side(at(i), at(i + 1), at(i + 2), at(i + 3)), add);
    }
    if (wide == 32) {
      _mm256_mask_storeu_epi8(out(i), m, _mm512_castsi512_si256(v));
      if (i < last) _mm256_mask_storeu_epi8(out(i + 1), m, _mm512_extracti64x4_epi64(v, 1));
    } else {
      _mm_mask_storeu_epi8(out(i), m16, _mm512_castsi512_si128(v));
      if (i < last) _mm_mask_storeu_epi8(out(i + 1), m16, _mm512_extracti32x4_epi32(v, 1));
      if (i + 1 < last) _mm_mask_storeu_epi8(out(i + 2), m16, _mm512_extracti32x4_epi32(v, 2));
      if (i + 2 < last) _mm_mask_storeu_epi8(out(i + 3), m16, _mm512_extracti32x4_epi32(v, 3));
    }
  }
}

// The residual added from registers, for additions that stay in the range of int32: two pixels at a time
// (four if NV is 1).
template <int R, int NV>
INLINE void add_residual(const ConvTile& t, __m512i (*acc)[NV], long column, const Addition& add) {
  constexpr int kHalf = (R + 1) / 2;
  const long left = t.columns - column;
  const __mmask32 m = left >= 16 * NV ? 0xffffffffu : (1u << left) - 1;
  __m512 scale[NV];
  for (int v = 0; v < NV; ++v) scale[v] = _mm512_loadu_ps(t.multiplier + column + 16 * v);
  const __m512 zero = _mm512_set1_ps(static_cast<float>(t.zero)),
               low = _mm512_set1_ps(static_cast<float>(t.lo - t.zero)),
               high = _mm512_set1_ps(static_cast<float>(t.hi - t.zero));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
#pragma GCC unroll 14
  for (int i = 0; i < R; i += 4 / NV) {
    __m512i sum[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const int row = i + j / NV < R ? i + j / NV : R - 1, v = j % NV;
      const unsigned char* r = (row < kHalf ? t.residual0 + row * t.residual_stride
                                            : t.residual1 + (row - kHalf) * t.residual_stride) +
                               column + 16 * v;
      const __m512i bytes =
          _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(static_cast<__mmask16>(m >> (16 * v)), r));
      __m512 q = _mm512_mul_ps(_mm512_cvtepi32_ps(acc[row][v]), scale[v]);
      q = _mm512_roundscale_ps(q, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
      q = _mm512_add_ps(_mm512_min_ps(_mm512_max_ps(q, low), high), zero);
      const __m512 f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(bytes), add.ratio_r, add.fixed);
      sum[j] = _mm512_cvtps_epi32(_mm512_fmadd_ps(q, add.ratio_q, f));
    }
    __m512i v = _mm512_packus_epi16(_mm512_adds_epi16(_mm512_packs_epi32(sum[0], sum[1]), add.zero),
                                    _mm512_adds_epi16(_mm512_packs_epi32(sum[2], sum[3]), add.zero));
    v = _mm512_permutexvar_epi32(order, _mm512_min_epu8(_mm512_max_epu8(v, add.lo), add.hi));
    store_rows<R, NV>(t, i, column, m, v);
  }
}

template <int R, int NV>
INLINE void finish(const ConvTile& t, __m512i (*acc)[NV], long column) {
  if (t.flags & kFloatOut) {
#pragma GCC unroll 14
    for (int i = 0; i < R; ++i)
      store_floats<NV>(acc[i], out_row<R>(t, i) + 4 * column, t.multiplier + column, t.columns - column);
    return;
  }
  if (t.residual0 && !t.table) {
    const Addition add = addition_of(*t.add);
    if (!add.careful) return add_residual<R, NV>(t, acc, column, add);
  }
  if (t.table || t.residual0) {
    alignas(64) unsigned char stage[(R * NV + 3) / 4 * 64];
    const auto keep = [&](int i, __m512i bytes) { _mm512_store_si512(stage + 16 * NV * i, bytes); };
    if (t.flags & kMayOverflow)
      requantise<R, NV, Rounding::careful>(t, acc, t.multiplier + column, keep);
    else
      requantise<R, NV, Rounding::clamped>(t, acc, t.multiplier + column, keep);
    finish_staged<16 * NV>(t, column, stage);
  } else if (t.flags & kMayOverflow) {
    store_bytes<R, NV, Rounding::careful>(t, acc, column);
  } else if (t.flags & kPlain) {
    store_bytes<R, NV, Rounding::plain>(t, acc, column);
  } else {
    store_bytes<R, NV, Rounding::clamped>(t, acc, column);
  }
}

template <int R, int NV>
INLINE void multiply(ConvTile& t, const signed char* w, __m512i (*acc)[NV]) {
  constexpr int R0 = (R + 1) / 2;
  const char* ahead = t.ahead;
  const long ahead_step = t.ahead_step;
  const Strides s = strides_of(t.astride);
  for (long segment = 0; segment < t.segments; ++segment) {
    const unsigned char* p = t.a0 + t.offsets[segment];
    const unsigned char* q = t.a1 + t.offsets[segment];
    for (long k = t.steps; k; --k) {
      __m512i b[NV];
      for (int v = 0; v < NV; ++v) b[v] = _mm512_load_si512(w + 64 * v);
#pragma GCC unroll 14
      for (int i = 0; i < R; ++i) {
        const __m512i a = broadcast(i < R0 ? row_at(p, i, s) : row_at(q, i - R0, s));
        for (int v = 0; v < NV; ++v) acc[i][v] = _mm512_dpbusd_epi32(acc[i][v], a, b[v]);
      }
      _mm_prefetch(ahead, _MM_HINT_T1);
      ahead += ahead_step;
      w += 64 * NV;
      p += 4;
      q += 4;
    }
  }
  t.ahead = ahead;
}

template <int R, int NV>
INLINE void block(ConvTile& t, long column, const signed char* w) {
  __m512i acc[R][NV];
#pragma GCC unroll 14
  for (int i = 0; i < R; ++i)
    for (int v = 0; v < NV; ++v) acc[i][v] = _mm512_loadu_si512(t.bias + column + 16 * v);
  multiply<R, NV>(t, w, acc);
  finish<R, NV>(t, acc, column);
}

// One pixel only (a fully connected layer): four chains of steps hide the latency, memory is the limit.
template <int NV>
INLINE void block_of_one(const ConvTile& t, long column, const signed char* w) {
  __m512i acc[4][NV];
  for (int i = 0; i < 4; ++i)
    for (int v = 0; v < NV; ++v)
      acc[i][v] = i ? _mm512_setzero_si512() : _mm512_loadu_si512(t.bias + column + 16 * v);
  for (long segment = 0; segment < t.segments; ++segment) {
    const unsigned char* p = t.a0 + t.offsets[segment];
    long k = 0;
    for (; k + 4 <= t.steps; k += 4, w += 256 * NV) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const __m512i a = broadcast(p + 4 * (k + i));
        for (int v = 0; v < NV; ++v) {
          acc[i][v] = _mm512_dpbusd_epi32(acc[i][v], a, _mm512_load_si512(w + 64 * (NV * i + v)));
          _mm_prefetch(reinterpret_cast<const char*>(w + 64 * (NV * i + v) + 2048), _MM_HINT_T0);
        }
      }
    }
    for (; k < t.steps; ++k, w += 64 * NV) {
      const __m512i a = broadcast(p + 4 * k);
      for (int v = 0; v < NV; ++v)
        acc[0][v] = _mm512_dpbusd_epi32(acc[0][v], a, _mm512_load_si512(w + 64 * v));
    }
  }
  for (int i = 1; i < 4; ++i)
    for (int v = 0; v < NV; ++v) acc[0][v] = _mm512_add_epi32(acc[0][v], acc[i][v]);
  finish<1, NV>(t, acc, column);
}

template <int R>
INLINE void all_columns(ConvTile& t) {
  const signed char* w = static_cast<const signed char*>(t.weights);
  const long bytes = t.segments * t.steps * 64;
  long column = 0;
  for (; column + 16 < t.columns; column += 32, w += 2 * bytes) {
    if (R == 1)
      block_of_one<2>(t, column, w);
    else
      block<R, 2>(t, column, w);
  }
  if (column < t.columns) {
    if (R == 1)
      block_of_one<1>(t, column, w);
    else
      block<R, 1>(t, column, w);
  }
}

template <int R>
void tile(const ConvTile& first) {
  ConvTile t = first;
  for (long i = 0; i < first.tiles; ++i) {
    all_columns<R>(t);
    move_on(t);
  }
}

}  // namespace

void conv_i8_avx512(const ConvTile& t) {
  static void (*const kTiles[])(const ConvTile&) = {tile<1>,  tile<2>,  tile<3>,  tile<4>, tile<5>,
                                                    tile<6>,  tile<7>,  tile<8>,  tile<9>, tile<10>,
                                                    tile<11>, tile<12>, tile<13>, tile<14>};
  kTiles[t.rows - 1](t);
}

double peak_i8_avx512(long repeats) {
  __m512i acc[16], a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) acc[i] = _mm512_set1_epi32(i);
  for (long r = 0; r < repeats; ++r) {
    hide(a);
    hide(b);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) acc[i] = _mm512_dpbusd_epi32(acc[i], a, b);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) hide(acc[i]);
  return static_cast<double>(repeats) * 16 * 128;
}

}  // namespace bondline::inference::kernels
