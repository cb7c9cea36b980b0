// Text of the kernels for BONDLINE_BATCH interleaved right-hand sides; part of conduction_kernels_body.h, which
// includes it once per number of lanes with BONDLINE_BATCH_SPACE as the namespace. Conductances, pivots and
// tables are read once for all lanes. Every lane sees the same operations in the same order for any number of
// lanes.
namespace bondline::numerics {
namespace {
namespace BONDLINE_BATCH_SPACE {

constexpr long B = BONDLINE_BATCH;
constexpr long V = W < B ? W : B;  // floats of a vector
constexpr long kColumns = 16;      // solved together: their values stay in cache
static_assert(B % V == 0 && kColumns % W == 0, "lanes fill vectors");
typedef float bv __attribute__((vector_size(V * 4)));
typedef float bvu __attribute__((vector_size(V * 4), aligned(4), may_alias));

BONDLINE_INLINE bv get(const float* p) {
  return *reinterpret_cast<const bvu*>(p);
}
BONDLINE_INLINE void set(float* p, bv v) {
  *reinterpret_cast<bvu*>(p) = v;
}
/// 16 conductances, or weights, as floats of the stack: vectors take them from there one by one.
BONDLINE_INLINE void unpack16(const Half* from, float* to) {
  for (long c = 0; c < 16; c += W) store(to + c, load(from + c));
}
BONDLINE_INLINE void unpack16(const unsigned char* from, float* to) {
  for (long c = 0; c < 16; c += W) store(to + c, weights(from + c));
}

template <bool kNeighbours, bool kChange>
BONDLINE_INLINE void lines(const HalfRow& half) {
  const HalfRow h = half;
  float* const work = kChange ? h.change : h.u;
  float* const inverse = h.scratch;                // [nz][kColumns]
  float* const share = inverse + h.nz * kColumns;  // [nz][kColumns]
  float* const excess = share + h.nz * kColumns;   // [kColumns], and the faces of one layer
  float* const left = excess + kColumns;
  float* const right = left + kColumns;
  float* const down = right + kColumns;
  float* const up = down + kColumns;
  for (long m0 = 0; m0 < h.columns; m0 += kColumns) {
    const long width = h.columns - m0 < kColumns ? h.columns - m0 : kColumns;
    for (long k = 0; k < h.nz; ++k) {
      const long row = k * h.stride + m0;
      for (long m = 0; m < kColumns; m += W) {
        const long c = row + m;
        const vf gl = load(h.gl + c), gr = load(h.gr + c), gd = load(h.gd + c), gu = load(h.gu + c);
        store(left + m, gl);
        store(right + m, gr);
        store(down + m, gd);
        store(up + m, gu);
        vf e = load(h.ground + c) + ((gl + gr) + (gd + gu));
        if (k > 0) {
          const vf s = load(h.gz + c - h.stride) * load(inverse + (k - 1) * kColumns + m);
          e += s * load(excess + m);
          store(share + k * kColumns + m, s);
        }
        vf pivot = e + load(h.gz + c);
        pivot = pivot > kTinyPivot ? pivot : vf{} + kTinyPivot;
        store(inverse + k * kColumns + m, 1.0f / pivot);
        store(excess + m, e);
      }
      for (long m = 0; m < width; ++m)
        for (long c = (row + m) * B; c < (row + m + 1) * B; c += V) {
          __builtin_prefetch(h.f + c + h.stride * B);
          __builtin_prefetch(work + c + h.stride * B, 1);
          if (kNeighbours) {
            __builtin_prefetch(h.ud + c + h.stride * B);
            __builtin_prefetch(h.uu + c + h.stride * B);
            __builtin_prefetch(h.ul + c + h.stride * B);
          }
          bv t = get(h.f + c);
          if (kNeighbours)
            t += (left[m] * get(h.ul + c) + right[m] * get(h.ur + c)) +
                 (down[m] * get(h.ud + c) + up[m] * get(h.uu + c));
          if (k > 0) t += share[k * kColumns + m] * get(work + c - h.stride * B);
          set(work + c, t);
        }
    }
    for (long k = h.nz - 1; k >= 0; --k) {
      const long row = k * h.stride + m0;
      for (long m = 0; m < kColumns; m += W) store(left + m, load(h.gz + row + m));
      for (long m = 0; m < width; ++m)
        for (long c = (row + m) * B; c < (row + m + 1) * B; c += V) {
          bv t = get(work + c);
          if (k + 1 < h.nz) t += left[m] * get(h.u + c + h.stride * B);
          const bv u = t * inverse[k * kColumns + m];
          if (kChange) set(h.change + c, u - get(h.u + c));
          set(h.u + c, u);
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
  float left[16], right[16], down[16], up[16];
  for (long k = 0; k < h.nz; ++k)
    for (long m0 = 0; m0 < h.columns; m0 += 16) {
      const long row = k * h.stride + m0, width = h.columns - m0 < 16 ? h.columns - m0 : 16;
      unpack16(h.gl + row, left);
      unpack16(h.gr + row, right);
      unpack16(h.gd + row, down);
      unpack16(h.gu + row, up);
      for (long m = 0; m < width; ++m)
        for (long c = (row + m) * B; c < (row + m + 1) * B; c += V)
          set(out + c, (left[m] * get(h.ul + c) + right[m] * get(h.ur + c)) +
                           (down[m] * get(h.ud + c) + up[m] * get(h.uu + c)));
    }
}

void mix(long n, const float* in, const unsigned char* weight, int complement, int add, float* out) {
  float w[16];
  for (long m0 = 0; m0 < n; m0 += 16) {
    unpack16(weight + m0, w);
    for (long m = m0; m < n && m < m0 + 16; ++m) {
      const float by = complement ? 1.0f - w[m - m0] : w[m - m0];
      for (long c = m * B; c < (m + 1) * B; c += V) {
        const bv v = by * get(in + c);
        set(out + c, add ? get(out + c) + v : v);
      }
    }
  }
}

void interpolate(long n, const float* a, const float* b, const unsigned char* weight, float* u) {
  float w[16];
  for (long m0 = 0; m0 < n; m0 += 16) {
    unpack16(weight + m0, w);
    for (long m = m0; m < n && m < m0 + 16; ++m)
      for (long c = m * B; c < (m + 1) * B; c += V)
        set(u + c, get(u + c) + ((1.0f - w[m - m0]) * get(a + c) + w[m - m0] * get(b + c)));
  }
}

void restrict_columns(const ColumnMap& map, const float* even, const float* odd,
                      const unsigned char* weight_even, const unsigned char* weight_odd, float* out_even,
                      float* out_odd, float* scratch) {
  const long n = map.fine, outputs = 2 * map.coarse;
  float we[16], wo[16];
  for (long m0 = 0; m0 < n; m0 += 16) {
    unpack16(weight_even + m0, we);
    unpack16(weight_odd + m0, wo);
    for (long m = m0; m < m0 + 16; ++m)
      for (long c = m * B; c < (m + 1) * B; c += V) {
        const bv ve = get(even + c), vo = get(odd + c);
        set(scratch + c, (1.0f - we[m - m0]) * ve);
        set(scratch + n * B + c, (1.0f - wo[m - m0]) * vo);
        set(scratch + 2 * n * B + c, we[m - m0] * ve);
        set(scratch + 3 * n * B + c, wo[m - m0] * vo);
      }
  }
  for (long l = 0; l < B; l += V) set(scratch + 4 * n * B + l, bv{});
  const int *a = map.restrict_at, *b = a + outputs, *d = b + outputs, *e = d + outputs;
  for (long q = 0; q < outputs; ++q) {
    float* to = (q & 1 ? out_odd : out_even) + q / 2 * B;
    for (long l = 0; l < B; l += V)
      set(to + l, (get(scratch + a[q] * B + l) + get(scratch + b[q] * B + l)) +
                      (get(scratch + d[q] * B + l) + get(scratch + e[q] * B + l)));
  }
}

void expand_columns(const ColumnMap& map, int parity, const float* even, const float* odd,
                    const unsigned char* weight, float* out, float*) {
  const long places = 2 * map.coarse;
  auto at = [&](long c) {  // places beyond the row have no weight
    if (c < 0 || c >= places) c = 0;
    return (c & 1 ? odd : even) + c / 2 * B;
  };
  float w[16];
  for (long m0 = 0; m0 < map.fine; m0 += 16) {
    unpack16(weight + m0, w);
    for (long m = m0; m < m0 + 16; ++m) {
      const float *own = at(map.own[parity][m]), *other = at(map.other[parity][m]);
      for (long l = 0; l < B; l += V)
        set(out + m * B + l, (1.0f - w[m - m0]) * get(own + l) + w[m - m0] * get(other + l));
    }
  }
}

/// Sums of one layer in float32 join the rest in float64.
BONDLINE_INLINE void gather(const bv* layer, double* out) {
  for (long l = 0; l < B; ++l) out[l] += double(layer[l / V][l % V]);
}

void dot(long n, const float* a, const float* b, double* out) {
  for (long l = 0; l < B; ++l) out[l] = 0;
  for (long m0 = 0; m0 < n; m0 += 64) {
    bv sum[B / V] = {};
    for (long m = m0; m < n && m < m0 + 64; ++m)
      for (long q = 0; q < B / V; ++q) sum[q] += get(a + m * B + q * V) * get(b + m * B + q * V);
    gather(sum, out);
  }
}

void direction(const FaceRow& row, const float* z, const float* beta, const float* old, float* p) {
  for (long k = 0; k < row.nz; ++k)
    for (long m = 0; m < row.columns; ++m) {
      const long c = (k * row.stride + m) * B;
      for (long l = 0; l < B; l += V) {
        const bv v = get(z + c + l);
        set(p + c + l, old ? v + get(beta + l) * get(old + c + l) : v);
      }
    }
}

void energy(const FaceRow& face, double* out) {
  const FaceRow h = face;
  for (long l = 0; l < B; ++l) out[l] = 0;
  for (long k = 0; k < h.nz; ++k) {
    bv sum[B / V] = {};
    const bool above = k + 1 < h.nz;
    for (long m = 0; m < h.columns; ++m) {
      const long at = k * h.stride + m;
      const float ground = h.ground[at], gr = h.gr[at], gu = h.gu[at], gz = above ? h.gz[at] : 0.0f;
      for (long q = 0; q < B / V; ++q) {
        const long c = at * B + q * V;
        const bv p = get(h.p + c), x = p - get(h.pr + c), y = p - get(h.pu + c),
                 z = above ? p - get(h.p + c + h.stride * B) : p;
        sum[q] += (ground * (p * p) + gz * (z * z)) + (gr * (x * x) + gu * (y * y));
      }
    }
    gather(sum, out);
  }
}

void step(const FaceRow& face, const float* alpha, float* r, double* squares) {
  const FaceRow h = face;
  for (long l = 0; l < B; ++l) squares[l] = 0;
  for (long k = 0; k < h.nz; ++k) {
    bv sum[B / V] = {};
    const bool below = k > 0, above = k + 1 < h.nz;
    for (long m = 0; m < h.columns; ++m) {
      const long at = k * h.stride + m;
      const float ground = h.ground[at], gl = h.gl[at], gr = h.gr[at], gd = h.gd[at], gu = h.gu[at],
                  gb = below ? h.gz[at - h.stride] : 0.0f, ga = above ? h.gz[at] : 0.0f;
      for (long q = 0; q < B / V; ++q) {
        const long c = at * B + q * V;
        const bv p = get(h.p + c);
        bv s = ground * p;
        s += gl * (p - get(h.pl + c)) + gr * (p - get(h.pr + c));
        s += gd * (p - get(h.pd + c)) + gu * (p - get(h.pu + c));
        if (below) s += gb * (p - get(h.p + c - h.stride * B));
        if (above) s += ga * (p - get(h.p + c + h.stride * B));
        const bv v = get(r + c) - get(alpha + q * V) * s;
        set(r + c, v);
        sum[q] += v * v;
      }
    }
    gather(sum, squares);
  }
}

// Between the cells' order, one field per lane, and the layout: through 8 x 8 transposes.
void load_lanes(long columns, long nz, long stride, const double* const* in, const double* scale, float* even,
                float* odd) {
  for (long i = 0; i < columns; ++i)
    for (long l = 0; l < B; l += 8) {
      float* const to = (i & 1 ? odd : even) + i / 2 * B + l;
      long k = 0;
      for (; k + 8 <= nz; k += 8) {
        v8f t[8];
        for (long s = 0; s < 8; ++s)
          t[s] = in[l + s]
                     ? __builtin_convertvector(load8(in[l + s] + i * nz + k) * scale[l + s], v8f)
                     : v8f{};
        transpose8(t);
        for (long q = 0; q < 8; ++q) store8(to + (k + q) * stride * B, t[q]);
      }
      for (; k < nz; ++k)
        for (long s = 0; s < 8; ++s)
          to[k * stride * B + s] = in[l + s] ? float(in[l + s][i * nz + k] * scale[l + s]) : 0.0f;
    }
}

constexpr long kFolded = 4;  // columns at a time

void fold(long columns, long nz, long stride, long count, const float* const* even, const float* const* odd,
          const double* by, double* const* u, double* scratch) {
  for (long parity = 0; parity < 2; ++parity) {
    const float* const* from = parity ? odd : even;
    const long half = (columns + 1 - parity) / 2;
    for (long m0 = 0; m0 < half; m0 += kFolded) {
      const long width = half - m0 < kFolded ? half - m0 : kFolded;
      for (long k = 0; k < nz; ++k)
        for (long m = 0; m < width; ++m)
          for (long l = 0; l < B; l += 8) {
            const long c = (k * stride + m0 + m) * B + l;
            v8d sum{};
            for (long n = 0; n < count; ++n) sum += load8(by + n * B + l) * wide(load8(from[n] + c));
            store8(scratch + (m * nz + k) * B + l, sum);
          }
      for (long m = 0; m < width; ++m)
        for (long l = 0; l < B; l += 8) {
          const double* const sums = scratch + m * nz * B + l;
          const long at = (2 * (m0 + m) + parity) * nz;
          long k = 0;
          for (; k + 8 <= nz; k += 8) {
            v8d t[8];
            for (long q = 0; q < 8; ++q) t[q] = load8(sums + (k + q) * B);
            transpose8(t);
            for (long s = 0; s < 8; ++s)
              if (u[l + s]) store8(u[l + s] + at + k, load8(u[l + s] + at + k) + t[s]);
          }
          for (; k < nz; ++k)
            for (long s = 0; s < 8; ++s)
              if (u[l + s]) u[l + s][at + k] += sums[k * B + s];
        }
    }
  }
}

constexpr BatchKernels kKernels = {
    {B, solve_lines, relax_lines, lateral_sum, mix, interpolate, restrict_columns, expand_columns, dot},
    direction,
    energy,
    step,
    load_lanes,
    fold};

}  // namespace BONDLINE_BATCH_SPACE
}  // namespace
}  // namespace bondline::numerics
