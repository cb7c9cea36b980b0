// Inside the room: a reduced model's residuals in its own modes, and their norms along the paths of
// contour.h. Where streams make A unsymmetric the modes are complex, and answers to outputs are those of the
// transpose: ports then come in two parts.
#pragma once
#include <algorithm>
#include <cmath>
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

/// The residuals of all ports of a model in one norm.
struct PortResiduals {
  std::size_t ports = 0;
  std::vector<double> square;  ///< ports: |l_g|^2, what stays
  std::vector<double> floor;   ///< ports: added to every |r_g|
  std::vector<double> norm;    ///< ports: |g|
  ModalResiduals<double> symmetric;
  ModalResiduals<std::complex<double>> forward, backward;  ///< in place of it, where A is unsymmetric
  std::vector<std::size_t> of_forward, of_backward;        ///< which ports these are
  double lasting(std::size_t g) const { return std::sqrt(std::max(0.0, square[g])) + floor[g]; }
};

/// A reduced model's own modes: (A + s E)^-1 port = sum_k mode_k drive_kg / (1 + s tau_k).
template <class T>
struct Modes {
  std::size_t states = 0, ports = 0;
  std::vector<T> tau, mode, drive;  ///< mode: states x states, drive: states x ports
};
/// E, A (states x states), port (states x ports), column-major. Time constants below `shortest` 1e-10 count
/// as that. A symmetric.
Modes<double> modes_of(std::size_t states, std::size_t ports, const double* E, const double* A,
                       const double* port, double shortest);
/// A unsymmetric with a positive definite symmetric part. Throws base::Error where rounding hides the modes.
Modes<std::complex<double>> directed_modes_of(std::size_t states, std::size_t ports, const double* E,
                                              const double* A, const double* port, double shortest);

/// What the answers z to ports leave: at most the norm of  (s rate + film + flow) z - flow x  in coordinates
/// of `rank` rows, x the answers that leave no residual, and of `spare` (states x states, z' spare z) beside
/// it.
struct ReducedResiduals {
  std::size_t rank = 0;
  const double *rate = nullptr, *film = nullptr, *spare = nullptr;
  const double *flow = nullptr, *exact = nullptr;  ///< rank x states, states x ports; null: no flow
};
template <class T>
ModalResiduals<T> in_modes(const Modes<T>& modes, const ReducedResiduals& given);

/// R_g of every port on every contour, ports x contours, in the norm'th of their norms; infinite where a
/// contour has no weights for it.
std::vector<double> contour_norms(const PortResiduals& residuals, const std::vector<Contour>& contours,
                                  std::size_t norm, base::Pool& pool);

/// |r_g(s)|^2 at real shifts, ports x shifts, without the floor.
std::vector<double> squares_at(const PortResiduals& residuals, const std::vector<double>& shifts);

}  // namespace bondline::thermal::detail
