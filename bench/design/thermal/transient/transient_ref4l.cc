// REF-4L in time: 100 results every 10 ms after its power steps on, by the exact series and by finite volumes
// at several grids (256 x 256 x 4 = 262144 cells is the grid 3D-ICE was timed on: 17.6 s on another machine).
// The error is the largest of the sixteen tiles' means at any result, against the series on twice as fine a
// column; each run is cold and begins at the Design.
//
//     bench_transient [repeats] [threads]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "../../../../tests/design/thermal/blocks.h"
#include "design/thermal/transient/transient.h"

using namespace bondline;

namespace {

package::Material solid(const std::string& name, double k, double density, double heat) {
  package::Material m = test::material(name, k);
  m.values[std::size_t(package::Property::density)] = test::constant(density);
  m.values[std::size_t(package::Property::specific_heat)] = test::constant(heat);
  return m;
}

/// REF-4L with the heat capacities of examples/validation/ref-4l.yaml.
package::Design design() {
  package::Design d = test::ref4l();
  d.materials.materials.clear();
  test::add_material(d, solid("si", 100, 2330, 751));
  test::add_material(d, solid("tim", 4, 2500, 1600));
  test::add_material(d, solid("cu", 400, 8960, 396));
  return d;
}

thermal::TransientOptions hundred() {
  thermal::TransientOptions o;
  o.until = 1;
  o.dt = 0.01;
  return o;
}

double off(const thermal::TransientResult& r, const thermal::TransientResult& exact) {
  double worst = 0;
  for (std::size_t b = 0; b < r.blocks.size(); ++b)
    for (std::size_t e = 0; e < exact.blocks.size(); ++e)
      if (r.blocks[b].path == exact.blocks[e].path)
        for (std::size_t t = 0; t < r.time.size(); ++t)
          worst = std::max(worst, std::abs(r.blocks[b].mean_K[t] - exact.blocks[e].mean_K[t]));
  return worst;
}

thermal::TransientResult row(const char* name, const thermal::TransientOptions& o, int repeats, int threads,
                             const thermal::TransientResult* exact) {
  const package::Design d = design();
  thermal::TransientResult r;
  double least = 1e300;
  for (int n = 0; n < repeats; ++n) {
    base::Pool pool(threads);
    const auto begun = std::chrono::steady_clock::now();
    r = thermal::transient(d, package::assemble(d), o, pool);
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  std::printf("| %s | %zu | %zu | %d | %.3f |", name, r.modes ? r.modes : r.cells, r.steps, threads, least);
  if (exact)
    std::printf(" %.4f |", off(r, *exact));
  else
    std::printf(" - |");
  std::printf(" %.1e |\n", r.heat.balance);
  std::fflush(stdout);
  return r;
}

std::string machine() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

}  // namespace

int main(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 3, threads = argc > 2 ? std::atoi(argv[2]) : 4;
  double load[1] = {0};
  if (getloadavg(load, 1) != 1) load[0] = std::nan("");
  std::printf("%s, %u threads, load %.1f; least of %d runs\n\n", machine().c_str(),
              std::thread::hardware_concurrency(), load[0], repeats);
  std::printf(
      "| path | cells or modes | steps | threads | s | error, K | heat balance "
      "|\n|---|---|---|---|---|---|---|\n");
  auto o = hundred();
  o.path = thermal::Path::spectral;
  const auto exact = row("exact series, error estimate too", o, repeats, 1, nullptr);
  o.estimate_error = false;
  row("exact series", o, repeats, 1, &exact);
  o.path = thermal::Path::finite_volume;
  for (const double cells : {16e3, 65e3, 262144.0}) {
    o.cells = cells;
    row("finite volumes", o, repeats, threads, &exact);
  }
  o.estimate_error = true;
  o.cells = 65e3;
  row("finite volumes, error estimate too", o, repeats, threads, &exact);

  // Many power maps on one package: 16 workloads, each with one tile hot, against one.
  std::vector<package::Design> workloads(16, design());
  std::vector<const package::Design*> all;
  for (std::size_t w = 0; w < 16; ++w) {
    auto& blocks = workloads[w].block->layers[0].power.blocks;
    for (auto& b : blocks) b.power = 0.5;
    blocks[w].power = 20;
    all.push_back(&workloads[w]);
  }
  std::printf("\n| 16 power maps at once | s |\n|---|---|\n");
  o = hundred();
  o.estimate_error = false;
  for (const auto path : {thermal::Path::spectral, thermal::Path::finite_volume}) {
    o.path = path;
    o.cells = 16e3;
    double least = 1e300;
    for (int n = 0; n < repeats; ++n) {
      base::Pool pool(threads);
      least = std::min(least, thermal::transient_many(all, o, pool).front().seconds);
    }
    std::printf("| %s | %.3f |\n",
                path == thermal::Path::spectral ? "exact series" : "finite volumes, 16e3 cells", least);
  }
  return 0;
}
