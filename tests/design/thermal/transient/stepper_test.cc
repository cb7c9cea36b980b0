// One step of TR-BDF2 on small blocks: order, damping, heat.
#include <gtest/gtest.h>

#include <set>

#include "design/thermal/heat_capacity.h"
#include "design/thermal/transient/series/column_modes.h"
#include "design/thermal/transient/step_ladder.h"
#include "design/thermal/transient/stepper.h"
#include "time_blocks.h"

namespace bondline::test {
namespace {

using namespace thermal::detail;

struct Small {
  Design design = plate(0.004, 0.004, 1e-3, 20, 2e6, 3000, 1, package::Rect{0, 0, 0.002, 0.002});
  package::Assembly assembly = package::assemble(design);
  base::Pool pool{1};
  Model model;
  std::vector<double> capacity;
  std::vector<LeakPart> no_leaks;
  std::unique_ptr<Stepper> stepper;
  Small() {
    mesh::MeshOptions how;
    how.target_cells = 800;
    model = make_model(design, assembly, mesh::build(design, assembly, how, 300, 1e9), pool);
    capacity = heat_capacity(model).joule_per_K;
    stepper = std::make_unique<Stepper>(model, capacity, no_leaks, pool);
  }
  Lane cold() const {
    Lane lane;
    lane.u.assign(model.grid().cells(), 0.0);
    lane.rhs = model.rhs;
    lane.out_zero = heat_out(model, lane.u);
    return lane;
  }
  std::vector<double> march(double until, int steps) {
    Lane lane = cold();
    std::vector<Stepped> out;
    for (int s = 0; s < steps; ++s) {
      EXPECT_TRUE(stepper->step({lane}, until / steps, out));
      lane.u = out[0].end;
    }
    return lane.u;
  }
};

TEST(TrBdf2, ConvergesWithTheSquareOfTheStep) {
  Small s;
  const auto best = s.march(0.2, 512);
  double error[3];
  for (int n = 0; n < 3; ++n) {
    const auto u = s.march(0.2, 8 << n);
    error[n] = 0;
    for (std::size_t c = 0; c < u.size(); ++c) error[n] = std::max(error[n], std::abs(u[c] - best[c]));
  }
  EXPECT_GT(error[0] / error[1], 3.3);
  EXPECT_GT(error[1] / error[2], 3.5);
  EXPECT_LT(error[1] / error[2], 5);
}

TEST(TrBdf2, HugeStepAfterAPowerStepGoesToTheSteadyStateWithoutRinging) {
  Small s;
  numerics::ConductionSolver solver(s.model.op, s.pool);
  const auto steady = solve(s.model, solver, {}).u;
  double top = 0;
  for (const double v : steady) top = std::max(top, v);
  Lane lane = s.cold();
  std::vector<Stepped> out;
  double last = 1;
  for (int step = 0; step < 3; ++step) {
    ASSERT_TRUE(s.stepper->step({lane}, 1e6, out));
    double off = 0;
    for (std::size_t c = 0; c < steady.size(); ++c) off = std::max(off, std::abs(out[0].end[c] - steady[c]));
    EXPECT_LT(off / top, std::max(1e-2 * last, 2e-5)) << step;  // each step wipes out what was left
    last = off / top;
    lane.u = out[0].end;
  }
}

TEST(TrBdf2, EveryStepKeepsItsHeat) {
  Small s;
  Lane lane = s.cold();
  std::vector<Stepped> out;
  for (const double h : {1e-5, 1e-3, 0.1, 10.0}) {
    ASSERT_TRUE(s.stepper->step({lane}, h, out));
    double stored = 0;
    for (std::size_t c = 0; c < lane.u.size(); ++c) stored += s.capacity[c] * (out[0].end[c] - lane.u[c]);
    EXPECT_NEAR(stored, s.model.power * h - out[0].out_J, 1e-11 * std::max(s.model.power * h, out[0].out_J))
        << h;
    lane.u = out[0].end;
  }
}

TEST(TrBdf2, EmbeddedEstimateIsOfTheSizeOfTheError) {
  Small s;
  Lane lane = s.cold();
  lane.u = s.march(0.05, 64);
  std::vector<Stepped> one, half;
  ASSERT_TRUE(s.stepper->step({lane}, 0.02, one));
  Lane fine = lane;
  for (int n = 0; n < 32; ++n) {
    ASSERT_TRUE(s.stepper->step({fine}, 0.02 / 32, half));
    fine.u = half[0].end;
  }
  double truth = 0;
  for (std::size_t c = 0; c < fine.u.size(); ++c)
    truth = std::max(truth, std::abs(one[0].end[c] - fine.u[c]));
  EXPECT_GT(one[0].error, 0.3 * truth);
  EXPECT_LT(one[0].error, 30 * truth);
}

TEST(TridiagonalEigen, FindsTheChainsKnownFrequencies) {
  // 2 - 1 - 1 chain of n masses, both ends held: 2 - 2 cos(j pi / (n + 1)).
  const int n = 30;
  std::vector<double> d(n, 2.0), e(n, -1.0), row(n, 0.0);
  row[4] = 1;
  ASSERT_TRUE(tridiagonal_eigen(d, e, row.data(), 1));
  double sum = 0;
  for (const double r : row) sum += r * r;
  EXPECT_NEAR(sum, 1, 1e-13);  // the row was turned, not stretched
  double element = 0;
  for (int k = 0; k < n; ++k) element += row[std::size_t(k)] * row[std::size_t(k)] * d[std::size_t(k)];
  EXPECT_NEAR(element, 2, 1e-13);  // and gives its diagonal element back
  std::sort(d.begin(), d.end());
  for (int j = 1; j <= n; ++j)
    EXPECT_NEAR(d[std::size_t(j) - 1], 2 - 2 * std::cos(j * std::numbers::pi / (n + 1)), 1e-13);
}

TEST(StepLadder, EndsAtTheEndWithFewLengthsHoweverItIsAsked) {
  for (const double factor : {1.3, 2.0, 3.9, 0.7}) {
    StepLadder ladder(0.01);
    double wanted = 1.7e-6, sum = 0;
    std::set<double> lengths;
    int steps = 0;
    while (!ladder.done()) {
      const double h = ladder.choose(wanted);
      EXPECT_LE(h, wanted * (1 + 1e-6));
      EXPECT_GT(h, 0.24 * std::min(wanted, 0.01 * (1 - ladder.share()))) << ladder.share();
      ladder.take();
      sum += h;
      lengths.insert(h);
      EXPECT_NEAR(ladder.share(), sum / 0.01, 1e-12);
      wanted = factor > 1 ? std::min(wanted * factor, 2e-3) : std::max(wanted * factor, 1e-6);
      ASSERT_LT(++steps, 20000);
    }
    EXPECT_EQ(ladder.share(), 1);
    EXPECT_LT(lengths.size(), 30u);
  }
}

TEST(StepLadder, GrowthIsBoundedAndFallsWithTheError) {
  EXPECT_EQ(growth(0, 1, 1), 4);
  EXPECT_LT(growth(0.5, 1, 100), 1.2);
  EXPECT_GT(growth(0.5, 1, 1), growth(0.5, 1, 100));  // what has just begun looks alike at every scale
  double last = 5;
  for (double ratio = 0.001; ratio < 100; ratio *= 1.5) {
    const double g = growth(ratio, 1, 4);
    EXPECT_LE(g, last);
    EXPECT_GE(g, 0.25 * (1 - 1e-9));
    last = g;
  }
}

TEST(TrBdf2, GlanceTellsWhatWillMoveNeverTooMuch) {
  Small s;
  for (const double time : {0.002, 0.05, 3.0}) {
    const double told = s.stepper->glance({s.cold()}, time).front();
    const auto u = s.march(time, 128);
    double most = 0;
    for (const double v : u) most = std::max(most, v);
    EXPECT_LE(told, 1.02 * most) << time;
    EXPECT_GT(told, 0.6 * most) << time;
  }
}

}  // namespace
}  // namespace bondline::test
