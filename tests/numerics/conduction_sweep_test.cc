// Iterations to 1e-8 stay flat: over contrast, aspect ratio, size, graded package grids and voids.
#include <gtest/gtest.h>

#include <cmath>

#include "conduction_problems.h"

namespace bondline::numerics {
namespace {

using testing::Problem;

constexpr int kMostWithoutVoids = 15, kMostWithVoids = 20;

int iterations(const Problem& p) {
  base::Pool pool(2);
  ConductionSolver solver(p.op, pool);
  EXPECT_EQ(solver.problem(), "");
  std::vector<double> u(p.b.size(), 0.0);
  const SolveReport report = solver.solve(p.b, u, {.relative_residual = 1e-8});
  EXPECT_TRUE(report.converged) << report.problem;
  EXPECT_LE(report.relative_residual, std::max(1.01e-8, 4 * report.rounding_floor));
  return report.iterations;
}

TEST(ConductionSweep, StaysFlatOverContrast) {
  for (double contrast : {1.0, 1e2, 1e4, 1e6})
    EXPECT_LE(iterations(testing::layered_cube(40, contrast)), kMostWithoutVoids) << contrast;
}

TEST(ConductionSweep, StaysFlatOverSize) {
  for (int n : {10, 23, 46, 100})
    EXPECT_LE(iterations(testing::layered_cube(n, 1e4)), kMostWithoutVoids) << n;
  for (int n : {32, 128, 256}) EXPECT_LE(iterations(testing::layered_package(n, 16)), kMostWithoutVoids) << n;
}

TEST(ConductionSweep, StaysFlatOverAspectRatio) {
  // Cells of 0.1 mm in the plane and aspect x thickness across it, layers of 0.01 .. 1000 W/(m K).
  for (double aspect : {1e-2, 1.0, 1e2, 1e4}) {
    const double dz = 1e-4 / aspect;
    const TensorGrid grid{testing::even_lines(0, 0.0128, 128), testing::even_lines(0, 0.0064, 64),
                          testing::even_lines(0, 16 * dz, 16)};
    const double k[] = {1, 1000, 0.01, 100};
    const Problem p = testing::assemble(
        grid, [&](double, double, double z) { return k[int(z / dz / 4)]; }, 1e3, 0,
        [](double x, double y, double) { return x < 3e-3 && y < 2e-3 ? 1e9 : 0.0; });
    EXPECT_LE(iterations(p), kMostWithoutVoids) << aspect;
  }
}

TEST(ConductionSweep, StaysFlatOverAspectRatioInThePlane) {
  for (double stretch : {1.0, 10.0, 1e3}) {
    const TensorGrid grid{testing::even_lines(0, 0.0128, 128), testing::even_lines(0, 0.0064 * stretch, 64),
                          testing::even_lines(0, 1e-3, 16)};
    const Problem p = testing::assemble(
        grid, [](double, double, double z) { return z < 5e-4 ? 120.0 : 1.0; }, 1e3, 0,
        [](double x, double, double) { return x < 3e-3 ? 1e9 : 0.0; });
    EXPECT_LE(iterations(p), kMostWithoutVoids) << stretch;
  }
}

TEST(ConductionSweep, StaysFlatOnGradedPackageGridsWithVoids) {
  // Lines crowd at die edges: neighbouring intervals differ by up to a thousandfold across the plane.
  for (const auto& [h0, growth] : {std::pair{100e-6, 1.4}, std::pair{50e-6, 1.4}, std::pair{20e-6, 1.6},
                                   std::pair{5e-6, 2.0}, std::pair{1e-6, 2.5}})
    EXPECT_LE(iterations(testing::package_on_board(h0, growth)), kMostWithVoids) << h0;
}

TEST(ConductionSweep, StaysBoundedOnRandomBlocks) {
  // Blocks of 1e-3 .. 1e3 W/(m K) with edges anywhere: no layers, nothing for the lines or the coarse grids
  // to follow. No package looks like this; the solver slows down but does not stall.
  for (unsigned seed : {5u, 6u, 7u})
    for (bool voids : {false, true})
      EXPECT_LE(iterations(testing::random_blocks(100, 24, seed, voids)), 25) << seed;
}

}  // namespace
}  // namespace bondline::numerics
