// One linear solve, its heat balance, and what to say when it cannot be done.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

void refuse_singular(const Model& model, const numerics::ConductionSolver& solver) {
  if (solver.problem().empty()) return;
  base::Diagnostics all;
  const std::size_t cell = solver.floating_cell();
  if (cell != SIZE_MAX && model.mesh.solid[cell] >= 0) {
    const package::Solid& solid = model.assembly->solids[std::size_t(model.mesh.solid[cell])];
    all.error(
        solid.where,
        fmt::format("\"{}\" touches nothing that is cooled: its temperature is undetermined", solid.path),
        "join it to the package, or give it a film");
  } else {
    all.error({}, "the heat equation of this package cannot be solved: " + solver.problem(),
              "check conductivities, thicknesses and films");
  }
  throw base::Error(std::move(all));
}

Solution solve(const Model& model, numerics::ConductionSolver& solver, const SteadyOptions& options,
               std::vector<double> guess) {
  Solution s;
  s.u = std::move(guess);
  s.u.resize(model.grid().cells(), 0.0);
  double b2 = 0;
  for (const double b : model.rhs) b2 += b * b;
  if (b2 == 0) {
    s.report.converged = true;
    std::fill(s.u.begin(), s.u.end(), 0.0);
    return s;
  }
  double ground = 0;
  for (const double g : model.op.ground) ground += g;
  std::vector<double> r(s.u.size());
  if (!model.op.streams.empty()) {  // 1 . A 1: streams give back most of what their links are to the ground
    const std::vector<double> ones(s.u.size(), 1.0), nothing(s.u.size(), 0.0);
    solver.residual(nothing, ones, r);
    ground = 0;
    for (const double v : r) ground -= v;
  }
  numerics::SolveOptions how;
  how.relative_residual = options.relative_residual;
  int iterations = 0;
  const auto close_enough = [&] {  // as near as asked, or as rounding lets it come
    return s.report.relative_residual <= s.report.accepted(options.relative_residual);
  };
  for (int pass = 0; pass < 3; ++pass) {
    s.report = solver.solve(model.rhs, s.u, how);
    iterations += s.report.iterations;
    if (!s.report.converged) break;
    solver.residual(model.rhs, s.u, r);
    double sum = 0;
    for (const double v : r) sum += v;
    const double shift = sum / ground;
    for (std::size_t c = 0; c < s.u.size(); ++c)
      if (model.mesh.solid[c] >= 0) s.u[c] += shift;
    solver.residual(model.rhs, s.u, r);
    double r2 = 0;
    for (const double v : r) r2 += v * v;
    s.report.relative_residual = std::sqrt(r2 / b2);
    double gross = 0;
    s.heat_out = heat_out(model, s.u, &gross);
    double high = 0;  // where nothing flows, rounding of what films would carry is no imbalance
    for (const double v : s.u) high = std::max(high, std::abs(v));
    s.balance = std::abs(model.power - s.heat_out) /
                std::max({std::abs(model.power), 0.5 * gross, 1e-7 * ground * high, 1e-300});
    if (s.balance <= 1e-8 && close_enough()) break;
    how.relative_residual *= 0.05;
  }
  s.report.iterations = iterations;
  if (!s.report.converged || !close_enough() || !(s.balance <= 1e-8))
    throw base::Error(
        fmt::format("the solve missed its tolerance after {} iterations: relative residual {:.2g} (asked "
                    "{:.2g}), heat "
                    "balance {:.2g} (asked 1e-8){}{}",
                    iterations, s.report.relative_residual, options.relative_residual, s.balance,
                    s.report.problem.empty() ? "" : ": ", s.report.problem),
        "look for conductivities or films many orders apart, or ask for another number of cells");
  show_streams(model, s.u);
  return s;
}

}  // namespace bondline::thermal::detail
