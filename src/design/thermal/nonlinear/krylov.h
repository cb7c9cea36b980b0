// Small Krylov tools for operators given as functions: flexible GMRES (Saad 1993) for the tangent of the
// nonlinear problem, with the symmetric operator's own solve as preconditioner, so that a handful of steps
// do; and the dominant eigenvalue by Arnoldi's method (1951).
#pragma once
#include <functional>
#include <vector>

namespace bondline::thermal::detail {

using Field = std::vector<double>;
using Apply = std::function<void(const Field& in, Field& out)>;

struct GmresReport {
  bool converged = false;
  int iterations = 0;
  double relative_residual = 0;
  /// Smallest real part among the Ritz values of the preconditioned operator: <= 0 says that it is no longer
  /// positive.
  double least_ritz = 1;
};
/// Solves A x = b from x = 0; `precondition` approximates A^-1.
GmresReport gmres(const Apply& apply, const Apply& precondition, const Field& b, Field& x,
                  double relative_residual, int most);

struct Eigenvalue {
  double value = 0;     ///< real part of the eigenvalue of largest modulus
  double residual = 0;  ///< relative
  int iterations = 0;
  bool converged = false;
  Field vector;  ///< its eigenvector, unit length
};
Eigenvalue dominant_eigenvalue(const Apply& apply, Field start, double relative_residual, int most);

}  // namespace bondline::thermal::detail
