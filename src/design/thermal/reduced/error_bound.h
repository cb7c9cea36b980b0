// Inside the room: from residuals in time to a bound on every output's error for any history of inputs that
// are constant over steps. docs/reduced-model.md derives it. In short, with e the error after a unit step of
// input i, G the error of the dual answer after a unit step of output o, and r, q their residuals,
//
//   c_o' e(t) = int_0^t G'(t - s)' r(s) ds                        (Galerkin: every r is orthogonal to V)
//
// split at t/2 and integrated by parts where r is the smoother factor; |G| and |G'| in the energy norm follow
// from q by the same splitting of  C dF/dt + A F = C A^-1 q'  with |S(t)| <= exp(-a t), |S'(t)| <= 1/(e t),
// |S''(t)| <= (2/(e t))^2 for the semigroup S of the symmetric pair (A, C) whose slowest rate is at least a.
#pragma once
#include <span>

#include "design/thermal/reduced/reduced_basis.h"
#include "numerics/state_space/history_bound.h"

namespace bondline::thermal::detail {

/// The bound at film coefficients h (all within [low, high]) for steps of at least `shortest` seconds.
numerics::HistoryBound error_bound(const ReducedBasis& basis, const std::vector<FilmGroup>& groups,
                                   const Ports& ports, std::span<const double> low, std::span<const double> h,
                                   double shortest, base::Pool& pool);

}  // namespace bondline::thermal::detail
