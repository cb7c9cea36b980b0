#include "design/thermal/nonlinear/outer_iteration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "design/thermal/nonlinear/tangent.h"

namespace bondline::thermal::detail {
namespace {

constexpr int kMostOuter = 60;
constexpr int kMostInner = 30;
constexpr double kForcing = 1e-4;     // residual of each Newton step's linear system
constexpr double kDifference = 1e-3;  // K: step of the residual's difference
constexpr double kBeyond = 2000;      // K: hotter than any package survives

double norm(const Field& r) {
  double sum = 0;
  for (const double v : r) sum += v * v;
  return std::sqrt(sum);
}
double largest(const Field& v) {
  double out = 0;
  for (const double x : v) out = std::max(out, std::abs(x));
  return out;
}

class Outer {
 public:
  Outer(Model& model, std::unique_ptr<numerics::ConductionSolver>& solver, const SteadyOptions& options,
        base::Pool& pool, OuterReport& report)
      : model_(model),
        solver_(solver),
        options_(options),
        pool_(pool),
        report_(report),
        trial_(copy_with_laws(model)) {}

  /// Newton from u to the solution. False: there is none above (or it was not found).
  bool run(Field& u) {
    Field r = evaluate(model_, u);
    renew_solver();
    Field below = u;  // the last field from which the tangent was positive
    for (int step = 0; step < kMostOuter; ++step) {
      Field delta;
      const GmresReport inner = newton_step(u, r, delta);
      ++report_.outer;
      report_.inner += inner.iterations;
      if (inner.least_ritz <= 0 && model_.laws->leakage.any()) {
        u = std::move(below);
        return false;
      }
      below = u;
      const double before = norm(r);
      double t = 1;
      Field next, there;
      for (int halving = 0; halving < 12; ++halving, t *= 0.5) {
        next = u;
        for (std::size_t c = 0; c < u.size(); ++c) next[c] += t * delta[c];
        there = evaluate(trial_, next);
        if (norm(there) <= (1 - 1e-4 * t) * before || before == 0) break;
      }
      u = std::move(next);
      report_.last_change = t * largest(delta);
      r = evaluate(model_, u);
      renew_solver();
      if (!(model_.t_ref + largest(u) < kBeyond) && model_.laws->leakage.any() &&
          model_.laws->leakage.strength > 0) {
        u = std::move(below);
        return false;
      }
      // Newton's error after a step is about its square over the rise, and kForcing of it.
      const double rise = std::max(largest(u), 1e-3),
                   wanted = std::sqrt(100 * options_.relative_residual) * rise;
      if (t == 1 && report_.last_change <= wanted) return true;
      // As close as rounding lets it come.
      if (norm(r) <= 30 * rounding(u)) return true;
    }
    return false;
  }

 private:
  /// The residual that rounding u by an ulp leaves, in the 2-norm.
  double rounding(const Field& u) const {
    const auto& op = model_.op;
    const std::size_t nz = std::size_t(op.grid.nz()), row = nz * std::size_t(op.grid.nx());
    double sum = 0;
    for (std::size_t c = 0; c < u.size(); ++c) {
      double diagonal = op.ground[c] + op.gx[c] + op.gy[c] + op.gz[c];
      if (c >= 1) diagonal += op.gz[c - 1];
      if (c >= nz) diagonal += op.gx[c - nz];
      if (c >= row) diagonal += op.gy[c - row];
      sum += diagonal * u[c] * diagonal * u[c];
    }
    return std::numeric_limits<double>::epsilon() * std::sqrt(sum);
  }
  Field evaluate(Model& model, const Field& u) {
    evaluate_at(model, u, pool_);
    Field out;
    apply_operator(model, u, out);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = model.rhs[c] - out[c];
    return out;
  }
  void renew_solver() {
    const Laws& laws = *model_.laws;
    if (solver_ && !laws.conductivity.any() && !laws.films.any()) return;
    solver_ = std::make_unique<numerics::ConductionSolver>(model_.op, pool_);
    refuse_singular(model_, *solver_);
  }
  GmresReport newton_step(const Field& u, const Field& r, Field& delta) {
    const auto tangent = [&](const Field& in, Field& out) {
      const double size = largest(in), e = size > 0 ? kDifference / size : 1;
      Field moved = u;
      for (std::size_t c = 0; c < u.size(); ++c) moved[c] += e * in[c];
      out = evaluate(trial_, moved);
      for (std::size_t c = 0; c < u.size(); ++c) out[c] = (r[c] - out[c]) / e;
    };
    const auto precondition = [&](const Field& in, Field& out) {
      numerics::SolveOptions how;
      how.relative_residual = 1e-3;
      std::fill(out.begin(), out.end(), 0.0);
      report_.iterations += solver_->solve(in, out, how).iterations;
    };
    return gmres(tangent, precondition, r, delta, kForcing, kMostInner);
  }

