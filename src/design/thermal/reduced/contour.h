// Inside the room: errors in time as sums over the complex plane. With r(s), q(s) the residuals of the
// reduced answers to an input b and an output c at the complex shift s,
//
//   c'e(t) = 1/(2 pi i) int exp(s t) q(s)' (A + s C)^-1 r(s) ds / s          (Laplace, e after a unit step)
//
// over any path around the negative real axis from -a, a the slowest rate, and around s = 0; where the path
// runs between -a and 0 the integral is what fades, c'(e(t) - e(end)). Paths are hyperbolas
// s = m/t (1 + sin(i x - angle)) (Weideman and Trefethen 2007), and the integral is a sum of equal steps in x
// plus what that sum leaves out, both bounded:
//
//   |c'e(t)| <= R_c(t) R_b(t) + rest |c| |b| ,   R_g(t)^2 = sum_j weight_j |r_g(s_j)|^2 .
//
// `rest` is proven, not estimated: the integrand is analytic on either side of the path, so the sum is off by
// at most the integrals over two neighbouring hyperbolas over exp(2 pi d / step) - 1 (Trefethen and Weideman
// 2014, theorem 5.1), where |q' (A + s C)^-1 r| = |H(s) - H_reduced(s)| is at most twice the ports' own
// norms.
#pragma once
#include <complex>
#include <vector>

namespace bondline::thermal::detail {

/// One path for all times between from and to; the last one for all times from `from` on, where what it
/// bounds falls like exp(-a (t - from) / 2).
struct Contour {
  double from = 0, to = 0;  ///< s
  bool late = false;        ///< bounds c'(e(t) - e(end)) in place of c'e(t)
  std::vector<std::complex<double>> at;
  /// Per norm that residuals are measured in; both halves of the path are in them. Empty: not with that norm.
  std::vector<std::vector<double>> weight;
  std::vector<double> whole;  ///< roots of their sums
  double rest = 0;            ///< share of the ports' own norms that the sum may leave out
};

/// From `shortest` on without gaps. a: v'Av >= a v'Cv for every v, 1/s. sector: |Im v*Av| <= sector Re v*Av
/// for every complex v (0: A is symmetric). norms: residuals are measured in the duals of A + sigma C's
/// norms, for these sigma >= 0, 1/s, the first of which is 0. (A residual that varies fast in space weighs as
/// much in all of them, one that varies slowly less where sigma is large; early errors are bounded several
/// times better so.)
std::vector<Contour> contours(double a, double shortest, double sector, const std::vector<double>& norms);

}  // namespace bondline::thermal::detail
