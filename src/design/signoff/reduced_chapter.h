// The reduced thermal model in the sign-off: made, carried by the handoff, and told as the package's thermal
// resistances from every die to every die.
#pragma once
#include "design/package/solids.h"
#include "design/signoff/signoff.h"
#include "design/thermal/reduced/reduced.h"

namespace bondline::signoff {

/// K/W from the heat of each die (split over its blocks as designed) to each die's hottest point, and to case
/// and board: the steady answers of the model at the designed films.
Table resistance_table(const thermal::ReducedModel& model);

/// Adds the table, a Finding on the model's error bound, and the model itself (returned for the handoff).
/// What refuses it becomes an unknown Finding.
std::optional<handoff::ReducedModel> add_reduced_model(const package::Design& design,
                                                       const package::Assembly& assembly, base::Pool& pool,
                                                       const Options& options, SignOff& out);

}  // namespace bondline::signoff
