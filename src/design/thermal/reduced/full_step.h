// Inside the room: the full model's answer, from rest, to inputs that jump and stay, at a time t, with a
// proven bound on its own error. With Y = (1 + g t C^-1 A)^-1, whose spectrum lies in [0, 1],
//
//   x(t) = x(end) - exp(-t C^-1 A) x(end) ,   exp(-t C^-1 A) = f(Y) ,   f(y) = exp(-(1 - y) / (g y)) ,
//
// and f is replaced by its Chebyshev series cut after `degree` terms: one solve per term, all with one shift
// (a rational approximation with one real pole; Noersett 1978). In the energy norm the rest of the series is
// at most the sum of its coefficients. Where streams make A unsymmetric, sector_series.h takes the place of
// Chebyshev's series, and the norm is that of P (SurfaceModel).
#pragma once
#include "design/thermal/reduced/ports.h"
#include "design/thermal/reduced/sector_series.h"

namespace bondline::thermal::detail {

class FullStep {
 public:
  /// `load`: the right-hand side that stays. Films at h.
  FullStep(const SurfaceModel& full, const Ports& ports, std::vector<double> h, Columns load);

  struct Answer {
    std::vector<double> x;
    std::vector<double> allowance;  ///< per output: its error is at most this
  };
  Answer at(double t) const { return full_.directed() ? directed_at(t) : symmetric_at(t); }
  /// At the end.
  const std::vector<double>& settled() const { return settled_; }
  /// What solves of a steady state may leave in output o.
  double settled_allowance(std::size_t o) const { return norm_of_output_[o] * left_in_settled_; }

 private:
  /// b - (A + shift C) x.
  std::vector<double> residual(double shift, const double* x, const double* b,
                               Side side = Side::forward) const;
  /// Root of 1' A^-1 1. A^-1 has no negative entry, so a solution whose residual's largest entry is rho is
  /// off by at most rho times this in the energy of A (and in P's, which is less).
  double spread(Side side) const;
  Answer symmetric_at(double t) const;
  Answer directed_at(double t) const;
  Answer answer(std::vector<double> fading, double error) const;

  const SurfaceModel& full_;
  std::vector<double> h_, load_, settled_;
  std::vector<double> norm_of_output_;  ///< energy norm of the answer to each output's weights, from above
  double energy_ = 0, left_in_settled_ = 0;
  SectorSeries series_;              ///< where A is unsymmetric
  double stored_ = 0, slowest_ = 0;  ///< root of x(end)' C x(end); rate a with v'Pv >= a v'Cv
};

}  // namespace bondline::thermal::detail
