#include "design/mesh/mesh.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "../thermal/blocks.h"
#include "design/mesh/cover.h"

namespace bondline {
namespace {

using namespace test;

mesh::Mesh build(const Design& d, const package::Assembly& a, double cells, int refine = 0,
                 double max_bytes = 1e12) {
  mesh::MeshOptions o;
  o.target_cells = cells;
  o.refine = refine;
  return mesh::build(d, a, o, 300, max_bytes);
}

bool has_line(const std::vector<double>& lines, double at, double within = 1e-12) {
  return std::abs(lines[std::size_t(mesh::nearest_line(lines, at))] - at) <= within;
}

Design stack() {
  Design d = plain(6e-3, 4e-3);
  add_material(d, material("cu", 380));
  add_material(d, material("ox", 1.4));
  add_material(d, material("si", 120));
  auto die = layer("die", "si", 50e-6);
  die.size = {3e-3, 2e-3};
  die.power.uniform = 1;
  auto bond = layer("bond", "ox", 0.5e-6);
  bond.size = die.size;
  d.block->layers = {layer("base", "cu", 1e-3), bond, die};
  return d;
}

TEST(Mesh, LinesFollowEveryFaceAndAHalfMicronBondKeepsItsOwnCells) {
  const Design d = stack();
  const auto a = package::assemble(d);
  const auto m = build(d, a, 20e3);
  for (const auto& s : a.solids) {
    const auto r = s.footprint.bounds();
    EXPECT_TRUE(has_line(m.grid.x, r.x0) && has_line(m.grid.x, r.x1));
    EXPECT_TRUE(has_line(m.grid.y, r.y0) && has_line(m.grid.y, r.y1));
    EXPECT_TRUE(has_line(m.grid.z, s.z0) && has_line(m.grid.z, s.z1));
  }
  const int bond = a.find("block.bond");
  EXPECT_NE(std::find(m.solid.begin(), m.solid.end(), bond), m.solid.end());
}

TEST(Mesh, EvenCellsAreThoseAskedForAndNoOthers) {
  const Design d = stack();
  const auto a = package::assemble(d);
  mesh::MeshOptions o;
  o.even_cells = {0.4e-3, 0.7e-3};  // 15 fit along x, along y 0.5 mm are left behind the fifth
  o.refine = 1;
  const auto m = mesh::build(d, a, o, 300, 1e12);
  ASSERT_EQ(m.grid.nx(), 15);
  ASSERT_EQ(m.grid.ny(), 6);
  EXPECT_EQ(m.grid.nz(), 3);
  for (int i = 0; i <= 15; ++i) EXPECT_NEAR(m.grid.x[std::size_t(i)] - m.grid.x[0], 0.4e-3 * i, 1e-12);
  for (int j = 0; j < 6; ++j) EXPECT_NEAR(m.grid.y[std::size_t(j)] - m.grid.y[0], 0.7e-3 * j, 1e-12);
  EXPECT_NEAR(m.grid.y[6] - m.grid.y[0], 4e-3, 1e-12);
}

TEST(Mesh, VolumesOfMaterialsAreExact) {
  const Design d = stack();
  const auto a = package::assemble(d);
  const auto m = build(d, a, 20e3);
  std::vector<double> volume(a.solids.size(), 0);
  for (int j = 0; j < m.grid.ny(); ++j)
    for (int i = 0; i < m.grid.nx(); ++i)
      for (int k = 0; k < m.grid.nz(); ++k) {
        const int s = m.solid[m.grid.index(i, j, k)];
        if (s >= 0)
          volume[std::size_t(s)] += (m.grid.x[i + 1] - m.grid.x[i]) * (m.grid.y[j + 1] - m.grid.y[j]) *
                                    (m.grid.z[k + 1] - m.grid.z[k]);
      }
  for (std::size_t s = 0; s < volume.size(); ++s) {
    const auto& solid = a.solids[s];
    const double expected = solid.footprint.size.x * solid.footprint.size.y * (solid.z1 - solid.z0);
    EXPECT_NEAR(volume[s], expected, 1e-9 * expected) << solid.path;
  }
}

TEST(Mesh, SliversBelowTheSnapAreMerged) {
  Design d = stack();
  d.block->layers[1].at = {0.07e-6, 0};  // 70 nm beside the die's edge
  const auto a = package::assemble(d);
  const auto m = build(d, a, 20e3);
  for (const auto* axis : {&m.grid.x, &m.grid.y})
    for (std::size_t i = 0; i + 1 < axis->size(); ++i) EXPECT_GT((*axis)[i + 1] - (*axis)[i], 0.2e-6);
}

TEST(Mesh, RefineHalvesEveryInterval) {
  const Design d = stack();
  const auto a = package::assemble(d);
  const auto coarse = build(d, a, 5e3), fine = build(d, a, 5e3, 1);
  ASSERT_EQ(fine.grid.nx(), 2 * coarse.grid.nx());
  ASSERT_EQ(fine.grid.nz(), 2 * coarse.grid.nz());
  for (std::size_t i = 0; i < coarse.grid.x.size(); ++i) EXPECT_EQ(coarse.grid.x[i], fine.grid.x[2 * i]);
  for (std::size_t i = 0; i < coarse.grid.z.size(); ++i) EXPECT_EQ(coarse.grid.z[i], fine.grid.z[2 * i]);
}

TEST(Mesh, TheTargetIsNearlyReachedAndNeverExceeded) {
  const Design d = stack();
  const auto a = package::assemble(d);
  for (const double target : {3e3, 30e3, 300e3, 3e6}) {
    mesh::MeshOptions o;
    o.target_cells = target;
    const auto g = mesh::grid_lines(a, o);
    EXPECT_LE(double(g.cells()), target);
    EXPECT_GE(double(g.cells()), 0.6 * target);
  }
}

TEST(Mesh, SpacingGrowsByNoMoreThanTheLimitBetweenGeometryLines) {
  Design d = plain(20e-3, 20e-3);
  add_material(d, material("si", 120));
  auto l = layer("a", "si", 1e-3);
  l.power.blocks = {block("hot", {1e-3, 1e-3, 2e-3, 2e-3}, 5)};
  d.block->layers = {l};
  mesh::MeshOptions o;
  o.target_cells = 20e3;
  const auto g = mesh::grid_lines(package::assemble(d), o);
  int compared = 0;
  for (std::size_t i = 1; i + 1 < g.x.size(); ++i) {
    if (std::abs(g.x[i] + 9e-3) < 1e-9 || std::abs(g.x[i] + 8e-3) < 1e-9) continue;  // geometry lines
    const double a = g.x[i] - g.x[i - 1], b = g.x[i + 1] - g.x[i];
    EXPECT_LE(std::max(a / b, b / a), 1.6 * 1.05);
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

TEST(Mesh, ATurnedSolidKeepsItsVolumeByAreaFraction) {
  const Design d = stack();
  package::Assembly a = package::assemble(d);
  a.solids[std::size_t(a.find("block.die"))].footprint.rotation = 0.4;
  const auto m = build(d, a, 60e3);
  const auto& die = a.solids[std::size_t(a.find("block.die"))];
  const mesh::Cover cover = mesh::cover(m.grid, die.footprint, 0.2e-6);
  double area = 0;
  for (std::size_t n = 0; n < cover.column.size(); ++n) {
    const int i = cover.column[n] % m.grid.nx(), j = cover.column[n] / m.grid.nx();
    area += cover.share[n] * (m.grid.x[i + 1] - m.grid.x[i]) * (m.grid.y[j + 1] - m.grid.y[j]);
  }
  EXPECT_NEAR(area, 3e-3 * 2e-3, 1e-9 * area);
  ASSERT_FALSE(m.cover.empty());
  // k along z of a column times its area, summed over a layer of the die: as if the die lay straight.
  const int k = mesh::interval_of(m.grid.z, 0.5 * (die.z0 + die.z1));
  double sum = 0;
  for (int j = 0; j < m.grid.ny(); ++j)
    for (int i = 0; i < m.grid.nx(); ++i)
      sum += m.kz[m.grid.index(i, j, k)] * (m.grid.x[i + 1] - m.grid.x[i]) * (m.grid.y[j + 1] - m.grid.y[j]);
  EXPECT_NEAR(sum, 120 * 6e-6, 1e-6 * sum);
}

TEST(Mesh, ManySmallPartsLoseTheirLinesBeforeTheGridLosesItsTarget) {
  const Design d = stack();
  package::Assembly a = package::assemble(d);
  for (int n = 0; n < 400; ++n) {
    package::Solid s = a.solids[0];
    s.path = "passives.p" + std::to_string(n);
    s.part = "p" + std::to_string(n);
    s.role = package::Role::passive;
    s.footprint.size = {31e-6, 29e-6};
    s.footprint.at = {-2.9e-3 + 5.8e-3 * ((n * 131) % 400) / 400.0, -1.9e-3 + 3.8e-3 * n / 400.0};
    s.z0 = 1e-3 + 50.5e-6;
    s.z1 = s.z0 + 30e-6;
    a.solids.push_back(s);
  }
  a.z_max = 1e-3 + 80.5e-6;
  const auto m = build(d, a, 40e3);
  EXPECT_LE(double(m.grid.cells()), 60e3);
  ASSERT_FALSE(m.notes.empty());
  EXPECT_NE(m.notes[0].find("area fraction"), std::string::npos);
  EXPECT_TRUE(has_line(m.grid.x, -1.5e-3));  // the die's edges stay
}

TEST(Mesh, ForecastIsToldBeforeAnythingIsBuiltAndRefusesTooMuch) {
  const Design d = stack();
  const auto a = package::assemble(d);
  mesh::MeshOptions o;
  o.target_cells = 1e9;
  const auto ahead = mesh::forecast(d, a, o);
  EXPECT_GT(ahead.cells, 5e8);
  EXPECT_GT(ahead.bytes_solver, ahead.cells * 50);
  EXPECT_THROW(build(d, a, 1e9, 0, 16e9), base::Error);
}

TEST(Mesh, ContactsLieOnTheirPlane) {
  Design d = stack();
  d.block->layers[2].contact_below = 4e-6;
  const auto a = package::assemble(d);
  const auto m = build(d, a, 20e3);
  ASSERT_FALSE(m.contact_above.empty());
  const int line = mesh::nearest_line(m.grid.z, 1e-3 + 0.5e-6);
  const int i = mesh::interval_of(m.grid.x, 0), j = mesh::interval_of(m.grid.y, 0);
  EXPECT_NEAR(m.contact_above[m.grid.index(i, j, line - 1)], 4e-6, 1e-18);
  EXPECT_EQ(m.contact_above[m.grid.index(i, j, line)], 0);
  EXPECT_EQ(m.contact_above[m.grid.index(0, 0, line - 1)], 0);  // beside the die
}

}  // namespace
}  // namespace bondline
