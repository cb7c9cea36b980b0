// Both paths against exact series that are evaluated here, at every asked time from the first.
#include <gtest/gtest.h>

#include "exact_series.h"
#include "time_blocks.h"

namespace bondline::test {
namespace {

using thermal::Path;

constexpr double kPart = 0.005;  // half a per cent of the rise

TEST(Transient, SeriesAndReferenceAgreeOnTheDevelopmentCase) {
  // 10 x 10 x 0.5 mm, 2 x 2 mm source: the published figures check the test's own series.
  const ExactBlockInTime exact{0.010, 0.010, 0.5e-3, 130, 1.63e6, 2e4, 0.004, 0.006, 0.004, 0.006, 10};
  EXPECT_NEAR(exact.rise(0.005, 0.005, 0.005, 0.005, 1e-3), 6.16754, 5e-3);
  EXPECT_NEAR(exact.rise(0.004, 0.006, 0.004, 0.006, 1e-2), 16.08549, 2e-3);
  EXPECT_NEAR(exact.rise(0.004, 0.006, 0.004, 0.006, 1e-1), 27.10711, 2e-3);
}

void expect_exact(const Design& d, const ExactBlockInTime& exact, const thermal::TransientOptions& o) {
  const auto r = run_in_time(d, o);
  const auto& spot = find_history(r, "block.die.spot");
  for (std::size_t t = 0; t < r.time.size(); ++t) {
    if (r.time[t] == 0) continue;
    const double mean = exact.rise(exact.x0, exact.x1, exact.y0, exact.y1, r.time[t]);
    EXPECT_NEAR(spot.mean_K[t] - 300, mean, kPart * mean) << "mean at " << r.time[t] << " s, " << r.path;
    if (o.probes.empty()) continue;
    const double x = o.probes[0].x + exact.a / 2, y = o.probes[0].y + exact.b / 2;
    const double there = exact.rise(x, x, y, y, r.time[t]);
    EXPECT_NEAR(r.probes_K[0][t] - 300, there, kPart * there) << "probe at " << r.time[t] << " s, " << r.path;
    EXPECT_GT(spot.max_K[t] - 300, (1 - kPart) * there);
  }
}

TEST(Transient, CentredSpotIsExactOnBothPaths) {
  const Design d =
      plate(0.010, 0.010, 0.5e-3, 130, 1.63e6, 2e4, 10, package::Rect{0.004, 0.004, 0.006, 0.006});
  const ExactBlockInTime exact{0.010, 0.010, 0.5e-3, 130, 1.63e6, 2e4, 0.004, 0.006, 0.004, 0.006, 10};
  for (const Path path : {Path::spectral, Path::finite_volume}) {
    auto o = at_times({0, 1e-4, 1e-3, 1e-2, 1e-1}, path, 60e3);
    o.probes = {{0, 0, 0}};
    expect_exact(d, exact, o);
  }
}

TEST(Transient, CornerSpotOnAThickSlowBlockIsExactOnBothPaths) {
  const Design d = plate(0.008, 0.012, 2e-3, 5, 2.4e6, 800, 0.7, package::Rect{0, 0, 0.0015, 0.0025});
  const ExactBlockInTime exact{0.008, 0.012, 2e-3, 5, 2.4e6, 800, 0, 0.0015, 0, 0.0025, 0.7};
  for (const Path path : {Path::spectral, Path::finite_volume}) {
    auto o = at_times({0.01, 0.1, 1, 10}, path, 60e3);
    o.probes = {{-0.004 + 0.5e-3, -0.006 + 0.5e-3, 0}};
    expect_exact(d, exact, o);
  }
}

TEST(Transient, SlabIsExactFromNanosecondsToHours) {
  const Design d = plate(0.004, 0.004, 1e-3, 100, 1.7e6, 500, 3);
  const ExactBlockInTime exact{0.004, 0.004, 1e-3, 100, 1.7e6, 500, 0, 0.004, 0, 0.004, 3};
  const auto beta = exact.roots(4000);
  for (const auto& times :
       {std::vector<double>{5e-9, 1e-8, 1e-7}, std::vector<double>{1e-3, 0.1, 10, 1e3, 1e4}})
    for (const Path path : {Path::spectral, Path::finite_volume}) {
      const auto r = run_in_time(d, at_times(times, path, 4e3));
      const auto& h = find_history(r, "block.die");
      for (std::size_t t = 0; t < times.size(); ++t) {
        const double rise = 3 / (0.004 * 0.004) * exact.mode(0, times[t], beta);
        EXPECT_NEAR(h.mean_K[t] - 300, rise, kPart * rise) << times[t] << " s, " << r.path;
      }
    }
}

TEST(Transient, HeatInTheVolumeOfAThinDieWarmsLikeALump) {
  // Biot number 1e-6: P/(h A) (1 - exp(-t / tau)), tau = c L / h.
  Design d = plate(0.005, 0.005, 0.1e-3, 400, 3.5e6, 4, 0.02);
  d.block->layers[0].power.place = package::HeatPlace::volume;
  const double tau = 3.5e6 * 0.1e-3 / 4, whole = 0.02 / (4 * 25e-6);
  for (const Path path : {Path::spectral, Path::finite_volume}) {
    const auto r = run_in_time(d, at_times({0.01 * tau, tau, 5 * tau}, path, 2e3));
    for (std::size_t t = 0; t < 3; ++t) {
      const double rise = -whole * std::expm1(-r.time[t] / tau);
      EXPECT_NEAR(find_history(r, "block.die").mean_K[t] - 300, rise, 5e-4 * rise) << r.path;
    }
  }
}

TEST(Transient, PathsAgreeOnLayersWithContactAndVolumeHeat) {
  Design d = plain(0.010, 0.008);
  add_material(d, solid_material("a", 120, 1.6e6));
  add_material(d, solid_material("b", 3, 2.5e6));
  add_material(d, solid_material("c", 390, 3.4e6));
  auto die = layer("die", "a", 0.2e-3);
  die.power.blocks = {block("hot", {0.001, 0.001, 0.004, 0.003}, 8),
                      block("warm", {0.006, 0.004, 0.009, 0.007}, 3)};
  auto tim = layer("tim", "b", 50e-6);
  tim.contact_below = 3e-6;
  d.block->layers = {die, tim, layer("lid", "c", 1.5e-3)};
  d.environment.films = {film(Face::top, 5e3, 300), film(Face::bottom, 200, 300)};
  auto o = at_times({1e-3, 1e-2, 0.1, 1, 20}, Path::spectral);
  const auto exact = run_in_time(d, o);
  o.path = Path::finite_volume;
  o.cells = 60e3;
  const auto grid = run_in_time(d, o);
  for (const char* path : {"block.die.hot", "block.die.warm", "block.tim", "block.lid"}) {
    const auto &e = find_history(exact, path), &g = find_history(grid, path);
    for (std::size_t t = 0; t < exact.time.size(); ++t) {
      EXPECT_NEAR(g.mean_K[t], e.mean_K[t], kPart * (e.mean_K[t] - 300) + 2e-3)
          << path << " at " << exact.time[t];
      EXPECT_NEAR(g.max_K[t], e.max_K[t], kPart * (e.max_K[t] - 300) + 5e-3)
          << path << " at " << exact.time[t];
    }
  }
}

}  // namespace
}  // namespace bondline::test
