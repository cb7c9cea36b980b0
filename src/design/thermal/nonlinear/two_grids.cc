#include "design/thermal/nonlinear/two_grids.h"

#include <algorithm>
#include <cmath>

namespace bondline::thermal::detail {
namespace {

bool leaks(const Grid& grid) {
  return grid.model.laws && grid.model.laws->leakage.any();
}

RunawayMargin judge(Grid& grid, const SteadyOptions& options, base::Pool& pool) {
  return grid.outer.beyond
             ? beyond_runaway(grid.model, grid.solver, grid.solution, options, pool)
             : margin_to_runaway(grid.model, grid.solution.u, *grid.solver, grid.outer, options, pool);
}

/// Solves again at another share of the leakage. False: it does not settle there (the field is then the last
/// below).
bool settle_at(Grid& grid, double strength, const SteadyOptions& options, base::Pool& pool, Field guess) {
  grid.model.laws->leakage.strength = strength;
  solve_grid(grid, options, pool, std::move(guess));
  return !grid.outer.beyond;
}

/// A shared answer's other half: the fine grid at the coarse one's share.
std::unique_ptr<Grid> copy_at(const Grid& grid, double strength, const SteadyOptions& options,
                              base::Pool& pool) {
  auto out = std::make_unique<Grid>();
  out->model = copy_with_laws(grid.model);
  return settle_at(*out, strength, options, pool, {}) ? std::move(out) : nullptr;
}

/// Both settle: the coarse grid's edges, found by solves, moved by what the fine grid's gain changes in their
/// closed forms.
RunawayMargin moved(const RunawayMargin& rough, const LoopGain& coarse, const LoopGain& fine,
                    double ambient) {
  RunawayMargin r = rough;
  if (!(coarse.gain > 0) || !(fine.gain > 0)) return r;
  r.gain = fine.gain;
  r.leakage_factor =
      std::max(rough.leakage_factor * leakage_room(fine.gain) / leakage_room(coarse.gain), 1.0);
  const double rooms = ambient_room(fine) / ambient_room(coarse);
  r.ambient_K = ambient + (rough.ambient_K - ambient) * rooms;
  r.power_factor = 1 + (rough.power_factor - 1) * rooms;
  r.leakage_factor_error = std::abs(r.leakage_factor - rough.leakage_factor) / 3;
  return r;
}

/// The coarse grid told at which share it settles; the fine one settles there or is searched by itself.
RunawayMargin both_beyond(Grid& coarse, Grid& fine, const RunawayMargin& rough, const SteadyOptions& options,
                          base::Pool& pool) {
  RunawayMargin r;
  if (settle_at(fine, rough.shown_at, options, pool, prolonged(coarse, fine))) {
    const LoopGain g = gain_of(fine.model, fine.solution.u, *fine.solver, fine.outer);
    r = rough;
    r.leakage_factor = std::min(rough.shown_at * leakage_room(g.gain), 1.0);
    r.gain = 1 / r.leakage_factor;
  } else {
    r = judge(fine, options, pool);
    settle_at(coarse, r.shown_at, options, pool, {});
  }
  r.leakage_factor_error = std::abs(r.leakage_factor - rough.leakage_factor) / 3;
  return r;
}

}  // namespace

void solve_grid(Grid& grid, const SteadyOptions& options, base::Pool& pool, Field guess) {
  if (!grid.solver) grid.solver = std::make_unique<numerics::ConductionSolver>(grid.model.op, pool);
  refuse_singular(grid.model, *grid.solver);
  if (grid.model.laws)
    grid.solution = solve_with_laws(grid.model, grid.solver, options, pool, std::move(guess), grid.outer);
  else
    grid.solution = solve(grid.model, *grid.solver, options, std::move(guess));
}

Field prolonged(const Grid& coarse, const Grid& fine) {
  const auto &c = coarse.model.grid(), &f = fine.model.grid();
  Field u;
  if (f.nx() != 2 * c.nx() || f.ny() != 2 * c.ny() || f.nz() != 2 * c.nz()) return u;
  u.resize(f.cells());
  for (int j = 0; j < f.ny(); ++j)
    for (int i = 0; i < f.nx(); ++i)
      for (int k = 0; k < f.nz(); ++k)
        if (fine.model.mesh.solid[f.index(i, j, k)] >= 0)
          u[f.index(i, j, k)] = coarse.solution.u[c.index(i / 2, j / 2, k / 2)];
  return u;
}

std::optional<RunawayMargin> solve_one_grid(Grid& grid, const SteadyOptions& options, base::Pool& pool) {
  solve_grid(grid, options, pool);
  if (!leaks(grid)) return std::nullopt;
  return judge(grid, options, pool);
}

TwoGrids solve_two_grids(Grid& coarse, Grid& fine, const SteadyOptions& options, base::Pool& pool) {
  TwoGrids out;
  solve_grid(coarse, options, pool);
  if (!leaks(coarse)) {
    solve_grid(fine, options, pool, fine.model.laws ? prolonged(coarse, fine) : Field{});
    return out;
  }
  const bool coarse_beyond = coarse.outer.beyond;
  const RunawayMargin rough = judge(coarse, options, pool);
  solve_grid(fine, options, pool, prolonged(coarse, fine));
  if (fine.outer.beyond && coarse_beyond) {
    out.margin = both_beyond(coarse, fine, rough, options, pool);
  } else if (fine.outer.beyond) {
    out.margin = judge(fine, options, pool);
    out.margin->leakage_factor_error = std::abs(out.margin->leakage_factor - rough.leakage_factor) / 3;
    settle_at(coarse, out.margin->shown_at, options, pool, {});
  } else if (coarse_beyond) {
    out.margin = judge(fine, options, pool);
    out.margin->leakage_factor_error = std::abs(out.margin->leakage_factor - rough.leakage_factor) / 3;
    out.fine_compared = copy_at(fine, rough.shown_at, options, pool);
    constexpr double kLeast = 0.05;  // of one less the gain: an error grows by its inverse at the most
    out.error_factor = 1 / std::max(1 - out.margin->gain, kLeast);
  } else {
    const LoopGain c = gain_of(coarse.model, coarse.solution.u, *coarse.solver, coarse.outer),
                   f = gain_of(fine.model, fine.solution.u, *fine.solver, fine.outer);
    out.margin = moved(rough, c, f, coarse.model.t_ref);
  }
  return out;
}

}  // namespace bondline::thermal::detail
