#include "design/thermal/transient/run.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

constexpr double kMostTimes = 1e6;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool within(const std::string& path, const std::string& whole) {
  return path == whole || (path.size() > whole.size() && path.compare(0, whole.size(), whole) == 0 &&
                           path[whole.size()] == '.');
}

void fill_peak(History& h, const std::vector<double>& time) {
  h.peak_K = -std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < time.size(); ++t)
    if (h.max_K[t] > h.peak_K) h.peak_K = h.max_K[t], h.peak_at = time[t];
  if (!std::isfinite(h.peak_K)) h.peak_K = kNan;
}

}  // namespace

std::vector<double> result_times(const TransientOptions& o) {
  if (!o.times.empty()) {
    for (std::size_t t = 0; t < o.times.size(); ++t)
      if (!std::isfinite(o.times[t]) || o.times[t] < 0 || (t > 0 && !(o.times[t] > o.times[t - 1])))
        throw base::Error(fmt::format("result time {} is {} s", t, o.times[t]), "give times >= 0 that rise");
    if (!(o.times.back() > 0)) throw base::Error("no result time is above 0", "give times > 0");
    return o.times;
  }
  if (!std::isfinite(o.until) || !(o.until > 0))
    throw base::Error(fmt::format("--until is {} s", o.until), "give a span of time above 0, e.g. 30 s");
  if (!std::isfinite(o.dt) || !(o.dt > 0))
    throw base::Error(fmt::format("--dt is {} s", o.dt), "give the interval of the results, above 0");
  if (o.dt > o.until * (1 + 1e-12))
    throw base::Error(fmt::format("--dt {} s is longer than --until {} s", o.dt, o.until),
                      "give a dt of at most the run's length");
  if (o.until / o.dt > kMostTimes)
    throw base::Error(fmt::format("{:.3g} results were asked for", o.until / o.dt),
                      fmt::format("give --dt of at least {:.2g} s", o.until / kMostTimes));
  std::vector<double> out;
  for (double k = 0; k * o.dt < o.until * (1 - 1e-9); ++k) out.push_back(k * o.dt);
  out.push_back(o.until);
  return out;
}

std::size_t span_before(const PowerHistory& h, double t) {
  // First span whose end is not before t.
  const auto end = std::lower_bound(h.time.begin() + 1, h.time.end(), t * (1 - 1e-12));
  return std::min(std::size_t(end - h.time.begin()) - 1, h.spans() - 1);
}

TransientResult empty_result(const TimeRun& run, std::size_t workload, std::vector<Place>& places) {
  const PowerHistory& power = run.histories[workload];
  TransientResult out;
  out.time = run.times;
  out.notes = power.notes;
  out.events = power.spans() - 1;
  const std::size_t times = run.times.size();
  std::vector<std::size_t> span(times);
  for (std::size_t t = 0; t < times; ++t) span[t] = span_before(power, run.times[t]);
  const auto watts = [&](const auto& counts) {
    std::vector<double> at(times, 0.0);
    for (std::size_t s = 0; s < run.assembly->sources.size(); ++s) {
      if (!counts(run.assembly->sources[s])) continue;
      for (std::size_t t = 0; t < times; ++t) at[t] += power.of(s, span[t]);
    }
    return at;
  };
  out.power_W = watts([](const package::HeatSource&) { return true; });
  places.clear();
  for (const Region& region : run.regions) {
    History h;
    h.path = region.path;
    h.max_K.assign(times, kNan);
    h.mean_K.assign(times, kNan);
    if (region.footprints.empty()) {
      h.power_W = watts([&](const package::HeatSource& s) {
        return std::find(region.solids.begin(), region.solids.end(), s.solid) != region.solids.end();
      });
    } else {
      h.power_W = watts([&](const package::HeatSource& s) { return within(s.path, region.path); });
    }
    const int list = region.kind == PartKind::die ? 0 : region.kind == PartKind::block ? 1 : 2;
    auto& to = list == 0 ? out.dies : list == 1 ? out.blocks : out.parts;
    places.push_back({list, to.size()});
    to.push_back(std::move(h));
  }
  out.probes_K.assign(run.options->probes.size(), std::vector<double>(times, kNan));
  return out;
}

History& history_at(TransientResult& result, const Place& place) {
  auto& list = place.list == 0 ? result.dies : place.list == 1 ? result.blocks : result.parts;
  return list[place.index];
}

void finish(TransientResult& result) {
  std::vector<History*> all;
  for (auto* list : {&result.dies, &result.blocks, &result.parts})
    for (History& h : *list) all.push_back(&h);
  for (History* whole : all)
    for (const History* part : all) {
      if (part == whole || !within(part->path, whole->path)) continue;
      for (std::size_t t = 0; t < result.time.size(); ++t)
        if (part->max_K[t] > whole->max_K[t]) whole->max_K[t] = part->max_K[t];
      whole->error_K = std::max(whole->error_K, part->error_K);
    }
  for (History* h : all) {
    fill_peak(*h, result.time);
    result.space_error_K = std::max(result.space_error_K, h->error_K);
  }
}

void refuse_missing_capacity(const Design& design, const Assembly& assembly) {
  base::Diagnostics problems;
  std::set<int> seen;
  for (const auto& solid : assembly.solids) {
    const auto& fill = solid.fill;
    for (const int index :
         {fill.material, fill.inclusion, fill.core, fill.liner > 0 ? fill.liner_material : -1}) {
      if (index < 0 || index >= int(design.materials.materials.size()) || !seen.insert(index).second)
        continue;
      const package::Material& m = design.materials.materials[std::size_t(index)];
      for (const auto p : {package::Property::density, package::Property::specific_heat}) {
        const auto* value = m.find(p);
        const double v = value ? value->curve.at(design.environment.ambient) : 0;
        if (value && std::isfinite(v) && v > 0) continue;
        const bool density = p == package::Property::density;
        problems.error(m.where.file.empty() ? solid.where : m.where,
                       fmt::format("material \"{}\" of \"{}\" has no {}: how fast it warms is unknown",
                                   m.name, solid.path, density ? "density" : "specific heat"),
                       fmt::format("give materials: {{{}: {{{}}}}}", m.name,
                                   density ? "density: 2330 kg/m3" : "specific_heat: 700 J/(kg K)"));
      }
    }
  }
  problems.throw_if_errors();
}

}  // namespace bondline::thermal::detail
