#include "design/thermal/nonlinear/runaway.h"

#include <algorithm>
#include <cmath>

#include "design/thermal/nonlinear/tangent.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kTight = 1e-10;  // residual of the tangent's solves
constexpr double kEigenvalue = 1e-9;
constexpr double kMatters = 0.2;   // gains below leave so much room that the closed form will do
constexpr double kApproach = 0.9;  // share of the way to the estimated edge that each correction goes
constexpr int kCorrections = 3;
constexpr double kShown =
    0.97;  // of the leakage a package beyond runaway can carry: what its temperatures are shown at

enum class Knob { leakage, ambient, power };

/// A model with one knob at another setting, and where it settles.
struct Trial {
  Model model;
  std::unique_ptr<numerics::ConductionSolver> solver;
  Solution solution;
  OuterReport report;
};

void turn(Model& model, Knob knob, double setting) {
  switch (knob) {
    case Knob::leakage:
      model.laws->leakage.strength = setting;
      break;
    case Knob::power:
      model.laws->leakage.scale_other_heat(setting);
      break;
    case Knob::ambient:
      for (AppliedFilm& film : model.films) film.ambient += setting;
      for (CooledFace& face : model.faces) face.ambient += setting;
      break;
  }
}

bool settle(Trial& trial, const Model& from, const Field& guess, Knob knob, double setting,
            const SteadyOptions& options, base::Pool& pool) {
  trial.model = copy_with_laws(from);
  turn(trial.model, knob, setting);
  trial.solver.reset();
  trial.solution = solve_with_laws(trial.model, trial.solver, options, pool, guess, trial.report);
  return trial.report.converged;
}

/// Where the knob stands at the edge, estimated from a setting and the gain there.
double edge(Knob knob, double setting, const LoopGain& g) {
  switch (knob) {
    case Knob::leakage:
      return setting * leakage_room(g.gain);
    case Knob::ambient:
      return setting + ambient_room(g);
    case Knob::power: {
      // `rise` counts from the ambient; gain / rate of it is what the leakage adds.
      const double without = g.rise - g.gain / g.rate;
      return without > 0 ? setting * (1 + ambient_room(g) / without)
                         : std::numeric_limits<double>::infinity();
    }
  }
  return setting;
}

/// Past streams the loop's own steps are a power iteration: their contraction is the gain.
LoopGain gain_of_steps(const Model& model, const OuterReport& report) {
  LoopGain g;
  const CellLeakage& leakage = model.laws->leakage;
  const std::vector<double> watts = leakage.die_watts();
  g.die = std::size_t(std::max_element(watts.begin(), watts.end()) - watts.begin());
  g.gain = report.contraction;
  g.rate = std::log(2.0) / leakage.dies()[g.die].law.doubles_every;
  g.rise = leakage.hottest() - model.t_ref;
  return g;
}

/// The edge, corrected by solves on the way to it.
double find_edge(Knob knob, double now, const Model& model, const Field& u, const LoopGain& here,
                 const SteadyOptions& options, base::Pool& pool) {
  double at = now, best = edge(knob, now, here);
  if (here.gain < kMatters || !std::isfinite(best)) return best;
  Field guess = u;
  double beyond = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kCorrections; ++step) {
    const double target = std::min(at + kApproach * (best - at), at + 0.5 * (beyond - at));
    Trial trial;
    if (!settle(trial, model, guess, knob, target, options, pool)) {
      beyond = target;
      best = std::min(best, beyond);
      continue;
    }
    const LoopGain there = gain_of(trial.model, trial.solution.u, *trial.solver, trial.report);
    best = std::min(edge(knob, target, there), beyond);
    at = target;
    guess = std::move(trial.solution.u);
  }
  return best;
}

RunawayMargin described(const Model& model, const LoopGain& g) {
  RunawayMargin r;
  const CellLeakage& leakage = model.laws->leakage;
  r.gain = g.gain;
  r.subject = leakage.dies()[g.die].path;
  r.where = leakage.dies()[g.die].law.where;
  const std::vector<double> watts = leakage.die_watts();
  for (std::size_t d = 0; d < watts.size(); ++d) {
    r.leakage_W += watts[d];
    r.dies.push_back({leakage.dies()[d].path, watts[d]});
  }
  return r;
}

}  // namespace

double leakage_room(double gain) {
  return std::exp(gain - 1) / gain;
}
/// K by which the mode's temperature without leakage may rise.
double ambient_room(const LoopGain& g) {
  return (g.gain - 1 - std::log(g.gain)) / g.rate;
}

LoopGain gain_of(const Model& model, const Field& u, numerics::ConductionSolver& solver,
                 const OuterReport& report) {
  return model.op.streams.empty() ? loop_gain(model, u, solver) : gain_of_steps(model, report);
}

