// The tangent of the nonlinear problem  R(u) = b(u) - A(u) u = 0,  J = -dR/du, transposed and without a
// matrix:
//   J^T l = A l - d/du [ l . R ]   through k(T), films with a law and leakage, each differentiated exactly as
//   it is evaluated.
// A is symmetric; J is not (k(T) and films make it so), and its inverse is found by GMRES on A's own solve.
#pragma once
#include <vector>

#include "design/thermal/nonlinear/krylov.h"
#include "design/thermal/nonlinear/laws.h"

namespace bondline::thermal::detail {

class Tangent {
 public:
  /// The model must have been evaluated at u. with_leakage = false holds the leakage where it is: the
  /// package's own answer.
  Tangent(const Model& model, const Field& u, numerics::ConductionSolver& solver, bool with_leakage)
      : model_(model), u_(u), solver_(solver), with_leakage_(with_leakage) {}

  /// J^T l = seed. Throws base::Error when it misses its tolerance.
  Field solve(const Field& seed, double relative_residual) const;
  /// The solution for a functional of the field, its own dependence on conductivities, films and leakage
  /// included, and the derivatives it gives.
  Gradient gradient(const Functional& functional, double relative_residual) const;
  /// d(l . R + J)/du through the laws, added to `out`; partial derivatives to `g` when it is there.
  void through_laws(const Field& lambda, const Functional& functional, Field& out, Gradient* g) const;
  /// d(sum of weight * T_piece)/du, through k(T) and films too.
  Field piece_seed(const Field& weights) const;
  /// d(l . R)/dp of every piece of leakage, W.
  Field seen_by_pieces(const Field& lambda) const;

 private:
  void through_leakage(const Field& lambda, const Functional& functional, Field& out, Gradient& g,
                       std::vector<std::array<double, 3>>& cells) const;
  void through_films_and_k(Field& out, Gradient& g, std::vector<std::array<double, 3>>& cells) const;
  void through_films(Field& out, Gradient& g, std::vector<std::array<double, 3>>& cells) const;
  void add_piece_temperatures(const Field& weights, Field& out, Gradient& g,
                              std::vector<std::array<double, 3>>& cells) const;
  const Model& model_;
  const Field& u_;
  numerics::ConductionSolver& solver_;
  bool with_leakage_;
};

/// out = A u of the model's operator.
void apply_operator(const Model& model, const Field& u, Field& out);

}  // namespace bondline::thermal::detail
