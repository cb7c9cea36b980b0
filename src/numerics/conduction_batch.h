// Conjugate gradients for kBatch right-hand sides at once: every lane has its own step lengths, all lanes
// share the traffic of conductances, weights and pivots.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "numerics/conduction_cycle.h"
#include "numerics/outer_operator.h"

namespace bondline::numerics {

/// Where one lane begins.
struct BatchStart {
  const double* r = nullptr;  ///< residual, one value per cell; null leaves the lane idle
  const double* u = nullptr;  ///< guess
  double norm_r = 0, goal = 0;
};

class ConductionBatch {
 public:
  /// scale: of the conductances in `levels` (see build_hierarchy).
  ConductionBatch(const OuterOperator& outer, const std::vector<Level>& levels, base::Pool& pool,
                  const ConductionKernels& kernels, double scale);

  /// Up to kBatch lanes; the rest stay idle.
  void load(std::span<const BatchStart> starts);
  /// Iterates until every lane reaches its goal (by the recurrence) or `most` iterations have passed. A lane
  /// stops changing once it has arrived.
  void run(int most);
  /// The lanes' u; null for a lane that is not wanted.
  void unload(std::span<double* const> u) const;

  int iterations(std::size_t lane) const { return lanes_[lane].iterations; }
  /// Norm of the residual after each iteration.
  const std::vector<double>& history(std::size_t lane) const { return lanes_[lane].history; }
  std::size_t bytes() const;

 private:
  struct Lane {
    double norm = 0, goal = 0, rz = 0;
    bool active = false;
    int iterations = 0;
    std::vector<double> history;
  };
  using Numbers = std::array<double, kBatch>;

  Numbers row_sums() const;
  void residual_to_layout(const Numbers& unit);
  Numbers advance_direction(const Numbers& scale, const Numbers& beta, bool first);
  Numbers step(const Numbers& alpha, const Numbers& unit);

  const OuterOperator& outer_;
  base::Pool& pool_;
  const ConductionKernels& kernels_;
  double scale_;
  ConductionCycle cycle_;
  AlignedArray<double> u_, r_, ap_;
  AlignedArray<float> p_;
  std::vector<double> partial_;  ///< kBatch sums per row
  std::array<Lane, kBatch> lanes_;
};

/// The power of two that brings v (> 0) near 1: exact to multiply with.
double power_of_two_near(double v);

}  // namespace bondline::numerics
