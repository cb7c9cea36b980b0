// int8 depthwise rows for AVX-512 VNNI: the bytes of four taps are interleaved so that each dword holds one
// channel's, then one vpdpbusd per 16 channels adds four taps. Where neighbouring pixels overlap (stride 1,
// kernel 3 wide) four interleaved columns serve two pixels.
#define BONDLINE_W 16
#include "line/inference/kernels/isa/bytes_avx512.h"
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
  if (r.table) bytes = look_up_bytes(bytes, load_table(r.table));
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

/// How sums of one vector of channels become bytes, for the common case: no overflow, bytes out.
struct Epilogue {
  __m512 multiplier[4];
  __m512i zero, lo, hi;
  Table table;
};
INLINE Epilogue epilogue_of(const DepthwiseRow& r, const Block& b) {
  Epilogue e;
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) e.multiplier[j] = _mm512_loadu_ps(b.multiplier + 16 * j);
  e.zero = _mm512_set1_epi16(static_cast<short>(r.zero));
  e.lo = _mm512_set1_epi8(static_cast<char>(r.lo));
  e.hi = _mm512_set1_epi8(static_cast<char>(r.hi));
  if (r.table) e.table = load_table(r.table);
  return e;
}

/// What a fast row needs: whole vectors or masked ones, a table behind or not, zero point 0 and no clamp.
template <bool whole, bool look, bool plain>
struct Fast {
  static INLINE __m512i fetch(const unsigned char* p, __mmask64 m) {
    return whole ? _mm512_loadu_si512(p) : _mm512_maskz_loadu_epi8(m, p);
  }
  static INLINE void put(unsigned char* p, __mmask64 m, const Epilogue& e, const Four& acc) {
    __m512i q[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
      q[j] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(acc.v[j]), e.multiplier[j]));
    __m512i lower = _mm512_packs_epi32(q[0], q[1]), upper = _mm512_packs_epi32(q[2], q[3]);
    if (!plain) {
      lower = _mm512_adds_epi16(lower, e.zero);
      upper = _mm512_adds_epi16(upper, e.zero);
    }
    __m512i bytes = _mm512_packus_epi16(lower, upper);  // undoes the interleaving's order
    if (!plain) bytes = _mm512_min_epu8(_mm512_max_epu8(bytes, e.lo), e.hi);
    if (look) bytes = look_up_bytes(bytes, e.table);
    if (whole)
      _mm512_storeu_si512(p, bytes);
    else
      _mm512_mask_storeu_epi8(p, m, bytes);
  }
};

/// Where the three kernel rows of pixel 0 start, and how far the next pixel and the next tap are.
struct Rows3 {
  const unsigned char* at[3];
  long pixel[3], tap[3];
};

// Pairs of pixels sharing four columns.
template <class F>
INLINE void pairs_3x3(const Rows3& rows, const Block& b, __mmask64 m, const Epilogue& e, long pairs,
                      unsigned char* out, long out_stride) {
  for (long i = 0; i < pairs; ++i, out += 2 * out_stride) {
    Four left = biases(b), right = left;
#pragma GCC unroll 3
    for (int ky = 0; ky < 3; ++ky) {
      const unsigned char* in = rows.at[ky] + 2 * i * rows.pixel[ky];
      const long step = rows.tap[ky];
      const Four taps = interleave(F::fetch(in, m), F::fetch(in + step, m), F::fetch(in + 2 * step, m),
                                   F::fetch(in + 3 * step, m));
      accumulate(left, taps, b.weights + 512 * ky);
      accumulate(right, taps, b.weights + 512 * ky + 256);
    }
    F::put(out, m, e, left);
    F::put(out + out_stride, m, e, right);
  }
}

// A vector at a time: any stride, or several narrow pixels in one vector.
template <class F>
INLINE void singles_3x3(const Rows3& rows, const Block& b, __mmask64 m, const Epilogue& e, long pixels,
                        unsigned char* out, long out_stride) {
  for (long i = 0; i < pixels; ++i, out += out_stride) {
    Four acc = biases(b);
#pragma GCC unroll 3
    for (int ky = 0; ky < 3; ++ky) {
      const unsigned char* in = rows.at[ky] + i * rows.pixel[ky];
      const __m512i third = F::fetch(in + 2 * rows.tap[ky], m);
      accumulate(acc, interleave(F::fetch(in, m), F::fetch(in + rows.tap[ky], m), third, third),
                 b.weights + 512 * ky);
    }
    F::put(out, m, e, acc);
  }
}

// One pixel, its taps anywhere.
template <class F>
INLINE void lone_3x3(const DepthwiseRow& r, const Block& b, __mmask64 m, const Epilogue& e, long pixel) {
  Four acc = biases(b);
#pragma GCC unroll 3
  for (int ky = 0; ky < 3; ++ky) {
    const auto tap = [&](int kx) {
      return F::fetch(r.taps[3 * ky + kx] + pixel * r.steps[3 * ky + kx] + b.channel, m);
    };
    const __m512i third = tap(2);
    accumulate(acc, interleave(tap(0), tap(1), third, third), b.weights + 512 * ky);
  }
  F::put(r.out + b.channel + pixel * r.out_stride, m, e, acc);
}

