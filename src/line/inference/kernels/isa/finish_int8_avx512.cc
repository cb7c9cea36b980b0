// What the registers of an int8 tile leave to do: table, residuals that need care, float output, sums that
// may leave the range of int32, and stores that end inside a vector. The tile has put its sums or bytes into
// the L1 cache; these loops take 64 bytes of output a step.
#define BONDLINE_W 16
#include "line/inference/kernels/isa/bytes_avx512.h"
#include "line/inference/kernels/isa/parts_avx512.h"

namespace bondline::inference::kernels {
namespace {

/// The rows of a block, 16 NV channels each; a vector of bytes holds kPixels of them.
template <int NV>
struct Rows {
  static constexpr long kPixels = 4 / NV, kWidth = 16 * NV;
  const ConvTile& t;
  long column, last, half;
  __mmask32 valid;

  INLINE Rows(const ConvTile& tile, long at)
      : t(tile), column(at), last(tile.rows - 1), half((tile.rows + 1) / 2) {
    const long left = tile.columns - at;
    valid = left >= 32 ? 0xffffffffu : (1u << left) - 1;
  }
  /// Past the last row it stands again.
  INLINE long bounded(long row) const { return row < last ? row : last; }
  INLINE unsigned char* out(long i) const {
    return i < half ? t.out0 + i * t.out_stride : t.out1 + (i - half) * t.out_stride;
  }
  INLINE const unsigned char* residual(long row) const {
    const long i = bounded(row);
    return column +
           (i < half ? t.residual0 + i * t.residual_stride : t.residual1 + (i - half) * t.residual_stride);
  }
  /// The residual of the rows from i on.
  INLINE __m512i added(long i) const {
    if (NV == 2) {
      const auto at = [&](long j) { return _mm256_maskz_loadu_epi8(valid, residual(j)); };
      return _mm512_inserti64x4(_mm512_castsi256_si512(at(i)), at(i + 1), 1);
    }
    const auto at = [&](long j) { return _mm_maskz_loadu_epi8(static_cast<__mmask16>(valid), residual(j)); };
    __m512i v = _mm512_castsi128_si512(at(i));
    v = _mm512_inserti32x4(v, at(i + 1), 1);
    v = _mm512_inserti32x4(v, at(i + 2), 2);
    return _mm512_inserti32x4(v, at(i + 3), 3);
  }
  INLINE void store(long i, __m512i bytes) const {
    if (NV == 2) {
      const auto put = [&](long j, __m256i b) { _mm256_mask_storeu_epi8(out(j) + column, valid, b); };
      put(i, _mm512_castsi512_si256(bytes));
      if (i < last) put(i + 1, _mm512_extracti64x4_epi64(bytes, 1));
    } else {
      const auto put = [&](long j, __m128i b) {
        _mm_mask_storeu_epi8(out(j) + column, static_cast<__mmask16>(valid), b);
      };
      put(i, _mm512_castsi512_si128(bytes));
      if (i < last) put(i + 1, _mm512_extracti32x4_epi32(bytes, 1));
      if (i + 1 < last) put(i + 2, _mm512_extracti32x4_epi32(bytes, 2));
      if (i + 2 < last) put(i + 3, _mm512_extracti32x4_epi32(bytes, 3));
    }
  }
};

/// Table, residual and store of rows' bytes: make(i) gives those from row i on.
template <int NV, class Make>
INLINE void finish_rows(const ConvTile& t, const Rows<NV>& rows, Make make) {
  const Table table = t.table ? load_table(t.table) : Table{};
  const Addition add = t.residual0 ? addition_of(*t.add) : Addition{};
  for (long i = 0; i <= rows.last; i += Rows<NV>::kPixels) {
    __m512i v = make(i);
    if (t.table) v = look_up_bytes(v, table);
    if (t.residual0) v = add_bytes(v, rows.added(i), add);
    rows.store(i, v);
  }
}

template <int NV>
INLINE void finish_bytes(const ConvTile& t, long column, const unsigned char* bytes) {
  const Rows<NV> rows(t, column);
  finish_rows<NV>(t, rows, [&](long i) { return _mm512_load_si512(bytes + i * Rows<NV>::kWidth); });
}

template <int NV>
INLINE void store_floats(const ConvTile& t, long column, const int* sums) {
  const Rows<NV> rows(t, column);
  for (long i = 0; i <= rows.last; ++i)
    for (int v = 0; v < NV; ++v) {
      const __m512 scale = _mm512_loadu_ps(t.multiplier + column + 16 * v);
      const __m512i sum = _mm512_load_si512(sums + i * Rows<NV>::kWidth + 16 * v);
      _mm512_mask_storeu_ps(rows.out(i) + 4 * column + 64 * v, static_cast<__mmask16>(rows.valid >> (16 * v)),
                            _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale));
    }
}

template <int NV>
INLINE void finish_sums(const ConvTile& t, long column, const int* sums) {
  if (t.flags & kFloatOut) return store_floats<NV>(t, column, sums);
  const Rows<NV> rows(t, column);
  const __m512i zero = _mm512_set1_epi16(static_cast<short>(t.zero));
  const __m512i lo = _mm512_set1_epi8(static_cast<char>(t.lo)),
                hi = _mm512_set1_epi8(static_cast<char>(t.hi));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  finish_rows<NV>(t, rows, [&](long i) {
    __m512i q[4];
    for (int j = 0; j < 4; ++j) {
      const __m512i sum =
          _mm512_load_si512(sums + rows.bounded(i + j / NV) * Rows<NV>::kWidth + 16 * (j % NV));
      const __m512 f =
          _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(t.multiplier + column + 16 * (j % NV)));
      // 2^30: beyond any clamp, inside int32
      q[j] = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_set1_ps(1073741824.0f), f));
    }
    const __m512i bytes = _mm512_packus_epi16(_mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), zero),
                                              _mm512_adds_epi16(_mm512_packs_epi32(q[2], q[3]), zero));
    return _mm512_permutexvar_epi32(order, _mm512_min_epu8(_mm512_max_epu8(bytes, lo), hi));
  });
}

}  // namespace

void finish_sums_of_one_avx512(const ConvTile& t, long column, const int* sums) {
  finish_sums<1>(t, column, sums);
}
void finish_sums_of_two_avx512(const ConvTile& t, long column, const int* sums) {
  finish_sums<2>(t, column, sums);
}
void finish_bytes_of_one_avx512(const ConvTile& t, long column, const unsigned char* bytes) {
  finish_bytes<1>(t, column, bytes);
}
void finish_bytes_of_two_avx512(const ConvTile& t, long column, const unsigned char* bytes) {
  finish_bytes<2>(t, column, bytes);
}

}  // namespace bondline::inference::kernels
