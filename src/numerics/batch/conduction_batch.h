// Conjugate gradients for 8 or 16 right-hand sides at once: every lane has its own step lengths, all lanes
// share the traffic of conductances, weights and pivots.
//
// Inside everything is float32, interleaved by lane: the residual (which is the
// cycle's right-hand side), what the cycle makes of it, and the last few directions p. u itself stays in
// float64: u = u + sum of alpha p is formed only when the kept directions are full, or a lane has arrived;
// then the residual is computed again from b - A u in float64. So float32 touches directions (A p is applied
// to the rounded p, as differences) and the residual between two such renewals, never the answer.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "numerics/batch/batch_cycle.h"
#include "numerics/batch/conduction_faces.h"
#include "numerics/outer_operator.h"

namespace bondline::numerics {

/// One right-hand side of a batch.
struct BatchLane {
  const double* b = nullptr;  ///< one value per cell; null leaves the lane idle
  double* u = nullptr;        ///< guess, and in the end the answer
  bool from_zero = false;     ///< the guess is zero
  double norm_b = 0, goal = 0;
};

class ConductionBatch {
 public:
  /// scale: of the conductances in `levels` and `faces` (see build_hierarchy). All but the pool's use outlive
  /// the batch.
  ConductionBatch(const OuterOperator& outer, const std::vector<Level>& levels, const ConductionFaces& faces,
                  base::Pool& pool, const BatchKernels& kernels, double scale);

  long lanes() const { return kernels_.lanes; }
  /// Up to lanes() right-hand sides, until each one's float64 residual is at most its goal times `slack`, or
  /// rounding keeps it away, or `most` iterations have passed.
  void solve(std::span<const BatchLane> lanes, int most, double slack);

  /// Of the last solve.
  int iterations(std::size_t lane) const { return lanes_[lane].iterations; }
  /// Norm of b - A u, computed in float64.
  double residual(std::size_t lane) const { return lanes_[lane].norm; }
  /// Norm of the residual after each iteration.
  const std::vector<double>& history(std::size_t lane) const { return lanes_[lane].history; }
  std::size_t bytes() const;

  /// Directions kept between renewals of the residual.
  static constexpr std::size_t kKept = 6;

 private:
  struct Lane : BatchLane {
    double norm = 0;     ///< of the residual, by the recurrence since the last renewal
    double renewed = 0;  ///< and at the last renewal
    double rz = 0;
    double unit = 1;  ///< f = unit x residual, all through a solve
    bool active = false;
    bool broken = false;  ///< no step could be made: u is left where it was folded last
    int iterations = 0;
    std::vector<double> history;
  };
  using Numbers = std::array<double, kMostLanes>;
  using Floats = std::array<float, kMostLanes>;

  template <class Body>
  void tiles(int stages, int fields, const Body& body);
  template <class Of>
  void add(int j, Range columns, const Of& of);
  Numbers row_sums() const;
  Numbers advance_direction(const Floats& beta);
  Numbers step(const Floats& alpha);
  void renew(bool at_start);
  float* direction(std::size_t n) { return p_[n].data(); }

  const OuterOperator& outer_;
  const ConductionFaces& faces_;
  base::Pool& pool_;
  const BatchKernels& kernels_;
  double scale_;
  BatchCycle cycle_;
  std::vector<BatchField> p_;  ///< ring of directions; u lacks the last `count_` of them
  std::size_t last_ = 0, count_ = 0;
  bool begun_ = false;           ///< a direction has been made since the solve began
  std::vector<Numbers> alphas_;  ///< of each slot of the ring
  std::vector<double> partial_;  ///< lanes() sums per row
  std::array<Lane, kMostLanes> lanes_;
};

/// The power of two that brings v (> 0) near 1: exact to multiply with.
double power_of_two_near(double v);

}  // namespace bondline::numerics
