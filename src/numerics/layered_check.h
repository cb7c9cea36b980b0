// What solve_layered refuses, in words.
#pragma once
#include <span>
#include <string>

#include "numerics/layered_solver.h"

namespace bondline::numerics {

/// Empty when the input can be solved; else the first thing wrong with it, with its index and value. Places
/// may overhang the stack by 1e-9 of its size (rounding of a caller's sums).
std::string check_layered(const LayeredStack& stack, std::span<const LayeredSource> sources,
                          std::span<const LayeredProbe> probes, double tolerance_K, int max_modes);

/// Sum of the thicknesses, m.
double stack_height(const LayeredStack& stack);

}  // namespace bondline::numerics
