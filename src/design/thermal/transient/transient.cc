// transient(): what is refused, which path, and how workloads are brought together.
#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/layered_problem.h"
#include "design/thermal/leakage.h"
#include "design/thermal/transient/run.h"

namespace bondline::thermal {
namespace {

using namespace detail;

bool same_solids(const Assembly& a, const Assembly& b) {
  if (a.solids.size() != b.solids.size()) return false;
  for (std::size_t s = 0; s < a.solids.size(); ++s)
    if (a.solids[s].path != b.solids[s].path || a.solids[s].z0 != b.solids[s].z0 ||
        a.solids[s].z1 != b.solids[s].z1 || a.solids[s].fill.material != b.solids[s].fill.material ||
        a.solids[s].footprint.at != b.solids[s].footprint.at ||
        a.solids[s].footprint.size != b.solids[s].footprint.size)
      return false;
  return true;
}

void check(const TransientOptions& o) {
  if (!(o.cells >= 1))
    throw base::Error(fmt::format("{} cells were asked for", o.cells), "ask for at least a few thousand");
  if (!(o.tolerance > 0) || !(o.tolerance <= 0.1))
    throw base::Error(fmt::format("a tolerance of {} was asked for", o.tolerance),
                      "give a relative error of a time step between 0 and 0.1");
  if (o.initial == Initial::temperature && !(o.initial_K > 0 && std::isfinite(o.initial_K)))
    throw base::Error(fmt::format("the initial temperature is {} K", o.initial_K), "give it above 0 K");
  for (const double t : o.keep_fields_at)
    if (!std::isfinite(t) || t < 0)
      throw base::Error(fmt::format("a field at {} s was asked for", t), "give a time >= 0");
}

std::vector<TransientResult> run_all(const std::vector<const Design*>& designs, const Assembly& designed,
                                     const TransientOptions& options, base::Pool& pool) {
  check(options);
  TimeRun run;
  run.designs = designs;
  run.options = &options;
  run.times = result_times(options);
  const Design& design = *designs.front();
  if (designed.solids.empty())
    throw base::Error("the design holds no solid", "give a block, a substrate or a die");
  refuse_missing_capacity(design, designed);
  run.regions = regions_of(design, designed);

  // The sources of all workloads side by side, each driven by its own workload alone.
  Assembly assembly = designed;
  std::vector<std::size_t> first{0};
  std::vector<Assembly> others;
  for (std::size_t w = 1; w < designs.size(); ++w) {
    others.push_back(package::assemble(*designs[w]));
    if (!same_solids(designed, others.back()))
      throw base::Error(fmt::format("workload {} (\"{}\") is another package", w + 1, designs[w]->name),
                        "workloads may differ in power alone");
    first.push_back(assembly.sources.size());
    assembly.sources.insert(assembly.sources.end(), others.back().sources.begin(),
                            others.back().sources.end());
  }
  first.push_back(assembly.sources.size());
  run.assembly = &assembly;
  const double until = run.times.back();
  for (std::size_t w = 0; w < designs.size(); ++w) {
    PowerHistory h = power_history(*designs[w], w == 0 ? designed : others[w - 1], until, options.after);
    PowerHistory wide = h;
    wide.channel.assign(assembly.sources.size(), 0);
    wide.watts.assign(assembly.sources.size(), 0.0);
    std::copy(h.channel.begin(), h.channel.end(), wide.channel.begin() + long(first[w]));
    std::copy(h.watts.begin(), h.watts.end(), wide.watts.begin() + long(first[w]));
    run.histories.push_back(std::move(wide));
  }

  std::string why_not = !options.keep_fields_at.empty()       ? "fields were asked for"
                        : options.path == Path::finite_volume ? "finite volumes were asked for"
                                                              : why_not_spectral(design, assembly);
  for (const Design* other : designs)
    for (const auto& die : other->dies)
      if (die.power.leakage && why_not.empty()) why_not = "a die leaks";
  if (options.path == Path::spectral && !why_not.empty())
    throw base::Error("the spectral path does not apply: " + why_not, "use --path fv or auto");
  if (why_not.empty()) {
    try {
      return transient_spectral(run, pool);
    } catch (const TooManyModes& many) {
      if (options.path == Path::spectral)
        throw base::Error(fmt::format("{} modes would be needed", many.modes),
                          "ask for later results, or use --path fv");
    }
  }
  for (PowerHistory& h : run.histories) {
    if (options.most_events == 0 || h.spans() <= options.most_events || h.spans() < 2 * run.times.size())
      continue;
    const std::size_t before = h.spans();
    h = averaged(h, run.times);
    h.notes.push_back(
        fmt::format("{} power steps were averaged between the results to {}: the ripple inside a result's "
                    "interval is not "
                    "seen; a shorter --dt or --every-step shows it",
                    before - 1, h.spans() - 1));
  }
  return transient_volumes(run, pool);
}

}  // namespace

std::vector<TransientResult> transient_many(const std::vector<const package::Design*>& workloads,
                                            const TransientOptions& options, base::Pool& pool) {
  if (workloads.empty()) return {};
  const auto start = std::chrono::steady_clock::now();
  const package::Assembly assembly = package::assemble(*workloads.front());
  auto results = run_all(workloads, assembly, options, pool);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (auto& result : results) result.seconds = seconds;
  return results;
}

TransientResult transient(const package::Design& design, const package::Assembly& assembly,
                          const TransientOptions& options, base::Pool& pool) {
  const auto start = std::chrono::steady_clock::now();
  TransientResult result = std::move(run_all({&design}, assembly, options, pool).front());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace bondline::thermal
