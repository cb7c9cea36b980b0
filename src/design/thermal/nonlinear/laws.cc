#include "design/thermal/nonlinear/laws.h"

#include "design/thermal/coolant/streams.h"

namespace bondline::thermal::detail {

void add_laws(Model& model) {
  auto laws = std::make_shared<Laws>(model);
  if (laws->any())
    model.laws = std::move(laws);
  else
    model.laws.reset();
}

Model copy_with_laws(const Model& model) {
  Model copy = model;
  if (model.laws) copy.laws = std::make_shared<Laws>(*model.laws);
  return copy;
}

void evaluate_at(Model& model, const std::vector<double>& u, base::Pool& pool) {
  Laws& laws = *model.laws;
  if (laws.conductivity.any() || laws.films.any()) {
    if (laws.conductivity.any()) laws.conductivity.update(model, u, pool);
    make_conductances(model, pool);
    renew_halves(model);
    if (laws.films.any()) laws.films.update(model, u);
    renew_ground(model);
    place_streams(model);
  }
  if (laws.leakage.any()) laws.leakage.update(model, u);
  make_rhs(model);
}

}  // namespace bondline::thermal::detail
