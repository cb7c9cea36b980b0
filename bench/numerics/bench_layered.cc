// REF-4L by the exact series on one thread: how long the whole problem takes from nothing (tables, plan and
// sum), how far the sixteen block means are from the exact ones, and what a tighter tolerance costs. Run:
// build/bench/bin/bench_layered
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "numerics/layered_solver.h"

namespace {

using namespace bondline;
using numerics::LayeredProbe;
using numerics::LayeredSource;

// Exact cosine series, block x + 4 y, K (see docs/layered-series.md).
constexpr double kVolume[16] = {329.23251, 330.87011, 328.67528, 327.59956, 330.98842, 347.62874,
                                330.57784, 327.88004, 329.04288, 331.14435, 330.15331, 328.44493,
                                328.22401, 329.89830, 338.92154, 329.79821};
constexpr double kPlane[16] = {329.32367, 331.04591, 328.76604, 327.68106, 331.16428, 350.39902,
                               330.75337, 327.96188, 329.13387, 331.32434, 330.28989, 328.53123,
                               328.30598, 330.03040, 340.35885, 329.93022};

struct Problem {
  numerics::LayeredStack stack;
  std::vector<LayeredSource> sources;
  std::vector<LayeredProbe> probes;
};

Problem ref_4l(bool plane) {
  Problem p;
  p.stack = {0.01, 0.01, {{150e-6, 100, 100}, {20e-6, 4, 4}, {1e-3, 400, 400}, {6.9e-3, 400, 400}}, 0, 1e5};
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x) {
      const double power = x == 1 && y == 1 ? 20 : x == 2 && y == 3 ? 10 : 0.5, d = 0.0025;
      p.sources.push_back({0, plane ? LayeredSource::Place::bottom_face : LayeredSource::Place::volume, x * d,
                           (x + 1) * d, y * d, (y + 1) * d, power});
      p.probes.push_back({plane ? LayeredProbe::Kind::bottom_face_mean : LayeredProbe::Kind::volume_mean, 0,
                          x * d, (x + 1) * d, y * d, (y + 1) * d, 0});
    }
  return p;
}

void row(const char* what, const Problem& p, double tolerance, const double* truth) {
  base::Pool pool(1);
  std::vector<double> ms;
  numerics::LayeredResult result;
  for (int k = 0; k < 21; ++k) {
    const auto start = std::chrono::steady_clock::now();
    result = numerics::solve_layered(p.stack, p.sources, p.probes, tolerance, pool);
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(ms.begin(), ms.end());
  double error = 0, bound = 0;
  for (std::size_t k = 0; k < result.rise.size(); ++k) {
    if (truth) error = std::max(error, std::abs(result.rise[k] + 318.15 - truth[k]));
    bound = std::max(bound, result.error_bound[k]);
  }
  std::printf("%-28s %8.0e %9.3f %9.3f %8lld %6d  %10.2e ", what, tolerance, ms[ms.size() / 2], ms[0],
              result.modes, result.modes_x, bound);
  if (truth)
    std::printf("%10.2e\n", error);
  else
    std::printf("%10s\n", "-");
}

}  // namespace

int main() {
  std::printf("REF-4L, 16 sources x 16 block means, cold, 1 thread\n");
  std::printf("%-28s %8s %9s %9s %8s %6s  %10s %10s\n", "case", "tol K", "median ms", "min ms", "modes", "M",
              "bound K", "error K");
  for (double tolerance : {0.01, 1e-3, 1e-4}) {
    row("volume source, volume mean", ref_4l(false), tolerance, kVolume);
    row("plane source, plane mean", ref_4l(true), tolerance, kPlane);
  }
  Problem point = ref_4l(false);
  point.probes = {{LayeredProbe::Kind::point, 0, 0.00375, 0.00375, 0.00375, 0.00375, 0}};
  const double centre = 353.255263;
  for (double tolerance : {0.01, 1e-3}) row("volume source, centre point", point, tolerance, &centre);
  Problem plane_point = ref_4l(true);
  plane_point.probes = point.probes;
  row("plane source, centre point", plane_point, 0.01, nullptr);
  point.probes[0].x0 = point.probes[0].x1 = 0.0025;  // on the edge of the hot tile
  row("volume source, edge point", point, 0.01, nullptr);
  plane_point.probes = point.probes;
  row("plane source, edge point", plane_point, 0.01, nullptr);
  return 0;
}
