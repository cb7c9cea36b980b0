#include "design/thermal/leakage.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

const std::string kEnding = ".leakage";

double watts(const package::Leakage& law, double t) {
  return law.power * std::exp2((t - law.at) / law.doubles_every);
}

}  // namespace

std::vector<Leak> leaks_of(const Design& design, const Assembly& assembly) {
  std::vector<Leak> out;
  for (std::size_t s = 0; s < assembly.sources.size(); ++s)
    for (const auto& die : design.dies)
      if (die.power.leakage && assembly.sources[s].path == "dies." + die.name + kEnding)
        out.push_back({s, "dies." + die.name, *die.power.leakage});
  return out;
}

Assembly with_leakage(const Design& design, const Assembly& assembly) {
  Assembly out = assembly;
  for (const auto& die : design.dies) {
    if (!die.power.leakage || die.power.leakage->power == 0) continue;
    const auto& law = *die.power.leakage;
    if (!(law.doubles_every > 0)) {
      base::Diagnostics all;
      all.error(law.where,
                fmt::format("leakage of die \"{}\" doubles every {} K", die.name, law.doubles_every),
                "give a positive temperature step, e.g. 20 K");
      throw base::Error(std::move(all));
    }
    const int solid = assembly.find("dies." + die.name);
    if (solid < 0) continue;
    const package::Solid& s = assembly.solids[std::size_t(solid)];
    package::HeatSource source{
        "dies." + die.name + kEnding, solid, s.footprint, s.z0, s.z1, law.power, law.where};
    bool found = false;
    for (const auto& other : assembly.sources) {
      if (other.solid != solid || found) continue;
      if (other.z0 == other.z1) source.z0 = source.z1 = other.z0;
      found = true;
    }
    if (!found &&
        die.power.place != package::HeatPlace::volume) {  // nothing else heats it: the face that is named
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

std::vector<double> LeakageLoop::means(const Model& model, const std::vector<double>& u) const {
  std::vector<double> t;
  for (const auto& value : measure(model, u, asked_)) t.push_back(value.temperature.mean_K);
  return t;
}

LeakageLoop::LeakageLoop(const Model& model, numerics::ConductionSolver& solver,
                         const std::vector<Region>& regions)
    : leaks_(leaks_of(*model.design, *model.assembly)) {
  for (const Leak& leak : leaks_)
    for (const Region& region : regions)
      if (region.path == leak.path) asked_.push_back(region);
  Model unit = model;
  for (AppliedFilm& film : unit.films) film.ambient = model.t_ref;
  for (CooledFace& face : unit.faces) face.ambient = 0;
  std::fill(unit.streams.inlet.begin(), unit.streams.inlet.end(), 0.0);
  for (const Leak& leak : leaks_) {
    unit.source_scale.assign(unit.source_scale.size(), 0.0);
    unit.source_scale[leak.source] = 1 / leak.law.power;
    place_sources(unit);
    make_rhs(unit);
    std::vector<double> u(unit.grid().cells(), 0.0);
    const auto report = solver.solve(unit.rhs, u, {});
    if (!report.converged)
      throw base::Error("the leakage loop's solve failed: " + report.problem,
                        "ask for another number of cells");
    answer_.push_back(means(unit, u));
    for (double& t : answer_.back()) t -= unit.t_ref;
  }
}

// P_l = law_l(T_l),  T = base + sum answer (P - start): the fixed point, taken from below, rises to the
// smallest solution when there is one.
std::vector<double> LeakageLoop::settle(const Model& model, const std::vector<double>& u) {
  std::vector<double> scale = model.source_scale;
  const std::size_t n = leaks_.size();
  const std::vector<double> base_t = means(model, u);
  std::vector<double> start(n), power(n), t = base_t;
  for (std::size_t l = 0; l < n; ++l) start[l] = power[l] = scale[leaks_[l].source] * leaks_[l].law.power;
  constexpr int kMost = 5000;
  constexpr double kBeyond = 2000;  // K: hotter than any package survives
  double gain = 0;
  bool settled = false, beyond = false;
  for (int step = 0; step < kMost && !settled && !beyond; ++step) {
    double change = 0;
    gain = 0;
    std::vector<double> next(n);
    for (std::size_t l = 0; l < n; ++l) {
      t[l] = base_t[l];
      for (std::size_t m = 0; m < n; ++m) t[l] += answer_[m][l] * (power[m] - start[m]);
      beyond = beyond || !(t[l] < kBeyond);
      next[l] = watts(leaks_[l].law, std::min(t[l], kBeyond));
      change = std::max(change, std::abs(next[l] - power[l]) / std::max(next[l], 1e-12));
      gain = std::max(gain, next[l] * std::log(2.0) / leaks_[l].law.doubles_every * answer_[l][l]);
    }
    power = next;
    settled = change < 1e-10;
  }
  if (!settled || beyond) {
    base::Diagnostics all;
    all.error(
        leaks_.front().law.where,
        fmt::format(
            "thermal runaway: leakage of \"{}\" grows faster with temperature than the package carries it "
            "away (the loop gain passes 1; it reached {:.2g})",
            leaks_.front().path, gain),
        "cool the package better, lower the power, or check the leakage law");
    throw base::Error(std::move(all));
  }
  notes_.clear();
  last_change_ = 0;
  for (std::size_t l = 0; l < n; ++l) {
    last_change_ = std::max(last_change_, std::abs(power[l] - start[l]) / std::max(power[l], 1e-300));
    scale[leaks_[l].source] = power[l] / leaks_[l].law.power;
    notes_.push_back(fmt::format("{} leaks {:.3g} W at its mean temperature of {:.1f} degC", leaks_[l].path,
                                 power[l], t[l] - 273.15));
  }
  return scale;
}

}  // namespace bondline::thermal::detail
