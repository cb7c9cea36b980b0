// Many right-hand sides at once: every answer beside the one its right-hand side has alone.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "conduction_problems.h"

namespace bondline::numerics {
namespace {

using testing::Problem;
using Fields = std::vector<std::vector<double>>;

struct Solved {
  std::vector<SolveReport> reports;
  Fields u;
};

Solved solve_many(const ConductionOperator& op, const Fields& b, int threads, Fields guess = {},
                  const SolveOptions& how = {}) {
  base::Pool pool(threads);
  ConductionSolver solver(op, pool);
  if (guess.empty()) guess.assign(b.size(), std::vector<double>(op.grid.cells(), 0.0));
  const std::vector<std::span<const double>> b_spans(b.begin(), b.end());
  const std::vector<std::span<double>> u_spans(guess.begin(), guess.end());
  auto reports = solver.solve_many(b_spans, u_spans, how);
  return {std::move(reports), std::move(guess)};
}

/// Random sources in a few boxes each, of both signs for some, only where the problem may take heat.
Fields random_sources(const Problem& p, std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  const auto part = [&] { return double(random() >> 11) * 0x1p-53; };
  const TensorGrid& g = p.op.grid;
  const auto is_void = [&](int i, int j, int k) {
    const std::size_t c = g.index(i, j, k);
    return !(p.op.ground[c] > 0 || p.op.gx[c] > 0 || p.op.gy[c] > 0 || p.op.gz[c] > 0 ||
             (i > 0 && p.op.gx[g.index(i - 1, j, k)] > 0) || (j > 0 && p.op.gy[g.index(i, j - 1, k)] > 0) ||
             (k > 0 && p.op.gz[c - 1] > 0));
  };
  Fields out;
  for (std::size_t s = 0; s < count; ++s) {
    auto& b = out.emplace_back(g.cells(), 0.0);
    for (int box = 0; box < 3; ++box) {
      const double watts = s % 4 == 3 ? part() - 0.5 : part();
      const int i0 = int(part() * g.nx()), j0 = int(part() * g.ny()), k0 = int(part() * g.nz());
      for (int j = j0; j < std::min(g.ny(), j0 + 9); ++j)
        for (int i = i0; i < std::min(g.nx(), i0 + 7); ++i)
          for (int k = k0; k < std::min(g.nz(), k0 + 2); ++k)
            if (!is_void(i, j, k)) b[g.index(i, j, k)] += watts;
    }
  }
  return out;
}

double norm(const std::vector<double>& v) {
  double s = 0;
  for (const double x : v) s += x * x;
  return std::sqrt(s);
}

/// Residuals as asked, answers within 1e-6 of the largest value of the answer alone (the residuals' 1e-8,
/// times what the operator makes of it), and the heat that leaves the one that enters.
void expect_each_as_alone(const Problem& p, const Fields& b, const Solved& many) {
  base::Pool pool(1);
  ConductionSolver solver(p.op, pool);
  ASSERT_EQ(many.reports.size(), b.size());
  for (std::size_t s = 0; s < b.size(); ++s) {
    std::vector<double> alone(b[s].size(), 0.0), r(b[s].size());
    const SolveReport one = solver.solve(b[s], alone);
    EXPECT_EQ(many.reports[s].converged, one.converged) << s << ": " << many.reports[s].problem;
    EXPECT_LE(many.reports[s].relative_residual, many.reports[s].accepted(1e-8)) << s;
    // Float32 directions are a little less conjugate, and renewals come a few iterations apart.
    EXPECT_LE(many.reports[s].iterations, one.iterations + one.iterations / 5 + 2) << s;
    const double in = norm(b[s]);
    solver.residual(b[s], many.u[s], r);
    if (in > 0) {
      EXPECT_NEAR(norm(r) / in, many.reports[s].relative_residual,
                  1e-12 + 1e-3 * many.reports[s].relative_residual)
          << s;
    }
    double largest = 0, gap = 0, entered = 0, left = 0, gross = 0;
    for (std::size_t c = 0; c < alone.size(); ++c) {
      largest = std::max(largest, std::abs(alone[c]));
      gap = std::max(gap, std::abs(alone[c] - many.u[s][c]));
      entered += b[s][c];
      gross += std::abs(b[s][c]);
      left += p.op.ground[c] * many.u[s][c];
    }
    EXPECT_LE(gap, 1e-6 * largest) << s;
    EXPECT_NEAR(left, entered, 1e-6 * gross) << s;
  }
}

TEST(SolveMany, GivesEveryAnswerThatItsRightHandSideHasAlone) {
  const std::pair<const char*, Problem> problems[] = {
      {"package with voids", testing::package_on_board(200e-6, 1.8)},
      {"blocks, contrast 1e6", testing::random_blocks(33, 9, 5, false)},
      {"blocks with voids", testing::random_blocks(29, 12, 6, true)},
      {"random faces", testing::random_operator(37, 21, 13, 8, 2)},
      {"one column wide", testing::random_operator(1, 40, 9, 3, 2)},
      {"one row", testing::random_operator(40, 1, 9, 4, 2)}};
  for (const auto& [what, p] : problems)
    for (const std::size_t count : {6u, 16u}) {
      SCOPED_TRACE(std::string(what) + ", " + std::to_string(count));
      const Fields b = random_sources(p, count, 11 + unsigned(count));
      expect_each_as_alone(p, b, solve_many(p.op, b, 2));
    }
}

TEST(SolveMany, GoesThroughWideRowsTileByTile) {
  // Rows of 100 columns and 64 layers are cut into tiles; the chunks of four threads cross them.
  const Problem p = testing::layered_package(100, 64);
  const Fields b = random_sources(p, 12, 3);
  expect_each_as_alone(p, {b[0], b[7]}, [&] {
    Solved all = solve_many(p.op, b, 4);
    return Solved{{all.reports[0], all.reports[7]}, {all.u[0], all.u[7]}};
  }());
}

TEST(SolveMany, GivesTheSameBitsForAnyNumberOfThreads) {
  const Problem p = testing::package_on_board(200e-6, 1.6);
  const Fields b = random_sources(p, 6, 17);
  const Solved one = solve_many(p.op, b, 1);
  for (const int threads : {2, 4}) {
    const Solved other = solve_many(p.op, b, threads);
    for (std::size_t s = 0; s < b.size(); ++s)
      EXPECT_EQ(std::memcmp(one.u[s].data(), other.u[s].data(), b[s].size() * sizeof(double)), 0)
          << s << ", " << threads << " threads";
  }
}

TEST(SolveMany, TakesSourcesOfVeryDifferentStrengthAndAnyCount) {
  const Problem p = testing::random_operator(19, 23, 8, 2, 3);
  for (const std::size_t count : {1u, 5u, 9u, 23u}) {
    Fields b = random_sources(p, count, 100);
    for (std::size_t s = 0; s < count; ++s)
      for (double& v : b[s]) v *= std::pow(10.0, double(s % 5) * 10 - 20);
    expect_each_as_alone(p, b, solve_many(p.op, b, 1));
  }
}

TEST(SolveMany, StartsEveryLaneFromItsOwnGuess) {
  const Problem p = testing::layered_package(32, 8);
  const Fields b = random_sources(p, 8, 1);
  Fields guess = solve_many(p.op, b, 1).u;
  std::fill(guess[1].begin(), guess[1].end(), 0.0);
  for (double& v : guess[2]) v *= 1 + 1e-5;
  const Solved again = solve_many(p.op, b, 1, guess);
  EXPECT_EQ(again.reports[0].iterations, 0);
  EXPECT_EQ(again.u[0], guess[0]);
  EXPECT_LT(again.reports[2].iterations, again.reports[1].iterations);
  expect_each_as_alone(p, {b[1], b[2]}, {{again.reports[1], again.reports[2]}, {again.u[1], again.u[2]}});
}

TEST(SolveMany, ReachesTheRoundingFloorThatOneReaches) {
  // Half an ulp of u is more than 1e-8 of b here: what float64 can give is accepted, and said.
  const Problem p = testing::layered_cube(24, 1e6);
  Problem stiff = p;
  for (double& g : stiff.op.ground) g *= 1e-4;
  Fields b = random_sources(stiff, 8, 5);
  base::Pool pool(1);
  ConductionSolver solver(stiff.op, pool);
  const Solved many = solve_many(stiff.op, b, 1);
  for (std::size_t s = 0; s < b.size(); ++s) {
    std::vector<double> alone(b[s].size(), 0.0);
    const SolveReport one = solver.solve(b[s], alone);
    EXPECT_TRUE(many.reports[s].converged) << s << ": " << many.reports[s].problem;
    EXPECT_LE(many.reports[s].relative_residual, many.reports[s].accepted(1e-8)) << s;
    EXPECT_LE(many.reports[s].iterations, one.iterations + 25) << s;
  }
}

TEST(SolveMany, SaysWhichOnesRanOutOfIterations) {
  const Problem p = testing::layered_cube(20, 1e4);
  const Fields b = random_sources(p, 8, 9);
  const Solved many = solve_many(p.op, b, 1, {}, {.max_iterations = 3});
  for (const SolveReport& report : many.reports) {
    EXPECT_FALSE(report.converged);
    EXPECT_EQ(report.iterations, 3);
    EXPECT_EQ(report.history.size(), 3u);
    EXPECT_NE(report.problem, "");
  }
}

}  // namespace
}  // namespace bondline::numerics
