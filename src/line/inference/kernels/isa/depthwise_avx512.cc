// int8 depthwise rows for AVX-512 VNNI: the bytes of four taps are interleaved so that each dword holds one
// channel's, then one vpdpbusd per 16 channels adds four taps. Where neighbouring pixels overlap (stride 1,
// kernel 3 wide) four interleaved columns serve two pixels.
#include <immintrin.h>

#define BONDLINE_W 16
#include "line/inference/kernels/body/vector.h"
#include "line/inference/kernels/isa/parts_avx512.h"

namespace bondline::inference::kernels {
namespace {

struct Four {
  __m512i v[4];
};

// Lane l of vector j: bytes of channel 16 (l / 4) + 4 j + l % 4 from a, b, c, d.
INLINE Four interleave(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab0 = _mm512_unpacklo_epi8(a, b), ab1 = _mm512_unpackhi_epi8(a, b);
  const __m512i cd0 = _mm512_unpacklo_epi8(c, d), cd1 = _mm512_unpackhi_epi8(c, d);
  return {{_mm512_unpacklo_epi16(ab0, cd0), _mm512_unpackhi_epi16(ab0, cd0), _mm512_unpacklo_epi16(ab1, cd1),
           _mm512_unpackhi_epi16(ab1, cd1)}};
}

struct Block {
  const int* bias;
  const float* multiplier;
  const unsigned char* weights;
  __mmask64 mask;
  long channel, left;
};

INLINE Four biases(const Block& b) {
  return {{_mm512_loadu_si512(b.bias), _mm512_loadu_si512(b.bias + 16), _mm512_loadu_si512(b.bias + 32),
           _mm512_loadu_si512(b.bias + 48)}};
}

INLINE void accumulate(Four& acc, const Four& taps, const unsigned char* w) {
  for (int j = 0; j < 4; ++j)
    acc.v[j] = _mm512_dpbusd_epi32(acc.v[j], taps.v[j], _mm512_load_si512(w + 64 * j));
}

template <bool careful>
INLINE void store(const DepthwiseRow& r, const Block& b, const Four& acc, unsigned char* out) {
  __m512i q[4];
  for (int j = 0; j < 4; ++j) {
    __m512 f = _mm512_mul_ps(_mm512_cvtepi32_ps(acc.v[j]), _mm512_loadu_ps(b.multiplier + 16 * j));
    if (careful) f = _mm512_min_ps(_mm512_set1_ps(1073741824.0f), f);  // 2^30, see conv_int8_avx512.cc
    q[j] = _mm512_cvtps_epi32(f);
  }
  const __m512i zero = _mm512_set1_epi16(static_cast<short>(r.zero));
  const __m512i lower = _mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), zero);
  const __m512i upper = _mm512_adds_epi16(_mm512_packs_epi32(q[2], q[3]), zero);
  __m512i bytes = _mm512_packus_epi16(lower, upper);  // undoes the interleaving's order
  bytes = _mm512_max_epu8(bytes, _mm512_set1_epi8(static_cast<char>(r.lo)));
  bytes = _mm512_min_epu8(bytes, _mm512_set1_epi8(static_cast<char>(r.hi)));
  _mm512_mask_storeu_epi8(out, b.mask, bytes);
}

void store_floats(const Block& b, const Four& acc, unsigned char* out) {
  alignas(64) float f[64];
  for (int j = 0; j < 4; ++j)
    _mm512_store_ps(f + 16 * j,
                    _mm512_mul_ps(_mm512_cvtepi32_ps(acc.v[j]), _mm512_loadu_ps(b.multiplier + 16 * j)));
  for (long c = 0; c < b.left && c < 64; ++c)
    __builtin_memcpy(out + 4 * c, f + c % 16 / 4 * 16 + c / 16 * 4 + c % 4, 4);
}

INLINE void finish(const DepthwiseRow& r, const Block& b, const Four& acc, long pixel) {
  unsigned char* out = r.out + pixel * r.out_stride;
  if (r.flags & kFloatOut)
    store_floats(b, acc, out + 4 * b.channel);
  else if (r.flags & kMayOverflow)
    store<true>(r, b, acc, out + b.channel);
  else
    store<false>(r, b, acc, out + b.channel);
}

INLINE __m512i load(const Block& b, const unsigned char* p) {
  return _mm512_maskz_loadu_epi8(b.mask, p + b.channel);
}

// Kernel 3 wide: a quad per kernel row. Two pixels per step where they overlap.
template <int KH>
void rows_of_three(const DepthwiseRow& r, const Block& b) {
  const long kh = KH ? KH : r.kernel_h;
  long p = 0;
  for (; r.overlapping && p + 2 <= r.pixels; p += 2) {
    Four left = biases(b), right = left;
#pragma GCC unroll 5
    for (long ky = 0; ky < kh; ++ky) {
      const unsigned char* in = r.taps[3 * ky] + p * r.steps[3 * ky];
      const long step = r.steps[3 * ky];
      const Four taps =
          interleave(load(b, in), load(b, in + step), load(b, in + 2 * step), load(b, in + 3 * step));
      accumulate(left, taps, b.weights + 512 * ky);
      accumulate(right, taps, b.weights + 512 * ky + 256);
    }
    finish(r, b, left, p);
    finish(r, b, right, p + 1);
  }
  for (; p < r.pixels; ++p) {
    Four acc = biases(b);
    for (long ky = 0; ky < kh; ++ky) {
      const unsigned char* const* at = r.taps + 3 * ky;
      const long* steps = r.steps + 3 * ky;
      const __m512i last = load(b, at[2] + p * steps[2]);
      accumulate(acc, interleave(load(b, at[0] + p * steps[0]), load(b, at[1] + p * steps[1]), last, last),
                 b.weights + 512 * ky);
    }
    finish(r, b, acc, p);
  }
}

void any_window(const DepthwiseRow& r, const Block& b) {
  const long taps = long{r.kernel_h} * r.kernel_w;
  for (long p = 0; p < r.pixels; ++p) {
    Four acc = biases(b);
    for (long t = 0; t < taps; t += 4) {
      __m512i v[4];
      for (long i = 0; i < 4; ++i) {
        const long tap = t + i < taps ? t + i : t;  // what is too many meets weights of zero
        v[i] = load(b, r.taps[tap] + p * r.steps[tap]);
      }
      accumulate(acc, interleave(v[0], v[1], v[2], v[3]), b.weights + 64 * t);
    }
    finish(r, b, acc, p);
  }
}

}  // namespace

void depthwise_i8_avx512(const DepthwiseRow& r) {
  const long taps = long{r.kernel_h} * r.kernel_w;
  const long quads = r.kernel_w == 3 ? 2 * r.kernel_h : (taps + 3) / 4;
  Block b{r.bias, r.multiplier, static_cast<const unsigned char*>(r.weights), 0, 0, 0};
  for (; b.channel < r.channels; b.channel += 64) {
    b.left = r.channels - b.channel;
    b.mask = b.left >= 64 ? ~0ull : (1ull << b.left) - 1;
    if (r.kernel_w != 3)
      any_window(r, b);
    else if (r.kernel_h == 3)
      rows_of_three<3>(r, b);
    else
      rows_of_three<0>(r, b);
    b.bias += 64;
    b.multiplier += 64;
    b.weights += 256 * quads;
  }
}

}  // namespace bondline::inference::kernels
