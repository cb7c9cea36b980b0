// The finite-volume path in time: two nested grids, their marches, and what their difference tells.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/leakage.h"
#include "design/thermal/nonlinear/cell_conductivity.h"
#include "design/thermal/transient/march.h"
#include "design/thermal/transient/series/layered_time.h"
#include "design/thermal/transient/time_grid.h"

namespace bondline::thermal::detail {
namespace {

/// s, from a power step to the first result after it.
double first_lag(const TimeRun& run) {
  std::vector<const PowerHistory*> all;
  for (const auto& h : run.histories) all.push_back(&h);
  return shortest_lag(run.times, all, run.options->initial);
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
  const TimeGrid grid = time_grid(design, assembly, first_lag(run), options.cells, options.estimate_error);

  std::vector<TransientResult> results, rough;
  std::vector<std::vector<Place>> places(run.designs.size());
  for (std::size_t w = 0; w < run.designs.size(); ++w) {
    results.push_back(empty_result(run, w, places[w]));
    results.back().path = "finite volume";
  }
  if (options.estimate_error) {
    if (options.progress) options.progress(0.02, "coarse grid");
    rough = results;
    march(run, assembly, grid.coarse, pool, rough, places, false);
  }
  const Marched marched = march(run, assembly, grid.fine, pool, results, places, true);
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
    if (grid.roomier > 1) results[w].notes.push_back(roomier_note(grid, options.cells));
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