/// True when the taps of each kernel row follow each other at one distance.
INLINE bool regular(const DepthwiseRow& r, Rows3& rows, long channel) {
  for (int ky = 0; ky < 3; ++ky) {
    const unsigned char* const* t = r.taps + 3 * ky;
    const long* steps = r.steps + 3 * ky;
    if (t[2] - t[1] != t[1] - t[0] || steps[0] != steps[1] || steps[1] != steps[2]) return false;
    rows.at[ky] = t[0] + channel;
    rows.pixel[ky] = steps[0];
    rows.tap[ky] = t[1] - t[0];
  }
  return true;
}

template <class F>
void run_3x3(const DepthwiseRow& r, const Block& b, __mmask64 m, const Epilogue& e) {
  Rows3 rows;
  if (r.pixels < 2 || !regular(r, rows, b.channel)) {
    for (long p = 0; p < r.pixels; ++p) lone_3x3<F>(r, b, m, e, p);
    return;
  }
  unsigned char* out = r.out + b.channel;
  if (!r.overlapping) return singles_3x3<F>(rows, b, m, e, r.pixels, out, r.out_stride);
  pairs_3x3<F>(rows, b, m, e, r.pixels / 2, out, r.out_stride);
  if (r.pixels % 2) lone_3x3<F>(r, b, m, e, r.pixels - 1);
}

// 2 to 32 channels side by side: 64 / channels pixels fill a vector, whose constants repeat
// (conv_depthwise.cc). Returns the pixels done.
template <class F>
long narrow_3x3(const DepthwiseRow& r, const Block& b, const Epilogue& e) {
  if (64 % r.channels != 0 || r.channels == 64) return 0;
  const long at_once = 64 / r.channels;
  Rows3 rows;
  if (!r.overlapping || r.out_stride != r.channels || r.pixels < at_once || !regular(r, rows, 0)) return 0;
  for (int ky = 0; ky < 3; ++ky) {  // padding (distance 0) reads the same 64 bytes again and again
    if (rows.pixel[ky] != r.channels && rows.pixel[ky] != 0) return 0;
    rows.pixel[ky] *= at_once;
  }
  singles_3x3<F>(rows, b, ~0ull, e, r.pixels / at_once, r.out, 64);
  return r.pixels / at_once * at_once;
}

template <bool look, bool plain>
void block_3x3(const DepthwiseRow* runs, long count, const Block& b) {
  const Epilogue e = epilogue_of(*runs, b);
  for (long i = 0; i < count; ++i) {
    if (b.mask == ~0ull) {
      run_3x3<Fast<true, look, plain>>(runs[i], b, b.mask, e);
      continue;
    }
    DepthwiseRow rest = runs[i];
    const long done = narrow_3x3<Fast<true, look, plain>>(rest, b, e);
    if (done == rest.pixels) continue;
    const unsigned char* taps[9];
    if (done) {
      for (int t = 0; t < 9; ++t) taps[t] = rest.taps[t] + done * rest.steps[t];
      rest.taps = taps;
      rest.pixels -= done;
      rest.out += done * rest.out_stride;
    }
    run_3x3<Fast<false, look, plain>>(rest, b, b.mask, e);
  }
}

// Kernel 3 wide, the careful way: a quad per kernel row, any epilogue.
void rows_of_three(const DepthwiseRow& r, const Block& b) {
  for (long p = 0; p < r.pixels; ++p) {
    Four acc = biases(b);
    for (long ky = 0; ky < r.kernel_h; ++ky) {
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

void depthwise_i8_avx512(const DepthwiseRow* runs, long count) {
  const DepthwiseRow& r = *runs;
  const long taps = long{r.kernel_h} * r.kernel_w;
  const long quads = r.kernel_w == 3 ? 2 * r.kernel_h : (taps + 3) / 4;
  const bool fast = r.kernel_w == 3 && r.kernel_h == 3 && !(r.flags & ~kPlain), plain = r.flags & kPlain;
  Block b{r.bias, r.multiplier, static_cast<const unsigned char*>(r.weights), 0, 0, 0};
  for (; b.channel < r.channels; b.channel += 64) {
    b.left = r.channels - b.channel;
    b.mask = first_bytes(b.left);
    if (fast)
      (r.table ? plain ? block_3x3<true, true> : block_3x3<true, false>
       : plain ? block_3x3<false, true>
               : block_3x3<false, false>)(runs, count, b);
    else
      for (long i = 0; i < count; ++i) (r.kernel_w == 3 ? rows_of_three : any_window)(runs[i], b);
    b.bias += 64;
    b.multiplier += 64;
    b.weights += 256 * quads;
  }
}

}  // namespace bondline::inference::kernels
