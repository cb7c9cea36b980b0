// Inside the room: a reduced model's residuals in its own modes, and their norms along the paths of
// contour.h. Where streams make A unsymmetric the modes are complex, and answers to outputs are those of the
// transpose: ports then come in two parts.
#pragma once
#include <complex>
#include <vector>

#include "base/parallel.h"
#include "design/thermal/reduced/contour.h"

namespace bondline::thermal::detail {

/// r_g(s) = l_g + sum_k s tau_k / (1 + s tau_k) drive_kg m_k , by their products in the dual norm. Matrices
/// are column-major. T: double, or std::complex<double>.
template <class T>
struct ModalResiduals {
  std::size_t states = 0, ports = 0;
  std::vector<T> tau;          ///< s
  std::vector<T> drive;        ///< states x ports
  std::vector<T> gram;         ///< states x states: m_k^* m_l
  std::vector<T> cross;        ///< states x ports: m_k^* l_g
  std::vector<double> square;  ///< ports: |l_g|^2
};

/// The residuals of all ports of a model.
struct PortResiduals {
  std::size_t ports = 0;
  std::vector<double> square;  ///< ports: |l_g|^2, what stays
  std::vector<double> floor;   ///< ports: added to every |r_g|
  std::vector<double> norm;    ///< ports: |g|
  ModalResiduals<double> symmetric;
  ModalResiduals<std::complex<double>> forward, backward;  ///< in place of it, where A is unsymmetric
  std::vector<std::size_t> of_forward, of_backward;        ///< which ports these are
  double lasting(std::size_t g) const { return std::sqrt(square[g]) + floor[g]; }
};

/// A reduced model E, A (states x states) and the residuals of its answers z to ports: at most the norm of
/// (s rate + film + flow) z - flow x  in coordinates of `rank` rows, x the answers that leave no residual,
/// and of `spare` (states x states, z' spare z) beside it.
struct ReducedResiduals {
  std::size_t states = 0, ports = 0, rank = 0;
  const double *E = nullptr, *A = nullptr, *port = nullptr, *rate = nullptr, *film = nullptr,
               *spare = nullptr;
  /// Of an unsymmetric A alone: rank x states, and states x ports.
  const double *flow = nullptr, *exact = nullptr;
};
/// Time constants below `shortest` 1e-10 count as that. A symmetric.
ModalResiduals<double> decoupled(const ReducedResiduals& given, double shortest);
/// A unsymmetric with a positive definite symmetric part. Throws base::Error where rounding hides the modes.
ModalResiduals<std::complex<double>> decoupled_directed(const ReducedResiduals& given, double shortest);

/// R_g of every port on every contour, ports x contours.
std::vector<double> contour_norms(const PortResiduals& residuals, const std::vector<Contour>& contours,
                                  base::Pool& pool);

/// |r_g(s)|^2 at real shifts, ports x shifts, without the floor.
std::vector<double> squares_at(const PortResiduals& residuals, const std::vector<double>& shifts);

}  // namespace bondline::thermal::detail
