// The outer iteration over everything that follows the temperature: Newton's method on  b(u) - A(u) u = 0
// with k(T), films and leakage in one residual. The tangent is applied by differences of that residual (Knoll
// & Keyes 2004), inverted by GMRES on the solve of the present A; a step is halved until the residual falls,
// so every step descends.
//
// Leakage is turned on last. Without it the answer exists; from there Newton climbs from below, and for a law
// as convex as leakage it never passes the first solution. If on the way the tangent stops being positive, no
// solution lies above: that is thermal runaway, found without diverging.
#pragma once
#include <memory>

#include "design/thermal/nonlinear/krylov.h"
#include "design/thermal/nonlinear/laws.h"

namespace bondline::thermal::detail {

struct OuterReport {
  bool converged = false;
  bool beyond = false;       ///< no steady temperature exists: thermal runaway
  int iterations = 0;        ///< of the solver, in all of them
  int outer = 0, inner = 0;  ///< Newton steps; linear solves inside them
  double contraction = 0;    ///< past streams, where plain steps are taken: ratio of the last two changes
  double last_change =
      0;  ///< K: the largest change of the last step; the error left is about its square over the rise
};

/// Solves the model's nonlinear problem; the model is left evaluated at the answer and `solver` belongs to
/// its operator. `guess` empty: from below, as above. When the report says beyond, the solution is the last
/// field below runaway.
Solution solve_with_laws(Model& model, std::unique_ptr<numerics::ConductionSolver>& solver,
                         const SteadyOptions& options, base::Pool& pool, Field guess, OuterReport& report);

}  // namespace bondline::thermal::detail
