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

/// Accumulators or bytes on their way through finish_int8_avx512.cc.
struct alignas(64) Stage {
  int sums[14 * 32];
};

/// How sums leave their registers.
enum class Way {
  plain,     ///< as bytes to the output; zero point and clamp do nothing that saturation would not do
  clamped,   ///< as bytes to the output
  residual,  ///< as bytes to the output, the residual added
  staged,    ///< as bytes to the stage, for table, careful residual or less than whole vectors
  sums       ///< as they are
};

/// What is the same for all blocks of a call: constants that instructions take from memory, since the
/// accumulators leave no registers for them.
struct alignas(64) Exit {
  __m512 magic, low, high, back, ratio_q, ratio_r, fixed;
  __m512i zero, lo, hi, add_zero, add_lo, add_hi;
  Strides strides;
  Way way;  ///< of whole vectors
};

INLINE void make_exit(const ConvTile& t, Exit& e) {
  constexpr float kMagic = 12582912.0f;  // 1.5 * 2^23, as in nearest()
  e.zero = _mm512_set1_epi16(static_cast<short>(t.zero));
  e.lo = _mm512_set1_epi8(static_cast<char>(t.lo));
  e.hi = _mm512_set1_epi8(static_cast<char>(t.hi));
  e.way = t.flags & kPlain ? Way::plain : Way::clamped;
  if (t.table || t.residual0) e.way = Way::staged;
  if (t.residual0 && !t.table) {
    const Addition add = addition_of(*t.add);
    e.ratio_q = add.ratio_q;
    e.ratio_r = add.ratio_r;
    e.fixed = add.fixed;
    e.add_zero = add.zero;
    e.add_lo = add.lo;
    e.add_hi = add.hi;
    e.magic = _mm512_set1_ps(kMagic);
    e.low = _mm512_set1_ps(kMagic + static_cast<float>(t.lo - t.zero));
    e.high = _mm512_set1_ps(kMagic + static_cast<float>(t.hi - t.zero));
    e.back = _mm512_set1_ps(kMagic - static_cast<float>(t.zero));
    if (!add.careful) e.way = Way::residual;
  }
  if (t.flags & (kMayOverflow | kFloatOut) && e.way != Way::residual) e.way = Way::sums;
}

/// The constant, as if it had changed since it was last looked at: an operand in memory, not in a register.
template <class T>
INLINE const T& anew(const T& constant) {
  const T* at = &constant;
  asm("" : "+r"(at));
  return *at;
}

/// Where the rows of a tile begin, one after the other.
template <int R, class Byte>
struct RowPointer {
  Byte *at, *second;
  long stride;
  INLINE Byte* of(int row) {
    if (row == (R + 1) / 2)
      at = second;
    else if (row > 0)
      at += stride;
    asm("" : "+r"(at));  // one addition a row: nothing for the compiler to keep
    return at;
  }
};

/// The rows that four vectors of bytes hold, from row i on.
template <int R, int NV>
INLINE void store_rows(RowPointer<R, unsigned char>& to, int i, __m512i bytes) {
  const auto put = [&](int row, __m128i b) {
    if (row < R) _mm_storeu_si128(reinterpret_cast<__m128i*>(to.of(row)), b);
  };
  if (NV == 2) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.of(i)), _mm512_castsi512_si256(bytes));
    if (i + 1 < R)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.of(i + 1)), _mm512_extracti64x4_epi64(bytes, 1));
  } else {
    put(i, _mm512_castsi512_si128(bytes));
    put(i + 1, _mm512_extracti32x4_epi32(bytes, 1));
    put(i + 2, _mm512_extracti32x4_epi32(bytes, 2));
    put(i + 3, _mm512_extracti32x4_epi32(bytes, 3));
  }
}

/// What packing twice leaves interleaved.
INLINE __m512i in_order(__m512i bytes) {
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
                                  bytes);
}

/// One step for all accumulators before the next one begins: side by side they hide each other's latency.
template <int R, int NV, class Step>
INLINE void for_all(__m512i (*acc)[NV], Step step) {
#pragma GCC unroll 14
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < NV; ++v) {
      acc[i][v] = step(acc[i][v], v);
      hide(acc[i][v]);
    }
}
INLINE __m512 floats(__m512i v) {
  return _mm512_castsi512_ps(v);
}
INLINE __m512i bits(__m512 v) {
  return _mm512_castps_si512(v);
}

