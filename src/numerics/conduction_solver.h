// Solves the symmetric M-matrix of conduction-like finite volumes on columns x layers,
//
//   sum over faces f of cell c:  g_f (u_c - u_neighbour)  +  ground_c u_c  =  b_c ,
//
// by conjugate gradients in float64, preconditioned by one geometric multigrid V-cycle in float32 (z-line
// smoothing in alternating colours, x-y coarsening that merges only intervals shorter than H and doubles H
// per level, Galerkin sums of face conductances). Cells whose faces and ground are all zero are void: their u
// stays 0. The operator is applied from its face conductances, never from a stored diagonal, so a small
// ground is not lost. Same bits for any number of threads.
//
// With streams (streams.h) the system is directed: sum over links g (u_c - mean of the stream) joins each
// row, and flexible GMRES takes the place of conjugate gradients, preconditioned by the same V-cycle on the
// symmetric part.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "numerics/column_grid.h"
#include "numerics/streams.h"

namespace bondline::numerics {

/// Face conductances in W/K (or any consistent unit), all >= 0, indexed like cells (TensorGrid::index).
/// gx[c] joins (i,j,k) and (i+1,j,k), 0 at i = nx-1; gy, gz likewise along y and z. ground[c] joins the cell
/// to the reference (u = 0): films, fixed temperatures, and the conductances of the cell's links to streams.
struct ConductionOperator {
  TensorGrid grid;
  std::vector<double> gx, gy, gz;
  std::vector<double> ground;
  StreamNetwork streams;  ///< empty: the operator is symmetric
};

struct SolveOptions {
  double relative_residual = 1e-8;  ///< of ||b||_2
  int max_iterations = 200;
  base::Progress progress;
  bool transposed = false;  ///< solve with the transpose (adjoints); the same without streams
};

struct SolveReport {
  bool converged = false;
  int iterations = 0;
  double relative_residual = 0;  ///< recomputed from b - A u at the end, not the recurrence
  /// Relative residual that storing u in float64 leaves whatever the method (half an ulp of every term, in
  /// the 2-norm); found only when the residual asked for was not reached, else 0. A residual within a few
  /// times this floor counts as converged: u then solves exactly a system whose conductances differ by a few
  /// ulps.
  double rounding_floor = 0;
  /// The residual that counts as converged where `asked` was asked for: a little above it, or a few times
  /// the floor if that is more.
  double accepted(double asked) const;
  std::vector<double> history;  ///< relative residual after each iteration
  double seconds_setup = 0, seconds_solve = 0;
  std::size_t bytes = 0;  ///< peak bytes held by the solver beside operator, b and u
  std::string problem;    ///< why not, when not converged (singular, not finite, stalled, ...)
};

/// Bytes that a solver will hold beside operator, b and u: for one right-hand side (batch 1) or for
/// solve_many over `batch` of them (which go in batches of 16 or 8). From the grid: within 15 % above what a
/// solve then reports.
std::size_t forecast_solver_bytes(const TensorGrid& grid, int batch = 1);
/// A bound from the number of cells alone, for grids graded as packages are (coarser levels with up to five
/// times the cells of the finest one); uniform grids need a third of it.
std::size_t forecast_solver_bytes(std::size_t cells, int batch = 1);

class ConductionSolver {
 public:
  /// Builds the hierarchy. The operator must outlive the solver. Never throws on numbers; an unusable
  /// operator (negative or non-finite conductance, a connected region without any ground) is told by
  /// problem().
  ConductionSolver(const ConductionOperator& op, base::Pool& pool);
  ~ConductionSolver();
  ConductionSolver(ConductionSolver&&) noexcept;
  ConductionSolver& operator=(ConductionSolver&&) noexcept;

  /// Empty when the operator can be solved; else what is wrong with it in words.
  const std::string& problem() const;
  /// A cell of the first connected region that has no ground, when that is the problem; else SIZE_MAX.
  std::size_t floating_cell() const;

  /// Solves A u = b from the initial guess in u.
  SolveReport solve(std::span<const double> b, std::span<double> u, const SolveOptions& options = {});

  /// Many right-hand sides over the same hierarchy: b[s] and u[s] are fields (u: guess in, answer out). One
  /// report each, to the same tolerance on the same float64 residual as solve(). Four and more go 8 or 16 at
  /// a time, interleaved by cell, so that the operator is read once for all of them, with float32 directions
  /// (conduction_batch.h); fewer, and systems with streams, go one after the other.
  std::vector<SolveReport> solve_many(std::span<const std::span<const double>> b,
                                      std::span<const std::span<double>> u, const SolveOptions& options = {});

  /// r = b - A u in float64 (for balances and tests).
  void residual(std::span<const double> b, std::span<const double> u, std::span<double> r) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondline::numerics
