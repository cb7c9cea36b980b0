// Steps a handoff's reduced model in microseconds, with the bound of its error. The line's twin and the
// design wing's own checks use the same code; it knows no physics.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "handoff/handoff.h"
#include "numerics/state_space/history_bound.h"
#include "numerics/state_space/modal_model.h"

namespace bondline::handoff {

class ReducedStepper {
 public:
  /// dt: s. h: one coefficient per film of the model; empty: as designed. Never throws on what a document may
  /// hold; problem() says why it cannot be used (matrices that do not fit, not stable, h outside its range).
  ReducedStepper(const ReducedModel& model, double dt, std::span<const double> h = {});

  const std::string& problem() const { return problem_; }
  std::size_t inputs() const { return offset_in_.size(); }
  std::size_t outputs() const { return offset_out_.size(); }

  /// The steady state of constant inputs (in their own units: watts, kelvin).
  void settle(std::span<const double> u);
  /// Holds u for one step and gives the outputs at its end. No allocation.
  void step(std::span<const double> u, std::span<double> y);
  /// Outputs of the present state.
  void outputs(std::span<const double> u, std::span<double> y);
  /// Bound of every output's error after the last step, in output units; empty when the model carries none
  /// for these film coefficients or this step.
  std::span<const double> bounds() const { return bounds_; }

 private:
  void less_offset(std::span<const double> u);
  std::vector<double> offset_in_, offset_out_, given_, bounds_;
  std::optional<numerics::ModalStepper> stepper_;
  std::optional<numerics::HistoryBoundStepper> history_;
  std::string problem_;
};

/// The model's matrices at film coefficients h (one per film; empty: as designed).
numerics::StateSpace state_space(const ReducedModel& model, std::span<const double> h = {});

}  // namespace bondline::handoff
