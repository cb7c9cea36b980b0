// Leakage P(T) = P0 2^((T - T0) / D) as sources of an assembly. What it is at a temperature, place by place,
// is nonlinear/cell_leakage.h's business.
#pragma once
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// The assembly with one more source per leaking die: its leakage at the law's own temperature, over the
/// whole die, where its heat enters. Unchanged (a copy) when nothing leaks.
Assembly with_leakage(const Design& design, const Assembly& assembly);

/// One leaking die.
struct Leak {
  std::size_t source = 0;  ///< in the assembly
  std::string path;        ///< of the die
  package::Leakage law;
};

/// The leaking dies of an assembly made by with_leakage().
std::vector<Leak> leaks_of(const Design& design, const Assembly& assembly);

/// Model::source_scale with each leakage at the environment's ambient: where nothing follows the temperature.
std::vector<double> leakage_start(const Design& design, const Assembly& assembly);

}  // namespace bondline::thermal::detail
