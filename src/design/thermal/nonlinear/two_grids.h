// One nonlinear problem on a grid and on a nested one of half the resolution. Their difference is the grid's
// error (Richardson 1911), of temperatures and of the margin to runaway alike. Near runaway the two may
// disagree on whether anything settles at all: the fine grid decides, and they are compared at a share of the
// leakage at which both do.
#pragma once
#include <memory>
#include <optional>

#include "design/thermal/nonlinear/runaway.h"

namespace bondline::thermal::detail {

struct Grid {
  Model model;
  std::unique_ptr<numerics::ConductionSolver> solver;
  Solution solution;
  OuterReport outer;
};

/// Solves a grid as its laws stand (linear when it has none).
void solve_grid(Grid& grid, const SteadyOptions& options, base::Pool& pool, Field guess = {});
/// The coarse grid's field on the nested finer one: a guess; empty when they are not nested.
Field prolonged(const Grid& coarse, const Grid& fine);

struct TwoGrids {
  std::optional<RunawayMargin> margin;  ///< when something leaks
  /// What the fine grid's field is compared with is the coarse grid's at this share of the leakage ...
  std::unique_ptr<Grid> fine_compared;  ///< ... as this, when the fine grid's own share is another
  double error_factor = 1;  ///< how much larger an error is at the answer than where they were compared
};
/// Solves both and judges runaway. Afterwards coarse and fine hold fields; margin->shown_at says of which
/// share of the leakage.
TwoGrids solve_two_grids(Grid& coarse, Grid& fine, const SteadyOptions& options, base::Pool& pool);
/// The same on one grid.
std::optional<RunawayMargin> solve_one_grid(Grid& grid, const SteadyOptions& options, base::Pool& pool);

}  // namespace bondline::thermal::detail
