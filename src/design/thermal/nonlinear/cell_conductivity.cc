#include "design/thermal/nonlinear/cell_conductivity.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "design/mesh/media.h"
#include "design/thermal/coolant/streams.h"
#include "design/thermal/nonlinear/film_laws.h"

namespace bondline::thermal::detail {
namespace {

constexpr package::Property kAxes[] = {package::Property::k_x, package::Property::k_y,
                                       package::Property::k_z};
constexpr double kMediumStep =
    5;  // K between knots of a medium, whose law between its constituents' knots is curved

std::vector<int> constituents_of(const package::Fill& fill) {
  if (fill.kind == package::FillKind::simple) return {fill.material};
  return {fill.material, fill.inclusion, fill.core, fill.liner_material};
}

bool varies(const package::Material& material) {
  return std::any_of(std::begin(kAxes), std::end(kAxes), [&](package::Property p) {
    const auto* value = material.find(p);
    return value && !value->curve.constant();
  });
}

/// The interval [n, n + 1] of the knots that holds t, or -1 beyond them.
int interval(const std::vector<double>& knots, double t) {
  if (knots.size() < 2 || !(t >= knots.front()) || t >= knots.back()) return -1;
  return int(std::upper_bound(knots.begin(), knots.end(), t) - knots.begin()) - 1;
}

}  // namespace

std::array<double, 3> ConductivityTable::at(double t) const {
  const int n = interval(temperature, t);
  if (n < 0) return t < temperature.front() ? k.front() : k.back();
  const std::size_t a = std::size_t(n);
  const double s = (t - temperature[a]) / (temperature[a + 1] - temperature[a]);
  std::array<double, 3> out{};
  for (std::size_t axis = 0; axis < 3; ++axis) out[axis] = k[a][axis] + s * (k[a + 1][axis] - k[a][axis]);
  return out;
}

std::array<double, 3> ConductivityTable::slope(double t) const {
  const int n = interval(temperature, t);
  if (n < 0) return {0, 0, 0};
  const std::size_t a = std::size_t(n);
  const std::array<double, 3> here = at(t);
  std::array<double, 3> out{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    out[axis] = (k[a + 1][axis] - k[a][axis]) / ((temperature[a + 1] - temperature[a]) * here[axis]);
  return out;
}

ConductivityTable conductivity_table(const Design& design, const package::Solid& solid) {
  ConductivityTable table;
  std::set<double> knots;
  for (const int index : constituents_of(solid.fill)) {
    if (index < 0 || index >= int(design.materials.materials.size())) continue;
    for (const package::Property p : kAxes)
      if (const auto* value = design.materials.materials[std::size_t(index)].find(p);
          value && !value->curve.constant())
        knots.insert(value->curve.temperature.begin(), value->curve.temperature.end());
  }
  if (knots.size() < 2) return table;
  for (const double t : knots) {
    if (solid.fill.kind != package::FillKind::simple && !table.temperature.empty()) {
      const double from = table.temperature.back();
      const int parts = int(std::ceil((t - from) / kMediumStep));
      for (int p = 1; p < parts; ++p) table.temperature.push_back(from + (t - from) * p / parts);
    }
    table.temperature.push_back(t);
  }
  double fraction = solid.fill.fraction;
  if (solid.fill.fraction_map && solid.fill.fraction_map->columns > 0)
    fraction = mesh::map_mean(*solid.fill.fraction_map, 0, 1, 0, 1);
  for (const double t : table.temperature)
    table.k.push_back(
        mesh::effective_conductivity(solid.fill, fraction, mesh::constituents(design, solid, t)));
  return table;
}

CellConductivity::CellConductivity(const Model& model) {
  const auto& solids = model.assembly->solids;
  const auto& m = model.mesh;
  std::vector<std::array<double, 3>> read(solids.size(), {0, 0, 0});
  std::set<std::string> names;
  for (std::size_t s = 0; s < solids.size(); ++s) {
    tables_.push_back(conductivity_table(*model.design, solids[s]));
    if (tables_[s].temperature.empty()) continue;
    read[s] = tables_[s].at(m.solid_temperature[s]);
    for (const int index : constituents_of(solids[s].fill))
      if (index >= 0 && varies(model.design->materials.materials[std::size_t(index)]))
        names.insert(model.design->materials.materials[std::size_t(index)].name);
  }
  for (std::size_t c = 0; c < m.solid.size(); ++c) {
    if (m.solid[c] < 0) continue;
    const std::size_t s = std::size_t(m.solid[c]);
    if (tables_[s].temperature.empty()) continue;
    cells_.push_back({c, s, {m.kx[c] / read[s][0], m.ky[c] / read[s][1], m.kz[c] / read[s][2]}});
  }
  if (!cells_.empty()) names_.assign(names.begin(), names.end());
}

void CellConductivity::update(Model& model, const std::vector<double>& u, base::Pool& pool) const {
  auto& m = model.mesh;
  base::parallel_for(pool, cells_.size(), 4096, [&](std::size_t first, std::size_t last) {
    for (std::size_t n = first; n < last; ++n) {
      const Cell& c = cells_[n];
      const std::array<double, 3> k = tables_[c.solid].at(model.t_ref + u[c.cell]);
      std::array<double, 3> scale{1, 1, 1};
      if (!model.k_scale.empty()) scale = model.k_scale[c.solid];
      m.kx[c.cell] = c.per_table[0] * k[0] * scale[0];
      m.ky[c.cell] = c.per_table[1] * k[1] * scale[1];
      m.kz[c.cell] = c.per_table[2] * k[2] * scale[2];
    }
  });
}

void renew_halves(Model& model) {
  const auto& m = model.mesh;
  const std::size_t nz = std::size_t(model.grid().nz());
  const int nx = model.grid().nx();
  for (CooledFace& face : model.faces) {
    const std::size_t column = face.cell / nz;
    const double dx = model.dx(int(column) % nx), dy = model.dy(int(column) / nx),
                 dz = model.dz(int(face.cell % nz));
    switch (face.face) {
      case Face::top:
      case Face::bottom:
        face.half = 2 * m.kz[face.cell] * dx * dy / dz;
        break;
      case Face::west:
      case Face::east:
        face.half = 2 * m.kx[face.cell] * dy * dz / dx;
        break;
      case Face::south:
      case Face::north:
        face.half = 2 * m.ky[face.cell] * dx * dz / dy;
        break;
    }
  }
}

void renew_operator(Model& model, base::Pool& pool) {
  make_conductances(model, pool);
  renew_halves(model);
  renew_ground(model);
  place_streams(model);
}

}  // namespace bondline::thermal::detail
