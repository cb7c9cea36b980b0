// Thermal impedance in the sign-off: the heating curve of one part and what it tells of the path of its heat.
#pragma once
#include <vector>

#include "design/signoff/signoff.h"
#include "design/thermal/transient/impedance/impedance.h"

namespace bondline::signoff {

/// Z(t), and the cumulative and differential structure functions.
std::vector<Curve> impedance_curves(const thermal::Impedance& result);

/// Runs it for the die with the smallest margin, else for the part with the largest power, and adds the
/// curves. What refuses it becomes an unknown Finding.
void add_impedance(const package::Design& design, base::Pool& pool, const Options& options, SignOff& out);

}  // namespace bondline::signoff
