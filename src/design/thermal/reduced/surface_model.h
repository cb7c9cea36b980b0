// Inside the room: the finite volumes of a package with one more unknown per cooled face, its surface
// temperature. Then the film coefficients enter linearly,
//
//   C dx/dt + (A_0 + sum_f h_f A_f) x = sum_i b_i P_i + sum_f h_f a_f T_f ,   a_f = A_f 1 ,
//
// x = temperatures above the reference of the solid cells, then of the surfaces; A_f is diagonal (areas of
// film f's faces), C is zero on surfaces. Eliminating the surfaces gives thermal::detail::Model's equations
// exactly. Coolant follows the walls at once (it stores nothing): its streams are eliminated too and leave
// A_0 unsymmetric, with a symmetric part that stays positive (stream_form.h).
#pragma once
#include <span>
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// Films that act as one parameter: one film, or the equal films of a part's sides.
struct FilmGroup {
  std::string name;    ///< "environment.top", "environment.board.sides", "heat_sink.film"
  double h = 0;        ///< W/(m2 K), as designed; infinite: held at its ambient, no parameter
  double ambient = 0;  ///< K above the reference
  bool parameter() const { return std::isfinite(h); }
};

/// Columns of equal length.
struct Columns {
  std::size_t rows = 0;
  std::vector<double> values;
  std::size_t count() const { return rows ? values.size() / rows : 0; }
  double* at(std::size_t c) { return values.data() + c * rows; }
  const double* at(std::size_t c) const { return values.data() + c * rows; }
  void append(const Columns& more) { values.insert(values.end(), more.values.begin(), more.values.end()); }
};

/// Which operator: A, its transpose, or P: symmetric, v'Pv <= v'Av for every v, with nothing of the streams
/// but a share of what their links draw. Without streams all three are the same.
enum class Side { forward, transposed, below };

class SurfaceModel {
 public:
  /// capacity: J/K per cell. The model must outlive this.
  SurfaceModel(const Model& model, std::vector<double> capacity, base::Pool& pool);
  SurfaceModel(const SurfaceModel&) = delete;
  SurfaceModel& operator=(const SurfaceModel&) = delete;

  std::size_t size() const { return cell_of_.size() + faces_.size(); }
  const std::vector<FilmGroup>& groups() const { return groups_; }
  const Model& model() const { return model_; }
  base::Pool& pool() const { return pool_; }
  const std::vector<double>& capacity() const { return capacity_; }  ///< per unknown
  /// Unknown of a solid cell, or of one of model().faces; SIZE_MAX where there is none.
  std::size_t of_cell(std::size_t cell) const;
  std::size_t of_face(std::size_t face) const { return of_face_[face]; }
  int group_of_film(std::size_t film) const { return group_of_film_[film]; }  ///< -1: it cools nothing
  bool directed() const { return !streams_.empty(); }                         ///< streams make A unsymmetric
  /// |Im v*Av| <= sector Re v*Av for every complex v.
  double sector() const { return sector_; }
  /// over += what the unknowns make of a reading of the streams' means, by weight per node.
  void read_streams(std::span<const double> by_node, std::vector<double>& over) const;

  /// a_f (group with a coefficient), or the half conductances (group held at its ambient).
  std::vector<double> film_vector(std::size_t group) const;
  /// out = A_f x.
  void apply_film(std::size_t group, const double* x, double* out) const;
  /// out = A(h) x.
  void apply(std::span<const double> h, const double* x, double* out, Side side = Side::forward) const;
  /// Above root of rho' (A(h) + shift C)^-1 rho, shift > 0: surfaces are eliminated, and what is left of A is
  /// positive semidefinite.
  double dual_norm(std::span<const double> h, double shift, std::vector<double> rho) const;
  /// Right-hand side of `unit`, a copy of model() whose finite films have h = g = 0 and ambients 0.
  std::vector<double> source_vector(const Model& unit) const;

  /// Solves (A(h) + shift C) x = b for every column. Throws base::Error when a solve fails.
  Columns solve(std::span<const double> h, double shift, const Columns& b, double relative_residual,
                Side side = Side::forward) const;

 private:
  struct Surface {
    std::size_t cell = 0;  ///< of the grid
    int group = 0;
    double half = 0, area = 0;
  };
  const Model& model_;
  base::Pool& pool_;
  std::vector<FilmGroup> groups_;
  std::vector<int> group_of_film_;
  std::vector<std::size_t> cell_of_;      ///< grid cell of an unknown
  std::vector<std::int32_t> unknown_of_;  ///< unknown of a grid cell, -1 in the void
  std::vector<std::size_t> of_face_;
  std::vector<Surface> faces_;
  std::vector<double> capacity_;
  std::vector<double> fixed_;          ///< per unknown cell: conductance to ambients that are held
  std::vector<double> linked_, kept_;  ///< per unknown cell: to streams, and what P has of it
  numerics::StreamNetwork streams_;    ///< over unknowns
  numerics::StreamMarch march_;
  double sector_ = 0;
};

}  // namespace bondline::thermal::detail
