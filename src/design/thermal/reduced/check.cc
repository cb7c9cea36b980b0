// The reduced model against its finite volumes: steady, and in time by SDIRK2 (Alexander 1977, L-stable) with
// steps that grow, twice with different growth so that the method's own error is known.
#include <algorithm>
#include <chrono>
#include <cmath>

#include "design/thermal/reduced/full_model.h"
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

struct March {
  std::vector<double> times;
  std::vector<std::vector<double>> outputs;
};

/// Every `keep`-th step is read.
March march(const SurfaceModel& full, const Ports& ports, const std::vector<double>& u, const Columns& load,
            std::span<const double> h, double first, double last, double growth, int keep) {
  March out;
  const double gamma = 1 - std::sqrt(0.5);
  const std::size_t n = full.size();
  std::vector<double> x(n, 0.0);
  double t = 0, dt = first * (growth - 1);
  for (int step = 1; t < last; ++step, dt *= growth) {
    const double shift = 1 / (gamma * dt);
    const auto solve = [&](const std::vector<double>& from) {
      Columns b{n, load.values};
      for (std::size_t k = 0; k < n; ++k) b.values[k] += shift * full.capacity()[k] * from[k];
      return full.solve(h, shift, b, 1e-10).values;
    };
    const std::vector<double> middle = solve(x);
    std::vector<double> from = x;
    for (std::size_t k = 0; k < n; ++k) from[k] += (1 - gamma) / gamma * (middle[k] - x[k]);
    x = solve(from);
    t += dt;
    if (step % keep != 0) continue;
    out.times.push_back(t);
    out.outputs.push_back(read(ports, x.data(), u));
  }
  return out;
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

  const Columns steady = full.solve(h, 0, load, 1e-10);
  const std::vector<double> truth = read(ports, steady.at(0), u);
  numerics::ModalStepper stepper(modal, model.shortest);
  stepper.settle(u);
  stepper.outputs(u, y);
  const auto judge = [&](const std::vector<double>& exact, double allowed, double& error, double& there) {
    for (std::size_t o = 0; o < outputs; ++o) {
      const double off = std::abs(exact[o] - y[o]);
      if (off > e[o] + allowed) out.bound_held = false;
      if (off > error) error = off, there = e[o];
    }
  };
  for (std::size_t o = 0; o < outputs; ++o) {
    e[o] = 0;
    for (std::size_t i = 0; i < inputs; ++i) e[o] += bound.fixed[o * inputs + i] * std::abs(u[i]);
  }
  // The solves' own tolerance shows in temperatures at about this share of the rise.
  double rise = 0;
  for (const double v : truth) rise = std::max(rise, std::abs(v));
  constexpr double kSolved = 1e-7;
  judge(truth, kSolved * rise, out.steady_error_K, out.steady_bound_K);

  // Fine steps are the square root of coarse growth: every second one falls on a coarse one.
  const double growth = 1.3, last = 4 * model.slowest, first = model.shortest / 8;
  const double half = std::sqrt(growth);
  const March coarse = march(full, ports, u, load, h, first, last, growth, 1);
  const March fine = march(full, ports, u, load, h, first, last, half, 2);
  for (std::size_t k = 0; k < std::min(coarse.times.size(), fine.times.size()); ++k) {
    const double t = fine.times[k];
    if (t < model.shortest) continue;
    numerics::ModalStepper one(modal, t);  // exact in one step
    numerics::HistoryBoundStepper history(bound, t);
    one.step(u, y);
    history.step(u, e);
    double method = 0;  // second order: a third of the difference
    for (std::size_t o = 0; o < outputs; ++o)
      method = std::max(method, std::abs(coarse.outputs[k][o] - fine.outputs[k][o]) / 3);
    out.method_error_K = std::max(out.method_error_K, method);
    out.times.push_back(t);
    judge(fine.outputs[k], 2 * method + kSolved * rise, out.step_error_K, out.step_bound_K);
  }

  const auto start = std::chrono::steady_clock::now();
  constexpr int kSteps = 4000;
  for (int n = 0; n < kSteps; ++n) stepper.step(u, y);
  out.seconds_per_step =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / kSteps;
  return out;
}

}  // namespace bondline::thermal
