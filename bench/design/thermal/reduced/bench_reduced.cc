// The reduced model of sixteen dies: how long it takes to make, what a step costs with and without its bound,
// and how far it is from its finite volumes. bench_reduced [cells] [threads] [states]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "../sixteen_dies.h"
#include "design/thermal/reduced/reduced.h"

namespace {

using namespace bondline;
using Clock = std::chrono::steady_clock;

/// Least time of one call, s.
template <class F>
double least(const F& f, int calls) {
  double best = 1e9;
  for (int repeat = 0; repeat < 15; ++repeat) {
    const auto start = Clock::now();
    for (int n = 0; n < calls; ++n) f();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count() / calls);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  thermal::ReducedOptions options;
  if (argc > 1) options.cells = std::atof(argv[1]);
  base::Pool pool(argc > 2 ? std::atoi(argv[2]) : 0);
  if (argc > 3) options.max_states = std::atoi(argv[3]);
  const package::Design design = bench::sixteen_dies();
  const auto assembly = package::assemble(design);
  const auto model = thermal::reduce(design, assembly, options, pool);
  std::printf("%zu cells, %d states, %zu inputs, %zu outputs, %d solves: made in %.2f s%s\n", model.cells,
              model.designed.states, model.inputs.size(), model.outputs.size(), model.solves, model.seconds,
              model.reached ? "" : " (tolerance not reached)");
  const auto h = model.designed_h();
  const numerics::ModalModel modal(model.at(h));
  numerics::ModalStepper stepper(modal, model.shortest);
  numerics::HistoryBoundStepper bounds(model.bound(h, model.shortest), model.shortest);
  std::vector<double> u, y(model.outputs.size()), e(y.size());
  for (const auto& input : model.inputs) u.push_back(input.designed - input.offset);
  const double alone = least([&] { stepper.step(u, y); }, 2000);
  const double both = least([&] { stepper.step(u, y), bounds.step(u, e); }, 2000);
  std::printf("a step: %.2f us; with the bound of every output %.2f us\n", 1e6 * alone, 1e6 * both);
  const auto check = thermal::check(design, assembly, model, options, pool);
  std::printf(
      "steady: %.1e K off, bound %.1e; power step from rest: %.1e K off (method %.1e), bound there %.1e; "
      "%s\n",
      check.steady_error_K, check.steady_bound_K, check.step_error_K, check.method_error_K,
      check.step_bound_K, check.bound_held ? "the bound held" : "THE BOUND DID NOT HOLD");
}
