// REF-4L by the general path (finite volumes) at several grids, and by the spectral path: time, error against
// the exact block means, error estimate. One thread, cold: every repeat starts from the Design.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "../../../tests/design/thermal/blocks.h"

using namespace bondline;

namespace {

double worst_error(const thermal::SteadyResult& r, bool plane) {
  double worst = 0;
  for (const auto& exact : test::ref4l_exact()) {
    const auto* part = test::find_part(r.blocks, std::string("block.die.") + exact.name);
    if (!part) return 1e9;
    worst = std::max(worst, std::abs(part->mean_K - (plane ? exact.plane : exact.volume)));
  }
  return worst;
}

void row(const char* name, const package::Design& d, const thermal::SteadyOptions& options, bool plane,
         int repeats) {
  double best = 1e9, mesh = 0, solve = 0;
  thermal::SteadyResult r;
  for (int n = 0; n < repeats; ++n) {
    const auto start = std::chrono::steady_clock::now();
    r = test::run(d, options);
    const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (s < best) best = s, mesh = r.seconds_mesh, solve = r.seconds_solve;
  }
  double estimate = 0;
  for (const auto& p : r.blocks) estimate = std::max(estimate, p.mean_error_K);
  std::printf(
      "%-28s %9zu cells  %7.1f ms (mesh %5.1f, solve %6.1f)  it %2d  error %.4f K  estimate %.4f K  balance "
      "%.1e\n",
      name, r.cells, 1e3 * best, 1e3 * mesh, 1e3 * solve, r.iterations, worst_error(r, plane), estimate,
      r.balance);
}

}  // namespace

int main(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 5;
  for (const bool plane : {false, true}) {
    const auto d = test::ref4l(plane ? package::HeatPlace::bottom_face : package::HeatPlace::volume);
    std::printf("power in the %s\n", plane ? "plane z = 0" : "volume of the die");
    for (const double cells : {30e3, 60e3, 120e3, 250e3, 500e3}) {
      auto o = test::volumes(cells, true);
      char name[64];
      std::snprintf(name, sizeof name, "finite volumes, %.0fk", cells / 1e3);
      row(name, d, o, plane, repeats);
    }
    thermal::SteadyOptions o;
    o.path = thermal::Path::spectral;
    o.sensitivities = false;
    row("spectral", d, o, plane, repeats);
    o.sensitivities = true;
    row("spectral with sensitivities", d, o, plane, repeats);
  }
}
