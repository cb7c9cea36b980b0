// Conduction problems the solver's tests share: random operators, layered bars, graded package-like grids
// with voids.
#pragma once
#include <functional>
#include <random>
#include <vector>

#include "numerics/conduction_solver.h"

namespace bondline::numerics::testing {

struct Problem {
  ConductionOperator op;
  std::vector<double> b;
};

using Medium = std::function<double(double x, double y, double z)>;  ///< W/(m K), 0 for void

inline std::vector<double> even_lines(double from, double to, int cells) {
  std::vector<double> v;
  for (int i = 0; i <= cells; ++i) v.push_back(from + (to - from) * i / cells);
  return v;
}

/// Lines through all breakpoints, cells of about h0 at them, growing by `growth` towards the middle, up to
/// hmax.
std::vector<double> graded_lines(std::vector<double> breakpoints, double h0, double growth, double hmax);

/// Finite volumes with harmonic faces; films (W/(m2 K)) on the highest and lowest solid face of each column;
/// `source` in W/m3.
Problem assemble(const TensorGrid& grid, const Medium& conductivity, double film_top, double film_bottom,
                 const Medium& source);

/// Ten bands between 0.04 and 400 W/(m K) times a power that makes the contrast `contrast`; 10 mm cube of n^3
/// cells.
Problem layered_cube(int n, double contrast);
/// Eight layers of 5 um to 1 mm under a 20 x 20 mm plane of n x n columns, nz layers.
Problem layered_package(int n, int nz);
/// A package of two dies (0.5 um bonds, a copper coin, an air pocket) on a 35 mm board, void around the
/// package.
Problem package_on_board(double h0, double growth);
/// Blocks of random size and of conductivity 1e-3 .. 1e3; with voids, those below 0.1 are left out.
Problem random_blocks(int n, int nz, unsigned seed, bool voids);
/// Every face random over `decades` decades, some missing; ground on a few cells. Connected.
Problem random_operator(int nx, int ny, int nz, unsigned seed, double decades);

}  // namespace bondline::numerics::testing
