// What AVX-512 kernels do to vectors of 64 bytes on their way out: any function of a byte by table, and the
// quantised addition of kernels.h.
#pragma once
#include <immintrin.h>

#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

/// A table whose halves are interleaved (tables.h): word j holds the entries j (lower byte) and j + 128.
struct Table {
  __m512i part[4];
};
INLINE Table load_table(const unsigned char* interleaved) {
  Table t;
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) t.part[i] = _mm512_loadu_si512(interleaved + 64 * i);
  return t;
}
INLINE Table interleave_table(const unsigned char* table) {
  Table t;
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const auto words = [&](const unsigned char* p) {
      return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    };
    t.part[i] = _mm512_or_si512(words(table + 32 * i), _mm512_slli_epi16(words(table + 128 + 32 * i), 8));
  }
  return t;
}

/// No VBMI is asked for: words are looked up by the lower seven bits, of even and of odd bytes; the top bit
/// then chooses a half of each word.
INLINE __m512i look_up_bytes(__m512i x, const Table& t) {
  const __m512i y = _mm512_srli_epi16(x, 8);
  const __mmask32 even6 = _mm512_test_epi16_mask(x, _mm512_set1_epi16(0x40)),
                  odd6 = _mm512_test_epi16_mask(x, _mm512_set1_epi16(0x4000));
  // The permutations use six bits of each index and ignore the others.
  const __m512i even = _mm512_mask_blend_epi16(even6, _mm512_permutex2var_epi16(t.part[0], x, t.part[1]),
                                               _mm512_permutex2var_epi16(t.part[2], x, t.part[3]));
  const __m512i odd = _mm512_mask_blend_epi16(odd6, _mm512_permutex2var_epi16(t.part[0], y, t.part[1]),
                                              _mm512_permutex2var_epi16(t.part[2], y, t.part[3]));
  constexpr __mmask64 kOdd = 0xaaaaaaaaaaaaaaaaull;
  const __m512i lower = _mm512_mask_blend_epi8(kOdd, even, _mm512_slli_epi16(odd, 8));
  const __m512i upper = _mm512_mask_blend_epi8(kOdd, _mm512_srli_epi16(even, 8), odd);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), lower, upper);
}

struct Addition {
  __m512 ratio_q, ratio_r, fixed;
  __m512i zero, lo, hi;
  bool careful;  ///< sums may leave the range of int32
};
INLINE Addition addition_of(const QuantisedAdd& add) {
  const float most =
      255.0f * (__builtin_fabsf(add.ratio_q) + __builtin_fabsf(add.ratio_r)) + __builtin_fabsf(add.fixed);
  return {_mm512_set1_ps(add.ratio_q),
          _mm512_set1_ps(add.ratio_r),
          _mm512_set1_ps(add.fixed),
          _mm512_set1_epi16(add.zero),
          _mm512_set1_epi8(static_cast<char>(add.lo)),
          _mm512_set1_epi8(static_cast<char>(add.hi)),
          !(most < 1073741824.0f)};
}

/// clamp(rint(fma(q, ratio_q, fma(r, ratio_r, fixed))) + zero) of 64 pairs; what is not a number becomes lo.
INLINE __m512i add_bytes(__m512i q, __m512i r, const Addition& a) {
  const __m512i none = _mm512_setzero_si512();
  const __m512i qw[2] = {_mm512_unpacklo_epi8(q, none), _mm512_unpackhi_epi8(q, none)},
                rw[2] = {_mm512_unpacklo_epi8(r, none), _mm512_unpackhi_epi8(r, none)};
  __m512i sum[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m512i qd =
                      j % 2 ? _mm512_unpackhi_epi16(qw[j / 2], none) : _mm512_unpacklo_epi16(qw[j / 2], none),
                  rd =
                      j % 2 ? _mm512_unpackhi_epi16(rw[j / 2], none) : _mm512_unpacklo_epi16(rw[j / 2], none);
    __m512 f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(rd), a.ratio_r, a.fixed);
    f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(qd), a.ratio_q, f);
    if (a.careful) f = _mm512_min_ps(_mm512_set1_ps(1073741824.0f), f);  // 2^30; keeps what is not a number
    sum[j] = _mm512_cvtps_epi32(f);
  }
  const __m512i bytes = _mm512_packus_epi16(_mm512_adds_epi16(_mm512_packs_epi32(sum[0], sum[1]), a.zero),
                                            _mm512_adds_epi16(_mm512_packs_epi32(sum[2], sum[3]), a.zero));
  return _mm512_min_epu8(_mm512_max_epu8(bytes, a.lo), a.hi);
}

INLINE __mmask64 first_bytes(long n) {
  return n >= 64 ? ~0ull : (1ull << n) - 1;
}

}  // namespace
}  // namespace bondline::inference::kernels
