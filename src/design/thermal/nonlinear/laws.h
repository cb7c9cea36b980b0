// All that follows the temperature in one model, and the field at which it was last evaluated.
#pragma once
#include <optional>
#include <vector>

#include "design/thermal/nonlinear/cell_conductivity.h"
#include "design/thermal/nonlinear/cell_leakage.h"
#include "design/thermal/nonlinear/film_laws.h"

namespace bondline::thermal::detail {

struct Laws {
  CellConductivity conductivity;
  CellLeakage leakage;
  FilmLaws films;
  explicit Laws(Model& model) : conductivity(model), leakage(model), films(model) {}
  bool any() const { return conductivity.any() || leakage.any() || films.any(); }
};

/// Gives the model its laws; leaves Model::laws null when nothing follows the temperature.
void add_laws(Model& model);
/// A copy whose laws are its own.
Model copy_with_laws(const Model& model);

/// Evaluates every law at the field u (K above t_ref): conductivities, films, leakage, operator and
/// right-hand side.
void evaluate_at(Model& model, const std::vector<double>& u, base::Pool& pool);

}  // namespace bondline::thermal::detail
