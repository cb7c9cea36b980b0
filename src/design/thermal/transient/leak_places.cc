#include "design/thermal/transient/leak_places.h"

#include <cmath>

#include "design/mesh/cover.h"
#include "design/thermal/leakage.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kSnap = 0.25e-6;
constexpr double kMostAbove =
    30;  // doublings of a piece over its die's mean: beyond, the die has long run away

double mean_of(const Model& model, const Region& region, const std::vector<double>& u) {
  return measure(model, u, {region}).front().temperature.mean_K - model.t_ref;
}

using Unit = LeakPlaces::Unit;

/// One watt of a source, spread as the mesh spreads it.
Unit unit_of(Model& model, std::size_t source) {
  model.volume_watts.clear();
  model.planes.clear();
  spread_source(model, model.assembly->sources[source], 1.0);
  return {std::move(model.volume_watts), std::move(model.planes)};
}

/// Multiplies every piece by its own law over the mean's; returns the sum, by which the pieces are divided.
double follow(const Model& model, const std::vector<double>& u, double mean, double doubles, Unit& unit) {
  const auto factor = [&](double t) { return std::exp2(std::min(kMostAbove, (t - mean) / doubles)); };
  const int nx = model.grid().nx();
  const std::size_t nz = std::size_t(model.grid().nz());
  double sum = 0;
  for (std::size_t c = 0; c < unit.volume.size(); ++c) {
    if (unit.volume[c] == 0) continue;
    const std::size_t column = c / nz;
    const double area = model.area(int(column) % nx, int(column) / nx);
    unit.volume[c] *= factor(u[c] - model.bulge(c, area, model.dz(int(c % nz))) / 3);
    sum += unit.volume[c];
  }
  for (HeatPlane& plane : unit.planes)
    for (std::size_t column = 0; column < plane.watts.size(); ++column) {
      if (plane.watts[column] == 0) continue;
      plane.watts[column] *= factor(
          face_value(model, u, int(column) % nx, int(column) / nx, plane.line, plane.owner_above).value);
      sum += plane.watts[column];
    }
  if (!(sum > 0) || !std::isfinite(sum)) return 1;
  for (double& w : unit.volume) w /= sum;
  for (HeatPlane& plane : unit.planes)
    for (double& w : plane.watts) w /= sum;
  return sum;
}

}  // namespace

std::vector<std::pair<std::size_t, double>> mean_weights(const Model& model, const Region& region) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  std::vector<std::pair<std::size_t, double>> out;
  double whole = 0;
  const int line = mesh::nearest_line(g.z, region.plane_z);
  const int k0 = mesh::nearest_line(g.z, region.z0), k1 = mesh::nearest_line(g.z, region.z1);
  for (const auto& footprint : region.footprints) {
    const mesh::Cover cover = mesh::cover(g, footprint, kSnap);
    for (std::size_t n = 0; n < cover.column.size(); ++n) {
      const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
      const double area = cover.share[n] * model.area(i, j);
      if (region.in_plane) {
        const FaceValue f = face_parts(model, i, j, line, region.owner_above);
        if (f.a == SIZE_MAX) continue;
        whole += area;
        if (std::isinf(f.gb)) continue;
        out.push_back({f.a, area * f.ga / (f.ga + f.gb)});
        if (f.b != SIZE_MAX) out.push_back({f.b, area * f.gb / (f.ga + f.gb)});
        continue;
      }
      for (int k = k0; k < k1; ++k) {
        const std::size_t c = std::size_t(cover.column[n]) * nz + std::size_t(k);
        if (model.mesh.solid[c] < 0) continue;
        out.push_back({c, area * model.dz(k)});
        whole += area * model.dz(k);
      }
    }
  }
  for (auto& [cell, weight] : out) weight /= whole;
  return out;
}

LeakPlaces find_leaks(Model& model, const std::vector<Region>& regions, const std::vector<double>& u) {
  LeakPlaces out;
  for (const Leak& leak : leaks_of(*model.design, *model.assembly))
    for (const Region& region : regions)
      if (region.path == leak.path) {
        out.parts.push_back({region.path, leak.law, mean_weights(model, region), {}, {}, 0});
        out.source.push_back(leak.source);
        out.region.push_back(region);
      }
  if (out.parts.empty()) return out;
  std::vector<double> means;
  for (const Region& region : out.region) means.push_back(u.empty() ? 0 : mean_of(model, region, u));
  const Unit now{model.volume_watts, model.planes};
  for (const std::size_t source : out.source) out.unit.push_back(unit_of(model, source));
  if (!u.empty()) {
    model.volume_watts = now.volume;
    model.planes = now.planes;
    for (std::size_t l = 0; l < out.unit.size(); ++l)
      out.parts[l].law.power *= follow(model, u, means[l], out.parts[l].law.doubles_every, out.unit[l]);
  }
  const auto only = [&](const std::vector<double>& watts) {
    model.volume_watts.clear();
    model.planes.clear();
    model.power = 0;
    place_leaks(model, out, watts);
    make_rhs(model);
  };
  const std::size_t n = out.unit.size();
  const std::vector<double> zero(model.grid().cells(), 0.0), no_watts(n, 0.0);
  only(no_watts);
  const std::vector<double> nothing = model.rhs;
  const double out_nothing = heat_out(model, zero);
  std::vector<double> base;
  for (const Region& region : out.region) base.push_back(mean_of(model, region, zero));
  for (std::size_t l = 0; l < n; ++l) {
    std::vector<double> watts = no_watts;
    watts[l] = 1;
    only(watts);
    for (std::size_t c = 0; c < nothing.size(); ++c)
      if (model.rhs[c] != nothing[c]) out.parts[l].heat.push_back({c, model.rhs[c] - nothing[c]});
    out.parts[l].out_beside = heat_out(model, zero) - out_nothing;
    for (std::size_t seen = 0; seen < n; ++seen)
      out.parts[seen].beside.push_back(mean_of(model, out.region[seen], zero) - base[seen]);
  }
  only(no_watts);
  return out;
}

void place_leaks(Model& model, const LeakPlaces& leaks, const std::vector<double>& watts) {
  for (std::size_t l = 0; l < leaks.unit.size(); ++l) {
    if (watts[l] == 0) continue;
    const LeakPlaces::Unit& unit = leaks.unit[l];
    if (!unit.volume.empty()) {
      model.volume_watts.resize(unit.volume.size(), 0.0);
      for (std::size_t c = 0; c < unit.volume.size(); ++c) model.volume_watts[c] += watts[l] * unit.volume[c];
    }
    for (const HeatPlane& plane : unit.planes) {
      model.planes.push_back(plane);
      for (double& w : model.planes.back().watts) w *= watts[l];
    }
    model.power += watts[l];
  }
}

}  // namespace bondline::thermal::detail
