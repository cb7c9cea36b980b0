// Inside the room: from residuals to a bound on every output's error for any history of inputs that are
// constant over steps. docs/reduced-model.md derives it, contour.h holds the integrals.
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
