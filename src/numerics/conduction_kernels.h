// The loops that carry the weight of the conduction solver, once per instruction set, chosen at run time. All sets are
// compiled from one text (conduction_kernels_body.h) without contraction, in the same order of operations: the same
// bits from every set.
//
// Layout of the float32 multigrid arrays. A level's columns (i, j) lie row by row (j); a row is split by the parity p
// of i into two half rows, m = i / 2; then come layers, and m is contiguous:
//   place(j, p, k, m) = ((2 j + p) nz + k) stride + m ,   stride = number of m rounded up to 16.
// So a half row holds one colour of a checkerboard of columns, tridiagonal solves run along k for 16 columns at a
// time, and the neighbours in x are the other half row, shifted by at most one.
//
// No standard header here: kernel files carry ISA flags and must not emit shared inline functions.
#pragma once

namespace bondline::numerics {

/// One half row with its four lateral neighbours. Every pointer is to (k = 0, m = 0) of a half row of nz * stride.
struct HalfRow {
  long nz, stride;
  const float *f, *sum, *gz;         ///< right-hand side, ground + lateral conductances, conductance to k + 1
  const float *gl, *gr, *gd, *gu;    ///< conductances to the left, right (x), down, up (y) neighbour
  const float *ul, *ur, *ud, *uu;    ///< the neighbours' values
  float* u;                          ///< values solved for
  float* change;                     ///< new minus old values, or null
  float* scratch;                    ///< (nz + 2) * kStrip floats
};
constexpr long kStrip = 256;  ///< columns solved together: their pivots stay in the first-level cache

/// One row of the outer operator in float64, flat over (i, k): out = A v (or b - A v). Neighbours in x are nz away,
/// in y `row` away; faces between unrelated places hold zero conductance.
struct OuterRow {
  long n, nz, row;
  const double *gx, *gy, *gz, *ground;
};

struct ConductionKernels {
  const char* name;
  /// Line solves of a half row without neighbours (first sweep from zero), and with them.
  void (*solve_lines)(const HalfRow&);
  void (*relax_lines)(const HalfRow&);
  /// out = sum of conductance x neighbour value: the residual of a colour whose lines were solved before `u*` changed.
  void (*lateral_sum)(const HalfRow&, float* out);
  /// sum[...] = ground + gl + gr + gd + gu over a half row.
  void (*diagonal_sum)(const HalfRow&, const float* ground, float* out);
  /// out (+)= weight x in or (1 - weight) x in; weights are 1/256.
  void (*mix)(long n, const float* in, const unsigned char* weight, int complement, int add, float* out);
  /// u += (1 - w) a + w b
  void (*interpolate)(long n, const float* a, const float* b, const unsigned char* weight, float* u);
  /// Restriction in x of one layer: with G = [ (1-w) in even, odd | w in even, odd | 0 ] (n places each), every output
  /// is the sum of the four places of G its tables name (places: even outputs 4 x outputs, then odd ones).
  void (*gather_restrict)(long n, const float* even, const float* odd, const unsigned char* weight_even,
                          const unsigned char* weight_odd, const int* places, long outputs, float* out_even,
                          float* out_odd, float* scratch);
  /// out[q] = in[a[q]] + in[b[q]]
  void (*gather_pairs)(long outputs, const float* in, const int* a, const int* b, float* out);
  /// out[q] = (1 - w[q]) in[own[q]] + w[q] in[other[q]]
  void (*gather_expand)(long outputs, const float* in, const unsigned char* weight, const int* own, const int* other,
                        float* out);
  /// Coarse face from a fine face gf between two merged pairs with inner conductances gi, gj (null: not a pair).
  /// Writes conductance, and the weights of the two fine cells at the face (null: not wanted). ratio: fine over coarse
  /// distance of the cell centres, one per face (or, null, `even_ratio` for all).
  void (*series)(long n, const float* gf, const float* gi, const float* gj, const float* ratio, float even_ratio,
                 float* g, unsigned char* wi, unsigned char* wj);
  /// out (+)= in
  void (*add)(long n, const float* in, int add, float* out);
  double (*dot)(long n, const float* a, const float* b);
  /// float64 <-> layout. columns: number of i; half rows of `stride`. out = in x scale.
  void (*to_layout)(long columns, long nz, long stride, const double* in, double scale, float* even, float* odd);
  /// p = z x scale + beta p
  void (*direction)(long columns, long nz, long stride, const float* even, const float* odd, double scale, double beta,
                    float* p);
  /// out = A p, returns p . A p
  double (*apply)(const OuterRow&, const float* p, double* out);
  /// out = b - A v, returns its square
  double (*residual)(const OuterRow&, const double* b, const double* v, double* out);
  /// u += alpha p, r -= alpha ap, layout = r x scale; returns r . r
  double (*step)(long columns, long nz, long stride, double alpha, const float* p, const double* ap, double* u,
                 double* r, double scale, float* even, float* odd);
};

const ConductionKernels& conduction_kernels_portable();
const ConductionKernels& conduction_kernels_avx2();    ///< only call where the processor has AVX2
const ConductionKernels& conduction_kernels_avx512();  ///< only call where the processor has AVX-512 F, VL, BW, DQ
/// The fastest set this processor can run.
const ConductionKernels& conduction_kernels();

}  // namespace bondline::numerics
