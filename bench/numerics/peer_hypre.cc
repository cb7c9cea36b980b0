#include "peer.h"

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include <HYPRE.h>
#include <HYPRE_IJ_mv.h>
#include <HYPRE_krylov.h>
#include <HYPRE_parcsr_ls.h>
#include <HYPRE_struct_ls.h>

namespace bondline::bench {
namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Entries of row (i, j, k): centre, then the neighbours that exist, as face conductances.
template <class F>
void row_of(const numerics::ConductionOperator& op, int i, int j, int k, const F& entry) {
  const numerics::TensorGrid& g = op.grid;
  const std::size_t c = g.index(i, j, k), sx = std::size_t(g.nz()), sy = sx * std::size_t(g.nx());
  if (i > 0) entry(0, c - sx, op.gx[c - sx]);
  if (i + 1 < g.nx()) entry(1, c + sx, op.gx[c]);
  if (j > 0) entry(2, c - sy, op.gy[c - sy]);
  if (j + 1 < g.ny()) entry(3, c + sy, op.gy[c]);
  if (k > 0) entry(4, c - 1, op.gz[c - 1]);
  if (k + 1 < g.nz()) entry(5, c + 1, op.gz[c]);
}

// Struct grid: hypre's first index runs fastest; x, y, z as in the reference programs.
PeerResult run_pfmg(const ReferenceProblem& p, double tolerance) {
  const numerics::TensorGrid& g = p.op.grid;
  HYPRE_Int lower[3] = {0, 0, 0}, upper[3] = {g.nx() - 1, g.ny() - 1, g.nz() - 1};
  HYPRE_StructGrid grid;
  HYPRE_StructGridCreate(MPI_COMM_WORLD, 3, &grid);
  HYPRE_StructGridSetExtents(grid, lower, upper);
  HYPRE_StructGridAssemble(grid);
  // Symmetric storage: centre and the three upper neighbours.
  HYPRE_StructStencil stencil;
  HYPRE_Int offsets[4][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  HYPRE_StructStencilCreate(3, 4, &stencil);
  for (HYPRE_Int e = 0; e < 4; ++e) HYPRE_StructStencilSetElement(stencil, e, offsets[e]);
  HYPRE_StructMatrix a;
  HYPRE_StructVector b, x;
  HYPRE_StructMatrixCreate(MPI_COMM_WORLD, grid, stencil, &a);
  HYPRE_StructMatrixSetSymmetric(a, 1);
  HYPRE_StructMatrixInitialize(a);
  HYPRE_StructVectorCreate(MPI_COMM_WORLD, grid, &b);
  HYPRE_StructVectorCreate(MPI_COMM_WORLD, grid, &x);
  HYPRE_StructVectorInitialize(b);
  HYPRE_StructVectorInitialize(x);
  std::vector<double> values(std::size_t(g.nx()) * 4), rhs(std::size_t(g.nx()));
  HYPRE_Int entries[4] = {0, 1, 2, 3};
  for (int k = 0; k < g.nz(); ++k)
    for (int j = 0; j < g.ny(); ++j) {
      for (int i = 0; i < g.nx(); ++i) {
        const std::size_t c = g.index(i, j, k);
        double* v = values.data() + 4 * i;
        v[0] = p.op.ground[c];
        row_of(p.op, i, j, k, [&](int, std::size_t, double value) { v[0] += value; });
        v[1] = -p.op.gx[c];
        v[2] = -p.op.gy[c];
        v[3] = -p.op.gz[c];
        rhs[std::size_t(i)] = p.b[c];
      }
      HYPRE_Int from[3] = {0, j, k}, to[3] = {g.nx() - 1, j, k};
      HYPRE_StructMatrixSetBoxValues(a, from, to, 4, entries, values.data());
      HYPRE_StructVectorSetBoxValues(b, from, to, rhs.data());
    }
  HYPRE_StructVectorSetConstantValues(x, 0.0);
  HYPRE_StructMatrixAssemble(a);
  HYPRE_StructVectorAssemble(b);
  HYPRE_StructVectorAssemble(x);

  PeerResult result{.ran = true};
  const auto start = Clock::now();
  HYPRE_StructSolver cg, pfmg;
  HYPRE_StructPFMGCreate(MPI_COMM_WORLD, &pfmg);
  HYPRE_StructPFMGSetMaxIter(pfmg, 1);
  HYPRE_StructPFMGSetTol(pfmg, 0.0);
  HYPRE_StructPFMGSetZeroGuess(pfmg);
  HYPRE_StructPFMGSetRelaxType(pfmg, 2);  // symmetric red-black Gauss-Seidel
  HYPRE_StructPFMGSetNumPreRelax(pfmg, 1);
  HYPRE_StructPFMGSetNumPostRelax(pfmg, 1);
  HYPRE_StructPCGCreate(MPI_COMM_WORLD, &cg);
  HYPRE_StructPCGSetTol(cg, tolerance);
  HYPRE_StructPCGSetTwoNorm(cg, 1);
  HYPRE_StructPCGSetMaxIter(cg, 300);
  HYPRE_StructPCGSetPrecond(cg, HYPRE_StructPFMGSolve, HYPRE_StructPFMGSetup, pfmg);
  HYPRE_StructPCGSetup(cg, a, b, x);
  HYPRE_StructPCGSolve(cg, a, b, x);
  result.seconds = since(start);
  HYPRE_Int iterations = 0;
  HYPRE_StructPCGGetNumIterations(cg, &iterations);
  HYPRE_StructPCGGetFinalRelativeResidualNorm(cg, &result.relative_residual);
  result.iterations = int(iterations);
  for (int k = 0; k < g.nz(); ++k)
    for (int j = 0; j < g.ny(); ++j) {
      HYPRE_Int from[3] = {0, j, k}, to[3] = {g.nx() - 1, j, k};
      HYPRE_StructVectorGetBoxValues(x, from, to, rhs.data());
      result.maximum = std::max(result.maximum, *std::max_element(rhs.begin(), rhs.end()));
    }
  HYPRE_StructPCGDestroy(cg);
  HYPRE_StructPFMGDestroy(pfmg);
  HYPRE_StructVectorDestroy(x);
  HYPRE_StructVectorDestroy(b);
  HYPRE_StructMatrixDestroy(a);
  HYPRE_StructStencilDestroy(stencil);
  HYPRE_StructGridDestroy(grid);
  return result;
}

PeerResult run_boomeramg(const ReferenceProblem& p, double tolerance) {
  const numerics::TensorGrid& g = p.op.grid;
  const HYPRE_BigInt last = HYPRE_BigInt(g.cells()) - 1;
  HYPRE_IJMatrix a;
  HYPRE_IJVector b, x;
  HYPRE_IJMatrixCreate(MPI_COMM_WORLD, 0, last, 0, last, &a);
  HYPRE_IJMatrixSetObjectType(a, HYPRE_PARCSR);
  std::vector<HYPRE_Int> sizes(g.cells(), 7);
  HYPRE_IJMatrixSetRowSizes(a, sizes.data());
  HYPRE_IJMatrixInitialize(a);
  for (HYPRE_IJVector* v : {&b, &x}) {
    HYPRE_IJVectorCreate(MPI_COMM_WORLD, 0, last, v);
    HYPRE_IJVectorSetObjectType(*v, HYPRE_PARCSR);
    HYPRE_IJVectorInitialize(*v);
  }
  for (int j = 0; j < g.ny(); ++j)
    for (int i = 0; i < g.nx(); ++i)
      for (int k = 0; k < g.nz(); ++k) {
        HYPRE_BigInt row = HYPRE_BigInt(g.index(i, j, k)), columns[7];
        double values[7], zero = 0, rhs = p.b[std::size_t(row)];
        HYPRE_Int n = 1;
        columns[0] = row;
        values[0] = p.op.ground[std::size_t(row)];
        row_of(p.op, i, j, k, [&](int, std::size_t neighbour, double value) {
          values[0] += value;
          columns[n] = HYPRE_BigInt(neighbour);
          values[n++] = -value;
        });
        HYPRE_IJMatrixSetValues(a, 1, &n, &row, columns, values);
        HYPRE_IJVectorSetValues(b, 1, &row, &rhs);
        HYPRE_IJVectorSetValues(x, 1, &row, &zero);
      }
  HYPRE_IJMatrixAssemble(a);
  HYPRE_IJVectorAssemble(b);
  HYPRE_IJVectorAssemble(x);
  HYPRE_ParCSRMatrix pa;
  HYPRE_ParVector pb, px;
  HYPRE_IJMatrixGetObject(a, reinterpret_cast<void**>(&pa));
  HYPRE_IJVectorGetObject(b, reinterpret_cast<void**>(&pb));
  HYPRE_IJVectorGetObject(x, reinterpret_cast<void**>(&px));

  PeerResult result{.ran = true};
  const auto start = Clock::now();
  HYPRE_Solver cg, amg;
  HYPRE_BoomerAMGCreate(&amg);
  HYPRE_BoomerAMGSetPrintLevel(amg, 0);
  HYPRE_BoomerAMGSetCoarsenType(amg, 8);  // PMIS
  HYPRE_BoomerAMGSetInterpType(amg, 6);   // extended+i
  HYPRE_BoomerAMGSetPMaxElmts(amg, 4);
  HYPRE_BoomerAMGSetStrongThreshold(amg, 0.25);
  HYPRE_BoomerAMGSetRelaxType(amg, 6);  // symmetric Gauss-Seidel
  HYPRE_BoomerAMGSetTol(amg, 0.0);
  HYPRE_BoomerAMGSetMaxIter(amg, 1);
  HYPRE_ParCSRPCGCreate(MPI_COMM_WORLD, &cg);
  HYPRE_PCGSetTol(cg, tolerance);
  HYPRE_PCGSetTwoNorm(cg, 1);
  HYPRE_PCGSetMaxIter(cg, 300);
  HYPRE_PCGSetPrecond(cg, reinterpret_cast<HYPRE_PtrToSolverFcn>(HYPRE_BoomerAMGSolve),
                      reinterpret_cast<HYPRE_PtrToSolverFcn>(HYPRE_BoomerAMGSetup), amg);
  HYPRE_ParCSRPCGSetup(cg, pa, pb, px);
  HYPRE_ParCSRPCGSolve(cg, pa, pb, px);
  result.seconds = since(start);
  HYPRE_Int iterations = 0;
  HYPRE_PCGGetNumIterations(cg, &iterations);
  HYPRE_PCGGetFinalRelativeResidualNorm(cg, &result.relative_residual);
  result.iterations = int(iterations);
  for (HYPRE_BigInt row = 0; row <= last; ++row) {
    double value = 0;
    HYPRE_IJVectorGetValues(x, 1, &row, &value);
    result.maximum = std::max(result.maximum, value);
  }
  HYPRE_ParCSRPCGDestroy(cg);
  HYPRE_BoomerAMGDestroy(amg);
  HYPRE_IJMatrixDestroy(a);
  HYPRE_IJVectorDestroy(b);
  HYPRE_IJVectorDestroy(x);
  return result;
}

/// MPI lives as long as the program.
struct Session {
  Session() {
    MPI_Init(nullptr, nullptr);
    HYPRE_Init();
  }
  ~Session() {
    HYPRE_Finalize();
    MPI_Finalize();
  }
};

}  // namespace

PeerResult run_peer(Peer peer, const ReferenceProblem& problem, double relative_residual) {
  static const Session session;
  return peer == Peer::pfmg ? run_pfmg(problem, relative_residual)
                            : run_boomeramg(problem, relative_residual);
}

}  // namespace bondline::bench
