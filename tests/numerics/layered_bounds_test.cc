// The error bound, the choice of modes, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "layered_cases.h"

namespace bondline::numerics {
namespace {

using cases::Case;
using Kind = LayeredProbe::Kind;
using Place = LayeredSource::Place;
using testing::HasSubstr;

// Truth: the same problem with far more modes; its own bound is allowed for.
void expect_bound_holds(unsigned seed, bool points, std::vector<double>& slack) {
  Case c = cases::random_case(seed, points);
  double power = 0;
  for (const auto& s : c.sources) power += std::abs(s.power);
  const auto truth = cases::solve(c, 1e-6 * power, 320);
  for (const double tolerance : {10.0, 1.0, 0.1, 1e-2}) {
    const auto r = cases::solve(c, tolerance * power, 40);
    ASSERT_EQ(r.problem, "") << "seed " << seed;
    for (std::size_t p = 0; p < r.rise.size(); ++p) {
      const double error = std::abs(r.rise[p] - truth.rise[p]);
      EXPECT_LE(error, r.error_bound[p] + truth.error_bound[p] + 1e-12 * std::abs(truth.rise[p]))
          << "seed " << seed << " probe " << p << " tolerance " << tolerance;
      if (error > 10 * truth.error_bound[p] && error > 0) slack.push_back(r.error_bound[p] / error);
    }
  }
}

TEST(LayeredBound, IsNeverBelowTheTrueErrorOfMeans) {
  std::vector<double> slack;
  for (unsigned seed = 100; seed < 160; ++seed) expect_bound_holds(seed, false, slack);
  ASSERT_GT(slack.size(), 100u);
  std::nth_element(slack.begin(), slack.begin() + std::ptrdiff_t(slack.size() / 2), slack.end());
  EXPECT_LT(slack[slack.size() / 2], 100) << "a bound this loose says nothing";
}

TEST(LayeredBound, IsNeverBelowTheTrueErrorOfPoints) {
  std::vector<double> slack;
  for (unsigned seed = 300; seed < 340; ++seed) expect_bound_holds(seed, true, slack);
  EXPECT_GT(slack.size(), 30u);
}

TEST(LayeredBound, MeetsTheToleranceAskedFor) {
  for (unsigned seed = 400; seed < 430; ++seed) {
    const Case c = cases::random_case(seed, false);
    const auto r = cases::solve(c, 0.05, 256);
    ASSERT_EQ(r.problem, "");
    for (const double bound : r.error_bound)
      EXPECT_TRUE(bound <= 0.05 || r.modes_x == 256 || r.modes_y == 256);
  }
}

TEST(LayeredBound, SaysSoWhenTheModesRunOut) {
  Case c = cases::ref_4l(Place::bottom_face, Kind::bottom_face_mean);
  const auto r = cases::solve(c, 1e-9, 16);
  ASSERT_EQ(r.problem, "");
  EXPECT_LE(r.modes_x, 16);
  EXPECT_LE(r.modes_y, 16);
  EXPECT_GT(*std::max_element(r.error_bound.begin(), r.error_bound.end()), 1e-2);
}

TEST(LayeredBound, SumsACrossOfModesNotASquare) {
  const auto r = cases::solve(cases::ref_4l(Place::volume, Kind::volume_mean), 0.01);
  EXPECT_LT(r.modes, static_cast<long long>(r.modes_x) * r.modes_y / 3);
}

TEST(Layered, GivesTheSameBitsForAnyNumberOfThreads) {
  Case c = cases::ref_4l(Place::volume, Kind::volume_mean);
  c.probes.push_back({Kind::point, 0, 3e-3, 3e-3, 4e-3, 4e-3, 1e-4});
  base::Pool one(1), three(3);
  const auto a = solve_layered(c.stack, c.sources, c.probes, 1e-2, one);
  const auto b = solve_layered(c.stack, c.sources, c.probes, 1e-2, three);
  ASSERT_GT(a.modes, 20000);  // enough to be shared out
  EXPECT_EQ(a.rise, b.rise);
  EXPECT_EQ(a.error_bound, b.error_bound);
}

TEST(Layered, StaysFiniteFromHalfMicronFilmsToCentimetresOfMetal) {
  Case c;
  c.stack = {
      2e-3, 3e-2, {{0.5e-6, 0.2, 0.1}, {7e-3, 400, 400, 1e-4}, {0.5e-6, 1, 1}, {30e-3, 0.02, 0.02}}, 1, 1e7};
  for (int l = 0; l < 4; ++l)
    for (int place = 0; place < 3; ++place) {
      c.sources.push_back({l, static_cast<Place>(place), 1e-3, 1.01e-3, 1e-3, 1.2e-3, 1});
      c.probes.push_back({static_cast<Kind>(place), l, 1e-3, 1.5e-3, 20e-3, 21e-3});
    }
  const auto r = cases::solve(c, 0, 256);
  ASSERT_EQ(r.problem, "");
  for (const double v : r.rise) EXPECT_TRUE(std::isfinite(v) && v > 0);
}

TEST(Layered, NoSourcesMeansNoRiseAndNoProbesStillBalance) {
  Case c = cases::ref_4l(Place::volume, Kind::volume_mean);
  const auto sources = c.sources;
  c.sources.clear();
  EXPECT_EQ(cases::solve(c, 0.01).rise, std::vector<double>(16, 0.0));
  c.sources = sources;
  c.probes.clear();
  const auto r = cases::solve(c, 0.01);
  EXPECT_EQ(r.problem, "");
  EXPECT_NEAR(r.heat_out_top, 37, 1e-12 * 37);
}

TEST(LayeredInput, EveryMistakeIsNamedWithItsIndexAndValue) {
  const double nan = std::nan("");
  struct Mistake {
    const char *first, *second;
    void (*make)(Case&);
  };
  static double not_a_number = nan;
  const Mistake mistakes[] = {
      {"layer 1", "thickness is 0 m", [](Case& c) { c.stack.layers[1].thickness = 0; }},
      {"layer 2", "thickness is -0.001 m", [](Case& c) { c.stack.layers[2].thickness = -1e-3; }},
      {"layer 0", "k_lateral is nan", [](Case& c) { c.stack.layers[0].k_lateral = not_a_number; }},
      {"layer 3", "k_vertical is -400", [](Case& c) { c.stack.layers[3].k_vertical = -400; }},
      {"layer 3", "contact_below is -1e-06", [](Case& c) { c.stack.layers[3].contact_below = -1e-6; }},
      {"layer 0", "nothing is below", [](Case& c) { c.stack.layers[0].contact_below = 1e-6; }},
      {"size_x", "inf", [](Case& c) { c.stack.size_x = cases::kInfinity; }},
      {"size_y", "0 m", [](Case& c) { c.stack.size_y = 0; }},
      {"h_top", "-5", [](Case& c) { c.stack.h_top = -5; }},
      {"h_bottom", "nan", [](Case& c) { c.stack.h_bottom = not_a_number; }},
      {"adiabatic", "both 0", [](Case& c) { c.stack.h_top = 0; }},
      {"no layers", "", [](Case& c) { c.stack.layers.clear(); }},
      {"source 5", "power is nan", [](Case& c) { c.sources[5].power = not_a_number; }},
      {"source 3", "x1 = 0.0101 m is outside", [](Case& c) { c.sources[3].x1 = 0.0101; }},
      {"source 0", "y0 = -0.001 m is outside", [](Case& c) { c.sources[0].y0 = -1e-3; }},
      {"source 2", "x0 = 0.0075 m is not below", [](Case& c) { c.sources[2].x0 = c.sources[2].x1; }},
      {"source 4", "y1 is nan", [](Case& c) { c.sources[4].y1 = not_a_number; }},
      {"source 1", "layer is 4", [](Case& c) { c.sources[1].layer = 4; }},
      {"source 1", "layer is -1", [](Case& c) { c.sources[1].layer = -1; }},
      {"probe 7", "layer is 9", [](Case& c) { c.probes[7].layer = 9; }},
      {"probe 2", "y1 = 0.02 m is outside", [](Case& c) { c.probes[2].y1 = 0.02; }},
      {"probe 6", "z = 0.1 m is outside",
       [](Case& c) { c.probes[6].kind = Kind::point, c.probes[6].z = 0.1; }},
      {"probe 6", "z = nan", [](Case& c) { c.probes[6].kind = Kind::point, c.probes[6].z = not_a_number; }},
  };
  for (const Mistake& mistake : mistakes) {
    Case c = cases::ref_4l(Place::volume, Kind::volume_mean);
    mistake.make(c);
    const auto r = cases::solve(c, 0.01);
    EXPECT_THAT(r.problem, HasSubstr(mistake.first));
    EXPECT_THAT(r.problem, HasSubstr(mistake.second));
    EXPECT_TRUE(r.rise.empty());
  }
  EXPECT_THAT(cases::solve(cases::ref_4l(Place::volume, Kind::volume_mean), nan).problem,
              HasSubstr("tolerance_K"));
  EXPECT_THAT(cases::solve(cases::ref_4l(Place::volume, Kind::volume_mean), 1, 0).problem,
              HasSubstr("max_modes"));
}

}  // namespace
}  // namespace bondline::numerics
