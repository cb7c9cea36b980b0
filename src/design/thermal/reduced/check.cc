// The reduced model against its finite volumes: steady, and after a jump of all inputs from rest by the full
// model's own exponential, whose error is bounded (full_step.h).
#include <algorithm>
#include <chrono>
#include <cmath>

#include "design/thermal/reduced/full_model.h"
#include "design/thermal/reduced/full_step.h"
#include "design/thermal/reduced/reduced.h"

namespace bondline::thermal {
namespace {

using namespace detail;

/// Outputs above their offset for a state.
std::vector<double> read(const Ports& ports, const double* x, const std::vector<double>& u) {
  std::vector<double> y(ports.outputs.size(), 0.0);
  for (std::size_t o = 0; o < y.size(); ++o) {
    const auto& over = ports.outputs[o].over;
    for (std::size_t n = 0; n < over.size(); ++n) y[o] += over[n] * x[n];
    for (std::size_t i = 0; i < u.size(); ++i) y[o] += ports.direct[o * u.size() + i] * u[i];
  }
  return y;
}

}  // namespace

ReducedCheck check(const package::Design& design, const package::Assembly& assembly,
                   const ReducedModel& model, const ReducedOptions& options, base::Pool& pool) {
  const FullModel whole(design, assembly, options.cells, options.max_bytes, pool);
  const SurfaceModel& full = whole.surfaces();
  const Ports& ports = whole.ports();
  const std::vector<double> h = model.designed_h();
  std::vector<double> u;
  Columns load{full.size(), std::vector<double>(full.size(), 0.0)};
  for (const Port& port : ports.inputs) {
    u.push_back(port.nominal);
    double factor = port.nominal;
    if (port.film >= 0 && full.groups()[std::size_t(port.film)].parameter())
      factor *= h[std::size_t(port.film)];
    for (std::size_t n = 0; n < full.size(); ++n) load.values[n] += factor * port.over[n];
  }
  ReducedCheck out;
  const numerics::ModalModel modal(model.at(h));
  numerics::HistoryBound bound = model.bound(h, model.shortest);
  const std::size_t outputs = ports.outputs.size(), inputs = u.size();
  std::vector<double> y(outputs), e(outputs);

  const FullStep exact(full, ports, h, load);
  const std::vector<double> truth = read(ports, exact.settled().data(), u);
  numerics::ModalStepper stepper(modal, model.shortest);
  stepper.settle(u);
  stepper.outputs(u, y);
  const auto judge = [&](const std::vector<double>& value, const auto& allowed, double& error,
                         double& there) {
    for (std::size_t o = 0; o < outputs; ++o) {
      const double off = std::abs(value[o] - y[o]);
      out.method_error_K = std::max(out.method_error_K, allowed(o));
      if (off > e[o] + allowed(o)) out.bound_held = false;
      if (off > error) error = off, there = e[o];
    }
  };
  for (std::size_t o = 0; o < outputs; ++o) {
    e[o] = 0;
    for (std::size_t i = 0; i < inputs; ++i) e[o] += bound.fixed[o * inputs + i] * std::abs(u[i]);
  }
  judge(
      truth, [&](std::size_t o) { return exact.settled_allowance(o); }, out.steady_error_K,
      out.steady_bound_K);

  constexpr double kApart = 2;  // of the times looked at
  std::vector<FullStep::Answer> answers;
  for (double t = model.shortest; t < 4 * model.slowest; t *= kApart) out.times.push_back(t);
  answers.resize(out.times.size());
  pool.run(answers.size(), [&](std::size_t k) { answers[k] = exact.at(out.times[k]); });
  for (std::size_t k = 0; k < answers.size(); ++k) {
    numerics::ModalStepper one(modal, out.times[k]);  // exact in one step
    numerics::HistoryBoundStepper history(bound, out.times[k]);
    one.step(u, y);
    history.step(u, e);
    judge(
        read(ports, answers[k].x.data(), u), [&](std::size_t o) { return answers[k].allowance[o]; },
        out.step_error_K, out.step_bound_K);
  }

  const auto start = std::chrono::steady_clock::now();
  constexpr int kSteps = 4000;
  for (int n = 0; n < kSteps; ++n) stepper.step(u, y);
  out.seconds_per_step =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / kSteps;
  return out;
}

}  // namespace bondline::thermal
