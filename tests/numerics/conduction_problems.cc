#include "conduction_problems.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bondline::numerics::testing {

std::vector<double> graded_lines(std::vector<double> breakpoints, double h0, double growth, double hmax) {
  std::sort(breakpoints.begin(), breakpoints.end());
  std::vector<double> lines{breakpoints[0]};
  for (std::size_t i = 0; i + 1 < breakpoints.size(); ++i) {
    const double half = 0.5 * (breakpoints[i + 1] - breakpoints[i]);
    std::vector<double> steps;
    double sum = 0;
    for (double h = h0; sum < half; h = std::min(h * growth, hmax)) {
      steps.push_back(h);
      sum += h;
    }
    for (double h : steps) lines.push_back(lines.back() + h * half / sum);
    for (std::size_t s = steps.size(); s-- > 0;) lines.push_back(lines.back() + steps[s] * half / sum);
    lines.back() = breakpoints[i + 1];
  }
  return lines;
}

Problem assemble(const TensorGrid& grid, const Medium& conductivity, double film_top, double film_bottom,
                 const Medium& source) {
  Problem p;
  p.op.grid = grid;
  const int nx = grid.nx(), ny = grid.ny(), nz = grid.nz();
  for (auto* v : {&p.op.gx, &p.op.gy, &p.op.gz, &p.op.ground, &p.b}) v->assign(grid.cells(), 0.0);
  std::vector<double> k(grid.cells());
  const auto& x = grid.x;
  const auto& y = grid.y;
  const auto& z = grid.z;
  for (int j = 0; j < ny; ++j)
    for (int i = 0; i < nx; ++i)
      for (int l = 0; l < nz; ++l) {
        const std::size_t c = grid.index(i, j, l);
        const double xm = 0.5 * (x[i] + x[i + 1]), ym = 0.5 * (y[j] + y[j + 1]), zm = 0.5 * (z[l] + z[l + 1]);
        k[c] = conductivity(xm, ym, zm);
        if (k[c] > 0) p.b[c] = source(xm, ym, zm) * (x[i + 1] - x[i]) * (y[j + 1] - y[j]) * (z[l + 1] - z[l]);
      }
  auto face = [](double ka, double a, double kb, double b, double area) {
    return ka > 0 && kb > 0 ? area / (0.5 * a / ka + 0.5 * b / kb) : 0.0;
  };
  for (int j = 0; j < ny; ++j)
    for (int i = 0; i < nx; ++i)
      for (int l = 0; l < nz; ++l) {
        const std::size_t c = grid.index(i, j, l);
        const double dx = x[i + 1] - x[i], dy = y[j + 1] - y[j], dz = z[l + 1] - z[l];
        if (i + 1 < nx) p.op.gx[c] = face(k[c], dx, k[grid.index(i + 1, j, l)], x[i + 2] - x[i + 1], dy * dz);
        if (j + 1 < ny) p.op.gy[c] = face(k[c], dy, k[grid.index(i, j + 1, l)], y[j + 2] - y[j + 1], dx * dz);
        if (l + 1 < nz) p.op.gz[c] = face(k[c], dz, k[c + 1], z[l + 2] - z[l + 1], dx * dy);
        if (k[c] <= 0) continue;
        auto film = [&](double h) { return h > 0 ? dx * dy / (1 / h + 0.5 * dz / k[c]) : 0.0; };
        if (l + 1 == nz || k[c + 1] <= 0) p.op.ground[c] += film(film_top);
        if (l == 0 || k[c - 1] <= 0) p.op.ground[c] += film(film_bottom);
      }
  return p;
}

Problem layered_cube(int n, double contrast) {
  const double side = 0.01, power = std::log10(contrast) / 4;
  const std::array<double, 10> bands{100, 4, 400, 0.04, 100, 1.5, 400, 0.04, 20, 400};
  TensorGrid grid{even_lines(0, side, n), even_lines(0, side, n), even_lines(0, side, n)};
  return assemble(
      grid,
      [&](double, double, double z) {
        return std::pow(bands[std::size_t(z / side * 10)] / 400, power) * 400;
      },
      1e4, 0,
      [&](double x, double y, double z) {
        const bool hot = x > side / 4 && x < side / 2 && y > side / 4 && y < side / 2;
        return z < side / 10 ? (hot ? 2e9 : 1e8) : 0.0;
      });
}

Problem layered_package(int n, int nz) {
  const std::array<double, 8> thickness{50e-6, 20e-6, 100e-6, 5e-6, 200e-6, 50e-6, 1000e-6, 200e-6};
  const std::array<double, 8> k{130, 0.04, 130, 4, 130, 1.5, 400, 400};
  TensorGrid grid{even_lines(0, 0.02, n), even_lines(0, 0.02, n), {0.0}};
  std::vector<double> tops;
  for (std::size_t b = 0; b < 8; ++b) {
    const double base = grid.z.back();
    for (int q = 1; q <= nz / 8; ++q) grid.z.push_back(base + thickness[b] * q / (nz / 8));
    tops.push_back(grid.z.back());
  }
  return assemble(
      grid,
      [&](double, double, double z) {
        return k[std::size_t(std::upper_bound(tops.begin(), tops.end(), z) - tops.begin())];
      },
      1e4, 0,
      [&](double x, double y, double z) {
        const bool hot = x > 0.005 && x < 0.01 && y > 0.005 && y < 0.01;
        return z < 50e-6 ? (hot ? 4e10 : 2e9) : 0.0;
      });
}