// Two pixels at a time (four if NV is 1): four vectors of int32 become one of u8, 16 NV channels of each
// pixel side by side.
template <int R, int NV, bool plain>
INLINE void requantise(const Exit& e, __m512i (*acc)[NV], const float* multiplier,
                       RowPointer<R, unsigned char> to) {
#pragma GCC unroll 14
  for (int i = 0; i < R; i += 4 / NV) {
    __m512i q[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m512 f = _mm512_cvtepi32_ps(acc[i + j / NV < R ? i + j / NV : R - 1][j % NV]);
      asm("" : "+r"(multiplier));
      q[j] = _mm512_cvtps_epi32(_mm512_mul_ps(f, _mm512_loadu_ps(multiplier + 16 * (j % NV))));
    }
    __m512i a = _mm512_packs_epi32(q[0], q[1]), b = _mm512_packs_epi32(q[2], q[3]);
    if (!plain) {
      a = _mm512_adds_epi16(a, anew(e.zero));
      b = _mm512_adds_epi16(b, anew(e.zero));
    }
    __m512i bytes = _mm512_packus_epi16(a, b);
    if (!plain) bytes = _mm512_min_epu8(_mm512_max_epu8(bytes, anew(e.lo)), anew(e.hi));
    store_rows<R, NV>(to, i, in_order(bytes));
  }
}

// The same with the residual added, for additions that stay in the range of int32. Rounding by adding a magic
// number: what lies beyond its range lies beyond the clamp too.
template <int R, int NV>
INLINE void add_residual(const ConvTile& t, const Exit& e, __m512i (*acc)[NV], long column) {
  const float* multiplier = t.multiplier + column;
  RowPointer<R, unsigned char> to{t.out0 + column, t.out1 + column, t.out_stride};
  RowPointer<R, const unsigned char> from{t.residual0 + column, t.residual1 + column, t.residual_stride};
  for_all<R, NV>(acc, [](__m512i x, int) { return bits(_mm512_cvtepi32_ps(x)); });
  for_all<R, NV>(acc, [&](__m512i x, int v) {
    asm("" : "+r"(multiplier));
    return bits(_mm512_mul_ps(floats(x), _mm512_loadu_ps(multiplier + 16 * v)));
  });
  for_all<R, NV>(acc, [&](__m512i x, int) { return bits(_mm512_add_ps(floats(x), anew(e.magic))); });
  for_all<R, NV>(acc, [&](__m512i x, int) { return bits(_mm512_max_ps(floats(x), anew(e.low))); });
  for_all<R, NV>(acc, [&](__m512i x, int) { return bits(_mm512_min_ps(floats(x), anew(e.high))); });
  for_all<R, NV>(acc, [&](__m512i x, int) { return bits(_mm512_sub_ps(floats(x), anew(e.back))); });
#pragma GCC unroll 14
  for (int i = 0; i < R; i += 4 / NV) {
    __m512i sum[4];
    const unsigned char* r = nullptr;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const int row = i + j / NV, v = j % NV;
      if (row >= R) {
        sum[j] = sum[v];
        continue;
      }
      if (v == 0) r = from.of(row);
      const __m512i bytes =
          _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(r + 16 * v)));
      const __m512 f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(bytes), anew(e.ratio_r), anew(e.fixed));
      sum[j] = _mm512_cvtps_epi32(_mm512_fmadd_ps(floats(acc[row][v]), anew(e.ratio_q), f));
    }
    const __m512i a = _mm512_adds_epi16(_mm512_packs_epi32(sum[0], sum[1]), anew(e.add_zero)),
                  b = _mm512_adds_epi16(_mm512_packs_epi32(sum[2], sum[3]), anew(e.add_zero));
    const __m512i bytes =
        _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(a, b), anew(e.add_lo)), anew(e.add_hi));
    store_rows<R, NV>(to, i, in_order(bytes));
  }
}

template <int R, int NV>
INLINE void finish(const ConvTile& t, const Exit& e, __m512i (*acc)[NV], long column, Stage& stage) {
  const float* multiplier = t.multiplier + column;
  const bool whole = t.columns - column >= 16 * NV;
  if (e.way == Way::sums || (e.way == Way::residual && !whole)) {
#pragma GCC unroll 14
    for (int i = 0; i < R; ++i)
      for (int v = 0; v < NV; ++v) _mm512_store_si512(stage.sums + 16 * (NV * i + v), acc[i][v]);
    (NV == 2 ? finish_sums_of_two_avx512 : finish_sums_of_one_avx512)(t, column, stage.sums);
  } else if (e.way == Way::residual) {
    add_residual<R, NV>(t, e, acc, column);
  } else if (e.way == Way::plain && whole) {
    requantise<R, NV, true>(e, acc, multiplier, {t.out0 + column, t.out1 + column, t.out_stride});
  } else {
    const bool straight = e.way == Way::clamped && whole;
    unsigned char* bytes = reinterpret_cast<unsigned char*>(stage.sums);
    constexpr long kRow = 16 * NV;
    requantise<R, NV, false>(
        e, acc, multiplier,
        {straight ? t.out0 + column : bytes, straight ? t.out1 + column : bytes + (R + 1) / 2 * kRow,
         straight ? t.out_stride : kRow});
    if (!straight) (NV == 2 ? finish_bytes_of_two_avx512 : finish_bytes_of_one_avx512)(t, column, bytes);
  }
}

