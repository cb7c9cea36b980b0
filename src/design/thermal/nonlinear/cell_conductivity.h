// k(T) cell by cell. A mesh reads every material at one temperature per solid; here each cell's k follows its
// own temperature: k = k_read * r(T), with r the ratio of its solid's (effective) conductivity at T and where
// the mesh read it. For a plain material r is the material's own curve; for an effective medium the medium is
// evaluated at its mean fraction; a cell that several solids share follows the one that fills most of it.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// kx, ky, kz of one solid over temperature: straight lines between knots, constant beyond them.
struct ConductivityTable {
  std::vector<double> temperature;              ///< K, increasing; empty: constant
  std::vector<std::array<double, 3>> k;         ///< W/(m K)
  std::array<double, 3> at(double t) const;     ///< W/(m K)
  std::array<double, 3> slope(double t) const;  ///< d ln k / dT, 1/K (0 beyond the knots)
};
/// Constant (empty) when no constituent of the solid depends on temperature.
ConductivityTable conductivity_table(const Design& design, const package::Solid& solid);

class CellConductivity {
 public:
  /// Remembers the conductivities of the model's mesh as they were read.
  explicit CellConductivity(const Model& model);
  bool any() const { return !cells_.empty(); }
  const std::vector<std::string>& materials() const { return names_; }  ///< names of those that vary

  /// Sets mesh.kx, ky, kz to the cells' own temperatures t_ref + u (u per cell, K above t_ref). The operator
  /// follows with renew_operator(). `Model::k_scale`, when it is there, multiplies per solid.
  void update(Model& model, const std::vector<double>& u, base::Pool& pool) const;
  /// d ln k / dT of each cell that varies, 1/K: `visit(cell, {x, y, z})`.
  template <class Visit>
  void slopes(const Model& model, const std::vector<double>& u, Visit&& visit) const {
    for (const Cell& c : cells_) visit(c.cell, tables_[c.solid].slope(model.t_ref + u[c.cell]));
  }

 private:
  struct Cell {
    std::size_t cell = 0, solid = 0;
    std::array<double, 3> per_table{};  ///< k as read over the table's k there
  };
  std::vector<ConductivityTable> tables_;  ///< per solid
  std::vector<Cell> cells_;
  std::vector<std::string> names_;
};

/// Face conductances, films' conductances and ground from the model's present conductivities and film
/// coefficients. The right-hand side is left as it is: make_rhs() next.
void renew_operator(Model& model, base::Pool& pool);
/// Faces' conductances from their cells' centres, from the present conductivities.
void renew_halves(Model& model);

}  // namespace bondline::thermal::detail
