// The spectral path: a stack of uniform layers under traces (layered_time.h). Maxima are looked for on small
// rasters over each region and under each source, by parabolas around the best point of the moment.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/layered_problem.h"
#include "design/thermal/transient/run.h"
#include "design/thermal/transient/series/layered_time.h"

namespace bondline::thermal::detail {
namespace {

using Kind = numerics::LayeredProbe::Kind;

constexpr std::size_t kStrongest = 24;  // sources under which every layer is searched
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// K x K points over a rectangle at one height.
struct Raster {
  std::size_t region = 0, first = 0;  ///< first probe
  int points = 0;
};

numerics::LayeredProbe point(double x, double y, double z, int layer, bool on_floor) {
  numerics::LayeredProbe p;
  p.kind = on_floor ? Kind::bottom_face_mean : Kind::point;
  p.layer = layer;
  p.x0 = p.x1 = x;
  p.y0 = p.y1 = y;
  p.z = z;
  return p;
}

/// The most a parabola through three equidistant values rises above the middle one, inside them.
double rise_over(double m, double c, double p) {
  const double curve = m - 2 * c + p, slope = 0.5 * (p - m);
  if (!(curve < 0)) return 0;
  const double s = std::clamp(-slope / curve, -1.0, 1.0);
  return std::max(0.0, slope * s + 0.5 * curve * s * s);
}

double highest(const double* v, int k) {
  int best = 0;
  for (int i = 1; i < k * k; ++i)
    if (v[i] > v[best]) best = i;
  const int x = std::clamp(best % k, 1, k - 2), y = std::clamp(best / k, 1, k - 2);
  const int mid = y * k + x;
  double top = v[best];
  if (best == mid)
    top += rise_over(v[mid - 1], v[mid], v[mid + 1]) + rise_over(v[mid - k], v[mid], v[mid + k]);
  return top;
}

struct Asked {
  LayeredTimeProblem problem;
  std::vector<Raster> rasters;
  std::vector<std::vector<std::pair<std::size_t, double>>> means;  ///< per region: probe, area
  std::vector<std::size_t> probe;                                  ///< per probe asked for; SIZE_MAX outside
  double reference = 0;
};

void add_raster(Asked& asked, std::size_t region, const package::Rect& box, int points, int layer, double z,
                bool on_floor) {
  asked.rasters.push_back({region, asked.problem.probes.size(), points});
  for (int b = 0; b < points; ++b)
    for (int a = 0; a < points; ++a)
      asked.problem.probes.push_back(point(box.x0 + box.width() * a / (points - 1),
                                           box.y0 + box.height() * b / (points - 1), z, layer, on_floor));
}

Asked ask(const TimeRun& run) {
  const Design& design = *run.designs.front();
  const Assembly& assembly = *run.assembly;
  const package::Rect& e = assembly.extent;
  Asked asked;
  LayeredProblem layered = layered_problem(design, assembly);
  asked.reference = layered.reference;
  asked.problem.stack.stack = layered.stack;
  for (const int s : layered.solids) {
    const auto& m = design.materials.materials[std::size_t(assembly.solids[std::size_t(s)].fill.material)];
    asked.problem.stack.capacity.push_back(
        m.at(package::Property::density, design.environment.ambient) *
        m.at(package::Property::specific_heat, design.environment.ambient));
  }
  asked.problem.sources = layered.sources;

  std::vector<std::size_t> strongest(layered.sources.size());
  for (std::size_t s = 0; s < strongest.size(); ++s) strongest[s] = s;
  const auto density = [&](std::size_t s) {
    const auto& q = layered.sources[s];
    return std::abs(q.power) / ((q.x1 - q.x0) * (q.y1 - q.y0));
  };
  std::stable_sort(strongest.begin(), strongest.end(),
                   [&](std::size_t a, std::size_t b) { return density(a) > density(b); });
  strongest.resize(std::min(strongest.size(), kStrongest));

  const int fine = run.regions.size() > 60 ? 5 : 9;
  asked.means.resize(run.regions.size());
  for (std::size_t r = 0; r < run.regions.size(); ++r) {
    const Region& region = run.regions[r];
    std::size_t layer = 0;
    for (std::size_t l = 0; l < layered.solids.size(); ++l)
      if (region.z0 == assembly.solids[std::size_t(layered.solids[l])].z0) layer = l;
    const package::Solid& solid = assembly.solids[std::size_t(layered.solids[layer])];
    const double low = solid.z0 - assembly.z_min, high = solid.z1 - assembly.z_min;
    std::vector<double> levels{low, 0.5 * (low + high), high};
    if (region.in_plane) levels = {region.owner_above ? low : high};
    bool whole = false;
    for (const auto& footprint : region.footprints) {
      const package::Rect b = footprint.bounds();
      const package::Rect box{std::max(0.0, b.x0 - e.x0), std::max(0.0, b.y0 - e.y0),
                              std::min(e.width(), b.x1 - e.x0), std::min(e.height(), b.y1 - e.y0)};
      numerics::LayeredProbe mean;
      mean.kind = !region.in_plane     ? Kind::volume_mean
                  : region.owner_above ? Kind::bottom_face_mean
                                       : Kind::top_face_mean;
      mean.layer = int(layer);
      mean.x0 = box.x0, mean.x1 = box.x1, mean.y0 = box.y0, mean.y1 = box.y1;
      asked.means[r].push_back({asked.problem.probes.size(), box.area()});
      asked.problem.probes.push_back(mean);
      whole = whole || box.area() > 0.999 * e.area();
      for (const double z : levels) add_raster(asked, r, box, fine, int(layer), z, z == low);
    }
    if (!whole) continue;
    for (const std::size_t s : strongest) {
      const auto& q = layered.sources[s];
      const bool own = q.layer == int(layer);
      if (own && !region.in_plane) continue;  // its blocks are regions of their own
      for (const double z : levels)
        add_raster(asked, r, {q.x0, q.y0, q.x1, q.y1}, 3, int(layer), z, z == low);
    }
  }
  for (const Probe& p : run.options->probes) {
    const bool inside = p.x >= e.x0 && p.x <= e.x1 && p.y >= e.y0 && p.y <= e.y1 && p.z >= assembly.z_min &&
                        p.z <= assembly.z_max;
    asked.probe.push_back(inside ? asked.problem.probes.size() : SIZE_MAX);
    if (inside) asked.problem.probes.push_back(point(p.x - e.x0, p.y - e.y0, p.z - assembly.z_min, 0, false));
  }
  asked.problem.times = run.times;
  for (const auto& h : run.histories) asked.problem.workloads.push_back(&h);
  asked.problem.initial = run.options->initial;
  asked.problem.initial_rise = run.options->initial_K - asked.reference;
  return asked;
}

void fill(const Asked& asked, const LayeredTimeResult& solved, std::size_t workload,
          const std::vector<Place>& places, TransientResult& result) {
  const std::size_t probes = asked.problem.probes.size();
  for (std::size_t t = 0; t < result.time.size(); ++t) {
    const double* v = &solved.rise[workload][t * probes];
    for (std::size_t r = 0; r < places.size(); ++r) {
      double sum = 0, area = 0;
      for (const auto& [probe, a] : asked.means[r]) sum += a * v[probe], area += a;
      history_at(result, places[r]).mean_K[t] = asked.reference + sum / area;
    }
    for (const Raster& raster : asked.rasters) {
      double& max = history_at(result, places[raster.region]).max_K[t];
      const double found = asked.reference + highest(v + raster.first, raster.points);
      if (!(max >= found)) max = found;
    }
    for (std::size_t p = 0; p < asked.probe.size(); ++p)
      result.probes_K[p][t] = asked.probe[p] == SIZE_MAX ? kNan : asked.reference + v[asked.probe[p]];
  }
}

}  // namespace

std::vector<TransientResult> transient_spectral(const TimeRun& run, base::Pool& pool) {
  const auto tell = [&](double share, const char* doing) {
    if (run.options->progress) run.options->progress(share, doing);
  };
  Asked asked = ask(run);
  if (run.options->path == Path::spectral) asked.problem.most_modes = 4e6;
  tell(0.05, "modes");
  const LayeredTimeResult solved = solve_layered_time(asked.problem, pool);
  if (solved.too_many) throw TooManyModes{solved.modes};
  LayeredTimeResult rough;
  if (run.options->estimate_error) {
    tell(0.7, "error estimate");
    LayeredTimeProblem coarser = asked.problem;
    coarser.share *= 2;
    rough = solve_layered_time(coarser, pool, solved.steady);
  }
  std::vector<TransientResult> results;
  for (std::size_t w = 0; w < run.designs.size(); ++w) {
    std::vector<Place> places;
    TransientResult result = empty_result(run, w, places);
    result.path = "spectral";
    result.modes = solved.modes;
    result.cells = solved.modes * solved.nodes;
    result.heat = solved.heat[w];
    fill(asked, solved, w, places, result);
    for (const Probe& p : run.options->probes) {
      const int solid = run.assembly->at(p.x, p.y, p.z);
      result.probe_in.push_back(solid >= 0 ? run.assembly->solids[std::size_t(solid)].path : "");
    }
    if (run.options->estimate_error) {
      TransientResult other = result;
      for (auto* list : {&other.dies, &other.blocks, &other.parts})
        for (History& h : *list) std::fill(h.max_K.begin(), h.max_K.end(), kNan);
      fill(asked, rough, w, places, other);
      for (const Place& place : places) {
        History& fine = history_at(result, place);
        const History& coarse = history_at(other, place);
        for (std::size_t t = 0; t < result.time.size(); ++t)
          fine.error_K = std::max(fine.error_K, std::abs(fine.max_K[t] - coarse.max_K[t]) / 3 + solved.cut_K);
      }
    }
    finish(result);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace bondline::thermal::detail
