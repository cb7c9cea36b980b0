// A package's heat as a small model in time: watts of every die and block and the ambient of every film in,
// temperatures of dies, blocks, board and case out. Film coefficients stay parameters over stated ranges
// (boundary-condition independence, Lasance 1995; Codecasa et al. 2010 for the projection), the model is
// stable by construction (coolant streams, which make it unsymmetric, included), and every output carries a
// rigorous bound on its error against the finite-volume model it was made from. docs/reduced-model.md holds
// the equations.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "design/package/solids.h"
#include "numerics/state_space/history_bound.h"
#include "numerics/state_space/modal_model.h"

namespace bondline::thermal {

struct ReducedOptions {
  double cells = 25e3;     ///< of the finite-volume model that is reduced
  double shortest = 1e-3;  ///< s, shortest step the model will take
  /// Aimed at: the bound on the error of every output after a jump of all inputs by their designed values
  /// (ambients by 20 K, parts without power by an average one's), at the film coefficients trained at.
  double tolerance_K = 0.1;
  double film_range = 2;  ///< film coefficients from h / film_range to h film_range; 1: fixed
  /// Ranges of single films by name ("environment.top"), W/(m2 K): replace film_range.
  std::map<std::string, std::pair<double, double>> ranges;
  int max_states = 600;
  double max_bytes = 0;  ///< 0: no limit but the mesh's own forecast
  base::Progress progress;
};

struct ReducedFilm {
  std::string name;          ///< "environment.top"
  double h = 0;              ///< W/(m2 K), as designed; infinite: held at its ambient
  double low = 0, high = 0;  ///< the model and its bound hold between these
  int input = -1;            ///< its ambient's place among the inputs
  /// A(h) = A + (h - h_designed) trace' trace; rows x states, row-major. Empty where h is no parameter.
  std::vector<double> trace;
  int rows = 0;
};

struct ReducedInput {
  std::string name;     ///< "soc.power", "soc.core0.power", "environment.top.ambient", "soc.inlet"
  std::string unit;     ///< "W" or "K"
  double offset = 0;    ///< subtracted from what is given: ambients are given in K
  double designed = 0;  ///< the design's value, as it is given (W, K)
};

struct ReducedOutput {
  std::string name;   ///< "soc.junction" (its hottest point), "soc.mean", "case.top", "board.temperature"
  double offset = 0;  ///< K, added to the model's output
};

struct ReducedModel {
  /// A = 1, E = diagonal of time constants at the designed films; inputs less their offsets, outputs less
  /// theirs. With coolant streams A is 1 plus a skew matrix.
  numerics::StateSpace designed;
  std::vector<ReducedFilm> films;
  std::vector<ReducedInput> inputs;
  std::vector<ReducedOutput> outputs;
  double shortest = 0;  ///< s
  double slowest = 0;   ///< s, the longest time constant at the designed films
  double tolerance_K = 0;
  bool reached = false;  ///< the bound kept to the tolerance within max_states
  std::size_t cells = 0, unknowns = 0;
  int solves = 0;
  double seconds = 0;
  std::vector<std::string> notes;

  /// The model at film coefficients h (one per film; entries of held films are ignored).
  numerics::StateSpace at(std::span<const double> h) const;
  /// The designed coefficients, in the order of `films`.
  std::vector<double> designed_h() const;
  /// The error bound at film coefficients inside their ranges (throws base::Error outside), for inputs that
  /// are constant over steps of at least `step` >= shortest seconds. Rigorous against the finite volumes.
  numerics::HistoryBound bound(std::span<const double> h, double step) const;
  numerics::HistoryBound bound(std::span<const double> h, double step, base::Pool& pool) const;

  struct Certificate;  ///< residuals; shared, immutable
  std::shared_ptr<const Certificate> certificate;
};

/// Throws base::Error for what steady() would refuse, and for ranges that are not 0 < low <= h <= high.
ReducedModel reduce(const package::Design& design, const package::Assembly& assembly,
                    const ReducedOptions& options, base::Pool& pool);

/// The reduced model against the finite volumes it came from.
struct ReducedCheck {
  double steady_error_K = 0;  ///< largest, designed inputs and films
  double steady_bound_K = 0;  ///< the bound of that output
  /// A power step of the designed inputs from rest, by the exponential of the finite volumes.
  std::vector<double> times;    ///< s
  double step_error_K = 0;      ///< largest over outputs and times
  double step_bound_K = 0;      ///< of that output at that time
  double method_error_K = 0;    ///< largest bound on the comparing method's own error
  bool bound_held = true;       ///< in every output at every time
  double seconds_per_step = 0;  ///< of the reduced model, measured
};

/// Solves the full model again (steady, and in time by its exponential, with a bound on that's own error) and
/// compares.
ReducedCheck check(const package::Design& design, const package::Assembly& assembly,
                   const ReducedModel& model, const ReducedOptions& options, base::Pool& pool);

}  // namespace bondline::thermal