Problem package_on_board(double h0, double growth) {
  // Two dies face down on a substrate with a copper coin (400) beside an air pocket (0.026), bonds of 0.5 um.
  TensorGrid grid;
  grid.x = graded_lines({-.0175, -.006, -.005, -.001, -.00099, .0005, .004, .0041, .0045, .006, .0175}, h0,
                        growth, 1e-3);
  grid.y = graded_lines({-.0175, -.0075, -.004, .002, .00203, .003, .0065, .0075, .0175}, h0, growth, 1e-3);
  grid.z = {0, 0.5e-3, 1e-3, 1.5e-3, 1.6e-3};
  for (double t : {100e-6, 100e-6, 100e-6, 60e-6, 0.5e-6, 50e-6, 50e-6, 50e-6, 0.5e-6, 25e-6, 50e-6, 50e-6,
                   200e-6, 200e-6, 100e-6})
    grid.z.push_back(grid.z.back() + t);
  auto in_die1 = [](double x, double y) { return x > -.005 && x < -.001 && y > -.004 && y < .002; };
  auto in_die2 = [](double x, double y) { return x > .0005 && x < .0045 && y > .003 && y < .0065; };
  auto medium = [=](double x, double y, double z) -> double {
    if (z < 1.6e-3) return std::fmod(z, 0.5e-3) < 0.4e-3 ? 0.3 : 40;  // board
    if (std::abs(x) > .006 || std::abs(y) > .0075) return 0;          // nothing beside the package
    const double h = z - 1.9e-3;
    if (h < 0) return in_die1(x, y) ? 400 : in_die2(x, y) && x < .004 ? 0.026 : 0.8;
    if (in_die1(x, y)) {
      if (h < 60e-6) return 2;
      if (h < 60.5e-6) return 0.2;
      if (h < 210.5e-6) return 120;
      if (h < 211e-6) return 0.1;
      if (h < 236e-6) return 1;
      return h < 336e-6 ? 120 : 400;
    }
    if (in_die2(x, y)) {
      if (h < 25e-6) return 1;
      if (h < 211e-6) return 150;
      if (h < 336e-6) return 0;  // a cavity above the second die
    }
    return 0.7;
  };
  return assemble(grid, medium, 15, 10, [=](double x, double y, double z) {
    return in_die1(x, y) && z > 2.0e-3 && z < 2.05e-3 ? 1e9 : 0.0;
  });
}

Problem random_blocks(int n, int nz, unsigned seed, bool voids) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(0, 1);
  struct Block {
    double x0, x1, y0, y1, z0, z1, k;
  };
  std::vector<Block> blocks;
  for (int i = 0; i < 30; ++i) {
    const double x = unit(random) * 0.02, y = unit(random) * 0.02, z = unit(random) * 1e-3;
    const double dx = unit(random) * 8e-3, dy = unit(random) * 8e-3, dz = unit(random) * 4e-4;
    blocks.push_back({x, x + dx, y, y + dy, z, z + dz, std::pow(10, 6 * unit(random) - 3)});
  }
  TensorGrid grid{even_lines(0, 0.02, n), even_lines(0, 0.02, n), even_lines(0, 1e-3, nz)};
  Problem p = assemble(
      grid,
      [&](double x, double y, double z) {
        double k = 1;
        for (const Block& q : blocks)
          if (x > q.x0 && x < q.x1 && y > q.y0 && y < q.y1 && z > q.z0 && z < q.z1)
            k = voids && q.k < 0.1 ? 0 : q.k;
        return k;
      },
      10, 0, [](double x, double y, double z) { return x < 5e-3 && y < 5e-3 && z < 1e-4 ? 2e9 : 1e8; });
  if (voids) {  // islands between voids would float: tie every solid cell a little
    for (std::size_t c = 0; c < p.b.size(); ++c)
      if (p.op.gx[c] + p.op.gy[c] + p.op.gz[c] > 0) p.op.ground[c] += 1e-9;
  }
  return p;
}

Problem random_operator(int nx, int ny, int nz, unsigned seed, double decades) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(0, 1);
  auto lines = [&](int n) {
    std::vector<double> v{0};
    for (int i = 0; i < n; ++i) v.push_back(v.back() + 0.1 + unit(random));
    return v;
  };
  Problem p;
  p.op.grid = TensorGrid{lines(nx), lines(ny), lines(nz)};
  for (auto* v : {&p.op.gx, &p.op.gy, &p.op.gz, &p.op.ground, &p.b}) v->assign(p.op.grid.cells(), 0.0);
  auto draw = [&] { return unit(random) < 0.1 ? 0.0 : std::pow(10, decades * (unit(random) - 0.5)); };
  for (int j = 0; j < ny; ++j)
    for (int i = 0; i < nx; ++i)
      for (int k = 0; k < nz; ++k) {
        const std::size_t c = p.op.grid.index(i, j, k);
        if (i + 1 < nx) p.op.gx[c] = draw();
        if (j + 1 < ny) p.op.gy[c] = draw();
        if (k + 1 < nz) p.op.gz[c] = draw();
        p.op.ground[c] = unit(random) < 0.2 ? draw() : 1e-3;  // something everywhere: islands stay solvable
        p.b[c] = unit(random) - 0.3;
      }
  return p;
}

}  // namespace bondline::numerics::testing
