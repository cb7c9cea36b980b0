#include "numerics/state_space/history_bound.h"

#include <algorithm>
#include <cmath>

namespace bondline::numerics {

HistoryBoundStepper::HistoryBoundStepper(const HistoryBound& bound, double dt)
    : inputs_(bound.inputs),
      outputs_(bound.outputs),
      amplitudes_(bound.amplitudes),
      left_(bound.rates.size() * std::size_t(bound.inputs), 0.0),
      before_(std::size_t(bound.inputs), 0.0) {
  fixed_ = bound.fixed;
  for (const double rate : bound.rates) decay_.push_back(std::exp(-rate * dt));
}

void HistoryBoundStepper::settle(std::span<const double> u) {
  std::fill(left_.begin(), left_.end(), 0.0);
  std::copy(u.begin(), u.begin() + inputs_, before_.begin());
}

void HistoryBoundStepper::step(std::span<const double> u, std::span<double> bounds) {
  const std::size_t inputs = std::size_t(inputs_), outputs = std::size_t(outputs_);
  for (std::size_t m = 0; m < decay_.size(); ++m)
    for (std::size_t i = 0; i < inputs; ++i)
      left_[m * inputs + i] = decay_[m] * (left_[m * inputs + i] + std::abs(u[i] - before_[i]));
  std::copy(u.begin(), u.begin() + inputs_, before_.begin());
  for (std::size_t o = 0; o < outputs; ++o) {
    double sum = 0;
    for (std::size_t i = 0; i < inputs; ++i) sum += fixed_[o * inputs + i] * std::abs(u[i]);
    for (std::size_t m = 0; m < decay_.size(); ++m)
      for (std::size_t i = 0; i < inputs; ++i)
        sum += amplitudes_[(m * outputs + o) * inputs + i] * left_[m * inputs + i];
    bounds[o] = sum;
  }
}

}  // namespace bondline::numerics
