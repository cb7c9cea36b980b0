// Means and maxima of regions from the field. A mean is over where the heat of the region enters: the plane
// of its sources, or its volume (then with the parabola inside heated cells: mean = centre - d / 3).
#include <algorithm>
#include <cmath>

#include "design/mesh/cover.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kSnap = 0.25e-6;

struct WeightedCell {
  std::size_t cell;
  double weight;
};

/// Cells of a region by volume; void cells left out.
std::vector<WeightedCell> cells_of(const Model& model, const Region& region) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  std::vector<WeightedCell> cells;
  const int k0 = mesh::nearest_line(g.z, region.z0), k1 = mesh::nearest_line(g.z, region.z1);
  for (const auto& footprint : region.footprints) {
    const mesh::Cover cover = mesh::cover(g, footprint, kSnap);
    for (std::size_t n = 0; n < cover.column.size(); ++n) {
      const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
      const double area = cover.share[n] * model.area(i, j);
      for (int k = k0; k < k1; ++k) {
        const std::size_t c = std::size_t(cover.column[n]) * nz + std::size_t(k);
        if (model.mesh.solid[c] >= 0) cells.push_back({c, area * model.dz(k)});
      }
    }
  }
  return cells;
}

void split(const Model& model, std::size_t cell, int& i, int& j, int& k) {
  const std::size_t nz = std::size_t(model.grid().nz()), column = cell / nz;
  i = int(column) % model.grid().nx();
  j = int(column) / model.grid().nx();
  k = int(cell % nz);
}

void keep_hotter(const Peak& peak, double t_ref, PartValue& value, bool& any) {
  if (any && peak.value + t_ref <= value.temperature.max_K) return;
  any = true;
  value.temperature.max_K = peak.value + t_ref;
  value.temperature.max_at = peak.at;
  value.hottest = peak.functional;
}

double coldest(const std::vector<double>& u, const std::vector<WeightedCell>& cells) {
  double low = u[cells.front().cell];
  for (const auto& w : cells) low = std::min(low, u[w.cell]);
  return low;
}

/// Looks closer at the cells whose centres are nearly as hot as the hottest.
void search_cells(const Model& model, const std::vector<double>& u, const std::vector<WeightedCell>& cells,
                  PartValue& value, bool& any) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& w : cells) {
    low = std::min(low, u[w.cell]);
    high = std::max(high, u[w.cell]);
  }
  std::vector<WeightedCell> hot;
  for (const auto& w : cells)
    if (u[w.cell] >= high - 0.05 * (high - low)) hot.push_back(w);
  constexpr std::size_t kEnough = 400;
  if (hot.size() > kEnough) {
    std::nth_element(hot.begin(), hot.begin() + kEnough, hot.end(),
                     [&](const WeightedCell& a, const WeightedCell& b) {
                       return u[a.cell] != u[b.cell] ? u[a.cell] > u[b.cell] : a.cell < b.cell;
                     });
    hot.resize(kEnough);
    std::sort(hot.begin(), hot.end(),
              [](const WeightedCell& a, const WeightedCell& b) { return a.cell < b.cell; });
  }
  for (const auto& w : hot) {
    int i, j, k;
    split(model, w.cell, i, j, k);
    keep_hotter(peak_in_cell(model, u, i, j, k), model.t_ref, value, any);
  }
}

void measure_plane(const Model& model, const std::vector<double>& u, const Region& region, PartValue& value,
                   bool& any) {
  const auto& g = model.grid();
  const int line = mesh::nearest_line(g.z, region.plane_z);
  double sum = 0, area = 0, high = -std::numeric_limits<double>::infinity(), low = -high;
  std::vector<std::pair<int, double>> faces;
  for (const auto& footprint : region.footprints) {
    const mesh::Cover cover = mesh::cover(g, footprint, kSnap);
    for (std::size_t n = 0; n < cover.column.size(); ++n) {
      const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
      const FaceValue f = face_value(model, u, i, j, line, region.owner_above);
      if (f.a == SIZE_MAX) continue;
      const double a = cover.share[n] * model.area(i, j);
      sum += a * f.value;
      area += a;
      high = std::max(high, f.value);
      low = std::min(low, f.value);
      faces.push_back({cover.column[n], f.value});
    }
  }
  if (area > 0) value.temperature.mean_K = model.t_ref + sum / area;
  for (const auto& [column, t] : faces)
    if (t >= high - 0.05 * (high - low))
      keep_hotter(peak_in_plane(model, u, column % g.nx(), column / g.nx(), line, region.owner_above),
                  model.t_ref, value, any);
}

}  // namespace

