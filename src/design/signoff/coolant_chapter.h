// What the coolant of every channel layer did, as a table of the report.
#pragma once
#include <vector>

#include "design/signoff/content.h"
#include "design/thermal/thermal.h"

namespace bondline::signoff {

/// Empty without channels.
std::vector<Table> coolant_tables(const thermal::SteadyResult& result);

}  // namespace bondline::signoff
