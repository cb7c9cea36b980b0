// The loops that carry the weight of the conduction solver, once per instruction set, chosen at run time. All
// sets are compiled from one text (conduction_kernels_body.h) without contraction, in the same order of
// operations: the same bits from every set.
//
// Layout of the float32 multigrid arrays. A level's columns (i, j) lie row by row (j); a row is split by the
// parity p of i into two half rows, m = i / 2; then come layers, and m is contiguous:
//   place(j, p, k, m) = ((2 j + p) nz + k) stride + m ,   stride = number of m rounded up to 16.
// So a half row holds one colour of a checkerboard of columns, tridiagonal solves run along k for 16 columns
// at a time, and the neighbours in x are the other half row, shifted by at most one.
//
// Conductances are kept in the upper 16 bits of a float32 (8 bits of mantissa): every face is off by at most
// 0.4 %, so the preconditioner's operator lies within 0.4 % of the true one in energy, and memory traffic is
// halved. The diagonal is never stored: it is summed from the faces and the ground that are really used.
//
// The float32 kernels expect denormals to be flushed (FlushToZero): values far from any source decay below
// the normal range, where arithmetic is a hundred times slower.
//
// No standard header here: kernel files carry ISA flags and must not emit shared inline functions.
#pragma once

namespace bondline::numerics {

/// A conductance: the upper half of a float32.
typedef unsigned short Half;

/// One half row with its four lateral neighbours. Every pointer is to (k = 0, m = 0) of a half row of nz *
/// stride.
struct HalfRow {
  long nz, stride;
  const float* f;                  ///< right-hand side
  const Half *gz, *ground;         ///< conductance to layer k + 1, to the reference
  const Half *gl, *gr, *gd, *gu;   ///< conductances to the left, right (x), down, up (y) neighbour
  const float *ul, *ur, *ud, *uu;  ///< the neighbours' values
  float* u;                        ///< values solved for
  float* change;                   ///< new minus old values, or null
  float* scratch;                  ///< (nz + 2) * kStrip floats
};
constexpr long kStrip = 128;  ///< columns solved together: their pivots stay in cache

/// How a layer of a row goes to the coarse columns and back. Coarse columns are in natural order here; a
/// block is 16 of them (restrict) or 16 places of a half row (expand). In a regular block all places follow
/// each other.
struct ColumnMap {
  long fine, coarse;       ///< strides of the half rows on both levels
  const int* restrict_at;  ///< four tables of 2 * coarse entries into [ (1-w) even | (1-w) odd | w even | w
                           ///< odd | 0 ]
  const char* restrict_even;   ///< regular? per block of 16 coarse columns
  const int* own[2];           ///< by parity: coarse column of each fine column of the half row ...
  const int* other[2];         ///< ... and the second one it is interpolated from
  const char* expand_even[2];  ///< regular? per block of 16
};

/// One row of the outer operator in float64, flat over (i, k): out = A v (or b - A v). Neighbours in x are nz
/// away, in y `row` away; faces between unrelated places hold zero conductance.
struct OuterRow {
  long n, nz, row;
  const double *gx, *gy, *gz, *ground;
};

/// The multigrid's own loops. Lengths count columns.
struct CycleKernels {
  /// Line solves of a half row without neighbours (first sweep from zero), and with them.
  void (*solve_lines)(const HalfRow&);
  void (*relax_lines)(const HalfRow&);
  /// out = sum of conductance x neighbour value: the residual of a colour whose lines were solved before the
  /// neighbours changed by those values.
  void (*lateral_sum)(const HalfRow&, float* out);
  /// out (+)= weight x in or (1 - weight) x in; weights are 1/256.
  void (*mix)(long n, const float* in, const unsigned char* weight, int complement, int add, float* out);
  /// u += (1 - w) a + w b
  void (*interpolate)(long n, const float* a, const float* b, const unsigned char* weight, float* u);
  /// Restriction in x of one layer of a row. scratch: 4 * fine + 16 + 2 * coarse floats.
  void (*restrict_columns)(const ColumnMap&, const float* even, const float* odd,
                           const unsigned char* weight_even, const unsigned char* weight_odd, float* out_even,
                           float* out_odd, float* scratch);
  /// out = (1 - w) coarse[own] + w coarse[other] for the half row `parity` of one layer, from the half rows
  /// of the coarse one. scratch: 2 * coarse + 48 floats.
  void (*expand_columns)(const ColumnMap&, int parity, const float* even, const float* odd,
                         const unsigned char* weight, float* out, float* scratch);
  /// out = a . b
  void (*dot)(long n, const float* a, const float* b, double* out);
};
constexpr long kMostLanes = 16;  ///< of a batch
constexpr long kRing = 4;        ///< fine columns that a restriction keeps

// Fields of a batch are in the cells' own order (z fastest, then x), lanes interleaved: value (i, j, k, lane)
// at ((j nx + i) nz + k) lanes + lane. A column before and one behind may be read. Conductances and weights
// are those of the levels, in the layout above.

/// The columns of one colour of a row: i = p, p + 2, ...; field pointers are to the first of them.
struct BatchColumns {
  long nz, stride;
  long begin, end;                              ///< those of them that are wanted
  const Half *gz, *ground, *gl, *gr, *gd, *gu;  ///< as in HalfRow
  const float* f;
  const float* v;  ///< the neighbours' values: u itself, or changes
  long down, up;   ///< floats from a column to its neighbours in y; 0 at the edges
  float* u;        ///< values solved for
  float* change;   ///< new minus old values, or null
  float* scratch;  ///< (nz + 2) * kStrip floats
};

/// What a coarse row is gathered from: residuals of up to four fine rows, then fine columns.
struct BatchRestriction {
  long nz, stride, fine;  ///< fine: columns of a row
  long begin, end;        ///< coarse columns wanted
  struct Source {
    const float* residual;        ///< of the red columns, without gaps
    const unsigned char* weight;  ///< share of the other coarse row, layer by layer
    bool member;                  ///< of this coarse row; else it gives its other share
    int parity;
  } source[4];
  long sources;
  const int *first, *other;        ///< MergedAxis of x: first fine column, and the second coarse one
  const unsigned char* weight[2];  ///< by parity: share of the other coarse column
  float* scratch;                  ///< (kRing + 1) columns
};

/// What the red columns of a fine row take from coarse rows.
struct BatchInterpolation {
  long nz, stride, coarse;                  ///< coarse: columns of a row
  long begin, end;                          ///< columns wanted, of those of this colour
  const float *row, *row_other;             ///< the coarse row a fine row lies in, and the second one
  const int *own, *other;                   ///< coarse columns of each fine one
  const unsigned char *wx, *wx_other, *wy;  ///< shares of other columns on both rows, of the other row
  float* scratch;                           ///< 48 nz floats
};

/// Columns of a row of the operator itself in float32, in the cells' order.
struct BatchFaces {
  long columns, nz;
  const float *gz, *ground, *gl, *gr, *gd, *gu;
  long down, up;  ///< floats from a value to its neighbours in y; 0 at the edges
};

/// The loops for `lanes` interleaved right-hand sides. Sums are one per lane.
struct BatchKernels {
  long lanes;
  /// As CycleKernels' functions of the same names, for whole rows.
  void (*solve_lines)(const BatchColumns&);
  void (*relax_lines)(const BatchColumns&);
  void (*lateral_sum)(const BatchColumns&, float* out);
  void (*restrict_row)(const BatchRestriction&, float* out);
  void (*interpolate_row)(const BatchInterpolation&, float* u);
  void (*dot)(long cells, const float* a, const float* b, double* out);
  /// p = z + beta old; old null: p = z.
  void (*direction)(long cells, const float* z, const float* beta, const float* old, float* p);
  /// The row's share of p . A p: a sum over ground and the faces towards greater x, y, z.
  void (*energy)(const BatchFaces&, const float* p, double* out);
  /// r -= alpha A p; squares = r . r
  void (*step)(const BatchFaces&, const float* alpha, const float* p, float* r, double* squares);
  /// Every lane's float64 field times its scale; null lanes become zero.
  void (*load)(long cells, const double* const* in, const double* scale, float* out);
  /// u[lane] += sum over n < count of by[n][lane] x fields[n]; null lanes are left out.
  void (*fold)(long cells, long count, const float* const* fields, const double* by, double* const* u);
};

struct ConductionKernels {
  const char* name;
  CycleKernels one;
  BatchKernels eight, sixteen;
  /// out[q] = in[a[q]] + in[b[q]]
  void (*gather_pairs)(long outputs, const float* in, const int* a, const int* b, float* out);
  /// Coarse face from a fine face gf between two merged pairs with inner conductances gi, gj (null: not a
  /// pair). Writes conductance, and the weights of the two fine cells at the face (null: not wanted). ratio:
  /// fine over coarse distance of the cell centres, one per face (or, null, `even_ratio` for all).
  void (*series)(long n, const float* gf, const float* gi, const float* gj, const float* ratio,
                 float even_ratio, float* g, unsigned char* wi, unsigned char* wj);
  /// out (+)= in
  void (*unpack)(long n, const Half* in, int add, float* out);
  void (*pack)(long n, const float* in, Half* out);
  /// float64 <-> layout. columns: number of i; half rows of `stride`. out = in x scale.
  void (*to_layout)(long columns, long nz, long stride, const double* in, double scale, float* even,
                    float* odd);
  void (*to_halves)(long columns, long nz, long stride, const double* in, double scale, Half* even,
                    Half* odd);
  /// p = z x scale + beta p; p is not read when beta is 0
  void (*direction)(long columns, long nz, long stride, const float* even, const float* odd, double scale,
                    double beta, float* p);
  /// out = A p, returns p . A p
  double (*apply)(const OuterRow&, const float* p, double* out);
  /// out = b - A v (not written when null), returns its square
  double (*residual)(const OuterRow&, const double* b, const double* v, double* out);
  /// u += alpha p, r -= alpha ap, layout = r x scale; returns r . r
  double (*step)(long columns, long nz, long stride, double alpha, const float* p, const double* ap,
                 double* u, double* r, double scale, float* even, float* odd);
};

const ConductionKernels& conduction_kernels_portable();
const ConductionKernels& conduction_kernels_avx2();  ///< only call where the processor has AVX2
const ConductionKernels&
conduction_kernels_avx512();  ///< only call where the processor has AVX-512 F, VL, BW, DQ
/// The fastest set this processor can run.
const ConductionKernels& conduction_kernels();

}  // namespace bondline::numerics
