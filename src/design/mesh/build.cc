// Paints the solids onto the grid, one geometry interval along z ("slab") at a time: in a slab the picture is
// the same for every layer of cells, so solids are painted once per slab and copied down.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/mesh/cover.h"
#include "design/mesh/media.h"
#include "design/mesh/mesh.h"

namespace bondline::mesh {
namespace {

constexpr double kWhole = 1 - 1e-9;

/// One solid, ready to be painted.
struct Paint {
  int solid = 0;
  int k0 = 0, k1 = 0;  // layers of cells [k0, k1)
  Cover cover;
  Constituents made_of;
  Conductivity uniform{};
};

/// A partial cover of a column: a node of that column's list.
struct Partial {
  int paint;
  double share;
  int next;
};

/// The medium of a solid in a column (its coverage map read over the column's area).
Conductivity medium_at(const package::Solid& solid, const Paint& paint, const numerics::TensorGrid& grid,
                       int column) {
  const package::Fill& fill = solid.fill;
  if (!fill.fraction_map || fill.fraction_map->columns <= 0) return paint.uniform;
  const package::Rect r = solid.footprint.bounds();
  const int i = column % grid.nx(), j = column / grid.nx();
  const double mean =
      map_mean(*fill.fraction_map, (grid.x[std::size_t(i)] - r.x0) / r.width(),
               (grid.x[std::size_t(i) + 1] - r.x0) / r.width(), (grid.y[std::size_t(j)] - r.y0) / r.height(),
               (grid.y[std::size_t(j) + 1] - r.y0) / r.height());
  return effective_conductivity(fill, mean, paint.made_of);
}

class Painter {
 public:
  Painter(const package::Assembly& assembly, Mesh& mesh, double snap)
      : assembly_(assembly),
        mesh_(mesh),
        snap_(snap),
        columns_(std::size_t(mesh.grid.nx()) * std::size_t(mesh.grid.ny())) {}

  void prepare(const package::Design& design) {
    base::Diagnostics problems;
    for (std::size_t s = 0; s < assembly_.solids.size(); ++s) {
      const package::Solid& solid = assembly_.solids[s];
      Paint paint;
      paint.solid = int(s);
      paint.k0 = nearest_line(mesh_.grid.z, solid.z0);
      paint.k1 = nearest_line(mesh_.grid.z, solid.z1);
      if (paint.k1 <= paint.k0) {
        mesh_.notes.push_back(
            fmt::format("\"{}\" is thinner than the grid resolves and was left out", solid.path));
        continue;
      }
      try {
        paint.made_of = constituents(design, solid, mesh_.solid_temperature[s]);
      } catch (const base::Error& error) {
        problems.add(error.diagnostics());
        continue;
      }
      double fraction = solid.fill.fraction;
      if (solid.fill.fraction_map && solid.fill.fraction_map->columns > 0)
        fraction = map_mean(*solid.fill.fraction_map, 0, 1, 0, 1);
      paint.uniform = effective_conductivity(solid.fill, fraction, paint.made_of);
      if (solid.fill.kind != package::FillKind::simple) {
        MediumBounds bounds = medium_bounds(solid.fill, fraction, paint.made_of);
        bounds.path = solid.path;
        mesh_.media.push_back(std::move(bounds));
      }
      paint.cover = cover(mesh_.grid, solid.footprint, snap_);
      paints_.push_back(std::move(paint));
    }
    problems.throw_if_errors();
    std::stable_sort(paints_.begin(), paints_.end(), [&](const Paint& a, const Paint& b) {
      return assembly_.solids[std::size_t(a.solid)].rank < assembly_.solids[std::size_t(b.solid)].rank;
    });
  }

  void paint_all() {
    std::vector<int> breaks{0, mesh_.grid.nz()};
    for (const Paint& p : paints_) {
      breaks.push_back(p.k0);
      breaks.push_back(p.k1);
    }
    std::sort(breaks.begin(), breaks.end());
    breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());
    mesh_.z_slab.resize(std::size_t(mesh_.grid.nz()));
    for (std::size_t s = 0; s + 1 < breaks.size(); ++s) {
      for (int k = breaks[s]; k < breaks[s + 1]; ++k) mesh_.z_slab[std::size_t(k)] = std::int32_t(s);
      paint_slab(breaks[s], breaks[s + 1]);
    }
  }

 private:
  void paint_slab(int k0, int k1) {
    base_.assign(columns_, -1);
    head_.assign(columns_, -1);
    nodes_.clear();
    for (std::size_t p = 0; p < paints_.size(); ++p) {
      const Paint& paint = paints_[p];
      if (paint.k0 > k0 || paint.k1 < k1) continue;
      for (std::size_t n = 0; n < paint.cover.column.size(); ++n) {
        const std::size_t c = std::size_t(paint.cover.column[n]);
        if (paint.cover.share[n] >= kWhole) {
          base_[c] = int(p);
          head_[c] = -1;  // whatever lay below is wholly hidden
        } else {
          nodes_.push_back({int(p), paint.cover.share[n], head_[c]});
          head_[c] = int(nodes_.size()) - 1;
        }
      }
    }
    for (std::size_t c = 0; c < columns_; ++c) fill_column(c, k0, k1);
  }

