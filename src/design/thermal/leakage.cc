#include "design/thermal/leakage.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

const std::string kEnding = ".leakage";

struct Leak {
  std::size_t source = 0;  // in the assembly
  std::size_t region = 0;
  package::Leakage law;
  std::string path;        // of the die
};

double watts(const package::Leakage& law, double t) { return law.power * std::exp2((t - law.at) / law.doubles_every); }

std::vector<Leak> leaks_of(const Design& design, const Assembly& assembly) {
  std::vector<Leak> out;
  for (std::size_t s = 0; s < assembly.sources.size(); ++s)
    for (const auto& die : design.dies)
      if (die.power.leakage && assembly.sources[s].path == "dies." + die.name + kEnding)
        out.push_back({s, 0, *die.power.leakage, "dies." + die.name});
  return out;
}

}  // namespace

Assembly with_leakage(const Design& design, const Assembly& assembly) {
  Assembly out = assembly;
  for (const auto& die : design.dies) {
    if (!die.power.leakage || die.power.leakage->power == 0) continue;
    const auto& law = *die.power.leakage;
    if (!(law.doubles_every > 0)) {
      base::Diagnostics all;
      all.error(law.where, fmt::format("leakage of die \"{}\" doubles every {} K", die.name, law.doubles_every),
                "give a positive temperature step, e.g. 20 K");
      throw base::Error(std::move(all));
    }
    const int solid = assembly.find("dies." + die.name);
    if (solid < 0) continue;
    const package::Solid& s = assembly.solids[std::size_t(solid)];
    package::HeatSource source{"dies." + die.name + kEnding, solid, s.footprint, s.z0, s.z1, law.power, law.where};
    bool found = false;
    for (const auto& other : assembly.sources) {
      if (other.solid != solid || found) continue;
      if (other.z0 == other.z1) source.z0 = source.z1 = other.z0;
      found = true;
    }
    if (!found && die.power.place != package::HeatPlace::volume) {  // nothing else heats it: the face that is named
      const bool top = die.power.place == package::HeatPlace::top_face ||
                       (die.power.place == package::HeatPlace::active &&
                        (die.facing == package::Facing::up) == (die.side == package::Side::top));
      source.z0 = source.z1 = top ? s.z1 : s.z0;
    }
    out.sources.push_back(std::move(source));
  }
  return out;
}

std::vector<double> leakage_start(const Design& design, const Assembly& assembly) {
  std::vector<double> scale(assembly.sources.size(), 1.0);
  for (const Leak& leak : leaks_of(design, assembly))
    scale[leak.source] = watts(leak.law, design.environment.ambient) / leak.law.power;
  return scale;
}

std::vector<double> settle_leakage(const Model& model, numerics::ConductionSolver& solver, const Solution& solution,
                                   const std::vector<Region>& regions, std::vector<std::string>& notes) {
  std::vector<double> scale = model.source_scale;
  std::vector<Leak> leaks = leaks_of(*model.design, *model.assembly);
  const std::size_t n = leaks.size();
  if (n == 0) return scale;
  std::vector<Region> asked;
  for (Leak& leak : leaks) {
    for (const Region& region : regions)
      if (region.path == leak.path) asked.push_back(region);
    leak.region = asked.size() - 1;
  }
  const auto means = [&](const Model& m, const std::vector<double>& u) {
    std::vector<double> t;
    for (const auto& value : measure(m, u, asked)) t.push_back(value.temperature.mean_K);
    return t;
  };
  // The answer of every die to one watt of leakage in each.
  std::vector<double> base_t = means(model, solution.u), start(n), power(n);
  for (std::size_t l = 0; l < n; ++l) start[l] = power[l] = scale[leaks[l].source] * leaks[l].law.power;
  std::vector<std::vector<double>> answer(n);
  {
    Model unit = model;
    for (AppliedFilm& film : unit.films) film.ambient = model.t_ref;
    for (CooledFace& face : unit.faces) face.ambient = 0;
    for (std::size_t l = 0; l < n; ++l) {
      unit.source_scale.assign(unit.source_scale.size(), 0.0);
      unit.source_scale[leaks[l].source] = 1 / leaks[l].law.power;
      place_sources(unit);
      make_rhs(unit);
      std::vector<double> u(unit.grid().cells(), 0.0);
      const auto report = solver.solve(unit.rhs, u, {});
      if (!report.converged) throw base::Error("the leakage loop's solve failed: " + report.problem, "");
      answer[l] = means(unit, u);
      for (double& t : answer[l]) t -= unit.t_ref;
    }
  }
  // P_l = law_l(T_l),  T = base + sum answer (P - start): damped by nothing, a fixed point from below rises to the
  // smallest solution when there is one.
  std::vector<double> t = base_t;
  double gain = 0;
  constexpr int kMost = 2000;
  int step = 0;
  for (; step < kMost; ++step) {
    double change = 0;
    gain = 0;
    for (std::size_t l = 0; l < n; ++l) {
      t[l] = base_t[l];
      for (std::size_t m = 0; m < n; ++m) t[l] += answer[m][l] * (power[m] - start[m]);
      if (!(t[l] < 2000)) step = kMost;  // beyond any package: runaway
    }
    for (std::size_t l = 0; l < n && step < kMost; ++l) {
      const double now = watts(leaks[l].law, t[l]);
      change = std::max(change, std::abs(now - power[l]) / std::max(now, 1e-12));
      gain = std::max(gain, now * std::log(2.0) / leaks[l].law.doubles_every * answer[l][l]);
      power[l] = now;
    }
    if (step < kMost && change < 1e-10) break;
  }
  if (step >= kMost) {
    base::Diagnostics all;
    all.error(leaks.front().law.where,
              fmt::format("thermal runaway: leakage of \"{}\" grows faster with temperature than the package carries it "
                          "away (loop gain {:.2f}, must stay below 1)",
                          leaks.front().path, gain),
              "cool the package better, lower the power, or check the leakage law");
    throw base::Error(std::move(all));
  }
  for (std::size_t l = 0; l < n; ++l) {
    scale[leaks[l].source] = power[l] / leaks[l].law.power;
    notes.push_back(fmt::format("{} leaks {:.3g} W at its mean temperature of {:.1f} degC", leaks[l].path, power[l],
                                t[l] - 273.15));
  }
  return scale;
}

}  // namespace bondline::thermal::detail
