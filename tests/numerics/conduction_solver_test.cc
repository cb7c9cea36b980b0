#include "numerics/conduction_solver.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "conduction_problems.h"

namespace bondline::numerics {
namespace {

using testing::Problem;

/// Cholesky on the dense matrix: slow and sure.
std::vector<double> solve_dense(const Problem& p) {
  const TensorGrid& g = p.op.grid;
  const std::size_t n = g.cells();
  std::vector<double> a(n * n, 0.0), x = p.b;
  auto link = [&](std::size_t c, std::size_t d, double v) {
    a[c * n + c] += v, a[d * n + d] += v, a[c * n + d] -= v, a[d * n + c] -= v;
  };
  for (int j = 0; j < g.ny(); ++j)
    for (int i = 0; i < g.nx(); ++i)
      for (int k = 0; k < g.nz(); ++k) {
        const std::size_t c = g.index(i, j, k);
        a[c * n + c] += p.op.ground[c];
        if (i + 1 < g.nx()) link(c, g.index(i + 1, j, k), p.op.gx[c]);
        if (j + 1 < g.ny()) link(c, g.index(i, j + 1, k), p.op.gy[c]);
        if (k + 1 < g.nz()) link(c, c + 1, p.op.gz[c]);
      }
  for (std::size_t q = 0; q < n; ++q)
    for (std::size_t r = q + 1; r < n; ++r) {
      const double m = a[r * n + q] / a[q * n + q];
      if (m == 0) continue;
      for (std::size_t s = q; s < n; ++s) a[r * n + s] -= m * a[q * n + s];
      x[r] -= m * x[q];
    }
  for (std::size_t q = n; q-- > 0;) {
    for (std::size_t s = q + 1; s < n; ++s) x[q] -= a[q * n + s] * x[s];
    x[q] /= a[q * n + q];
  }
  return x;
}

double largest_gap(const std::vector<double>& a, const std::vector<double>& b) {
  double gap = 0, scale = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    gap = std::max(gap, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return gap / scale;
}

SolveReport solve(const Problem& p, std::vector<double>& u, int threads = 1,
                  const SolveOptions& options = {}) {
  base::Pool pool(threads);
  ConductionSolver solver(p.op, pool);
  EXPECT_EQ(solver.problem(), "");
  u.assign(p.b.size(), 0.0);
  return solver.solve(p.b, u, options);
}

TEST(ConductionSolver, AgreesWithADenseSolveOnRandomOperators) {
  const int shapes[][3] = {{1, 1, 1}, {1, 1, 9}, {7, 1, 1}, {1, 6, 2},
                           {3, 4, 5}, {6, 5, 7}, {9, 8, 3}, {17, 5, 4}};
  unsigned seed = 1;
  for (const auto& s : shapes)
    for (double decades : {0.0, 2.0, 4.0}) {
      const Problem p = testing::random_operator(s[0], s[1], s[2], seed++, decades);
      std::vector<double> u;
      const SolveReport report = solve(p, u, 1, {.relative_residual = 1e-12});
      EXPECT_TRUE(report.converged) << report.problem;
      EXPECT_LT(largest_gap(u, solve_dense(p)), 1e-7)
          << s[0] << "x" << s[1] << "x" << s[2] << " decades " << decades;
    }
}

TEST(ConductionSolver, GivesTheExactSeriesOfResistancesOnABar) {
  const int nz = 50;
  Problem p;
  p.op.grid = TensorGrid{{0, 1}, {0, 1}, testing::even_lines(0, 1, nz)};
  for (auto* v : {&p.op.gx, &p.op.gy, &p.op.gz, &p.op.ground, &p.b}) v->assign(std::size_t(nz), 0.0);
  for (int k = 0; k + 1 < nz; ++k) p.op.gz[std::size_t(k)] = std::pow(10, (k % 7) - 3);
  p.op.ground[std::size_t(nz - 1)] = 1e-4;
  p.b[0] = 2.0;  // 2 W through the whole bar
  std::vector<double> u;
  EXPECT_LE(solve(p, u, 1, {.relative_residual = 1e-13}).iterations, 10);
  double expected = 2.0 / 1e-4;
  for (int k = nz - 1; k >= 0; --k) {
    if (k + 1 < nz) expected += 2.0 / p.op.gz[std::size_t(k)];
    EXPECT_NEAR(u[std::size_t(k)] / expected, 1.0, 1e-11);
  }
}

TEST(ConductionSolver, KeepsTheHeatBalanceWhenTheGroundIsTiny) {
  Problem p = testing::layered_package(48, 16);
  for (double& g : p.op.ground) g *= 1e-3;
  std::vector<double> u;
  EXPECT_TRUE(solve(p, u).converged);
  double in = 0, out = 0;
  for (std::size_t c = 0; c < u.size(); ++c) in += p.b[c], out += p.op.ground[c] * u[c];
  EXPECT_NEAR(out / in, 1.0, 1e-6);
}

TEST(ConductionSolver, GivesTheSameBitsForAnyNumberOfThreads) {
  for (const Problem& p : {testing::layered_cube(41, 1e4), testing::package_on_board(100e-6, 1.6)}) {
    std::vector<double> one, many;
    solve(p, one);
    for (int threads : {2, 3, 4}) {
      solve(p, many, threads);
      EXPECT_EQ(std::memcmp(one.data(), many.data(), one.size() * sizeof(double)), 0)
          << threads << " threads";
    }
  }
}

TEST(ConductionSolver, LeavesVoidsAtZero) {
  const Problem p = testing::package_on_board(200e-6, 1.8);
  std::vector<double> u;
  EXPECT_TRUE(solve(p, u).converged);
  const TensorGrid& g = p.op.grid;
  const std::size_t corner = g.index(0, 0, g.nz() - 1);  // beside the package
  EXPECT_EQ(u[corner], 0.0);
  EXPECT_GT(u[g.index(g.nx() / 2, g.ny() / 2, 0)], 0.0);
}

TEST(ConductionSolver, StartsFromTheGuessItIsGiven) {
  const Problem p = testing::layered_package(32, 8);
  base::Pool pool(1);
  ConductionSolver solver(p.op, pool);
  std::vector<double> u(p.b.size(), 0.0);
  const SolveReport cold = solver.solve(p.b, u);
  const SolveReport warm = solver.solve(p.b, u);
  EXPECT_GT(cold.iterations, 3);
  EXPECT_EQ(warm.iterations, 0);
  EXPECT_TRUE(warm.converged);
}

TEST(ConductionSolver, SaysWhatIsWrongWithTheOperator) {
  base::Pool pool(2);
  const Problem good = testing::layered_package(16, 8);
  auto problem_of = [&](auto spoil) {
    ConductionOperator op = good.op;
    spoil(op);
    return ConductionSolver(op, pool).problem();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  EXPECT_NE(problem_of([&](auto& op) { op.gx[5] = nan; }), "");
  EXPECT_NE(problem_of([&](auto& op) { op.gy[7] = -1; }), "");
  EXPECT_NE(problem_of([&](auto& op) { op.gz[0] = inf; }), "");
  EXPECT_NE(problem_of([&](auto& op) { op.ground[9] = -1e-30; }), "");
  EXPECT_NE(problem_of([&](auto& op) { op.ground.pop_back(); }), "");
  EXPECT_NE(problem_of([&](auto& op) { op.grid.x[3] = op.grid.x[2]; }), "");
  EXPECT_NE(problem_of([&](auto& op) { op.gx.back() = 1; }), "");
  EXPECT_NE(problem_of([&](auto& op) { op.gz.back() = 1; }), "");
  EXPECT_EQ(problem_of([](auto&) {}), "");
}

TEST(ConductionSolver, FindsTheRegionThatHasNoGround) {
  base::Pool pool(1);
  Problem p = testing::layered_package(16, 8);
  {
    ConductionOperator op = p.op;
    std::fill(op.ground.begin(), op.ground.end(), 0.0);
    ConductionSolver solver(op, pool);
    EXPECT_EQ(solver.floating_cell(), 0u);
    EXPECT_NE(solver.problem().find("no ground"), std::string::npos);
  }
  const TensorGrid& g = p.op.grid;  // cut two cells out of the middle of the block
  const std::size_t a = g.index(5, 6, 3), b = a + 1;
  for (std::size_t c : {a, b}) {
    p.op.gx[c] = p.op.gy[c] = 0;
    p.op.gx[c - std::size_t(g.nz())] = 0;
    p.op.gy[c - std::size_t(g.nz()) * std::size_t(g.nx())] = 0;
  }
  p.op.gz[a - 1] = p.op.gz[b] = 0;
  EXPECT_EQ(ConductionSolver(p.op, pool).floating_cell(), a);
  p.op.gz[a] = 0;  // two single cells without any face are voids, not regions
  EXPECT_EQ(ConductionSolver(p.op, pool).floating_cell(), SIZE_MAX);
}

TEST(ConductionSolver, RefusesBadRightHandSides) {
  base::Pool pool(1);
  const Problem p = testing::package_on_board(200e-6, 1.8);
  ConductionSolver solver(p.op, pool);
  std::vector<double> u(p.b.size(), 0.0), b = p.b;
  b[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(solver.solve(b, u).converged);
  EXPECT_NE(solver.solve(b, u).problem, "");
  EXPECT_NE(solver.solve(std::span(p.b).first(10), u).problem, "");
  b = p.b;
  b[p.op.grid.index(0, 0, p.op.grid.nz() - 1)] = 1.0;  // power in a void
  const SolveReport report = solver.solve(b, u);
  EXPECT_FALSE(report.converged);
  EXPECT_NE(report.problem.find("void"), std::string::npos) << report.problem;
}

TEST(ConductionSolver, SaysSoWhenItRunsOutOfIterations) {
  const Problem p = testing::layered_cube(24, 1e4);
  std::vector<double> u;
  const SolveReport report = solve(p, u, 1, {.max_iterations = 2});
  EXPECT_FALSE(report.converged);
  EXPECT_EQ(report.iterations, 2);
  EXPECT_NE(report.problem, "");
}

TEST(ConductionSolver, SolvesAZeroRightHandSideToZero) {
  Problem p = testing::layered_cube(10, 1e4);
  std::fill(p.b.begin(), p.b.end(), 0.0);
  base::Pool pool(1);
  ConductionSolver solver(p.op, pool);
  std::vector<double> u(p.b.size(), 3.0);
  EXPECT_TRUE(solver.solve(p.b, u).converged);
  for (double v : u) ASSERT_EQ(v, 0.0);
}

TEST(ConductionSolver, SolvesManyAsItSolvesOne) {
  const Problem p = testing::package_on_board(200e-6, 1.8);
  base::Pool pool(2);
  ConductionSolver solver(p.op, pool);
  std::vector<std::vector<double>> b, u;
  for (int s = 0; s < 13; ++s) {
    b.push_back(p.b);
    for (std::size_t c = 0; c < p.b.size(); ++c) b.back()[c] *= 1 + s * std::sin(double(c));
    u.emplace_back(p.b.size(), 0.0);
  }
  std::vector<std::span<const double>> b_spans(b.begin(), b.end());
  std::vector<std::span<double>> u_spans(u.begin(), u.end());
  const auto reports = solver.solve_many(b_spans, u_spans);
  ASSERT_EQ(reports.size(), b.size());
  for (std::size_t s = 0; s < b.size(); ++s) {
    EXPECT_TRUE(reports[s].converged) << s;
    EXPECT_LE(reports[s].relative_residual, 1.01e-8) << s;
    std::vector<double> alone(p.b.size(), 0.0);
    solver.solve(b[s], alone);
    EXPECT_LT(largest_gap(u[s], alone), 1e-6) << s;
  }
}

TEST(ConductionSolver, TellsOfEachBadRightHandSideAmongMany) {
  const Problem p = testing::layered_package(24, 8);
  base::Pool pool(1);
  ConductionSolver solver(p.op, pool);
  std::vector<std::vector<double>> b(5, p.b), u(5, std::vector<double>(p.b.size(), 0.0));
  b[1][7] = std::numeric_limits<double>::quiet_NaN();
  std::fill(b[3].begin(), b[3].end(), 0.0);
  std::vector<std::span<const double>> b_spans(b.begin(), b.end());
  std::vector<std::span<double>> u_spans(u.begin(), u.end());
  const auto reports = solver.solve_many(b_spans, u_spans);
  for (std::size_t s : {0u, 2u, 3u, 4u}) EXPECT_TRUE(reports[s].converged) << s << reports[s].problem;
  EXPECT_FALSE(reports[1].converged);
  EXPECT_NE(reports[1].problem, "");
  EXPECT_EQ(u[0], u[4]);
  EXPECT_EQ(u[3], std::vector<double>(p.b.size(), 0.0));
}

TEST(ConductionSolver, ForecastsItsMemoryWithinFifteenPercent) {
  for (const Problem& p : {testing::layered_cube(90, 1e4), testing::layered_package(160, 16),
                           testing::package_on_board(100e-6, 1.6)}) {
    base::Pool pool(1);
    ConductionSolver solver(p.op, pool);
    std::vector<double> u(p.b.size(), 0.0);
    const double alone = double(solver.solve(p.b, u).bytes),
                 forecast = double(forecast_solver_bytes(p.op.grid));
    EXPECT_LE(alone, forecast);
    EXPECT_GE(alone, forecast / 1.15);
    EXPECT_LE(alone, double(forecast_solver_bytes(p.b.size())));
    for (const std::size_t count : {8u, 16u}) {
      std::vector<std::vector<double>> us(count, std::vector<double>(u.size(), 0.0));
      const std::vector<std::span<const double>> b_spans(count, p.b);
      const std::vector<std::span<double>> u_spans(us.begin(), us.end());
      const double together = double(solver.solve_many(b_spans, u_spans, {.max_iterations = 2})[0].bytes);
      EXPECT_LE(together, double(forecast_solver_bytes(p.op.grid, int(count))));
      EXPECT_GE(together, double(forecast_solver_bytes(p.op.grid, int(count))) / 1.15);
      EXPECT_LE(together, double(forecast_solver_bytes(p.b.size(), int(count))));
    }
  }
}

}  // namespace
}  // namespace bondline::numerics
