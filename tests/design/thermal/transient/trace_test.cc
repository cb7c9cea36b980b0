// Traces: power steps are met exactly, several traces at once, what comes after the last sample.
#include <gtest/gtest.h>

#include "design/thermal/transient/power_history.h"
#include "time_blocks.h"

namespace bondline::test {
namespace {

using thermal::AfterTrace;
using thermal::Path;

Design spot(package::PowerTrace t) {
  Design d = plate(0.006, 0.006, 0.4e-3, 60, 1.8e6, 4000, 0, package::Rect{0.002, 0.002, 0.004, 0.004});
  d.block->layers[0].power.trace = std::move(t);
  return d;
}

TEST(Trace, PowerStepInsideAnIntervalIsTheSumOfShiftedStepResponses) {
  // 5 W from 0, 1 W from 3.7 ms: T(t) = 5 S(t) - 4 S(t - 3.7 ms); the results lie across the step.
  const double step = 3.7e-3;
  const Design burst = spot(trace(step, {"spot"}, {{5}, {1}}));
  const Design unit = spot(trace(1, {"spot"}, {{1}}));
  const std::vector<double> after{1e-4, 1.3e-3, 6.3e-3};
  std::vector<double> times{1e-3, step};
  for (const double t : after) times.push_back(step + t);
  std::vector<double> whole{1e-4, 1e-3, 1.3e-3, step, step + 1e-4, step + 1.3e-3, 6.3e-3, step + 6.3e-3};
  for (const Path path : {Path::spectral, Path::finite_volume}) {
    auto o = at_times(times, path, 20e3);
    o.after = AfterTrace::hold;
    o.tolerance = 3e-4;
    const auto r = run_in_time(burst, o);
    EXPECT_EQ(r.events, 1u);
    auto so = at_times(whole, Path::spectral);
    const auto s = run_in_time(unit, so);
    const auto& unit_mean = find_history(s, "block.die.spot").mean_K;
    const auto at = [&](double t) {
      for (std::size_t i = 0; i < whole.size(); ++i)
        if (std::abs(whole[i] - t) < 1e-12) return unit_mean[i] - 300;
      return std::nan("");
    };
    const auto& mean = find_history(r, "block.die.spot").mean_K;
    EXPECT_NEAR(mean[1] - 300, 5 * at(step), 0.005 * 5 * at(step)) << r.path;
    for (std::size_t i = 0; i < after.size(); ++i) {
      const double t = step + after[i];
      const double want = 5 * at(t) - 4 * at(after[i]);
      EXPECT_NEAR(mean[2 + i] - 300, want, 0.005 * want) << r.path << " at " << t;
    }
  }
}

TEST(Trace, EndsAsAsked) {
  const Design d = spot(trace(0.01, {"spot"}, {{2}, {4}}));
  const auto power = [&](AfterTrace after) {
    auto o = at_times({0.005, 0.015, 0.025, 0.035}, Path::spectral);
    o.after = after;
    return run_in_time(d, o).power_W;
  };
  EXPECT_EQ(power(AfterTrace::repeat), (std::vector<double>{2, 4, 2, 4}));
  EXPECT_EQ(power(AfterTrace::hold), (std::vector<double>{2, 4, 4, 4}));
  EXPECT_EQ(power(AfterTrace::off), (std::vector<double>{2, 4, 0, 0}));
}

TEST(Trace, SaysWhatComesAfterItsLastSample) {
  auto o = at_times({0.005, 0.035}, Path::spectral);
  const auto r = run_in_time(spot(trace(0.01, {"spot"}, {{2}, {4}})), o);
  ASSERT_FALSE(r.notes.empty());
  EXPECT_NE(r.notes[0].find("repeats"), std::string::npos);
}

TEST(Trace, EqualSamplesAreNoEvents) {
  const Design d = spot(trace(0.01, {"spot"}, {{2}, {2}, {2}}));
  const auto h = thermal::detail::power_history(d, package::assemble(d), 1.0, AfterTrace::repeat);
  EXPECT_EQ(h.spans(), 1u);
}

TEST(Trace, AveragingKeepsTheHeatOfEveryInterval) {
  const Design d = spot(trace(0.01, {"spot"}, {{2}, {4}, {0}}));
  const auto h = thermal::detail::power_history(d, package::assemble(d), 0.1, AfterTrace::repeat);
  const auto a = thermal::detail::averaged(h, {0, 0.025, 0.05, 0.1});
  ASSERT_EQ(a.time.back(), 0.1);
  const auto heat = [](const thermal::detail::PowerHistory& p, double from, double to) {
    double sum = 0;
    for (std::size_t s = 0; s < p.spans(); ++s)
      for (std::size_t c = 0; c < p.watts.size(); ++c)
        sum += p.of(c, s) * std::max(0.0, std::min(to, p.time[s + 1]) - std::max(from, p.time[s]));
    return sum;
  };
  for (const auto& [from, to] : {std::pair{0.0, 0.025}, {0.025, 0.05}, {0.05, 0.1}})
    EXPECT_NEAR(heat(a, from, to), heat(h, from, to), 1e-12);
  EXPECT_LT(a.spans(), h.spans());
}

TEST(Trace, TwoLayersFollowTheirOwnTraces) {
  Design d = spot(trace(0.01, {"spot"}, {{2}, {0}}));
  auto upper = layer("upper", "stuff", 0.4e-3);
  upper.power.uniform = 0.25;
  upper.power.trace = trace(0.004, {""}, {{1}, {0}, {0}});
  d.block->layers.push_back(upper);
  const auto h = thermal::detail::power_history(d, package::assemble(d), 0.03, AfterTrace::repeat);
  const auto a = package::assemble(d);
  const auto at = [&](double t, const std::string& path) {
    std::size_t span = 0;
    while (h.time[span + 1] < t) ++span;
    double sum = 0;
    for (std::size_t s = 0; s < a.sources.size(); ++s)
      if (a.sources[s].path == path) sum += h.of(s, span);
    return sum;
  };
  EXPECT_NEAR(at(0.005, "block.die.spot"), 2, 1e-12);
  EXPECT_NEAR(at(0.015, "block.die.spot"), 0, 1e-12);
  EXPECT_NEAR(at(0.025, "block.die.spot"), 2, 1e-12);
  EXPECT_NEAR(at(0.002, "block.upper"), 1.25, 1e-12);
  EXPECT_NEAR(at(0.006, "block.upper"), 0.25, 1e-12);
  EXPECT_NEAR(at(0.013, "block.upper"), 1.25, 1e-12);
}

}  // namespace
}  // namespace bondline::test
