// Inside the room: the projection basis and what its error bound needs.
//
// Galerkin on V, orthonormal in the energy of A_low = A(lowest film coefficients):  E = V' C V,
// A(h) = V' A(h) V. The basis starts with the steady answers to every port and grows by solutions of
// (A(h) + s C) x = g at the film coefficients h and real shift s that weigh most where the error bound of
// contour.h is largest (greedy rational Krylov; Antoulas, Beattie and Gugercin 2010 for the frame). The
// answers to outputs are in the same basis as dual solutions (of the transpose, where streams make A
// unsymmetric).
//
// Residuals r are measured in the dual norm  |r|^2 = r' A_low^-1 r >= r' A(h)^-1 r : films only add to A, so
// with h >= low this norm bounds the exact one for the whole range. Where A is unsymmetric, "A_low" in norms
// is the symmetric P of SurfaceModel, which is below A's symmetric part.
#pragma once
#include <span>
#include <vector>

#include "design/thermal/reduced/modal_residuals.h"
#include "design/thermal/reduced/ports.h"

namespace bondline::thermal::detail {

struct BasisOptions {
  std::vector<double> low, high;  ///< W/(m2 K) per film group (groups held at their ambient: ignored)
  double shortest = 1e-3;         ///< s, what happens faster need not be resolved
  double tolerance_K = 0.02;      ///< aimed at: the bound after a jump of all inputs by their typical values
  int max_states = 400;
  base::Progress progress;
};

/// Dense matrices are column-major.
struct ReducedBasis {
  std::size_t states = 0, vectors = 0;     ///< vectors: distinct port vectors g
  std::vector<double> E;                   ///< states x states
  std::vector<double> A_low;               ///< states x states: V' A_low V
  std::vector<std::vector<double>> films;  ///< per group: V' A_f V (empty for a held group)
  std::vector<double> port;                ///< states x vectors: V' g
  std::vector<int> vector_of_input, vector_of_output;
  std::vector<double> factor_of_input, factor_of_output;  ///< port = factor * vector
  double slowest = 0;          ///< 1/s: v'A(h)v >= slowest v'Cv for every v and h >= low
  double sector = 0;           ///< |Im v*A(h)v| <= sector Re v*A(h)v; 0: A is symmetric
  std::vector<char> backward;  ///< per vector: an output's, answered by the transpose (all 0: symmetric)

  /// Residuals in coordinates in which a dual norm, that of P + sigma C, is the Euclidean one:
  ///   r = g - s C V z - A(h) V z   has   |r|^2 <= |(s rate_r + film) z + (flow_r - sigma rate_r) (z - x)|^2
  ///                                              + z' spare z ,
  ///   film = sum_f (h_f - low_f) film_r[f] ,  spare = sum_f (h_f - low_f)^2 spare[f] ,
  /// x the exact steady answer to g at the lowest films, which is in V. flow_r: what A_low and P make of V
  /// differently (back_r: of the transpose); both empty where A is symmetric.
  struct Norm {
    double sigma = 0;  ///< 1/s
    std::size_t rank = 0;
    std::vector<double> rate_r;               ///< rank x states
    std::vector<std::vector<double>> film_r;  ///< per group: rank x states, or empty
    std::vector<double> flow_r, back_r;       ///< rank x states, or empty
  };
  std::vector<Norm> norms;  ///< the first has sigma = 0
  std::vector<double> sigmas() const;
  std::vector<std::vector<double>> spare;  ///< per group: states x states, or empty
  std::vector<double> floor;  ///< per vector: what solver tolerances may hide of |r|, added to every residual
  std::vector<double> norm;   ///< per vector: |g|

  int solves = 0, rounds = 0;
  bool reached = false;  ///< the bound kept to tolerance_K at every film coefficient trained at
};

/// Its residuals at film coefficients h, in each of its norms.
std::vector<PortResiduals> port_residuals(const ReducedBasis& basis, std::span<const double> low,
                                          std::span<const double> h, double shortest);

ReducedBasis build_basis(const SurfaceModel& full, const Ports& ports, const BasisOptions& options);

}  // namespace bondline::thermal::detail
