// Inside the room: errors in time as integrals over the complex plane. With r(s), q(s) the residuals of the
// reduced answers to an input b and an output c at the complex shift s,
//
//   c'e(t) = 1/(2 pi i) int exp(s t) q(s)' (A + s C)^-1 r(s) ds / s          (Laplace, e after a unit step)
//
// over any path around the negative real axis from -a, a the slowest rate, and around s = 0; where the path
// runs between -a and 0 the integral is what fades, c'(e(t) - e(end)). In the energy of A the inverse is at
// most 1 / cos(angle) on hyperbolas s = m/t (1 + sin(i x - angle)) (Weideman and Trefethen 2007), so that
//
//   |c'e(t)| <= R_c(t) R_b(t) ,   R_g(t)^2 = sum_j weight_j |r_g(s_j)|^2 .
//
// Trapezoids converge exponentially in their number here: |r|^2 is analytic along the path.
#pragma once
#include <complex>
#include <vector>

#include "base/parallel.h"

namespace bondline::thermal::detail {

/// One path for all times between from and to; the last one for all times from `from` on, where what it
/// bounds falls like exp(-a (t - from) / 2).
struct Contour {
  double from = 0, to = 0;  ///< s
  bool late = false;        ///< bounds c'(e(t) - e(end)) in place of c'e(t)
  std::vector<std::complex<double>> at;
  std::vector<double> weight;  ///< both halves of the path are in it
  double whole = 0;            ///< root of the sum of weights
};

/// From `shortest` on without gaps. a: a lower bound of the slowest rate, 1/s.
std::vector<Contour> contours(double a, double shortest);

/// Residuals of a decoupled model:  r_g(s) = l_g + sum_k s tau_k / (1 + s tau_k) drive_kg m_k , by their
/// products in the dual norm. Matrices are column-major.
struct ModalResiduals {
  std::size_t states = 0, ports = 0;
  std::vector<double> tau;     ///< s
  std::vector<double> drive;   ///< states x ports
  std::vector<double> gram;    ///< states x states: m_k' m_l
  std::vector<double> cross;   ///< states x ports: m_k' l_g
  std::vector<double> square;  ///< ports: |l_g|^2
  std::vector<double> floor;   ///< ports: added to every |r_g|
};

/// A reduced model E, A, port (states x states, states x ports) and its residuals: those of the answers z to
/// the ports have at most the norm of  (s rate + film) z  in coordinates of `rank` rows, and of `spare`
/// (states x states, z' spare z) beside it.
struct ReducedResiduals {
  std::size_t states = 0, ports = 0, rank = 0;
  const double *E = nullptr, *A = nullptr, *port = nullptr, *rate = nullptr, *film = nullptr,
               *spare = nullptr;
};
/// Time constants below `shortest` 1e-10 count as that.
ModalResiduals decoupled(const ReducedResiduals& given, std::vector<double> floor, double shortest);

/// R_g of every port on every contour, ports x contours.
std::vector<double> contour_norms(const ModalResiduals& residuals, const std::vector<Contour>& contours,
                                  base::Pool& pool);

/// |r_g(s)|^2 at real shifts, ports x shifts, without the floor.
std::vector<double> squares_at(const ModalResiduals& residuals, const std::vector<double>& shifts);

}  // namespace bondline::thermal::detail