LoopGain loop_gain(const Model& model, const Field& u, numerics::ConductionSolver& solver) {
  LoopGain out;
  const CellLeakage& leakage = model.laws->leakage;
  const auto& pieces = leakage.pieces();
  if (pieces.empty()) return out;
  const Tangent tangent(model, u, solver, false);
  const bool linear = !model.laws->conductivity.any() && !model.laws->films.any();
  Field slope(pieces.size()), own(pieces.size());  // dp/dT at the piece's own temperature
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    own[n] = own_answer(model, pieces[n]);
    slope[n] = leakage.slopes()[n] / (1 + own[n] * leakage.slopes()[n]);
  }
  Field lambda;
  const auto loop = [&](const Field& in, Field& y) {
    Field weights(in.size());
    for (std::size_t n = 0; n < in.size(); ++n) weights[n] = in[n] * slope[n];
    const Field seed = tangent.piece_seed(weights);
    if (linear) {
      lambda.assign(u.size(), 0.0);
      numerics::SolveOptions how;
      how.relative_residual = kTight;
      solver.solve(seed, lambda, how);
    } else {
      lambda = tangent.solve(seed, kTight);
    }
    ++out.solves;
    y = tangent.seen_by_pieces(lambda);
    for (std::size_t n = 0; n < y.size(); ++n) y[n] += own[n] * weights[n];
  };
  const Eigenvalue mode = dominant_eigenvalue(loop, slope, kEigenvalue, 40);
  out.gain = mode.value;
  // The mode's mean rate and rise, by what each piece contributes: left vector times slope.
  double weight = 0;
  std::vector<double> per_die(leakage.dies().size(), 0.0);
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    const double w = std::abs(mode.vector[n]) * slope[n];
    const package::Leakage& law = leakage.dies()[std::size_t(pieces[n].die)].law;
    const double watts = leakage.watts()[n];
    weight += w;
    out.rate += w * std::log(2.0) / law.doubles_every;
    if (watts > 0)
      out.rise +=
          w *
          (law.at + law.doubles_every * std::log2(watts / (leakage.strength * pieces[n].share * law.power)) -
           model.t_ref);
    per_die[std::size_t(pieces[n].die)] += w;
  }
  if (weight > 0) out.rate /= weight, out.rise /= weight;
  out.die = std::size_t(std::max_element(per_die.begin(), per_die.end()) - per_die.begin());
  return out;
}

RunawayMargin margin_to_runaway(const Model& model, const Field& u, numerics::ConductionSolver& solver,
                                const OuterReport& report, const SteadyOptions& options, base::Pool& pool) {
  const LoopGain here = gain_of(model, u, solver, report);
  RunawayMargin r = described(model, here);
  if (!(here.gain > 0)) return r;
  r.leakage_factor = find_edge(Knob::leakage, 1, model, u, here, options, pool);
  r.ambient_K = model.t_ref + find_edge(Knob::ambient, 0, model, u, here, options, pool);
  r.power_factor = find_edge(Knob::power, 1, model, u, here, options, pool);
  return r;
}

RunawayMargin beyond_runaway(Model& model, std::unique_ptr<numerics::ConductionSolver>& solver,
                             Solution& solution, const SteadyOptions& options, base::Pool& pool) {
  // At a strength near zero the gain is in proportion to it: the closed form gives the first edge.
  constexpr double kFaint = 1e-6;
  Trial trial;
  double at = kFaint, beyond = 1, best = 0;
  Field guess;
  LoopGain there;
  for (int step = 0; step <= kCorrections; ++step) {
    const double target =
        step == 0 ? kFaint : std::min(at + kApproach * (best - at), at + 0.5 * (beyond - at));
    Trial next;
    if (!settle(next, model, guess, Knob::leakage, target, options, pool)) {
      beyond = target;
      best = std::min(best, beyond);
      continue;
    }
    there = gain_of(next.model, next.solution.u, *next.solver, next.report);
    best = std::min(edge(Knob::leakage, target, there), beyond);
    at = target;
    guess = next.solution.u;
  }
  Trial shown;
  if (!settle(shown, model, guess, Knob::leakage, std::max(kShown * best, at), options, pool))
    settle(shown, model, guess, Knob::leakage, at, options, pool);
  model = std::move(shown.model);
  solver = std::make_unique<numerics::ConductionSolver>(model.op, pool);
  solution = std::move(shown.solution);
  RunawayMargin r = described(model, there);
  r.beyond = true;
  r.leakage_factor = best;
  // The gain of the whole leakage is past one wherever it is taken; how far is told by the share that can be
  // carried.
  r.gain = 1 / best;
  r.shown_at = model.laws->leakage.strength;
  return r;
}

}  // namespace bondline::thermal::detail
