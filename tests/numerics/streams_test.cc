// Streams past a conduction operator: exact laws, conservation, robustness over flow, adjoint and bits.
#include "numerics/streams.h"

#include <cmath>

#include <gtest/gtest.h>

#include "numerics/conduction_solver.h"

namespace bondline::numerics {
namespace {

struct Problem {
  ConductionOperator op;
  std::vector<double> inlet, b;
};

/// Two silicon plates (k 130, 50 um) around a layer of `lanes` streams that run along y; 50 W/cm2 in one half
/// of the lower plate. One stream node per column of the grid, void cells between the plates.
Problem plates(int nx, int ny, double rate_all, double h, double inlet = 10) {
  Problem p;
  auto& g = p.op.grid;
  for (int i = 0; i <= nx; ++i) g.x.push_back(0.01 * i / nx);
  for (int j = 0; j <= ny; ++j) g.y.push_back(0.01 * j / ny);
  for (const double z : {0.0, 25e-6, 50e-6, 150e-6, 175e-6, 200e-6}) g.z.push_back(z);
  const std::size_t n = g.cells();
  p.op.gx.assign(n, 0), p.op.gy.assign(n, 0), p.op.gz.assign(n, 0), p.op.ground.assign(n, 0);
  p.b.assign(n, 0);
  const double dx = 0.01 / nx, dy = 0.01 / ny, k = 130;
  auto& s = p.op.streams;
  s.first.push_back(0);
  for (int i = 0; i < nx; ++i)
    for (int j = 0; j < ny; ++j) {
      for (int l = 0; l < 5; ++l) {
        if (l == 2) continue;
        const std::size_t c = g.index(i, j, l);
        const double dz = g.z[std::size_t(l) + 1] - g.z[std::size_t(l)];
        if (i + 1 < nx) p.op.gx[c] = k * dy * dz / dx;
        if (j + 1 < ny) p.op.gy[c] = k * dx * dz / dy;
        if (l == 0 || l == 3) p.op.gz[c] = k * dx * dy / 25e-6;
        if (l == 0 && i < nx / 2) p.b[c] = 5e5 * dx * dy;
      }
      s.upstream.push_back(j == 0 ? -1 : std::int32_t(s.nodes()) - 1);
      s.rate.push_back(rate_all / nx);
      p.inlet.push_back(inlet);
      const double film = h * dx * dy, half = 2 * k * dx * dy / 25e-6;
      for (const int l : {1, 3}) {
        s.cell.push_back(g.index(i, j, l));
        s.g.push_back(film * half / (film + half));
        p.op.ground[s.cell.back()] += s.g.back();
      }
      s.first.push_back(s.cell.size());
    }
  StreamMarch(s).add_drive(p.inlet, {}, p.b);
  return p;
}

/// Heat that the streams carry off, W.
double carried(const Problem& p, std::span<const double> u) {
  const auto state = StreamMarch(p.op.streams).run(u, p.inlet, {});
  double sum = 0;
  for (std::size_t n = 0; n < p.op.streams.nodes(); ++n)
    sum += p.op.streams.rate[n] * (state.out[n] - state.in[n]);
  return sum;
}

}  // namespace

TEST(Streams, WeightsJoinTheirSeriesSmoothly) {
  for (const double n : {1e-9, 1e-3, 0.0299999, 0.0300001, 0.5, 40.0, 800.0}) {
    const auto w = StreamMarch::weights(n);
    const long double x = n;
    EXPECT_NEAR(w.a, double(-std::expm1(-x) / x), 2e-15);
    EXPECT_NEAR(w.b, n < 1e-6 ? 0.5 - n / 6 : double((x + std::expm1(-x)) / (x * x)),
                n < 0.1 ? 1e-10 : 1e-13);
    EXPECT_NEAR(w.a + n * w.b, 1, 1e-15);
  }
}

TEST(Streams, MeetsAWallOfOneTemperatureExponentially) {
  // exp(-N) whatever the number of nodes: the scheme is exact for a constant wall.
  for (const int nodes : {1, 7, 50}) {
    StreamNetwork s;
    s.first.push_back(0);
    for (int n = 0; n < nodes; ++n) {
      s.upstream.push_back(n - 1);
      s.rate.push_back(0.3);
      s.cell.push_back(0);
      s.g.push_back(0.6 / nodes);
      s.first.push_back(s.cell.size());
    }
    const std::vector<double> wall{100}, inlet(std::size_t(nodes), 20.0);
    EXPECT_NEAR(StreamMarch(s).run(wall, inlet, {}).out.back(), 100 - 80 * std::exp(-2.0), 1e-12);
  }
}

TEST(Streams, SolveConservesHeatWhateverTheFlow) {
  base::Pool pool(2);
  int most = 0;
  for (const double rate : {1e-4, 1e-2, 0.1, 1.0, 3.0, 30.0, 1e4}) {
    Problem p = plates(40, 36, rate, 3e4);
    const double power = 5e5 * 0.01 * 0.005;
    ConductionSolver solver(p.op, pool);
    ASSERT_EQ(solver.problem(), "");
    std::vector<double> u(p.b.size(), 0);
    SolveOptions how;
    how.relative_residual = 1e-12;
    const auto report = solver.solve(p.b, u, how);
    EXPECT_TRUE(report.converged) << rate << ": " << report.problem;
    EXPECT_NEAR(carried(p, u) / power, 1, rate < 1e-3 ? 1e-7 : 1e-9) << rate;
    most = std::max(most, report.iterations);
  }
  EXPECT_LE(most, 40);
}

TEST(Streams, VeryFastStreamsAreFixedTemperatures) {
  base::Pool pool(1);
  Problem p = plates(12, 10, HUGE_VAL, 3e4, 7), q = plates(12, 10, HUGE_VAL, 3e4, 7);
  q.op.streams = {};
  std::vector<double> u(p.b.size(), 0), v(p.b.size(), 0);
  SolveOptions how;
  how.relative_residual = 1e-13;
  ASSERT_TRUE(ConductionSolver(p.op, pool).solve(p.b, u, how).converged);
  ASSERT_TRUE(ConductionSolver(q.op, pool).solve(q.b, v, how).converged);
  for (std::size_t c = 0; c < u.size(); ++c) EXPECT_NEAR(u[c], v[c], 1e-9);
}

TEST(Streams, TransposedSolveIsTheAdjoint) {
  base::Pool pool(2);
  Problem p = plates(14, 11, 0.2, 3e4);
  ConductionSolver solver(p.op, pool);
  std::vector<double> u(p.b.size(), 0), lambda(p.b.size(), 0), seed(p.b.size(), 0);
  const std::size_t at = p.op.grid.index(3, 9, 0);
  seed[at] = 1;
  SolveOptions how;
  how.relative_residual = 1e-12;
  ASSERT_TRUE(solver.solve(p.b, u, how).converged);
  how.transposed = true;
  ASSERT_TRUE(solver.solve(seed, lambda, how).converged);
  double product = 0;
  for (std::size_t c = 0; c < u.size(); ++c) product += lambda[c] * p.b[c];
  EXPECT_NEAR(product / u[at], 1, 1e-9);
}

TEST(Streams, SameBitsForAnyNumberOfThreads) {
  std::vector<std::vector<double>> answers;
  for (const int threads : {1, 2, 5}) {
    base::Pool pool(threads);
    Problem p = plates(20, 17, 0.3, 3e4);
    std::vector<double> u(p.b.size(), 0);
    ASSERT_TRUE(ConductionSolver(p.op, pool).solve(p.b, u).converged);
    answers.push_back(u);
  }
  EXPECT_EQ(answers[0], answers[1]);
  EXPECT_EQ(answers[0], answers[2]);
}

TEST(Streams, RefusesNetworksThatDoNotFit) {
  base::Pool pool(1);
  Problem p = plates(6, 5, 1, 3e4);
  p.op.streams.rate[3] = 0;
  EXPECT_NE(ConductionSolver(p.op, pool).problem().find("rate"), std::string::npos);
  p = plates(6, 5, 1, 3e4);
  p.op.streams.upstream[2] = 2;
  EXPECT_NE(ConductionSolver(p.op, pool).problem().find("upstream"), std::string::npos);
  p = plates(6, 5, 1, 3e4);
  p.op.streams.cell[4] = p.b.size();
  EXPECT_NE(ConductionSolver(p.op, pool).problem().find("link"), std::string::npos);
}

}  // namespace bondline::numerics
