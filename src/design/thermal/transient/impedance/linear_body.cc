#include "design/thermal/transient/impedance/linear_body.h"

#include <algorithm>
#include <cmath>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/heat_capacity.h"
#include "design/thermal/nonlinear/cell_conductivity.h"
#include "design/thermal/nonlinear/film_laws.h"
#include "design/thermal/transient/march.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kSettled = 1e-3;  // K: what is held is read at the steady field to this
constexpr double kMostBytes = 64e9;

}  // namespace

LinearBody linear_body(const Design& design, const Assembly& assembly, const mesh::MeshOptions& how,
                       base::Pool& pool) {
  LinearBody body;
  Model& model = body.model;
  model = make_model(design, assembly,
                     mesh::build(design, assembly, how, design.environment.ambient, kMostBytes), pool);
  CellConductivity conductivity(model);
  FilmLaws films(model);
  body.follows = conductivity.any() || films.any();
  SteadyOptions exact;
  exact.relative_residual = 1e-10;
  std::vector<double> u(model.grid().cells(), 0.0);
  for (int again = 0; again < 40; ++again) {
    numerics::ConductionSolver solver(model.op, pool);
    refuse_singular(model, solver);
    const std::vector<double> before = u;
    Solution found = solve(model, solver, exact, std::move(u));
    u = std::move(found.u);
    body.balance = found.balance;
    double moved = 0;
    for (std::size_t c = 0; c < u.size(); ++c) moved = std::max(moved, std::abs(u[c] - before[c]));
    if (!body.follows || moved < kSettled) break;
    conductivity.update(model, u, pool);
    make_conductances(model, pool);
    renew_halves(model);
    films.update(model, u);
    renew_ground(model);
    place_streams(model);
    make_rhs(model);
  }
  model.mesh.solid_temperature = solid_means(model, u);
  body.follows = body.follows || warms_unevenly(design, assembly);
  body.capacity = heat_capacity(model).joule_per_K;
  leave_out_coolant(model, body.capacity);

  body.heat = model.rhs;
  const std::vector<double> scale = model.source_scale;
  model.source_scale.assign(assembly.sources.size(), 0.0);
  place_sources(model);
  make_rhs(model);
  for (std::size_t c = 0; c < u.size(); ++c) body.heat[c] -= model.rhs[c];
  numerics::ConductionSolver solver(model.op, pool);
  body.cold = solve(model, solver, exact).u;
  model.source_scale = scale;
  place_sources(model);
  make_rhs(model);
  body.rise = std::move(u);
  for (std::size_t c = 0; c < body.rise.size(); ++c) body.rise[c] -= body.cold[c];
  return body;
}

}  // namespace bondline::thermal::detail
