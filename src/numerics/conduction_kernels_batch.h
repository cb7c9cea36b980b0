// Text of the kernels for kBatch interleaved right-hand sides; part of conduction_kernels_body.h.
// Conductances, pivots and tables are read once for all lanes.
namespace bondline::numerics {
namespace {
namespace batch {

constexpr long B = kBatch;
constexpr long kColumns = 32;  // solved together
static_assert(B == 8, "the vectors here hold eight lanes");

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
  for (long m0 = 0; m0 < h.stride; m0 += kColumns) {
    const long width = h.stride - m0 < kColumns ? h.stride - m0 : kColumns;
    for (long k = 0; k < h.nz; ++k) {
      const long row = k * h.stride + m0;
      for (long m = 0; m < width; m += W) {
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
      for (long m = 0; m < width; ++m) {
        const long c = (row + m) * B;
        v8f t = load8(h.f + c);
        if (kNeighbours)
          t += (left[m] * load8(h.ul + c) + right[m] * load8(h.ur + c)) +
               (down[m] * load8(h.ud + c) + up[m] * load8(h.uu + c));
        if (k > 0) t += share[k * kColumns + m] * load8(work + c - h.stride * B);
        store8(work + c, t);
      }
    }
    for (long k = h.nz - 1; k >= 0; --k) {
      const long row = k * h.stride + m0;
      for (long m = 0; m < width; m += W) store(left + m, load(h.gz + row + m));
      for (long m = 0; m < width; ++m) {
        const long c = (row + m) * B;
        v8f t = load8(work + c);
        if (k + 1 < h.nz) t += left[m] * load8(h.u + c + h.stride * B);
        const v8f u = t * inverse[k * kColumns + m];
        if (kChange) store8(h.change + c, u - load8(h.u + c));
        store8(h.u + c, u);
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

BONDLINE_INLINE float value(Half h) {
  union {
    unsigned u;
    float f;
  } bits{unsigned(h) << 16};
  return bits.f;
}
BONDLINE_INLINE float weight_of(unsigned char w) {
  return float(w) * (1.0f / 256);
}

void lateral_sum(const HalfRow& half, float* out) {
  const HalfRow h = half;
  for (long m = 0; m < h.nz * h.stride; ++m) {
    const long c = m * B;
    store8(out + c, (value(h.gl[m]) * load8(h.ul + c) + value(h.gr[m]) * load8(h.ur + c)) +
                        (value(h.gd[m]) * load8(h.ud + c) + value(h.gu[m]) * load8(h.uu + c)));
  }
}

void mix(long n, const float* in, const unsigned char* weight, int complement, int add, float* out) {
  for (long m = 0; m < n; ++m) {
    const float w = complement ? 1.0f - weight_of(weight[m]) : weight_of(weight[m]);
    const v8f v = w * load8(in + m * B);
    store8(out + m * B, add ? load8(out + m * B) + v : v);
  }
}

void interpolate(long n, const float* a, const float* b, const unsigned char* weight, float* u) {
  for (long m = 0; m < n; ++m) {
    const float w = weight_of(weight[m]);
    store8(u + m * B, load8(u + m * B) + ((1.0f - w) * load8(a + m * B) + w * load8(b + m * B)));
  }
}

void restrict_columns(const ColumnMap& map, const float* even, const float* odd,
                      const unsigned char* weight_even, const unsigned char* weight_odd, float* out_even,
                      float* out_odd, float* scratch) {
  const long n = map.fine, outputs = 2 * map.coarse;
  for (long m = 0; m < n; ++m) {
    const float we = weight_of(weight_even[m]), wo = weight_of(weight_odd[m]);
    const v8f ve = load8(even + m * B), vo = load8(odd + m * B);
    store8(scratch + m * B, (1.0f - we) * ve);
    store8(scratch + (n + m) * B, (1.0f - wo) * vo);
    store8(scratch + (2 * n + m) * B, we * ve);
    store8(scratch + (3 * n + m) * B, wo * vo);
  }
  store8(scratch + 4 * n * B, v8f{});
  const int *a = map.restrict_at, *b = a + outputs, *d = b + outputs, *e = d + outputs;
  for (long q = 0; q < outputs; ++q)
    store8((q & 1 ? out_odd : out_even) + q / 2 * B,
           (load8(scratch + a[q] * B) + load8(scratch + b[q] * B)) +
               (load8(scratch + d[q] * B) + load8(scratch + e[q] * B)));
}

void expand_columns(const ColumnMap& map, int parity, const float* even, const float* odd,
                    const unsigned char* weight, float* out, float*) {
  const long places = 2 * map.coarse;
  auto at = [&](long c) {  // places beyond the row have no weight
    if (c < 0 || c >= places) c = 0;
    return load8((c & 1 ? odd : even) + c / 2 * B);
  };
  for (long m = 0; m < map.fine; ++m) {
    const float w = weight_of(weight[m]);
    store8(out + m * B, (1.0f - w) * at(map.own[parity][m]) + w * at(map.other[parity][m]));
  }
}

void dot(long n, const float* a, const float* b, double* out) {
  v8d s{};
  for (long m = 0; m < n; ++m) s += wide(load8(a + m * B)) * wide(load8(b + m * B));
  store8(out, s);
}

// Every cell of a row: its place in the cells' own order, in its half row, and its parity. The padding of the
// half rows is never written and stays zero.
template <class F>
BONDLINE_INLINE void each_place(long columns, long nz, long stride, const F& use) {
  for (long i = 0; i < columns; ++i)
    for (long k = 0; k < nz; ++k) use((i * nz + k) * B, (k * stride + i / 2) * B, int(i & 1));
}

BONDLINE_INLINE void store_unit(float* to, v8d v) {
  store8(to, __builtin_convertvector(v, v8f));
}

void to_layout(long columns, long nz, long stride, const double* in, const double* scale, float* even,
               float* odd) {
  const v8d s = load8(scale);
  each_place(columns, nz, stride, [&](long from, long to, int parity) {
    store_unit((parity ? odd : even) + to, load8(in + from) * s);
  });
}

void direction(long columns, long nz, long stride, const float* even, const float* odd, const double* scale,
               const double* beta, int first, float* p) {
  const v8d s = load8(scale), b = load8(beta);
  each_place(columns, nz, stride, [&](long at, long from, int parity) {
    const v8d z = wide(load8((parity ? odd : even) + from)) * s;
    store_unit(p + at, first ? z : z + b * wide(load8(p + at)));
  });
}

void apply(const OuterRow& o, const float* p, double* out, double* dots) {
  v8d sum{};
  for (long c = 0; c < o.n; ++c) {
    const v8d u = wide(load8(p + c * B));
    auto drop = [&](long step) { return u - wide(load8(p + (c + step) * B)); };
    v8d s = o.ground[c] * u;
    s += o.gx[c - o.nz] * drop(-o.nz) + o.gx[c] * drop(o.nz);
    s += o.gy[c - o.row] * drop(-o.row) + o.gy[c] * drop(o.row);
    s += o.gz[c - 1] * drop(-1) + o.gz[c] * drop(1);
    store8(out + c * B, s);
    sum += s * u;
  }
  store8(dots, sum);
}

void step(long columns, long nz, long stride, const double* alpha, const float* p, const double* ap,
          double* u, double* r, const double* scale, float* even, float* odd, double* squares) {
  const v8d a = load8(alpha), s = load8(scale);
  v8d sum{};
  each_place(columns, nz, stride, [&](long at, long to, int parity) {
    store8(u + at, load8(u + at) + a * wide(load8(p + at)));
    const v8d v = load8(r + at) - a * load8(ap + at);
    store8(r + at, v);
    sum += v * v;
    store_unit((parity ? odd : even) + to, v * s);
  });
  store8(squares, sum);
}

}  // namespace batch
}  // namespace
}  // namespace bondline::numerics
