// Text of the kernels for BONDLINE_BATCH interleaved right-hand sides; part of conduction_kernels_body.h,
// which includes it once per number of lanes with BONDLINE_BATCH_SPACE as the namespace. Fields are in the
// cells' own order, so a column is one stretch of memory that a line solve reads up and down; conductances,
// pivots and weights are unpacked for 16 columns and read once for all lanes. Every lane sees the same
// operations in the same order as the kernels for one right-hand side.
namespace bondline::numerics {
namespace {
namespace BONDLINE_BATCH_SPACE {

constexpr long B = BONDLINE_BATCH;
constexpr long V = W < B ? W : B;  // floats of a vector
constexpr long kBlock = 16;        // columns whose conductances are unpacked together
static_assert(B % 8 == 0 && B % V == 0 && kBlock % W == 0, "lanes fill vectors");
typedef float bv __attribute__((vector_size(V * 4)));
typedef float bvu __attribute__((vector_size(V * 4), aligned(4), may_alias));

BONDLINE_INLINE bv get(const float* p) {
  return *reinterpret_cast<const bvu*>(p);
}
BONDLINE_INLINE void set(float* p, bv v) {
  *reinterpret_cast<bvu*>(p) = v;
}

/// Layer by layer, kBlock columns of packed conductances or weights as floats.
BONDLINE_INLINE void unpack_block(long nz, long stride, const Half* from, float* to) {
  for (long k = 0; k < nz; ++k)
    for (long m = 0; m < kBlock; m += W) store(to + k * kBlock + m, load(from + k * stride + m));
}
BONDLINE_INLINE void unpack_block(long nz, long stride, const unsigned char* from, float* to) {
  for (long k = 0; k < nz; ++k)
    for (long m = 0; m < kBlock; m += W) store(to + k * kBlock + m, weights(from + k * stride + m));
}

/// What a line solve needs of kBlock columns, [layer][column] each.
struct Block {
  float *left, *right, *down, *up, *share, *inverse, *above;
};

BONDLINE_INLINE Block prepare(const BatchColumns& r, long m0) {
  const long n = r.nz * kBlock;
  float* const s = r.scratch;
  const Block t{s, s + n, s + 2 * n, s + 3 * n, s + 4 * n, s + 5 * n, s + 6 * n};
  vf excess[kBlock / W], behind[kBlock / W];
  for (long k = 0; k < r.nz; ++k)
    for (long m = 0; m < kBlock; m += W) {
      const long c = k * r.stride + m0 + m, at = k * kBlock + m;
      const vf gl = load(r.gl + c), gr = load(r.gr + c), gd = load(r.gd + c), gu = load(r.gu + c),
               gz = load(r.gz + c);
      store(t.left + at, gl);
      store(t.right + at, gr);
      store(t.down + at, gd);
      store(t.up + at, gu);
      store(t.above + at, gz);
      vf e = load(r.ground + c) + ((gl + gr) + (gd + gu));
      if (k > 0) {
        const vf share = load(t.above + at - kBlock) * behind[m / W];
        e += share * excess[m / W];
        store(t.share + at, share);
      }
      vf pivot = e + gz;
      pivot = pivot > kTinyPivot ? pivot : vf{} + kTinyPivot;
      behind[m / W] = 1.0f / pivot;
      store(t.inverse + at, behind[m / W]);
      excess[m / W] = e;
    }
  return t;
}

/// kCount columns of the block from its column `m` on; several, so that one waits for the other's arithmetic.
template <bool kNeighbours, bool kChange, int kCount>
BONDLINE_INLINE void solve_columns(const BatchColumns& r, const Block& t, long m0, long m) {
  const long step = 2 * r.nz * B, side = r.nz * B;
  for (long l = 0; l < B; l += V) {
    const long first = (m0 + m) * step + l;
    const float *const f = r.f + first, *const v = r.v + first;
    float* const u = r.u + first;
    float* const work = kChange ? r.change + first : u;
    bv last[kCount] = {};
    for (long k = 0; k < r.nz; ++k)
      for (int q = 0; q < kCount; ++q) {
        const long c = q * step + k * B, at = k * kBlock + m + q;
        bv x = get(f + c);
        if (kNeighbours)
          x += (t.left[at] * get(v + c - side) + t.right[at] * get(v + c + side)) +
               (t.down[at] * get(v + c + r.down) + t.up[at] * get(v + c + r.up));
        if (k > 0) x += t.share[at] * last[q];
        last[q] = x;
        set(work + c, x);
      }
    for (long k = r.nz - 1; k >= 0; --k)
      for (int q = 0; q < kCount; ++q) {
        const long c = q * step + k * B, at = k * kBlock + m + q;
        bv x = get(work + c);
        if (k + 1 < r.nz) x += t.above[at] * last[q];
        last[q] = x * t.inverse[at];
        if (kChange) set(work + c, last[q] - get(u + c));
        set(u + c, last[q]);
      }
  }
}

template <bool kNeighbours, bool kChange>
BONDLINE_INLINE void lines(const BatchColumns& columns) {
  const BatchColumns r = columns;
  for (long m0 = r.begin; m0 < r.end; m0 += kBlock) {
    const Block t = prepare(r, m0);
    const long width = r.end - m0 < kBlock ? r.end - m0 : kBlock;
    long m = 0;
    for (; m + 2 <= width; m += 2) solve_columns<kNeighbours, kChange, 2>(r, t, m0, m);
    if (m < width) solve_columns<kNeighbours, kChange, 1>(r, t, m0, m);
  }
}

void solve_lines(const BatchColumns& r) {
  lines<false, false>(r);
}
void relax_lines(const BatchColumns& r) {
  if (r.change)
    lines<true, true>(r);
  else
    lines<true, false>(r);
}

void lateral_sum(const BatchColumns& columns, float* out) {
  const BatchColumns r = columns;
  const long n = r.nz * kBlock, step = 2 * r.nz * B, side = r.nz * B;
  float *const left = r.scratch, *const right = left + n, *const down = right + n, *const up = down + n;
  for (long m0 = r.begin; m0 < r.end; m0 += kBlock) {
    unpack_block(r.nz, r.stride, r.gl + m0, left);
    unpack_block(r.nz, r.stride, r.gr + m0, right);
    unpack_block(r.nz, r.stride, r.gd + m0, down);
    unpack_block(r.nz, r.stride, r.gu + m0, up);
    for (long m = m0; m < r.end && m < m0 + kBlock; ++m)
      for (long k = 0; k < r.nz; ++k)
        for (long l = 0; l < B; l += V) {
          const float* const v = r.v + m * step + k * B + l;
          const long at = k * kBlock + m - m0;
          set(out + (m * r.nz + k) * B + l, (left[at] * get(v - side) + right[at] * get(v + side)) +
                                                (down[at] * get(v + r.down) + up[at] * get(v + r.up)));
        }
  }
}

BONDLINE_INLINE float weight_of(unsigned char w) {
  return float(w) * (1.0f / 256);
}

/// One fine column's residual, gathered from the rows that give to the coarse row.
BONDLINE_INLINE void merge_column(const BatchRestriction& r, long i, float* out) {
  bool begun = false;
  for (long n = 0; n < r.sources; ++n) {
    const BatchRestriction::Source& s = r.source[n];
    if (s.parity != (i & 1)) continue;
    const float* const in = s.residual + i / 2 * r.nz * B;
    const unsigned char* const weight = s.weight + i / 2;
    for (long k = 0; k < r.nz; ++k) {
      float w = weight_of(weight[k * r.stride]);
      if (s.member) w = 1.0f - w;
      for (long c = k * B; c < (k + 1) * B; c += V) {
        const bv v = w * get(in + c);
        set(out + c, begun ? get(out + c) + v : v);
      }
    }
    begun = true;
  }
  if (begun) return;
  for (long c = 0; c < r.nz * B; c += V) set(out + c, bv{});
}

void restrict_row(const BatchRestriction& restriction, float* out) {
  const BatchRestriction r = restriction;
  const long column = r.nz * B;
  const float* const zeros = r.scratch;  // a column of zeros, then a ring of fine columns
  float* const ring = r.scratch + column;
  for (long c = 0; c < column; c += V) set(r.scratch + c, bv{});
  // Columns below `merged` are in the ring, as far as it reaches back.
  long merged = r.first[r.begin] > 0 ? r.first[r.begin] - 1 : 0;
  for (long to = r.begin; to < r.end; ++to) {
    const long begin = r.first[to], end = r.first[to + 1];
    for (; merged < r.fine && merged <= end; ++merged)
      merge_column(r, merged, ring + merged % kRing * column);
    // From the left neighbour, the even and the odd member, the right neighbour.
    const float* from[4] = {zeros, zeros, zeros, zeros};
    const unsigned char* weight[4] = {r.weight[0], r.weight[0], r.weight[0], r.weight[0]};
    bool own[4] = {false, false, false, false};
    const auto take = [&](long n, long i, bool member) {
      from[n] = ring + i % kRing * column;
      weight[n] = r.weight[i & 1] + i / 2;
      own[n] = member;
    };
    if (begin > 0 && r.other[begin - 1] == to) take(0, begin - 1, false);
    for (long i = begin; i < end; ++i) take(1 + (i & 1), i, true);
    if (end < r.fine && r.other[end] == to) take(3, end, false);
    float* const sum = out + to * column;
    for (long k = 0; k < r.nz; ++k) {
      float w[4];
      for (int n = 0; n < 4; ++n) {
        w[n] = weight_of(weight[n][k * r.stride]);
        if (own[n]) w[n] = 1.0f - w[n];
      }
      for (long c = k * B; c < (k + 1) * B; c += V)
        set(sum + c, (w[0] * get(from[0] + c) + w[1] * get(from[1] + c)) +
                         (w[2] * get(from[2] + c) + w[3] * get(from[3] + c)));
    }
  }
}

void interpolate_row(const BatchInterpolation& interpolation, float* u) {
  const BatchInterpolation r = interpolation;
  const long n = r.nz * kBlock;
  float *const wx = r.scratch, *const wx_other = wx + n, *const wy = wx_other + n;
  for (long m0 = r.begin; m0 < r.end; m0 += kBlock) {
    unpack_block(r.nz, r.stride, r.wx + m0, wx);
    unpack_block(r.nz, r.stride, r.wx_other + m0, wx_other);
    unpack_block(r.nz, r.stride, r.wy + m0, wy);
    for (long m = m0; m < r.end && m < m0 + kBlock; ++m) {
      const auto place = [&](int column) {  // places beyond the row have no weight
        return (column < 0 || column >= r.coarse ? 0 : column) * r.nz * B;
      };
      const long a = place(r.own[m]), b = place(r.other[m]);
      float* const to = u + 2 * m * r.nz * B;
      for (long k = 0; k < r.nz; ++k) {
        const long at = k * kBlock + m - m0;
        const float x = wx[at], x_other = wx_other[at], y = wy[at];
        for (long c = k * B; c < (k + 1) * B; c += V) {
          const bv near = (1.0f - x) * get(r.row + a + c) + x * get(r.row + b + c);
          const bv far = (1.0f - x_other) * get(r.row_other + a + c) + x_other * get(r.row_other + b + c);
          set(to + c, get(to + c) + ((1.0f - y) * near + y * far));
        }
      }
    }
  }
}

/// Sums of a few cells in float32 join the rest in float64.
BONDLINE_INLINE void gather(const bv* few, double* out) {
  for (long l = 0; l < B; ++l) out[l] += double(few[l / V][l % V]);
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

void direction(long n, const float* z, const float* beta, const float* old, float* p) {
  for (long c = 0; c < n * B; c += B)
    for (long l = 0; l < B; l += V) {
      const bv v = get(z + c + l);
      set(p + c + l, old ? v + get(beta + l) * get(old + c + l) : v);
    }
}

void energy(const BatchFaces& faces, const float* field, double* out) {
  const BatchFaces h = faces;
  for (long l = 0; l < B; ++l) out[l] = 0;
  for (long i = 0; i < h.columns; ++i) {
    bv sum[B / V] = {};
    for (long k = 0; k < h.nz; ++k) {
      const long at = i * h.nz + k;
      const float ground = h.ground[at], gr = h.gr[at], gu = h.gu[at], gz = h.gz[at];
      for (long q = 0; q < B / V; ++q) {
        const float* const v = field + at * B + q * V;
        const bv p = get(v), x = p - get(v + h.nz * B), y = p - get(v + h.up), z = p - get(v + B);
        sum[q] += (ground * (p * p) + gz * (z * z)) + (gr * (x * x) + gu * (y * y));
      }
    }
    gather(sum, out);
  }
}

void step(const BatchFaces& faces, const float* alpha, const float* field, float* r, double* squares) {
  const BatchFaces h = faces;
  for (long l = 0; l < B; ++l) squares[l] = 0;
  for (long i = 0; i < h.columns; ++i) {
    bv sum[B / V] = {};
    for (long k = 0; k < h.nz; ++k) {
      const long at = i * h.nz + k;
      for (long q = 0; q < B / V; ++q) {
        const long c = at * B + q * V;
        const float* const v = field + c;
        const bv p = get(v);
        bv s = h.ground[at] * p;
        s += h.gl[at] * (p - get(v - h.nz * B)) + h.gr[at] * (p - get(v + h.nz * B));
        s += h.gd[at] * (p - get(v + h.down)) + h.gu[at] * (p - get(v + h.up));
        s += h.gz[at - 1] * (p - get(v - B)) + h.gz[at] * (p - get(v + B));
        const bv x = get(r + c) - get(alpha + q * V) * s;
        set(r + c, x);
        sum[q] += x * x;
      }
    }
    gather(sum, squares);
  }
}

// Between one field per lane and the interleaved ones: through 8 x 8 transposes.
void load_lanes(long n, const double* const* in, const double* scale, float* out) {
  long c = 0;
  for (; c + 8 <= n; c += 8)
    for (long l = 0; l < B; l += 8) {
      v8f t[8];
      for (long s = 0; s < 8; ++s)
        t[s] = in[l + s] ? __builtin_convertvector(load8(in[l + s] + c) * scale[l + s], v8f) : v8f{};
      transpose8(t);
      for (long q = 0; q < 8; ++q) store8(out + (c + q) * B + l, t[q]);
    }
  for (; c < n; ++c)
    for (long l = 0; l < B; ++l) out[c * B + l] = in[l] ? float(in[l][c] * scale[l]) : 0.0f;
}

void fold(long n, long count, const float* const* fields, const double* by, double* const* u) {
  long c = 0;
  for (; c + 8 <= n; c += 8)
    for (long l = 0; l < B; l += 8) {
      v8d t[8];
      for (long q = 0; q < 8; ++q) {
        t[q] = v8d{};
        for (long f = 0; f < count; ++f)
          t[q] += load8(by + f * B + l) * wide(load8(fields[f] + (c + q) * B + l));
      }
      transpose8(t);
      for (long s = 0; s < 8; ++s)
        if (u[l + s]) store8(u[l + s] + c, load8(u[l + s] + c) + t[s]);
    }
  for (; c < n; ++c)
    for (long l = 0; l < B; ++l) {
      double sum = 0;
      for (long f = 0; f < count; ++f) sum += by[f * B + l] * double(fields[f][c * B + l]);
      if (u[l]) u[l][c] += sum;
    }
}

constexpr BatchKernels kKernels = {B,   solve_lines, relax_lines, lateral_sum, restrict_row, interpolate_row,
                                   dot, direction,   energy,      step,        load_lanes,   fold};

}  // namespace BONDLINE_BATCH_SPACE
}  // namespace
}  // namespace bondline::numerics
