// What followed the temperature, as tables of the report: the margin to thermal runaway, and films by
// correlation.
#pragma once
#include <vector>

#include "design/signoff/content.h"
#include "design/thermal/thermal.h"

namespace bondline::signoff {

/// Empty when nothing leaks and no film follows a law.
std::vector<Table> nonlinear_tables(const thermal::SteadyResult& result);

}  // namespace bondline::signoff
