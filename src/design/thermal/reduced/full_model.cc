#include "design/thermal/reduced/full_model.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/heat_capacity.h"
#include "design/thermal/leakage.h"

namespace bondline::thermal::detail {
namespace {

bool any_curved(const Design& design, const Assembly& assembly) {
  for (const auto& solid : assembly.solids)
    for (const int m :
         {solid.fill.material, solid.fill.inclusion, solid.fill.core, solid.fill.liner_material}) {
      if (m < 0 || m >= int(design.materials.materials.size())) continue;
      for (const auto p : {package::Property::k_x, package::Property::k_y, package::Property::k_z})
        if (const auto* value = design.materials.materials[std::size_t(m)].find(p);
            value && !value->curve.constant())
          return true;
    }
  return false;
}

/// Mean temperature of every solid, K.
std::vector<double> solid_means(const Model& model, const std::vector<double>& u) {
  const auto& g = model.grid();
  std::vector<double> sum(model.assembly->solids.size(), 0.0), volume(sum.size(), 0.0);
  for (int j = 0; j < g.ny(); ++j)
    for (int i = 0; i < g.nx(); ++i)
      for (int k = 0; k < g.nz(); ++k) {
        const std::size_t c = g.index(i, j, k);
        if (model.mesh.solid[c] < 0) continue;
        const double v = model.area(i, j) * model.dz(k);
        sum[std::size_t(model.mesh.solid[c])] += v * u[c];
        volume[std::size_t(model.mesh.solid[c])] += v;
      }
  for (std::size_t s = 0; s < sum.size(); ++s)
    sum[s] = model.t_ref + (volume[s] > 0 ? sum[s] / volume[s] : 0);
  return sum;
}

}  // namespace

Model frozen_model(const Design& design, const Assembly& assembly, double cells, double max_bytes,
                   base::Pool& pool, std::vector<std::string>& notes) {
  if (assembly.solids.empty())
    throw base::Error("the design holds no solid", "give a block, a substrate or a die");
  mesh::MeshOptions how;
  how.target_cells = cells;
  const double limit = max_bytes > 0 ? max_bytes : std::numeric_limits<double>::infinity();
  const double ambient = design.environment.ambient;
  const std::vector<double> scale = leakage_start(design, assembly);
  Model model = make_model(design, assembly, mesh::build(design, assembly, how, ambient, limit), pool, scale);
  if (!any_curved(design, assembly)) return model;
  numerics::ConductionSolver solver(model.op, pool);
  refuse_singular(model, solver);
  const auto temperatures = solid_means(model, solve(model, solver, {}, {}).u);
  notes.push_back(fmt::format(
      "conductivities that depend on temperature were taken at each solid's mean under the designed powers"));
  return make_model(design, assembly, mesh::build(design, assembly, how, ambient, limit, temperatures), pool,
                    scale);
}

FullModel::FullModel(const Design& design, const Assembly& assembly, double cells, double max_bytes,
                     base::Pool& pool)
    : assembly_(with_leakage(design, assembly)) {
  model_ = frozen_model(design, assembly_, cells, max_bytes, pool, notes_);
  HeatCapacity capacity = heat_capacity(model_);
  notes_.insert(notes_.end(), capacity.notes.begin(), capacity.notes.end());
  leave_out_coolant(model_, capacity.joule_per_K);
  if (!model_.op.streams.empty())
    notes_.push_back("coolant flows as designed and follows the walls at once; its inlet is an input");
  surfaces_ = std::make_unique<SurfaceModel>(model_, std::move(capacity.joule_per_K), pool);
  ports_ = make_ports(*surfaces_, regions_of(design, assembly_), pool);
}

}  // namespace bondline::thermal::detail
