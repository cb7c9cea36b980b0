// Heat onto the grid: volume sources by exact overlap of volumes, plane sources by exact overlap of areas.
// The shares of one source are made to add up to its power exactly; a source that partly lies outside or in
// the void is refused.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/mesh/cover.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kSnap = 0.25e-6;  // edges this close to a line lie on it (the mesh snapped them there)
constexpr double kLost = 0.01;     // share of a source that snapping and thinned-out lines may move

[[noreturn]] void refuse(const package::HeatSource& source, double share, const char* place) {
  base::Diagnostics all;
  all.error(source.where,
            fmt::format("{:.3g} % of the {:.4g} W of \"{}\" lies {}", 100 * share, source.power, source.path,
                        place),
            "move or shrink the heated area so that it lies on its part");
  throw base::Error(std::move(all));
}

HeatPlane& plane_at(Model& model, int line, bool owner_above) {
  for (HeatPlane& plane : model.planes)
    if (plane.line == line && plane.owner_above == owner_above) return plane;
  HeatPlane plane;
  plane.line = line;
  plane.owner_above = owner_above;
  plane.watts.assign(std::size_t(model.grid().nx()) * std::size_t(model.grid().ny()), 0.0);
  model.planes.push_back(std::move(plane));
  return model.planes.back();
}

/// The power of the volume covered, the share lying in cells without solid refused.
void spread_volume(Model& model, const package::HeatSource& source, double power) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  const mesh::Cover cover = mesh::cover(g, source.footprint, kSnap);
  double z0 = source.z0, z1 = source.z1;
  if (source.solid >= 0) {  // the mesh may have moved the faces of its part
    const package::Solid& solid = model.assembly->solids[std::size_t(source.solid)];
    if (z0 == solid.z0) z0 = g.z[std::size_t(mesh::nearest_line(g.z, z0))];
    if (z1 == solid.z1) z1 = g.z[std::size_t(mesh::nearest_line(g.z, z1))];
  }
  const mesh::Overlap along = mesh::overlap(g.z, z0, z1, 0);
  if (model.volume_watts.empty()) model.volume_watts.assign(g.cells(), 0.0);
  std::vector<std::pair<std::size_t, double>> parts;
  double total = 0, lost = 0;
  for (std::size_t n = 0; n < cover.column.size(); ++n) {
    const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
    const double area = cover.share[n] * model.area(i, j);
    for (std::size_t s = 0; s < along.share.size(); ++s) {
      const int k = along.first + int(s);
      const double volume = area * along.share[s] * model.dz(k);
      const std::size_t c = std::size_t(cover.column[n]) * nz + std::size_t(k);
      total += volume;
      if (model.mesh.solid[c] < 0)
        lost += volume;
      else
        parts.push_back({c, volume});
    }
  }
  const double whole = source.footprint.size.x * source.footprint.size.y * (z1 - z0);
  if (total < (1 - kLost) * whole) refuse(source, 1 - total / whole, "outside the package");
  if (lost > kLost * total || parts.empty()) refuse(source, lost / total, "in the void");
  for (const auto& [cell, volume] : parts) model.volume_watts[cell] += power * volume / (total - lost);
}

void spread_plane(Model& model, const package::HeatSource& source, double power) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  const mesh::Cover cover = mesh::cover(g, source.footprint, kSnap);
  const int line = mesh::nearest_line(g.z, source.z0);
  bool owner_above = line == 0;
  if (source.solid >= 0 && line > 0 && line < g.nz()) {
    const package::Solid& solid = model.assembly->solids[std::size_t(source.solid)];
    owner_above = std::abs(source.z0 - solid.z0) < std::abs(source.z0 - solid.z1);
  }
  const int k = owner_above ? line : line - 1;
  std::vector<std::pair<std::size_t, double>> parts;
  double total = 0, lost = 0;
  for (std::size_t n = 0; n < cover.column.size(); ++n) {
    const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
    const double area = cover.share[n] * model.area(i, j);
    total += area;
    if (model.mesh.solid[std::size_t(cover.column[n]) * nz + std::size_t(k)] < 0)
      lost += area;
    else
      parts.push_back({std::size_t(cover.column[n]), area});
  }
  const double whole = source.footprint.size.x * source.footprint.size.y;
  if (total < (1 - kLost) * whole) refuse(source, 1 - total / whole, "outside the package");
  if (lost > kLost * total || parts.empty()) refuse(source, lost / total, "in the void");
  HeatPlane& plane = plane_at(model, line, owner_above);
  for (const auto& [column, area] : parts) plane.watts[column] += power * area / (total - lost);
}

}  // namespace

void spread_source(Model& model, const package::HeatSource& source, double power) {
  if (source.z1 > source.z0)
    spread_volume(model, source, power);
  else
    spread_plane(model, source, power);
}

void place_sources(Model& model) {
  model.power = 0;
  model.planes.clear();
  model.volume_watts.clear();
  for (std::size_t s = 0; s < model.assembly->sources.size(); ++s) {
    const package::HeatSource& source = model.assembly->sources[s];
    const double power = source.power * model.source_scale[s];
    if (!std::isfinite(power)) {
      base::Diagnostics all;
      all.error(source.where, fmt::format("the power of \"{}\" is {}", source.path, power),
                "give a finite power");
      throw base::Error(std::move(all));
    }
    if (power == 0) continue;
    spread_source(model, source, power);
    model.power += power;
  }
}

}  // namespace bondline::thermal::detail
