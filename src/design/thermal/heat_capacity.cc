#include "design/thermal/heat_capacity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "design/mesh/cover.h"
#include "design/mesh/media.h"

namespace bondline::thermal::detail {
namespace {

// Solids near room temperature hold 1 to 4 MJ/(m3 K) (Si 1.6, Cu 3.4, alumina 3.0, filled epoxy 1.7): typical
// value, low confidence.
constexpr double kTypical = 2e6;
// Dry air at 300 K and 1 atm: 1.161 kg/m3, 1007 J/(kg K) (Incropera and DeWitt, table A.4).
constexpr double kAir = 1.161 * 1007;
constexpr double kSnap = 0.2e-6;  // m, as the mesh snaps

/// rho c of a material, J/(m3 K).
class Reader {
 public:
  Reader(const Design& design, double temperature, std::set<std::string>& missing)
      : design_(design), temperature_(temperature), missing_(missing) {}

  double of(int index, double otherwise) const {
    if (index < 0 || index >= int(design_.materials.materials.size())) return otherwise;
    const package::Material& material = design_.materials.materials[std::size_t(index)];
    const auto* density = material.find(package::Property::density);
    const auto* heat = material.find(package::Property::specific_heat);
    const double value = density && heat ? density->curve.at(temperature_) * heat->curve.at(temperature_) : 0;
    if (std::isfinite(value) && value > 0) return value;
    missing_.insert(material.name);
    return kTypical;
  }

 private:
  const Design& design_;
  double temperature_;
  std::set<std::string>& missing_;
};

/// The fractions are those of the effective conductivity along z (mesh/media.h).
struct Constituents {
  double matrix = 0, inclusion = 0;  ///< J/(m3 K); inclusion with its plating and core, without liner
  double liner = 0, growth = 1;      ///< growth: area with liner over area without
};

Constituents constituents_of(const package::Fill& fill, const Reader& read) {
  Constituents c;
  c.matrix = read.of(fill.material, kTypical);
  if (fill.kind == package::FillKind::simple) return c;
  c.inclusion = read.of(fill.inclusion, kTypical);
  if (fill.kind != package::FillKind::cylinders_z) return c;
  const double radius = fill.diameter / 2;
  if (fill.plating > 0 && radius > fill.plating) {
    const double inner = (radius - fill.plating) / radius, p = inner * inner;
    c.inclusion = (1 - p) * c.inclusion + p * read.of(fill.core, kAir);
  }
  if (fill.liner > 0 && radius > 0 && fill.liner_material >= 0) {
    const double outer = (radius + fill.liner) / radius;
    c.growth = outer * outer;
    c.liner = read.of(fill.liner_material, kTypical);
  }
  return c;
}

double mixed(const Constituents& c, double fraction) {
  const double f = std::clamp(fraction, 0.0, 1.0), whole = std::min(1.0, f * c.growth);
  return f * c.inclusion + (whole - f) * c.liner + (1 - whole) * c.matrix;
}

}  // namespace

HeatCapacity heat_capacity(const Model& model) {
  const auto& g = model.grid();
  const auto& solids = model.assembly->solids;
  const std::size_t nz = std::size_t(g.nz());
  HeatCapacity out;
  out.joule_per_K.assign(g.cells(), 0.0);
  std::vector<float> left(g.cells(), 1.0f);
  std::vector<std::size_t> order(solids.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return solids[a].rank < solids[b].rank; });
  std::set<std::string> missing;
  for (auto s = order.rbegin(); s != order.rend(); ++s) {
    const package::Solid& solid = solids[*s];
    const int k0 = mesh::nearest_line(g.z, solid.z0), k1 = mesh::nearest_line(g.z, solid.z1);
    if (k1 <= k0) continue;
    const Constituents made_of =
        constituents_of(solid.fill, Reader(*model.design, model.mesh.solid_temperature[*s], missing));
    const package::GridMap* map = solid.fill.fraction_map;
    const bool mapped = map && map->columns > 0 && solid.fill.kind != package::FillKind::simple;
    const package::Rect r = solid.footprint.bounds();
    const mesh::Cover cover = mesh::cover(g, solid.footprint, kSnap);
    for (std::size_t n = 0; n < cover.column.size(); ++n) {
      const std::size_t column = std::size_t(cover.column[n]);
      const int i = int(column) % g.nx(), j = int(column) / g.nx();
      double fraction = solid.fill.fraction;
      if (mapped)
        fraction = mesh::map_mean(
            *map, (g.x[std::size_t(i)] - r.x0) / r.width(), (g.x[std::size_t(i) + 1] - r.x0) / r.width(),
            (g.y[std::size_t(j)] - r.y0) / r.height(), (g.y[std::size_t(j) + 1] - r.y0) / r.height());
      const double per_volume = mixed(made_of, fraction), area = model.area(i, j);
      for (int k = k0; k < k1; ++k) {
        const std::size_t c = column * nz + std::size_t(k);
        if (model.mesh.solid[c] < 0) continue;
        const float share = std::min(float(cover.share[n]), left[c]);
        if (!(share > 0)) continue;
        left[c] -= share;
        out.joule_per_K[c] += double(share) * per_volume * area * model.dz(k);
      }
    }
  }
  for (const auto& name : missing)
    out.notes.push_back(fmt::format(
        "material \"{}\" has no density or specific heat: a typical 2e6 J/(m3 K) stands for it", name));
  return out;
}

}  // namespace bondline::thermal::detail
