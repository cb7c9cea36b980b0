// The solids painted onto the coarsest tensor grid that holds their edges: solid and material ids per cell.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "design/formats/geometry.h"
#include "design/formats/not_carried.h"
#include "design/formats/vtk.h"

namespace bondline::formats {
namespace {

using package::Solid;

constexpr std::size_t kMaxCells = 8u << 20;
constexpr int kRotatedSteps = 64;  // lines through the bounding box of a part that is not axis-parallel

/// Sorted, with lines nearer than 1 nm (and 1e-9 of the range) merged: rounding, not geometry.
void tidy(std::vector<double>& lines) {
  std::sort(lines.begin(), lines.end());
  const double near = lines.empty() ? 0 : std::max(1e-9, 1e-9 * (lines.back() - lines.front()));
  std::vector<double> out;
  for (double v : lines)
    if (out.empty() || v - out.back() > near) out.push_back(v);
  lines = std::move(out);
}

struct Grid {
  std::vector<double> x, y, z;
  std::size_t cells() const {
    if (x.size() < 2 || y.size() < 2 || z.size() < 2) return 0;
    const double n = double(x.size() - 1) * double(y.size() - 1) * double(z.size() - 1);
    return n > 1e15 ? SIZE_MAX : std::size_t(n);
  }
};

Grid lines_of_solids(const std::vector<Solid>& solids, bool small_parts) {
  Grid g;
  for (const auto& s : solids) {
    g.z.push_back(s.z0), g.z.push_back(s.z1);
    if (!small_parts && (s.resolved_member || s.role == package::Role::block_region)) continue;
    const package::Rect r = s.footprint.bounds();
    const int steps = s.footprint.axis_parallel() ? 1 : kRotatedSteps;
    for (int i = 0; i <= steps; ++i) {
      g.x.push_back(r.x0 + r.width() * i / steps);
      g.y.push_back(r.y0 + r.height() * i / steps);
    }
  }
  tidy(g.x), tidy(g.y), tidy(g.z);
  return g;
}

std::pair<std::size_t, std::size_t> cells_between(const std::vector<double>& lines, double low, double high) {
  const auto middle = [&](std::size_t i) { return 0.5 * (lines[i] + lines[i + 1]); };
  std::size_t a = std::size_t(std::upper_bound(lines.begin(), lines.end(), low) - lines.begin());
  a = a > 0 ? a - 1 : 0;
  while (a + 1 < lines.size() && middle(a) < low) ++a;
  std::size_t b = a;
  while (b + 1 < lines.size() && middle(b) < high) ++b;
  return {a, b};
}

}  // namespace

ExportResult export_vtk(const package::Design& design) {
  ExportResult result;
  const package::Assembly assembly = package::assemble(design);
  if (assembly.solids.empty())
    throw base::Error("the design has no solid to export", "give it a die, a substrate or a block");
  Grid g = lines_of_solids(assembly.solids, true);
  if (g.cells() > kMaxCells) {
    g = lines_of_solids(assembly.solids, false);
    result.not_carried.push_back(
        "single bumps and regions inside layers as grid lines of their own (the grid would pass 8 million "
        "cells); "
        "they show where they hold a cell's centre");
  }
  if (g.cells() > kMaxCells || g.cells() == 0)
    throw base::Error(
        fmt::format("the geometry needs {} cells as a VTK grid, more than 8 million", g.cells()),
        "export gltf or csv, or leave resolve: true out of the arrays");
  const std::size_t nx = g.x.size() - 1, ny = g.y.size() - 1;
  std::vector<std::size_t> order(assembly.solids.size());
  std::iota(order.begin(), order.end(), 0u);
  // Painted from the lowest rank up; of equals the last listed lies on top, as Assembly::at() has it.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const int ra = assembly.solids[a].rank, rb = assembly.solids[b].rank;
    return ra != rb ? ra < rb : a < b;
  });
  CellArray solid{"solid", std::vector<double>(g.cells(), -1), true},
      material{"material", solid.values, true};
  for (std::size_t i : order) {
    const Solid& s = assembly.solids[i];
    const package::Rect r = s.footprint.bounds();
    const auto [x0, x1] = cells_between(g.x, r.x0, r.x1);
    const auto [y0, y1] = cells_between(g.y, r.y0, r.y1);
    const auto [z0, z1] = cells_between(g.z, s.z0, s.z1);
    const bool whole = s.footprint.axis_parallel();
    for (std::size_t k = z0; k < z1; ++k)
      for (std::size_t j = y0; j < y1; ++j)
        for (std::size_t c = x0; c < x1; ++c) {
          if (!whole && !s.footprint.contains({0.5 * (g.x[c] + g.x[c + 1]), 0.5 * (g.y[j] + g.y[j + 1])}))
            continue;
          solid.values[c + nx * (j + ny * k)] = double(i);
          material.values[c + nx * (j + ny * k)] = s.fill.material;
        }
  }
  NameTable solids{"solid_names", {}}, materials{"material_names", {}};
  for (const auto& s : assembly.solids) solids.values.push_back(s.path);
  for (const auto& m : design.materials.materials) materials.values.push_back(m.name);
  result.bytes = write_vtr(g.x, g.y, g.z, {solid, material}, {solids, materials});
  describe_not_geometry(design, result.not_carried);
  result.not_carried.push_back("what effective media are made of beside their matrix");
  for (const auto& s : assembly.solids)
    if (!s.footprint.axis_parallel())
      result.not_carried.push_back("the slanted edges of " + s.path + " (drawn in steps)");
  return result;
}

}  // namespace bondline::formats