  Model& model_;
  std::unique_ptr<numerics::ConductionSolver>& solver_;
  const SteadyOptions& options_;
  base::Pool& pool_;
  OuterReport& report_;
  Model trial_;
};

/// Past streams A is not symmetric: plain fixed-point steps. They rise from below and contract by the loop
/// gain, so a change that stops shrinking is runaway.
Solution fixed_point(Model& model, std::unique_ptr<numerics::ConductionSolver>& solver,
                     const SteadyOptions& options, base::Pool& pool, Field u, OuterReport& report) {
  constexpr int kMostSteps = 400;
  if (u.empty()) u.assign(model.grid().cells(), 0.0);
  Solution last;
  double before = std::numeric_limits<double>::infinity();
  for (; report.outer < kMostSteps; ++report.outer) {
    evaluate_at(model, u, pool);
    solver = std::make_unique<numerics::ConductionSolver>(model.op, pool);
    refuse_singular(model, *solver);
    Solution next = solve(model, *solver, options, u);
    report.iterations += next.report.iterations;
    double change = 0;
    for (std::size_t c = 0; c < u.size(); ++c) change = std::max(change, std::abs(next.u[c] - u[c]));
    if (!(model.t_ref + largest(next.u) < kBeyond) && model.laws->leakage.any()) {
      report.beyond = true;
      last.u = std::move(u);
      evaluate_at(model, last.u, pool);
      return last;
    }
    if (change > 0 && std::isfinite(before)) report.contraction = change / before;
    before = change;
    u = next.u;
    last = std::move(next);
    report.last_change = change;
    if (change <= 100 * options.relative_residual * std::max(largest(u), 1e-3)) {
      report.converged = true;
      last.report.iterations = report.iterations;
      return last;
    }
  }
  report.beyond = model.laws->leakage.any();
  return last;
}

}  // namespace

Solution solve_with_laws(Model& model, std::unique_ptr<numerics::ConductionSolver>& solver,
                         const SteadyOptions& options, base::Pool& pool, Field guess, OuterReport& report) {
  Laws& laws = *model.laws;
  report = {};
  if (!model.op.streams.empty()) return fixed_point(model, solver, options, pool, std::move(guess), report);
  if (!solver) solver = std::make_unique<numerics::ConductionSolver>(model.op, pool);
  refuse_singular(model, *solver);
  const double strength = laws.leakage.strength;
  Field u = guess;
  bool found = false;
  if (!guess.empty()) found = Outer(model, solver, options, pool, report).run(u);
  if (!found) {
    // Films as first guessed and conductivities as read: one linear solve, then the laws without leakage,
    // then with it.
    laws.leakage.strength = 0;
    u.assign(model.grid().cells(), 0.0);
    if (laws.leakage.any()) laws.leakage.update(model, u);
    make_rhs(model);
    u = solve(model, *solver, options).u;
    found =
        !(laws.conductivity.any() || laws.films.any()) || Outer(model, solver, options, pool, report).run(u);
    if (!found)
      throw base::Error("conductivities and films that follow the temperature found no common answer",
                        "check materials' k over temperature and the films' laws");
    laws.leakage.strength = strength;
    if (laws.leakage.any() && strength > 0) {
      found = Outer(model, solver, options, pool, report).run(u);
      report.beyond = !found;
    }
  }
  report.converged = found;
  evaluate_at(model, u, pool);
  if (!found) {
    Solution last;
    last.u = std::move(u);
    return last;
  }
  if (laws.conductivity.any() || laws.films.any())
    solver = std::make_unique<numerics::ConductionSolver>(model.op, pool);
  Solution answer = solve(model, *solver, options, std::move(u));
  answer.report.iterations += report.iterations;
  return answer;
}

}  // namespace bondline::thermal::detail
