// Heat over time in the sign-off: how the package warms up from ambient, and what its power traces do around
// the steady answer of their mean. Runs on a coarser grid than the steady answer; the curves say so.
#pragma once
#include "design/package/solids.h"
#include "design/signoff/signoff.h"

namespace bondline::signoff {

/// Adds the warm-up's curve and fields, the traces' curves, and Findings of parts with a limit under the
/// traces. What cannot be run becomes an unknown Finding.
void add_heat_in_time(const package::Design& design, const package::Assembly& assembly, base::Pool& pool,
                      const Options& options, SignOff& out);

}  // namespace bondline::signoff
