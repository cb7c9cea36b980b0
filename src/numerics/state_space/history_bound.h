// A bound on an error that every change of an input leaves behind:
//
//   |error_o(t)| <= sum_i fixed_oi |u_i(t)| + sum_i sum_changes k  |du_ik|  sum_m amplitude_moi exp(-rate_m
//   (t - t_k)) .
//
// Because each term decays exponentially, the whole history is kept in rates x inputs numbers. Which
// amplitudes make it a true bound is the business of who fills them in.
#pragma once
#include <span>
#include <vector>

namespace bondline::numerics {

struct HistoryBound {
  int inputs = 0, outputs = 0;
  double shortest_step = 0;        ///< s; the bound holds at times at least this long after the last change
  std::vector<double> rates;       ///< 1/s
  std::vector<double> fixed;       ///< outputs x inputs, output unit per input unit
  std::vector<double> amplitudes;  ///< rates x outputs x inputs
};

/// Follows a history in fixed steps. No allocation after construction.
class HistoryBoundStepper {
 public:
  /// dt >= bound.shortest_step.
  HistoryBoundStepper(const HistoryBound& bound, double dt);
  /// As if u had been held for ever.
  void settle(std::span<const double> u);
  /// u is held for one step; bounds of all outputs at its end.
  void step(std::span<const double> u, std::span<double> bounds);

 private:
  int inputs_, outputs_;
  std::vector<double> decay_, fixed_, amplitudes_, left_, before_;
};

}  // namespace bondline::numerics
