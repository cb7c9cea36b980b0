// Inside the room: what measures residuals in the dual norm of P_sigma = P + sigma C (P: SurfaceModel, at the
// lowest films). Residuals of a Galerkin basis V are combinations of a few known vectors b (C V, traces of
// films, what streams make of V), less their parts in V; so |r|^2 = r' P_sigma^-1 r is a small quadratic form
// of the answers P_sigma^-1 b, its representors, kept orthogonal to V in the energy of P_sigma.
#pragma once
#include <Eigen/Core>
#include <span>
#include <vector>

#include "design/thermal/reduced/surface_model.h"

namespace bondline::thermal::detail {

class Representors {
 public:
  Representors(const SurfaceModel& full, std::span<const double> low, double sigma)
      : full_(full), low_(low.begin(), low.end()), sigma_(sigma) {}

  double sigma() const { return sigma_; }
  /// Vectors by which the basis has grown, orthonormal in the energy of P.
  void extend(const Eigen::MatrixXd& fresh);
  /// The representors of b become the last columns.
  void add(const Eigen::MatrixXd& b);
  /// P with P'P the products of all representors.
  Eigen::MatrixXd root() const;
  int solves() const { return solves_; }

 private:
  Eigen::MatrixXd apply(const Eigen::MatrixXd& x) const;
  void subtract_basis(Eigen::MatrixXd& x) const;

  const SurfaceModel& full_;
  std::vector<double> low_;
  double sigma_;
  Eigen::MatrixXd V_;  ///< the basis, orthonormal in the energy of P_sigma
  Eigen::MatrixXd phi_, gram_;
  int solves_ = 0;
};

/// a' b, in fixed blocks of rows added in order: the same bits for any number of threads.
Eigen::MatrixXd inner(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b,
                      base::Pool& pool);
/// x -= v m.
void subtract(Eigen::MatrixXd& x, const Eigen::Ref<const Eigen::MatrixXd>& v, const Eigen::MatrixXd& m,
              base::Pool& pool);
void append(Eigen::MatrixXd& m, const Eigen::MatrixXd& more);

}  // namespace bondline::thermal::detail