  void fill_column(std::size_t c, int k0, int k1) {
    const int base = base_[c];
    if (base < 0 && head_[c] < 0) return;
    int solid = -1;
    Conductivity k{};
    double covered = 1;
    if (head_[c] < 0) {
      solid = paints_[std::size_t(base)].solid;
      k = medium(base, c);
    } else {
      shares_.clear();
      double left = 1, most = 0;
      const auto take = [&](int paint, double share) {
        share = std::min(share, left);
        if (share <= 1e-9) return;
        left -= share;
        shares_.push_back({share, medium(paint, c)});
        if (share > most) {
          most = share;
          solid = paints_[std::size_t(paint)].solid;
        }
      };
      for (int n = head_[c]; n >= 0; n = nodes_[std::size_t(n)].next)
        take(nodes_[std::size_t(n)].paint, nodes_[std::size_t(n)].share);
      if (base >= 0) take(base, left);
      if (shares_.empty()) return;
      covered = 1 - left;
      k = mix_areas(shares_.data(), int(shares_.size()));
      if (covered > kWhole) covered = 1;
    }
    const std::size_t first = c * std::size_t(mesh_.grid.nz());
    if (covered < 1 && mesh_.cover.empty()) mesh_.cover.assign(mesh_.grid.cells(), 1.0f);
    for (std::size_t cell = first + std::size_t(k0); cell < first + std::size_t(k1); ++cell) {
      mesh_.solid[cell] = solid;
      mesh_.kx[cell] = k[0];
      mesh_.ky[cell] = k[1];
      mesh_.kz[cell] = k[2];
      if (covered < 1) mesh_.cover[cell] = float(covered);
    }
  }

  Conductivity medium(int paint, std::size_t column) const {
    const Paint& p = paints_[std::size_t(paint)];
    return medium_at(assembly_.solids[std::size_t(p.solid)], p, mesh_.grid, int(column));
  }

  const package::Assembly& assembly_;
  Mesh& mesh_;
  double snap_;
  std::size_t columns_;
  std::vector<Paint> paints_;
  std::vector<int> base_, head_;
  std::vector<Partial> nodes_;
  std::vector<Share> shares_;
};

void place_contacts(const package::Assembly& assembly, double snap, Mesh& mesh) {
  for (const auto& contact : assembly.contacts) {
    if (contact.resistance <= 0) continue;
    const int line = nearest_line(mesh.grid.z, contact.z);
    if (line <= 0 || line >= mesh.grid.nz()) continue;  // an outer face: a film's business
    if (mesh.contact_above.empty()) mesh.contact_above.assign(mesh.grid.cells(), 0.0);
    const Cover where = cover(mesh.grid, contact.footprint, snap);
    for (std::size_t n = 0; n < where.column.size(); ++n)
      mesh.contact_above[std::size_t(where.column[n]) * std::size_t(mesh.grid.nz()) + std::size_t(line) -
                         1] += contact.resistance * where.share[n];
  }
}

}  // namespace

Mesh build(const package::Design& design, const package::Assembly& assembly, const MeshOptions& options,
           double reference_temperature, double max_bytes, std::span<const double> solid_temperature) {
  const Forecast ahead = forecast(design, assembly, options);
  if (ahead.bytes_mesh + ahead.bytes_solver > max_bytes)
    throw base::Error(
        fmt::format("a grid of {:.3g} cells would need {:.3g} GB; {:.3g} GB are allowed", ahead.cells,
                    (ahead.bytes_mesh + ahead.bytes_solver) / 1e9, max_bytes / 1e9),
        "ask for fewer cells (--cells)");
  Mesh mesh;
  mesh.reference_temperature = reference_temperature;
  mesh.solid_temperature.assign(solid_temperature.begin(), solid_temperature.end());
  mesh.solid_temperature.resize(assembly.solids.size(), reference_temperature);
  mesh.grid = grid_lines(assembly, options, &mesh.notes);
  const std::size_t cells = mesh.grid.cells();
  mesh.solid.assign(cells, -1);
  mesh.kx.assign(cells, 0.0);
  mesh.ky.assign(cells, 0.0);
  mesh.kz.assign(cells, 0.0);
  Painter painter(assembly, mesh, options.snap);
  painter.prepare(design);
  painter.paint_all();
  place_contacts(assembly, options.snap, mesh);
  return mesh;
}

}  // namespace bondline::mesh
