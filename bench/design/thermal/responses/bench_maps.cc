// 64 power maps on one package beside single maps, in one run on one grid:
//   bench_maps [cells] [threads] [varying sources of the one case that is wanted]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "../sixteen_dies.h"
#include "design/thermal/responses/responses.h"

namespace {

using namespace bondline;

struct Case {
  const char* what;
  package::Design design;
  std::size_t varying;  ///< sources whose powers differ from map to map
};

std::vector<thermal::PowerMap> maps_of(const package::Assembly& assembly, std::size_t varying, int count) {
  std::mt19937_64 random(64);
  const auto names = thermal::source_names(assembly);
  std::vector<thermal::PowerMap> maps(static_cast<std::size_t>(count));
  for (auto& map : maps)
    for (std::size_t n = 0; n < std::min(varying, names.size()); ++n)
      map.watts[names[n]] = 20 * double(random() >> 11) * 0x1p-53;
  return maps;
}

}  // namespace

int main(int argc, char** argv) {
  thermal::ResponseOptions options;
  options.cells = argc > 1 ? std::atof(argv[1]) : 2e6;
  base::Pool pool(argc > 2 ? std::atoi(argv[2]) : 0);
  const Case cases[] = {{"logic and two memories", samples::interposer(), 3},
                        {"sixteen dies, eight of which vary", bench::sixteen_dies(), 8},
                        {"sixteen dies", bench::sixteen_dies(), 16},
                        {"sixteen dies as tiles: 64 sources", bench::sixteen_dies(), 64}};
  for (Case c : cases) {
    if (argc > 3 && c.varying != std::size_t(std::atoi(argv[3]))) continue;
    if (c.varying == 64)
      for (auto& die : c.design.dies) {
        if (die.interposer) continue;
        die.power.uniform = 0;
        for (int q = 0; q < 4; ++q) {
          package::FloorplanBlock tile;
          tile.name = "t" + std::to_string(q);
          const double half = 0.5 * die.size.x, x = q % 2 ? half : 0, y = q / 2 ? half : 0;
          tile.rects = {{x, y, x + half, y + half}};
          tile.power = 2;
          die.power.blocks.push_back(tile);
        }
      }
    const auto assembly = package::assemble(c.design);
    const auto maps = maps_of(assembly, c.varying, 64);
    // A single map at its best of three: the same code, one right-hand side.
    // Processor seconds of all threads tell more than the clock on a machine that others use too.
    double solve = 1e9, whole = 1e9, processor = 1e9;
    for (int n = 0; n < 3; ++n) {
      const std::clock_t start = std::clock();
      const auto one = thermal::steady_many(c.design, assembly, {maps[std::size_t(n)]}, options, pool);
      solve = std::min(solve, one.seconds_solve);
      whole = std::min(whole, one.seconds);
      processor = std::min(processor, double(std::clock() - start) / CLOCKS_PER_SEC);
    }
    double many_solve = 1e9, many_whole = 1e9, many_processor = 1e9;
    thermal::ManyResult many;
    for (int n = 0; n < 2; ++n) {
      const std::clock_t start = std::clock();
      many = thermal::steady_many(c.design, assembly, maps, options, pool);
      many_solve = std::min(many_solve, many.seconds_solve);
      many_whole = std::min(many_whole, many.seconds);
      many_processor = std::min(many_processor, double(std::clock() - start) / CLOCKS_PER_SEC);
    }
    std::printf(
        "%s: %zu cells; one map %.2f s (solve %.2f); 64 maps %.2f s (%d solves %.2f, readings %.2f): %.1f "
        "whole single runs, %.1f single solves; %.1f single runs by processor seconds (%.2f, %.2f)\n",
        c.what, many.cells, whole, solve, many_whole, many.solves, many_solve, many.seconds_measure,
        many_whole / whole, many_solve / solve, many_processor / processor, processor, many_processor);
    std::fflush(stdout);
  }
}
