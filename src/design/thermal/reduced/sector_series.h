// Inside the room: exp(-t B) as a polynomial in Y = (1 + g t B)^-1 where B is unsymmetric: x*Bx within an
// angle of the positive real axis. Then x*Yx lies in the lens { 1 / (1 + b) : b in that sector }, which is
// convex, and a function of Y is at most 1 + sqrt(2) times its largest value on the lens (Crouzeix and
// Palencia 2017). So
//
//   exp(-t B) = Y F(Y) ,   F(y) = exp(-(1 - y) / (g y)) / y ,
//
// with F replaced by a polynomial that is close to it on the lens' edge. Powers would be useless there; the
// basis is made orthogonal over points of the edge ("Vandermonde with Arnoldi": Brubeck, Nakatsukasa and
// Trefethen 2021), which gives a recurrence that runs as well with the operator in place of y.
#pragma once
#include <cstddef>
#include <vector>

namespace bondline::thermal::detail {

/// p_0 = first; y p_k = sum_{i <= k + 1} step[k][i] p_i; F ~ sum_k weight[k] p_k.
struct SectorSeries {
  double pole = 0;  ///< g
  double first = 1;
  std::vector<std::vector<double>> step;
  std::vector<double> weight;
  double rest = 0;              ///< on F(Y): what is left of it, in norm
  double most = 0;              ///< of the sum, in norm
  std::vector<double> returns;  ///< per k: what an error in Y p_k comes back as, in norm
};

/// The best of a few poles. tangent: of the sector's angle. Maxima are taken over 2000 points of the edge.
SectorSeries sector_series(double tangent, std::size_t terms);

}  // namespace bondline::thermal::detail
