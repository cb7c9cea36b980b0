// Text of the conduction kernels, included once by each kernel file after it has defined BONDLINE_LANES
// (floats per vector) and BONDLINE_KERNELS (name of the table's function). See conduction_kernels.h for the
// layout.
#include "numerics/conduction_kernels.h"

#define BONDLINE_INLINE inline __attribute__((always_inline))

namespace bondline::numerics {
namespace {

constexpr long W = BONDLINE_LANES;
typedef float vf __attribute__((vector_size(W * 4)));
typedef float vfu __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef float v8f __attribute__((vector_size(32)));
typedef float v8fu __attribute__((vector_size(32), aligned(4), may_alias));
typedef double v8d __attribute__((vector_size(64)));
typedef double v8du __attribute__((vector_size(64), aligned(8), may_alias));
typedef unsigned char vb __attribute__((vector_size(W)));
typedef unsigned char vbu __attribute__((vector_size(W), aligned(1), may_alias));
typedef int vi __attribute__((vector_size(W * 4)));

BONDLINE_INLINE vf load(const float* p) {
  return *reinterpret_cast<const vfu*>(p);
}
BONDLINE_INLINE void store(float* p, vf v) {
  *reinterpret_cast<vfu*>(p) = v;
}
BONDLINE_INLINE v8f load8(const float* p) {
  return *reinterpret_cast<const v8fu*>(p);
}
BONDLINE_INLINE void store8(float* p, v8f v) {
  *reinterpret_cast<v8fu*>(p) = v;
}
BONDLINE_INLINE v8d load8(const double* p) {
  return *reinterpret_cast<const v8du*>(p);
}
BONDLINE_INLINE void store8(double* p, v8d v) {
  *reinterpret_cast<v8du*>(p) = v;
}
BONDLINE_INLINE v8d wide(v8d v) {
  return v;
}
BONDLINE_INLINE v8d wide(v8f v) {
  return __builtin_convertvector(v, v8d);
}

typedef Half vh __attribute__((vector_size(W * 2)));
typedef Half vhu __attribute__((vector_size(W * 2), aligned(2), may_alias));
typedef Half v8h __attribute__((vector_size(16)));
typedef Half v8hu __attribute__((vector_size(16), aligned(2), may_alias));
typedef unsigned vu __attribute__((vector_size(W * 4)));
typedef unsigned v8u __attribute__((vector_size(32)));
BONDLINE_INLINE vf load(const Half* p) {
  const vh h = *reinterpret_cast<const vhu*>(p);
  return reinterpret_cast<vf>(__builtin_convertvector(h, vu) << 16);
}
// To the nearest, ties to even.
BONDLINE_INLINE void store(Half* p, vf v) {
  const vu bits = reinterpret_cast<vu>(v);
  *reinterpret_cast<vhu*>(p) = __builtin_convertvector((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16, vh);
}
BONDLINE_INLINE void store8(Half* p, v8f v) {
  const v8u bits = reinterpret_cast<v8u>(v);
  *reinterpret_cast<v8hu*>(p) = __builtin_convertvector((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16, v8h);
}
BONDLINE_INLINE vf weights(const unsigned char* p) {
  const vb b = *reinterpret_cast<const vbu*>(p);
  return __builtin_convertvector(__builtin_convertvector(b, vi), vf) * (1.0f / 256);
}
BONDLINE_INLINE double sum8(v8d v) {
  return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

constexpr float kTinyPivot = 1e-30f;  // of void cells: their right-hand side and faces are zero

// The pivot of layer k is excess + gz, excess = sum + (gz' / pivot') excess': sums of positive terms only, so
// a line that is barely tied to the ground keeps its relative accuracy (Grassmann, Taksar, Heyman 1985).
template <bool kNeighbours, bool kChange>
BONDLINE_INLINE void lines(const HalfRow& half) {
  const HalfRow h = half;                        // a copy of our own: stores to u cannot change its pointers
  float* const work = kChange ? h.change : h.u;  // holds the eliminated right-hand side on the way up
  for (long m0 = 0; m0 < h.stride; m0 += kStrip) {
    const long width = h.stride - m0 < kStrip ? h.stride - m0 : kStrip;
    float* inverse = h.scratch;                 // [nz][kStrip]
    float* excess = h.scratch + h.nz * kStrip;  // [kStrip]
    for (long k = 0; k < h.nz; ++k) {
      const long row = k * h.stride + m0;
      for (long m = 0; m < width; m += W) {
        const long c = row + m;
        const vf gl = load(h.gl + c), gr = load(h.gr + c), gd = load(h.gd + c), gu = load(h.gu + c);
        vf t = load(h.f + c), e = load(h.ground + c) + ((gl + gr) + (gd + gu));
        if (kNeighbours)
          t += (gl * load(h.ul + c) + gr * load(h.ur + c)) + (gd * load(h.ud + c) + gu * load(h.uu + c));
        if (k > 0) {
          const vf share = load(h.gz + c - h.stride) * load(inverse + (k - 1) * kStrip + m);
          e += share * load(excess + m);
          t += share * load(work + c - h.stride);
        }
        vf pivot = e + load(h.gz + c);
        pivot = pivot > kTinyPivot ? pivot : vf{} + kTinyPivot;
        store(inverse + k * kStrip + m, 1.0f / pivot);
        store(excess + m, e);
        store(work + c, t);
      }
    }
    for (long k = h.nz - 1; k >= 0; --k) {
      const long row = k * h.stride + m0;
      for (long m = 0; m < width; m += W) {
        const long c = row + m;
        vf t = load(work + c);
        if (k + 1 < h.nz) t += load(h.gz + c) * load(h.u + c + h.stride);
        const vf u = t * load(inverse + k * kStrip + m);
        if (kChange) store(h.change + c, u - load(h.u + c));
        store(h.u + c, u);
      }
    }
  }
}

void solve_lines(const HalfRow& h) {
  lines<false, false>(h);
}
void relax_lines(const HalfRow& h) {
  if (h.change)
    lines<true, true>(h);
  else
    lines<true, false>(h);
}

void lateral_sum(const HalfRow& half, float* out) {
  const HalfRow h = half;
  for (long c = 0; c < h.nz * h.stride; c += W)
    store(out + c, (load(h.gl + c) * load(h.ul + c) + load(h.gr + c) * load(h.ur + c)) +
                       (load(h.gd + c) * load(h.ud + c) + load(h.gu + c) * load(h.uu + c)));
}

void mix(long n, const float* in, const unsigned char* weight, int complement, int add, float* out) {
  for (long c = 0; c < n; c += W) {
    vf w = weights(weight + c);
    if (complement) w = 1.0f - w;
    const vf v = w * load(in + c);
    store(out + c, add ? load(out + c) + v : v);
  }
}

void interpolate(long n, const float* a, const float* b, const unsigned char* weight, float* u) {
  for (long c = 0; c < n; c += W) {
    const vf w = weights(weight + c);
    store(u + c, load(u + c) + ((1.0f - w) * load(a + c) + w * load(b + c)));
  }
}

// Even and odd places of 16 neighbouring floats.
BONDLINE_INLINE void split8(v8f a, v8f b, v8f* even, v8f* odd) {
  *even = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  *odd = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

void restrict_columns(const ColumnMap& map, const float* even, const float* odd,
                      const unsigned char* weight_even, const unsigned char* weight_odd, float* out_even,
                      float* out_odd, float* scratch) {
  const long n = map.fine, outputs = 2 * map.coarse;
  for (long c = 0; c < n; c += W) {
    const vf we = weights(weight_even + c), ve = load(even + c), wo = weights(weight_odd + c),
             vo = load(odd + c);
    store(scratch + c, (1.0f - we) * ve);
    store(scratch + n + c, (1.0f - wo) * vo);
    store(scratch + 2 * n + c, we * ve);
    store(scratch + 3 * n + c, wo * vo);
  }
  for (long c = 0; c < 16; c += W) store(scratch + 4 * n + c, vf{});
  float* natural = scratch + 4 * n + 16;
  const int *a = map.restrict_at, *b = a + outputs, *d = b + outputs, *e = d + outputs;
  for (long block = 0; block < outputs; block += 16) {
    if (map.restrict_even[block / 16]) {
      for (long c = 0; c < 16; c += W)
        store(natural + block + c, (load(scratch + a[block] + c) + load(scratch + b[block] + c)) +
                                       (load(scratch + d[block] + c) + load(scratch + e[block] + c)));
    } else {
      for (long q = block; q < block + 16; ++q) {
        natural[q] = (scratch[a[q]] + scratch[b[q]]) + (scratch[d[q]] + scratch[e[q]]);
        asm volatile("");  // one by one: gather instructions are slower
      }
    }
  }
  for (long q = 0; q < map.coarse; q += 8) {
    v8f lower, upper;
    split8(load8(natural + 2 * q), load8(natural + 2 * q + 8), &lower, &upper);
    store8(out_even + q, lower);
    store8(out_odd + q, upper);
  }
}

void gather_pairs(long outputs, const float* in, const int* a, const int* b, float* out) {
  float* __restrict to = out;
  for (long q = 0; q < outputs; ++q) to[q] = in[a[q]] + in[b[q]];
}

BONDLINE_INLINE void to_natural(long coarse, const float* even, const float* odd, float* natural) {
  for (long c = 0; c < 16; c += W) store(natural + c, vf{});
  float* to = natural + 16;
  for (long q = 0; q < coarse; q += 8) {
    const v8f a = load8(even + q), b = load8(odd + q);
    store8(to + 2 * q, __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
    store8(to + 2 * q + 8, __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
  }
  for (long c = 0; c < 32; c += W) store(to + 2 * coarse + c, vf{});
}

void expand_columns(const ColumnMap& map, int parity, const float* even, const float* odd,
                    const unsigned char* weight, float* out, float* scratch) {
  to_natural(map.coarse, even, odd, scratch);
  const int *own = map.own[parity], *other = map.other[parity];
  const float* from = scratch + 16;
  for (long block = 0; block < map.fine; block += 16) {
    if (map.expand_even[parity][block / 16]) {
      for (long c = 0; c < 16; c += W) {
        const vf w = weights(weight + block + c);
        store(out + block + c, (1.0f - w) * load(from + own[block] + c) + w * load(from + other[block] + c));
      }
    } else {
      for (long q = block; q < block + 16; ++q) {
        const float w = float(weight[q]) * (1.0f / 256);
        out[q] = (1.0f - w) * from[own[q]] + w * from[other[q]];
        asm volatile("");
      }
    }
  }
}

void series(long n, const float* gf, const float* gi, const float* gj, const float* ratio, float even_ratio,
            float* g, unsigned char* wi, unsigned char* wj) {
  for (long c = 0; c < n; ++c) {
    const float face = gf[c], a = gi ? gi[c] : 0, b = gj ? gj[c] : 0;
    const float ra = a > 0 ? 0.5f / a : 0, rb = b > 0 ? 0.5f / b : 0;
    const float s = face > 0 ? 1.0f / (1.0f / face + (ra + rb)) : 0;
    const float floor = 0.5f * (ratio ? ratio[c] : even_ratio) * face;
    g[c] = s > floor ? s : floor;
    const float fa = ra * s, fb = rb * s;
    if (wi) wi[c] = static_cast<unsigned char>((fa < 0.5f ? fa : 0.5f) * 256 + 0.5f);
    if (wj) wj[c] = static_cast<unsigned char>((fb < 0.5f ? fb : 0.5f) * 256 + 0.5f);
  }
}

void unpack(long n, const Half* in, int add, float* out) {
  for (long c = 0; c < n; c += W) store(out + c, add ? load(out + c) + load(in + c) : load(in + c));
}

void pack(long n, const float* in, Half* out) {
  for (long c = 0; c < n; c += W) store(out + c, load(in + c));
}

void dot(long n, const float* a, const float* b, double* out) {
  v8d s{};
  for (long c = 0; c < n; c += 8) s += wide(load8(a + c)) * wide(load8(b + c));
  *out = sum8(s);
}

BONDLINE_INLINE void transpose8(v8f r[8]) {
  v8f a[8];
  for (int q = 0; q < 8; q += 2) {
    a[q] = __builtin_shufflevector(r[q], r[q + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    a[q + 1] = __builtin_shufflevector(r[q], r[q + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  v8f b[8];
  for (int q = 0; q < 8; q += 4) {
    for (int s = 0; s < 2; ++s) {
      b[q + 2 * s] = __builtin_shufflevector(a[q + s], a[q + s + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[q + 2 * s + 1] = __builtin_shufflevector(a[q + s], a[q + s + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int q = 0; q < 4; ++q) {
    r[q] = __builtin_shufflevector(b[q], b[q + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    r[q + 4] = __builtin_shufflevector(b[q], b[q + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

BONDLINE_INLINE void transpose8(v8d r[8]) {
  v8d a[8];
  for (int q = 0; q < 8; q += 2) {
    a[q] = __builtin_shufflevector(r[q], r[q + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[q + 1] = __builtin_shufflevector(r[q], r[q + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  v8d b[8];
  for (int q = 0; q < 8; q += 4) {
    for (int s = 0; s < 2; ++s) {
      b[q + s] = __builtin_shufflevector(a[q + s], a[q + s + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[q + s + 2] = __builtin_shufflevector(a[q + s], a[q + s + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int q = 0; q < 4; ++q) {
    r[q] = __builtin_shufflevector(b[q], b[q + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    r[q + 4] = __builtin_shufflevector(b[q], b[q + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

BONDLINE_INLINE void put(float* p, float v) {
  *p = v;
}
BONDLINE_INLINE void put(Half* p, float v) {
  union {
    float f;
    unsigned u;
  } bits{v};
  *p = static_cast<Half>((bits.u + 0x7fffu + ((bits.u >> 16) & 1u)) >> 16);
}

// 8 columns of one parity (i = first, first + 2, ...) to one 8-wide piece of the half row.
template <class T>
BONDLINE_INLINE void columns_to_half(long columns, long first, long nz, long stride, const double* in,
                                     double scale, T* half) {
  const long have = first < columns ? (columns - first + 1) / 2 : 0;
  long k = 0;
  if (have >= 8) {
    for (; k + 8 <= nz; k += 8) {
      v8f t[8];
      for (int q = 0; q < 8; ++q)
        t[q] = __builtin_convertvector(load8(in + (first + 2 * q) * nz + k) * scale, v8f);
      transpose8(t);
      for (int q = 0; q < 8; ++q) store8(half + (k + q) * stride, t[q]);
    }
  }
  for (; k < nz; ++k)
    for (long q = 0; q < 8; ++q)
      put(half + k * stride + q, q < have ? float(in[(first + 2 * q) * nz + k] * scale) : 0.0f);
}

template <class T>
BONDLINE_INLINE void all_columns(long columns, long nz, long stride, const double* in, double scale, T* even,
                                 T* odd) {
  for (long m = 0; m < stride; m += 8) {
    columns_to_half(columns, 2 * m, nz, stride, in, scale, even + m);
    columns_to_half(columns, 2 * m + 1, nz, stride, in, scale, odd + m);
  }
}
void to_layout(long columns, long nz, long stride, const double* in, double scale, float* even, float* odd) {
  all_columns(columns, nz, stride, in, scale, even, odd);
}
void to_halves(long columns, long nz, long stride, const double* in, double scale, Half* even, Half* odd) {
  all_columns(columns, nz, stride, in, scale, even, odd);
}

BONDLINE_INLINE void half_to_direction(long columns, long first, long nz, long stride, const float* half,
                                       double scale, double beta, float* p) {
  const long have = first < columns ? (columns - first + 1) / 2 : 0;
  long k = 0;
  if (have >= 8) {
    for (; k + 8 <= nz; k += 8) {
      v8f t[8];
      for (int q = 0; q < 8; ++q) t[q] = load8(half + (k + q) * stride);
      transpose8(t);
      for (int q = 0; q < 8; ++q) {
        float* at = p + (first + 2 * q) * nz + k;
        const v8d z = wide(t[q]) * scale;
        store8(at, __builtin_convertvector(beta != 0 ? z + beta * wide(load8(at)) : z, v8f));
      }
    }
  }
  for (; k < nz; ++k)
    for (long q = 0; q < have && q < 8; ++q) {
      float* at = p + (first + 2 * q) * nz + k;
      const double z = double(half[k * stride + q]) * scale;
      *at = float(beta != 0 ? z + beta * double(*at) : z);
    }
}

void direction(long columns, long nz, long stride, const float* even, const float* odd, double scale,
               double beta, float* p) {
  for (long m = 0; m < stride; m += 8) {
    half_to_direction(columns, 2 * m, nz, stride, even + m, scale, beta, p);
    half_to_direction(columns, 2 * m + 1, nz, stride, odd + m, scale, beta, p);
  }
}

template <class T>
BONDLINE_INLINE v8d outer8(const OuterRow& o, const T* v, long c) {
  const v8d u = wide(load8(v + c));
  v8d s = load8(o.ground + c) * u;
  s += load8(o.gx + c - o.nz) * (u - wide(load8(v + c - o.nz))) +
       load8(o.gx + c) * (u - wide(load8(v + c + o.nz)));
  s += load8(o.gy + c - o.row) * (u - wide(load8(v + c - o.row))) +
       load8(o.gy + c) * (u - wide(load8(v + c + o.row)));
  s += load8(o.gz + c - 1) * (u - wide(load8(v + c - 1))) + load8(o.gz + c) * (u - wide(load8(v + c + 1)));
  return s;
}
template <class T>
BONDLINE_INLINE double outer1(const OuterRow& o, const T* v, long c) {
  const double u = double(v[c]);
  double s = o.ground[c] * u;
  s += o.gx[c - o.nz] * (u - double(v[c - o.nz])) + o.gx[c] * (u - double(v[c + o.nz]));
  s += o.gy[c - o.row] * (u - double(v[c - o.row])) + o.gy[c] * (u - double(v[c + o.row]));
  s += o.gz[c - 1] * (u - double(v[c - 1])) + o.gz[c] * (u - double(v[c + 1]));
  return s;
}

double apply(const OuterRow& o, const float* p, double* out) {
  v8d dots{};
  long c = 0;
  for (; c + 8 <= o.n; c += 8) {
    const v8d s = outer8(o, p, c);
    store8(out + c, s);
    dots += s * wide(load8(p + c));
  }
  double rest = 0;
  for (; c < o.n; ++c) {
    out[c] = outer1(o, p, c);
    rest += out[c] * double(p[c]);
  }
  return sum8(dots) + rest;
}

double residual(const OuterRow& o, const double* b, const double* v, double* out) {
  v8d squares{};
  long c = 0;
  for (; c + 8 <= o.n; c += 8) {
    const v8d s = load8(b + c) - outer8(o, v, c);
    if (out) store8(out + c, s);
    squares += s * s;
  }
  double rest = 0;
  for (; c < o.n; ++c) {
    const double s = b[c] - outer1(o, v, c);
    if (out) out[c] = s;
    rest += s * s;
  }
  return sum8(squares) + rest;
}

double step(long columns, long nz, long stride, double alpha, const float* p, const double* ap, double* u,
            double* r, double scale, float* even, float* odd) {
  v8d squares{};
  double rest = 0;
  for (long m = 0; m < stride; m += 8) {
    // 16 columns are one stretch of memory: update it in order, then turn it into the layout from the cache.
    const long end = (2 * m + 16 < columns ? 2 * m + 16 : columns) * nz;
    long c = 2 * m * nz;
    for (; c + 8 <= end; c += 8) {
      store8(u + c, load8(u + c) + alpha * wide(load8(p + c)));
      const v8d v = load8(r + c) - alpha * load8(ap + c);
      store8(r + c, v);
      squares += v * v;
    }
    for (; c < end; ++c) {
      u[c] += alpha * double(p[c]);
      r[c] -= alpha * ap[c];
      rest += r[c] * r[c];
    }
    columns_to_half(columns, 2 * m, nz, stride, r, scale, even + m);
    columns_to_half(columns, 2 * m + 1, nz, stride, r, scale, odd + m);
  }
  return sum8(squares) + rest;
}

}  // namespace
}  // namespace bondline::numerics

#define BONDLINE_BATCH 8
#define BONDLINE_BATCH_SPACE eight
#include "numerics/conduction_kernels_batch.h"
#undef BONDLINE_BATCH
#undef BONDLINE_BATCH_SPACE
#define BONDLINE_BATCH 16
#define BONDLINE_BATCH_SPACE sixteen
#include "numerics/conduction_kernels_batch.h"

namespace bondline::numerics {
namespace {

const ConductionKernels kTable = {
    BONDLINE_KERNEL_NAME,
    {solve_lines, relax_lines, lateral_sum, mix, interpolate, restrict_columns, expand_columns, dot},
    eight::kKernels,
    sixteen::kKernels,
    gather_pairs,
    series,
    unpack,
    pack,
    to_layout,
    to_halves,
    direction,
    apply,
    residual,
    step};

}  // namespace

const ConductionKernels& BONDLINE_KERNELS() {
  return kTable;
}

}  // namespace bondline::numerics