std::vector<PartValue> measure(const Model& model, const std::vector<double>& u,
                               const std::vector<Region>& regions) {
  // Parts given as sets of solids: one pass over all cells.
  std::vector<int> region_of_solid(model.assembly->solids.size(), -1);
  for (std::size_t r = 0; r < regions.size(); ++r)
    if (regions[r].footprints.empty())
      for (const int s : regions[r].solids) region_of_solid[std::size_t(s)] = int(r);
  std::vector<std::vector<WeightedCell>> cells(regions.size());
  const auto& g = model.grid();
  const bool by_solid = std::any_of(regions.begin(), regions.end(),
                                    [](const Region& region) { return region.footprints.empty(); });
  for (int j = 0; j < g.ny() && by_solid; ++j) {
    for (int i = 0; i < g.nx(); ++i) {
      std::size_t c = g.index(i, j, 0);
      for (int k = 0; k < g.nz(); ++k, ++c) {
        const int solid = model.mesh.solid[c];
        if (solid < 0 || region_of_solid[std::size_t(solid)] < 0) continue;
        cells[std::size_t(region_of_solid[std::size_t(solid)])].push_back(
            {c, model.area(i, j) * model.dz(k)});
      }
    }
  }

  std::vector<PartValue> values(regions.size());
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const Region& region = regions[r];
    PartValue& value = values[r];
    value.temperature.path = region.path;
    value.temperature.power_W = region.power;
    value.temperature.max_K = value.temperature.mean_K = value.temperature.min_K = model.t_ref;
    bool any = false;
    if (!region.footprints.empty()) cells[r] = cells_of(model, region);
    double sum = 0, volume = 0;
    for (const auto& w : cells[r]) {
      int i, j, k;
      split(model, w.cell, i, j, k);
      sum += w.weight * (u[w.cell] - model.bulge(w.cell, model.area(i, j), model.dz(k)) / 3);
      volume += w.weight;
    }
    if (volume > 0) value.temperature.mean_K = model.t_ref + sum / volume;
    if (region.in_plane) measure_plane(model, u, region, value, any);
    if (!cells[r].empty()) value.temperature.min_K = model.t_ref + coldest(u, cells[r]);
    if (!cells[r].empty()) search_cells(model, u, cells[r], value, any);
    cells[r] = {};
  }
  return values;
}

void count_cells(const Model& model, const std::vector<double>& u, const std::vector<Region>& regions,
                 std::vector<PartValue>& values) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  for (std::size_t r = 0; r < regions.size(); ++r) {
    PartTemperature& part = values[r].temperature;
    part.error_K = part.mean_error_K = std::numeric_limits<double>::quiet_NaN();
    const auto& solids = model.assembly->solids;
    const bool layer = std::any_of(solids.begin(), solids.end(), [&](const package::Solid& solid) {
      return solid.path == regions[r].path;
    });
    if (regions[r].kind != PartKind::block || regions[r].footprints.empty() || layer) continue;
    const int k = mesh::interval_of(g.z, 0.5 * (regions[r].z0 + regions[r].z1));
    double mean = 0;
    for (const auto& footprint : regions[r].footprints) {
      const mesh::Cover cover = mesh::cover(g, footprint, kSnap);
      double sum = 0;
      for (const int column : cover.column) sum += u[std::size_t(column) * nz + std::size_t(k)];
      mean += sum / double(std::max<std::size_t>(1, cover.column.size()));
    }
    part.cells_mean_K = model.t_ref + mean / double(regions[r].footprints.size());
  }
}

void probe(const Model& model, const std::vector<double>& u, const SteadyOptions& options,
           SteadyResult& result) {
  const auto& g = model.grid();
  for (const Probe& p : options.probes) {
    const bool inside = p.x >= g.x.front() && p.x <= g.x.back() && p.y >= g.y.front() && p.y <= g.y.back() &&
                        p.z >= g.z.front() && p.z <= g.z.back();
    const int i = mesh::interval_of(g.x, p.x), j = mesh::interval_of(g.y, p.y),
              k = mesh::interval_of(g.z, p.z);
    std::size_t c = g.index(i, j, k);
    const auto on_line_below = [&] { return k > 0 && std::abs(p.z - g.z[std::size_t(k)]) < kSnap; };
    int cell_k = k;
    if (inside && model.mesh.solid[c] < 0 && on_line_below() && model.mesh.solid[c - 1] >= 0) --cell_k, --c;
    if (!inside || model.mesh.solid[c] < 0) {
      result.probes_K.push_back(std::numeric_limits<double>::quiet_NaN());
      result.probe_in.push_back("");
      continue;
    }
    const std::size_t nz = std::size_t(g.nz()), row = nz * std::size_t(g.nx());
    const auto centre = [](const std::vector<double>& lines, int n) {
      return 0.5 * (lines[std::size_t(n)] + lines[std::size_t(n) + 1]);
    };
    // Between this centre and a face along z; between this centre and the neighbour's across (through the
    // face value).
    double value = u[c];
    const auto lateral = [&](const std::vector<double>& lines, int n, double at, std::size_t stride,
                             const std::vector<double>& k_axis) {
      const double mid = centre(lines, n);
      const int side = at < mid ? -1 : 1, m = n + side;
      if (m < 0 || m >= int(lines.size()) - 1) return 0.0;
      const std::size_t neighbour = side < 0 ? c - stride : c + stride;
      if (model.mesh.solid[neighbour] < 0) return 0.0;
      const double width = lines[std::size_t(n) + 1] - lines[std::size_t(n)];
      const double wide = lines[std::size_t(m) + 1] - lines[std::size_t(m)];
      const double ga = k_axis[c] / width, gb = k_axis[neighbour] / wide;
      const double face = gb / (ga + gb) * (u[neighbour] - u[c]);
      return face * std::abs(at - mid) / (0.5 * width);
    };
    value += lateral(g.x, i, p.x, nz, model.mesh.kx) + lateral(g.y, j, p.y, row, model.mesh.ky);
    const double low = face_value(model, u, i, j, cell_k, true).value;
    const double high = face_value(model, u, i, j, cell_k + 1, false).value;
    // The parabola through both faces and the centre.
    const double s = (p.z - centre(g.z, cell_k)) / (0.5 * model.dz(cell_k));
    value += 0.5 * (high - low) * s + (0.5 * (high + low) - u[c]) * s * s;
    result.probes_K.push_back(model.t_ref + value);
    result.probe_in.push_back(model.assembly->solids[std::size_t(model.mesh.solid[c])].path);
  }
}

}  // namespace bondline::thermal::detail
