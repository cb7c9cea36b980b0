// Leakage P(T) = P0 2^((T - T0) / D): heat that depends on the temperature it makes. The die's mean
// temperature decides it; the package answers linearly, so the loop is a small system in the leakage powers
// alone.
#pragma once
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// The assembly with one more source per leaking die: its leakage at the law's own temperature, over the
/// whole die, where its heat enters. Unchanged (a copy) when nothing leaks.
Assembly with_leakage(const Design& design, const Assembly& assembly);

/// Source scales to begin with: leakage at the ambient temperature, everything else as designed.
std::vector<double> leakage_start(const Design& design, const Assembly& assembly);

/// One leaking die.
struct Leak {
  std::size_t source = 0;  ///< in the assembly
  std::string path;        ///< of the die
  package::Leakage law;
};

/// The leaking dies of an assembly made by with_leakage().
std::vector<Leak> leaks_of(const Design& design, const Assembly& assembly);

/// The package's answer to leakage, and the loop closed over it.
class LeakageLoop {
 public:
  /// Solves once per leaking die on `model`'s grid.
  LeakageLoop(const Model& model, numerics::ConductionSolver& solver, const std::vector<Region>& regions);
  /// The source scales at which leakage and temperature agree, given a field of `model` (perhaps on a finer
  /// grid) and the scales it was solved with. Throws base::Error when they never do (thermal runaway): says
  /// the loop gain (dP/dT times the thermal resistance).
  std::vector<double> settle(const Model& model, const std::vector<double>& u);
  /// Largest relative change of a leakage power that the last settle() made.
  double last_change() const { return last_change_; }
  /// One sentence per die, of the last settle().
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<double> means(const Model& model, const std::vector<double>& u) const;
  std::vector<Leak> leaks_;
  std::vector<Region> asked_;
  std::vector<std::vector<double>> answer_;  ///< [source die][answering die], K/W
  std::vector<std::string> notes_;
  double last_change_ = 0;
};

}  // namespace bondline::thermal::detail
