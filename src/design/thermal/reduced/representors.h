// Inside the room: what measures residuals in the dual norm of P_sigma = P + sigma C (P: SurfaceModel, at the
// lowest films). Residuals of a Galerkin basis V are combinations of a few known vectors b (C V, traces of
// films, what streams make of V), less their parts in V; so |r|^2 = r' P_sigma^-1 r is a small quadratic form
// of the answers P_sigma^-1 b, its representors, kept orthogonal to V in the energy of P_sigma.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "design/thermal/reduced/surface_model.h"

namespace bondline::thermal::detail {

class Representors {
 public:
  Representors(const SurfaceModel& full, std::span<const double> low, double sigma);
  ~Representors();
  Representors(const Representors&) = delete;
  Representors& operator=(const Representors&) = delete;

  double sigma() const;
  /// Vectors by which the basis has grown, orthonormal in the energy of P.
  void extend(const Columns& fresh);
  /// The representors of b become the last columns.
  void add(const Columns& b);
  /// P with P'P the products of all representors: count x count, column-major.
  std::vector<double> root() const;
  std::size_t count() const;
  int solves() const;

 private:
  struct Fields;
  std::unique_ptr<Fields> fields_;
};

/// a' b, column-major, in fixed blocks of rows added in order: the same bits for any number of threads.
std::vector<double> products(const double* a, std::size_t a_columns, const double* b, std::size_t b_columns,
                             std::size_t rows, base::Pool& pool);
/// x -= v m.
void take_off(double* x, std::size_t x_columns, const double* v, std::size_t v_columns, const double* m,
              std::size_t rows, base::Pool& pool);

}  // namespace bondline::thermal::detail
