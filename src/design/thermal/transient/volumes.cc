// The finite-volume path in time: two nested grids, their marches, and what their difference tells.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/leakage.h"
#include "design/thermal/nonlinear/cell_conductivity.h"
#include "design/thermal/transient/march.h"
#include "design/thermal/transient/series/layered_time.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kNear = 0.12;   // spacing along z beside heat, in diffusion lengths of the first result
constexpr double kRoomiest = 6;  // times that spacing, where the cells asked for do not hold it
constexpr double kGrowth = 1.6;  // of the spacing: what diffuses later has spread as far

/// Lets the grid be coarser beside heat until it keeps to the cells asked for, up to kRoomiest times.
double within_cells(const Design& design, const Assembly& assembly, mesh::MeshOptions& how, double cells) {
  const double wanted = how.near_heat;
  while (how.near_heat > 0 && mesh::forecast(design, assembly, how).cells > cells &&
         how.near_heat < kRoomiest * wanted)
    how.near_heat = std::min(kRoomiest * wanted, 1.15 * how.near_heat);
  return wanted > 0 ? how.near_heat / wanted : 1;
}

/// The shortest diffusion length that the results see, along z in what is heated.
double near_heat(const TimeRun& run) {
  std::vector<const PowerHistory*> all;
  for (const auto& h : run.histories) all.push_back(&h);
  const double shortest = shortest_lag(run.times, all, run.options->initial);
  double length = std::numeric_limits<double>::infinity();
  const Design& design = *run.designs.front();
  for (const auto& source : run.assembly->sources) {
    if (source.solid < 0) continue;
    const package::Solid& solid = run.assembly->solids[std::size_t(source.solid)];
    const auto& m = design.materials.materials[std::size_t(solid.fill.material)];
    const double t = design.environment.ambient;
    const double alpha = m.conductivity(t)[2] /
                         (m.at(package::Property::density, t) * m.at(package::Property::specific_heat, t));
    length = std::min(length, std::max(kNear * std::sqrt(alpha * shortest), 1e-5 * (solid.z1 - solid.z0)));
  }
  return std::isfinite(length) ? length : 0;
}

bool follows_temperature(const TimeRun& run) {
  for (const Design* design : run.designs)
    for (const auto& die : design->dies)
      if (die.power.leakage) return true;
  const Design& design = *run.designs.front();
  if (warms_unevenly(design, *run.assembly)) return true;
  for (const auto& film : applied_films(design, *run.assembly))
    if (film.law) return true;
  return std::any_of(
      run.assembly->solids.begin(), run.assembly->solids.end(),
      [&](const package::Solid& solid) { return !conductivity_table(design, solid).temperature.empty(); });
}

/// Nested grids, second order: the fine one is wrong by a third of the difference (Richardson 1911), which is
/// taken off. Returns the largest of what was taken off, K: the error left is smaller.
double extrapolate(std::vector<double>& fine, const std::vector<double>& coarse) {
  double most = 0;
  for (std::size_t t = 0; t < fine.size(); ++t) {
    const double wrong = (coarse[t] - fine[t]) / 3;
    if (!std::isfinite(wrong)) continue;
    fine[t] -= wrong;
    most = std::max(most, std::abs(wrong));
  }
  return most;
}

}  // namespace

std::vector<TransientResult> transient_volumes(const TimeRun& run, base::Pool& pool) {
  if (run.designs.size() > 1 && follows_temperature(run)) {  // one operator would not do for all
    std::vector<TransientResult> all;
    for (std::size_t w = 0; w < run.designs.size(); ++w) {
      TimeRun one = run;
      one.designs = {run.designs[w]};
      one.histories = {run.histories[w]};
      all.push_back(std::move(transient_volumes(one, pool).front()));
    }
    return all;
  }
  const TransientOptions& options = *run.options;
  const Design& design = *run.designs.front();
  const Assembly assembly = with_leakage(design, *run.assembly);
  mesh::MeshOptions coarse, fine;
  coarse.near_heat = fine.near_heat = near_heat(run) * (options.estimate_error ? 2 : 1);
  coarse.growth = fine.growth = kGrowth;
  coarse.target_cells = fine.target_cells = options.estimate_error ? options.cells / 8 : options.cells;
  fine.refine = options.estimate_error ? 1 : 0;
  const double roomier = within_cells(design, assembly, fine, options.cells);
  coarse.near_heat = fine.near_heat;

  std::vector<TransientResult> results, rough;
  std::vector<std::vector<Place>> places(run.designs.size());
  for (std::size_t w = 0; w < run.designs.size(); ++w) {
    results.push_back(empty_result(run, w, places[w]));
    results.back().path = "finite volume";
  }
  if (options.estimate_error) {
    if (options.progress) options.progress(0.02, "coarse grid");
    rough = results;
    march(run, assembly, coarse, pool, rough, places, false);
  }
  const Marched marched = march(run, assembly, fine, pool, results, places, true);
  for (std::size_t w = 0; w < results.size(); ++w) {
    for (const Place& place : places[w]) {
      if (!options.estimate_error) break;
      History& h = history_at(results[w], place);
      const History& c = history_at(rough[w], place);
      h.error_K = std::max(h.error_K, extrapolate(h.max_K, c.max_K));
      extrapolate(h.mean_K, c.mean_K);
      for (std::size_t t = 0; t < h.max_K.size(); ++t)  // extrapolated apart, a flat part's may cross
        if (h.max_K[t] < h.mean_K[t]) h.max_K[t] = h.mean_K[t];
    }
    for (std::size_t p = 0; options.estimate_error && p < results[w].probes_K.size(); ++p)
      extrapolate(results[w].probes_K[p], rough[w].probes_K[p]);
    finish(results[w]);
    if (marched.follows)
      results[w].notes.push_back(
          fmt::format("conductivities, heat capacities, leakage and films by law are read again whenever a "
                      "part's mean has "
                      "drifted by {} K",
                      kDrift));
    if (roomier > 1)
      results[w].notes.push_back(fmt::format(
          "the grid beside heat is {:.2g} times coarser than the first result wants: {:.0f} cells were asked "
          "for; more make the first results after a power step better",
          roomier, options.cells));
    const auto& notes = marched.mesh.notes;
    results[w].notes.insert(results[w].notes.end(), notes.begin(), notes.end());
  }
  if (!options.keep_fields_at.empty()) {
    results.front().mesh = marched.mesh;
    for (std::size_t w = 1; w < results.size(); ++w) results[w].mesh = results.front().mesh;
  }
  return results;
}

}  // namespace bondline::thermal::detail
