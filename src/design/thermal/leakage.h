// Leakage P(T) = P0 2^((T - T0) / D): heat that depends on the temperature it makes. The die's mean temperature decides
// it; the package answers linearly, so the loop is a small system in the leakage powers alone.
#pragma once
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// The assembly with one more source per leaking die: its leakage at the law's own temperature, over the whole die,
/// where its heat enters. Unchanged (a copy) when nothing leaks.
Assembly with_leakage(const Design& design, const Assembly& assembly);

/// Source scales to begin with: leakage at the ambient temperature, everything else as designed.
std::vector<double> leakage_start(const Design& design, const Assembly& assembly);

/// The scales at which leakage and temperature agree. Throws base::Error when they never do (thermal runaway): says the
/// loop gain (dP/dT times the thermal resistance) that exceeded one.
std::vector<double> settle_leakage(const Model& model, numerics::ConductionSolver& solver, const Solution& solution,
                                   const std::vector<Region>& regions, std::vector<std::string>& notes);

}  // namespace bondline::thermal::detail
