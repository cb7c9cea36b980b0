// Restarted flexible GMRES (Saad 1993, "A flexible inner-outer preconditioned GMRES algorithm", SIAM J. Sci.
// Comput. 14) for nonsymmetric systems whose preconditioner works in float32. Basis in float64,
// preconditioned directions in float32 (the product with each is exact for the rounded direction),
// orthogonalised by modified Gram-Schmidt; sums are taken per block of the field and added in a fixed tree,
// so that the bits do not depend on the number of threads.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/parallel.h"

namespace bondline::numerics {

struct GmresSystem {
  std::vector<std::size_t> blocks;                              ///< starts of the field's blocks and its end
  std::function<void(const double* r, float* z)> precondition;  ///< z = M r
  std::function<void(const float* z, double* out)> apply;       ///< out = A z
  std::function<double(std::span<const double> u, double* r)> residual;  ///< r = b - A u; its norm
};

struct GmresOptions {
  double goal = 0;  ///< norm of the residual
  int max_iterations = 200;
  int restart = 30;
  std::function<void(double norm)> told;  ///< after each iteration, may be empty
};

struct GmresReport {
  int iterations = 0;
  double norm = 0;        ///< of the true residual
  std::size_t bytes = 0;  ///< held for basis and directions
};

/// Improves u until the residual's norm is at most the goal, the iterations are used up, or a restart from
/// the true residual brings less than a factor of two.
GmresReport flexible_gmres(const GmresSystem& system, std::span<double> u, const GmresOptions& options,
                           base::Pool& pool);

}  // namespace bondline::numerics
