// What a body does after a power step,  C v' = q - K v,  v(0) = 0,  without steps in time: v is sought in the
// space of the solutions of (K + s C) x = q at real s (a rational Krylov space, Ruhe 1984), where the
// projected problem is solved by its own exponentials. Two s per decade of time carry all times between the
// first and the last, because the error falls geometrically with their number (Druskin, Knizhnerman and
// Zaslavsky 2009). Galerkin's projection keeps a symmetric K positive: rises never turn, and end at the
// steady field, which is part of the space.
#pragma once
#include <memory>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "numerics/conduction_solver.h"

namespace bondline::thermal::detail {

struct StepProblem {
  const numerics::ConductionOperator* op = nullptr;  ///< K, streams included; must outlive the answers
  std::vector<double> capacity;                      ///< C, J/K per cell
  std::vector<double> heat;                          ///< q, W per cell
  std::vector<double> steady;                        ///< K^-1 q, K
  double from = 0, until = 0;                        ///< s: times asked for
  double tolerance = 1e-4;                           ///< of a field, relative to its largest value
};

class StepAnswers {
 public:
  /// Throws base::Error when a solve fails.
  StepAnswers(const StepProblem& problem, base::Pool& pool, const base::Progress& progress = {});
  ~StepAnswers();
  StepAnswers(StepAnswers&&) noexcept;

  /// v at each time, K per cell.
  std::vector<std::vector<double>> at(const std::vector<double>& times) const;
  std::size_t size() const;  ///< of the space
  std::size_t solves() const;
  /// What the space missed of the last solutions before they joined it, squared: how much is left.
  double error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondline::thermal::detail
