// The finite volumes and the exact series have no code in common: on a uniform refinement of a layered block
// the one must approach the other with the square of the cell size.
#include <gtest/gtest.h>

#include "layered_cases.h"
#include "numerics/conduction_solver.h"

namespace bondline::numerics {
namespace {

using cases::Case;
using Kind = LayeredProbe::Kind;
using Place = LayeredSource::Place;

// A grid of n x n columns with `cells` equal cells in every layer.
TensorGrid grid_of(const LayeredStack& stack, int n, int cells) {
  TensorGrid grid;
  for (int i = 0; i <= n; ++i) {
    grid.x.push_back(stack.size_x * i / n);
    grid.y.push_back(stack.size_y * i / n);
  }
  double bottom = 0;
  grid.z.push_back(0);
  for (const auto& layer : stack.layers) {
    for (int k = 1; k <= cells; ++k) grid.z.push_back(bottom + layer.thickness * k / cells);
    bottom += layer.thickness;
  }
  return grid;
}

// Harmonic faces between cell centres, contacts in series with them, films in series with half a cell.
ConductionOperator operator_of(const LayeredStack& stack, const TensorGrid& grid, int cells) {
  ConductionOperator op{grid, {}, {}, {}, {}};
  for (auto* faces : {&op.gx, &op.gy, &op.gz, &op.ground}) faces->assign(grid.cells(), 0.0);
  const auto width = [](const std::vector<double>& line, int i) {
    return line[std::size_t(i) + 1] - line[std::size_t(i)];
  };
  for (int j = 0; j < grid.ny(); ++j)
    for (int i = 0; i < grid.nx(); ++i)
      for (int k = 0; k < grid.nz(); ++k) {
        const std::size_t c = grid.index(i, j, k);
        const auto& layer = stack.layers[std::size_t(k / cells)];
        const double dx = width(grid.x, i), dy = width(grid.y, j), dz = width(grid.z, k);
        if (i + 1 < grid.nx()) op.gx[c] = layer.k_lateral * dy * dz / dx;
        if (j + 1 < grid.ny()) op.gy[c] = layer.k_lateral * dx * dz / dy;
        const double half = dz / 2 / layer.k_vertical;
        if (k + 1 < grid.nz()) {
          const auto& above = stack.layers[std::size_t((k + 1) / cells)];
          const double contact = (k + 1) % cells == 0 ? above.contact_below : 0;
          op.gz[c] = dx * dy / (half + contact + width(grid.z, k + 1) / 2 / above.k_vertical);
        }
        if (k == 0) op.ground[c] += dx * dy / (half + 1 / stack.h_bottom);
        if (k + 1 == grid.nz()) op.ground[c] += dx * dy / (half + 1 / stack.h_top);
      }
  return op;
}

// Calls visit(cell) for the cells of layer `layer` inside a rectangle whose sides are grid lines.
template <class Visit>
void cells_of(const TensorGrid& grid, int cells, int layer, double x0, double x1, double y0, double y1,
              Visit visit) {
  const auto middle = [](const std::vector<double>& line, int i) {
    return (line[std::size_t(i)] + line[std::size_t(i) + 1]) / 2;
  };
  for (int j = 0; j < grid.ny(); ++j)
    for (int i = 0; i < grid.nx(); ++i) {
      const double x = middle(grid.x, i), y = middle(grid.y, j);
      if (x < x0 || x > x1 || y < y0 || y > y1) continue;
      for (int k = layer * cells; k < (layer + 1) * cells; ++k) visit(grid.index(i, j, k));
    }
}

std::vector<double> finite_volume_means(const Case& c, int n, int cells) {
  const TensorGrid grid = grid_of(c.stack, n, cells);
  const ConductionOperator op = operator_of(c.stack, grid, cells);
  std::vector<double> b(grid.cells()), u(grid.cells());
  for (const auto& s : c.sources) {
    std::vector<std::size_t> in;
    cells_of(grid, cells, s.layer, s.x0, s.x1, s.y0, s.y1, [&](std::size_t cell) { in.push_back(cell); });
    for (const std::size_t cell : in) b[cell] += s.power / double(in.size());
  }
  base::Pool pool(1);
  ConductionSolver solver(op, pool);
  EXPECT_EQ(solver.problem(), "");
  SolveOptions options;
  options.relative_residual = 1e-11;
  const SolveReport report = solver.solve(b, u, options);
  EXPECT_TRUE(report.converged) << report.problem;
  std::vector<double> means;
  for (const auto& p : c.probes) {
    double sum = 0;
    int count = 0;
    cells_of(grid, cells, p.layer, p.x0, p.x1, p.y0, p.y1, [&](std::size_t cell) {
      sum += u[cell];
      ++count;
    });
    means.push_back(sum / count);
  }
  return means;
}

void expect_second_order(const Case& c) {
  const auto exact = cases::solve(c, 1e-6);
  ASSERT_EQ(exact.problem, "");
  std::vector<double> error[3];
  for (int level = 0; level < 3; ++level) {
    const auto means = finite_volume_means(c, 10 << level, 3 << level);
    for (std::size_t p = 0; p < means.size(); ++p) error[level].push_back(means[p] - exact.rise[p]);
  }
  for (std::size_t p = 0; p < c.probes.size(); ++p) {
    for (int level = 0; level < 2; ++level) {
      const double ratio = error[level][p] / error[level + 1][p];
      EXPECT_GT(ratio, 3.4) << "probe " << p << " level " << level << " error " << error[level][p];
      EXPECT_LT(ratio, 4.6) << "probe " << p << " level " << level << " error " << error[level][p];
    }
    EXPECT_LT(std::abs(error[2][p]), 0.01 * exact.rise[p]) << "probe " << p;
  }
}

TEST(LayeredSeries, IsWhatFiniteVolumesApproachWithTheSquareOfTheCell) {
  Case c;
  c.stack = {10e-3, 10e-3, {{1e-3, 120, 120}, {2e-3, 300, 300}}, 100, 5e3};
  c.sources = {{0, Place::volume, 2e-3, 5e-3, 3e-3, 7e-3, 10}};
  c.probes = {{Kind::volume_mean, 0, 2e-3, 5e-3, 3e-3, 7e-3},
              {Kind::volume_mean, 1, 2e-3, 5e-3, 3e-3, 7e-3},
              {Kind::volume_mean, 0, 8e-3, 10e-3, 0, 2e-3}};
  expect_second_order(c);
}

TEST(LayeredSeries, IsWhatFiniteVolumesApproachWithOrthotropyAndContacts) {
  Case c;
  c.stack = {12e-3, 8e-3, {{1e-3, 40, 8}, {0.5e-3, 2, 2, 2e-5}, {2e-3, 350, 380, 1e-5}}, 2e3, 1e4};
  c.sources = {{0, Place::volume, 2.4e-3, 6e-3, 1.6e-3, 4e-3, 6},
               {2, Place::volume, 8.4e-3, 12e-3, 0, 8e-3, 3}};
  c.probes = {{Kind::volume_mean, 0, 2.4e-3, 6e-3, 1.6e-3, 4e-3},
              {Kind::volume_mean, 2, 8.4e-3, 12e-3, 0, 8e-3},
              {Kind::volume_mean, 1, 2.4e-3, 6e-3, 1.6e-3, 4e-3}};
  expect_second_order(c);
}

}  // namespace
}  // namespace bondline::numerics