/// One step: four input channels. p, q: of the first row of each half.
template <int R, int NV>
INLINE void multiply_step(const unsigned char* p, const unsigned char* q, const Strides& s,
                          const signed char* w, __m512i (*acc)[NV]) {
  constexpr int R0 = (R + 1) / 2;
  __m512i b[NV];
  for (int v = 0; v < NV; ++v) b[v] = _mm512_load_si512(w + 64 * v);
#pragma GCC unroll 14
  for (int i = 0; i < R; ++i) {
    const __m512i a = broadcast(i < R0 ? row_at(p, i, s) : row_at(q, i - R0, s));
    for (int v = 0; v < NV; ++v) acc[i][v] = _mm512_dpbusd_epi32(acc[i][v], a, b[v]);
  }
}

// Two steps at a time, so that little besides the product is done: of the four instructions a core takes a
// cycle, the product alone needs three and a half.
template <int R, int NV>
INLINE void multiply(ConvTile& t, const Strides& s, const signed char* w, __m512i (*acc)[NV]) {
  const char* ahead = t.ahead;
  const long ahead_step = t.ahead_step;
  for (long segment = 0; segment < t.segments; ++segment) {
    const unsigned char* p = t.a0 + t.offsets[segment];
    const unsigned char* q = t.a1 + t.offsets[segment];
    for (long k = static_cast<long>(static_cast<unsigned long>(t.steps) / 2); k; --k) {
      multiply_step<R, NV>(p, q, s, w, acc);
      multiply_step<R, NV>(p + 4, q + 4, s, w + 64 * NV, acc);
      _mm_prefetch(ahead, _MM_HINT_T1);
      _mm_prefetch(ahead + ahead_step, _MM_HINT_T1);
      ahead += 2 * ahead_step;
      w += 128 * NV;
      p += 8;
      q += 8;
      asm("" : "+r"(w), "+r"(ahead), "+r"(p), "+r"(q));  // four additions: no final values to prepare
    }
    if (t.steps & 1) {
      multiply_step<R, NV>(p, q, s, w, acc);
      w += 64 * NV;
    }
  }
  t.ahead = ahead;
}

template <int R, int NV>
INLINE void block(ConvTile& t, const Exit& e, long column, const signed char* w, Stage& stage) {
  __m512i acc[R][NV];
#pragma GCC unroll 14
  for (int i = 0; i < R; ++i)
    for (int v = 0; v < NV; ++v) acc[i][v] = _mm512_loadu_si512(t.bias + column + 16 * v);
  multiply<R, NV>(t, e.strides, w, acc);
  finish<R, NV>(t, e, acc, column, stage);
}

// One pixel only (a fully connected layer): four chains of steps hide the latency, memory is the limit.
template <int NV>
INLINE void block_of_one(const ConvTile& t, const Exit& e, long column, const signed char* w, Stage& stage) {
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
  finish<1, NV>(t, e, acc, column, stage);
}

template <int R>
INLINE void all_columns(ConvTile& t, const Exit& e, Stage& stage) {
  const signed char* w = static_cast<const signed char*>(t.weights);
  const long bytes = t.segments * t.steps * 64;
  long column = 0;
  for (; column + 16 < t.columns; column += 32, w += 2 * bytes) {
    if (R == 1)
      block_of_one<2>(t, e, column, w, stage);
    else
      block<R, 2>(t, e, column, w, stage);
  }
  if (column < t.columns) {
    if (R == 1)
      block_of_one<1>(t, e, column, w, stage);
    else
      block<R, 1>(t, e, column, w, stage);
  }
}

template <int R>
void tile(const ConvTile& first) {
  ConvTile t = first;
  Exit e;
  make_exit(t, e);
  e.strides = strides_of(t.astride);
  Stage stage;
  for (long i = 0; i < first.tiles; ++i) {
    all_columns<R>(t, e, stage);
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
