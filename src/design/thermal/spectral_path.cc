// The spectral path: a stack of laterally uniform layers of one footprint with adiabatic sides goes to
// numerics::solve_layered, which needs no grid. Same result, with the series' own error bound.
#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/layered_problem.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {
namespace {

using Kind = numerics::LayeredProbe::Kind;

constexpr double kTolerance = 1e-3;  // K, of every probe
constexpr int kPointModes = 200;  // per axis, most for point values: in a heated plane they converge slowly
constexpr int kSearchModes = 40;  // enough to see where a maximum lies
constexpr double kSearchTolerance = 1.0;  // K
constexpr std::size_t kFollowed = 3;      // regions whose maximum is followed with all modes

/// The hottest point of a region is looked for on a coarse raster, then by parabolas in x and y around the
/// best.
struct Search {
  package::Rect box;
  double z[3] = {0, 0, 0};
  int levels = 0, modes = 0;
  int layer = -1;    // whose region this is; -1: a height of the whole stack
  double floor = 0;  // where the layer begins
  std::array<double, 3> best{};
  double value = -std::numeric_limits<double>::infinity(), error = 0;
};

/// Five by five over the region, on each level.
std::vector<std::array<double, 3>> starts(const Search& s) {
  std::vector<std::array<double, 3>> out;
  for (int l = 0; l < s.levels; ++l)
    for (int b = 0; b < 5; ++b)
      for (int a = 0; a < 5; ++a)
        out.push_back({s.box.x0 + 0.25 * a * s.box.width(), s.box.y0 + 0.25 * b * s.box.height(), s.z[l]});
  return out;
}

numerics::LayeredProbe point(const std::array<double, 3>& at) {
  numerics::LayeredProbe probe;
  probe.kind = Kind::point;
  probe.x0 = probe.x1 = at[0];
  probe.y0 = probe.y1 = at[1];
  probe.z = at[2];
  return probe;
}

/// A point of the searched region. On the floor of its layer the layer itself answers, not the one below:
/// between them may be a contact resistance.
numerics::LayeredProbe point_of(int layer, double floor, const std::array<double, 3>& at) {
  numerics::LayeredProbe probe = point(at);
  if (layer < 0 || at[2] > floor) return probe;
  probe.kind = Kind::bottom_face_mean;
  probe.layer = layer;
  return probe;
}

/// The abscissa of the top of a parabola through (-d, m), (0, c), (d, p); 0 when it opens upwards.
double vertex(double d, double m, double c, double p) {
  const double curve = m - 2 * c + p;
  return curve < 0 ? std::clamp(0.5 * d * (m - p) / curve, -d, d) : 0;
}

class Run {
 public:
  Run(const LayeredProblem& problem, base::Pool& pool) : problem_(problem), pool_(pool) {}
  numerics::LayeredResult operator()(const std::vector<numerics::LayeredProbe>& probes,
                                     double tolerance = kTolerance, int max_modes = 4096) {
    auto result =
        numerics::solve_layered(problem_.stack, problem_.sources, probes, tolerance, pool_, max_modes);
    if (!result.problem.empty())
      throw base::Error("the layered series has no answer: " + result.problem,
                        "check films, sources and layers");
    return result;
  }

 private:
  const LayeredProblem& problem_;
  base::Pool& pool_;
};

/// Evaluates the points of each search with at most `modes` per axis; moves a search to what is hotter.
numerics::LayeredResult evaluate(std::vector<Search*>& searches,
                                 const std::vector<std::vector<std::array<double, 3>>>& points, int modes,
                                 Run& run) {
  std::vector<numerics::LayeredProbe> probes;
  for (std::size_t s = 0; s < searches.size(); ++s)
    for (const auto& p : points[s]) probes.push_back(point_of(searches[s]->layer, searches[s]->floor, p));
  const auto r = run(probes, modes == kPointModes ? kTolerance : kSearchTolerance, modes);
  std::size_t n = 0;
  for (std::size_t s = 0; s < searches.size(); ++s)
    for (const auto& p : points[s]) {
      Search& search = *searches[s];
      if (r.rise[n] > search.value || search.modes != modes)
        search.value = r.rise[n], search.best = p, search.error = r.error_bound[n], search.modes = modes;
      ++n;
    }
  return r;
}

/// A cross around the best point, and the top of the parabolas through it.
void climb(std::vector<Search*>& searches, double share, int modes, Run& run) {
  std::vector<std::vector<std::array<double, 3>>> points;
  std::vector<std::array<double, 3>> centre;
  for (const Search* search : searches) {
    const double dx = share * search->box.width(), dy = share * search->box.height();
    std::array<double, 3> c = search->best;
    c[0] = std::clamp(c[0], search->box.x0 + dx, search->box.x1 - dx);
    c[1] = std::clamp(c[1], search->box.y0 + dy, search->box.y1 - dy);
    centre.push_back(c);
    points.push_back({c,
                      {c[0] - dx, c[1], c[2]},
                      {c[0] + dx, c[1], c[2]},
                      {c[0], c[1] - dy, c[2]},
                      {c[0], c[1] + dy, c[2]}});
  }
  const auto cross = evaluate(searches, points, modes, run);
  for (std::size_t s = 0; s < searches.size(); ++s) {
    const double dx = share * searches[s]->box.width(), dy = share * searches[s]->box.height();
    const double* v = &cross.rise[5 * s];
    points[s] = {{centre[s][0] + vertex(dx, v[1], v[0], v[2]), centre[s][1] + vertex(dy, v[3], v[0], v[4]),
                  centre[s][2]}};
  }
  evaluate(searches, points, modes, run);
}

/// Few modes show roughly where each maximum lies; the hottest few are then followed with many.
void find_peaks(std::vector<Search>& searches, Run& run) {
  std::vector<Search*> all;
  std::vector<std::vector<std::array<double, 3>>> points;
  for (Search& s : searches) {
    all.push_back(&s);
    points.push_back(starts(s));
  }
  evaluate(all, points, kSearchModes, run);
  climb(all, 0.125, kSearchModes, run);
  std::vector<Search*> hottest = all;
  std::stable_sort(hottest.begin(), hottest.end(),
                   [](const Search* a, const Search* b) { return a->value > b->value; });
  hottest.resize(std::min(hottest.size(), kFollowed));
  for (const double share : {0.06, 0.03}) climb(hottest, share, kPointModes, run);
  points.clear();
  for (const Search* s : all) points.push_back({s->best});
  evaluate(all, points, kPointModes, run);
}

/// Central differences of one probe in the logarithm of each parameter of the stack.
std::vector<Sensitivity> differences(const LayeredProblem& problem, const std::string& subject,
                                     const Search& peak, double t_ref, base::Pool& pool) {
  const std::array<double, 3>& at = peak.best;
  const bool on_floor = at[2] <= peak.floor;
  std::vector<Sensitivity> list;
  for (const LayeredParameter& p : problem.parameters) {
    constexpr double e = 1e-3;
    double rise[2];
    for (const int side : {0, 1}) {
      LayeredProblem moved = problem;
      std::array<double, 3> there = at;
      move_parameter(moved, p, std::exp(side ? e : -e), there);
      Run run(moved, pool);
      rise[side] =
          run({point_of(peak.layer, on_floor ? there[2] : 0, there)}, kTolerance, kPointModes).rise[0];
    }
    const double slope = (rise[1] - rise[0]) / (2 * e * p.value);
    if (slope != 0) list.push_back({subject, p.name, p.value, slope, p.unit});
  }
  std::stable_sort(list.begin(), list.end(), [](const Sensitivity& a, const Sensitivity& b) {
    return std::abs(a.dT_dp * a.value) > std::abs(b.dT_dp * b.value);
  });
  list.push_back({subject, "environment.ambient", t_ref, 1.0, "K"});
  return list;
}

}  // namespace

SteadyResult steady_spectral(const Design& design, const Assembly& assembly, const SteadyOptions& options,
                             base::Pool& pool) {
  const auto start = std::chrono::steady_clock::now();
  const LayeredProblem problem = layered_problem(design, assembly);
  SteadyResult result;
  result.path = "spectral";
  const std::vector<Region> regions = regions_of(design, assembly);
  const package::Rect& e = assembly.extent;
  Run run(problem, pool);

  // Means and probes in one series.
  std::vector<numerics::LayeredProbe> probes;
  std::vector<std::vector<double>> areas(regions.size());
  std::vector<Search> searches;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const Region& region = regions[r];
    int layer = 0;
    for (std::size_t l = 0; l < problem.solids.size(); ++l)
      if (region.z0 == assembly.solids[std::size_t(problem.solids[l])].z0) layer = int(l);
    const package::Solid& solid = assembly.solids[std::size_t(problem.solids[std::size_t(layer)])];
    Search search;
    for (const auto& footprint : region.footprints) {
      const package::Rect b = footprint.bounds();
      numerics::LayeredProbe probe;
      probe.layer = layer;
      probe.kind = !region.in_plane     ? Kind::volume_mean
                   : region.owner_above ? Kind::bottom_face_mean
                                        : Kind::top_face_mean;
      probe.x0 = std::max(0.0, b.x0 - e.x0);
      probe.x1 = std::min(e.width(), b.x1 - e.x0);
      probe.y0 = std::max(0.0, b.y0 - e.y0);
      probe.y1 = std::min(e.height(), b.y1 - e.y0);
      probes.push_back(probe);
      const double area = b.area();
      areas[r].push_back(area);
      if (area >= *std::max_element(areas[r].begin(), areas[r].end()))
        search.box = {probe.x0, probe.y0, probe.x1, probe.y1};
    }
    const double low = solid.z0 - assembly.z_min, high = solid.z1 - assembly.z_min;
    search.layer = layer;
    search.floor = low;
    if (region.in_plane) {
      search.z[search.levels++] = region.owner_above ? low : high;
    } else {
      for (const double z : {low, 0.5 * (low + high), high}) search.z[search.levels++] = z;
    }
    searches.push_back(search);
  }
  const std::size_t first_point = probes.size();
  for (const Probe& p : options.probes)
    if (p.x >= e.x0 && p.x <= e.x1 && p.y >= e.y0 && p.y <= e.y1 && p.z >= assembly.z_min &&
        p.z <= assembly.z_max)
      probes.push_back(point({p.x - e.x0, p.y - e.y0, p.z - assembly.z_min}));
  const std::size_t surface_points = probes.size();
  probes.push_back(point({std::clamp(-e.x0, 0.0, e.width()), std::clamp(-e.y0, 0.0, e.height()),
                          assembly.z_max - assembly.z_min}));
  const numerics::LayeredResult means = run(probes, kTolerance, kPointModes);

  // Cooled outer faces join the search for maxima.
  for (const double z : {assembly.z_max - assembly.z_min, 0.0}) {
    if (!((z > 0 ? problem.stack.h_top : problem.stack.h_bottom) > 0)) continue;
    Search face;
    face.box = {0, 0, e.width(), e.height()};
    face.z[face.levels++] = z;
    searches.push_back(face);
  }
  find_peaks(searches, run);

  for (std::size_t r = 0; r < regions.size(); ++r)  // a whole is at least as hot as what lies in it
    for (std::size_t q = 0; q < regions.size(); ++q)
      if (regions[q].path.starts_with(regions[r].path + ".") && searches[q].value > searches[r].value) {
        searches[r].value = searches[q].value;
        searches[r].best = searches[q].best;
        searches[r].error = searches[q].error;
      }

  std::size_t n = 0, hottest = 0;
  double hottest_rise = 0;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    PartTemperature t;
    t.path = regions[r].path;
    t.power_W = regions[r].power;
    double sum = 0, area = 0;
    for (const double a : areas[r]) {
      sum += a * means.rise[n];
      t.mean_error_K = std::max(t.mean_error_K, means.error_bound[n]);
      area += a;
      ++n;
    }
    t.mean_K = problem.reference + sum / area;
    const Search& s = searches[r];
    t.max_K = problem.reference + s.value;
    t.min_K = std::numeric_limits<double>::quiet_NaN();
    t.error_K = s.error;
    t.max_at = {s.best[0] + e.x0, s.best[1] + e.y0, s.best[2] + assembly.z_min};
    if (s.value > hottest_rise * (1 + 1e-3)) hottest_rise = s.value, hottest = r;
    result.error_estimate_K = std::max(result.error_estimate_K, t.error_K);
    (regions[r].kind == PartKind::die     ? result.dies
     : regions[r].kind == PartKind::block ? result.blocks
                                          : result.parts)
        .push_back(t);
  }
  n = first_point;
  for (const Probe& p : options.probes) {
    const int solid = assembly.at(p.x, p.y, p.z);
    const bool inside = p.x >= e.x0 && p.x <= e.x1 && p.y >= e.y0 && p.y <= e.y1 && p.z >= assembly.z_min &&
                        p.z <= assembly.z_max;
    result.probes_K.push_back(inside ? problem.reference + means.rise[n++]
                                     : std::numeric_limits<double>::quiet_NaN());
    result.probe_in.push_back(inside && solid >= 0 ? assembly.solids[std::size_t(solid)].path : "");
  }
  result.case_top_K = problem.reference + means.rise[surface_points];
  result.case_top_at = {0, 0, assembly.z_max};
  for (std::size_t f = regions.size(); f < searches.size(); ++f) {
    if (problem.reference + searches[f].value < result.touch_K) continue;
    result.touch_K = problem.reference + searches[f].value;
    result.touch_at = {searches[f].best[0] + e.x0, searches[f].best[1] + e.y0,
                       searches[f].best[2] + assembly.z_min};
  }
  for (const auto& source : problem.sources) result.heat_in_W += source.power;
  result.heat_out_W = means.heat_out_top + means.heat_out_bottom;
  result.balance =
      std::abs(result.heat_in_W - result.heat_out_W) / std::max(std::abs(result.heat_in_W), 1e-300);
  if (means.heat_out_top != 0) result.paths.push_back({"top", means.heat_out_top});
  if (means.heat_out_bottom != 0) result.paths.push_back({"bottom", means.heat_out_bottom});
  std::stable_sort(result.paths.begin(), result.paths.end(),
                   [](const HeatPath& a, const HeatPath& b) { return a.watts > b.watts; });
  if (!(result.balance <= 1e-8))
    throw base::Error(fmt::format("the layered series misses its heat balance by {:.2g}", result.balance),
                      "");

  if (options.sensitivities && !regions.empty()) {
    std::vector<std::pair<std::size_t, double>> subjects;
    for (std::size_t r = 0; r < regions.size(); ++r)
      if (const auto limit = limit_of(design, regions[r].path)) subjects.push_back({r, *limit});
    const bool listed =
        std::any_of(subjects.begin(), subjects.end(), [&](const auto& s) { return s.first == hottest; });
    if (!listed) subjects.push_back({hottest, std::numeric_limits<double>::infinity()});
    bool mends = false;
    for (const auto& [r, limit] : subjects) {
      const auto list = differences(problem, regions[r].path, searches[r], problem.reference, pool);
      result.sensitivities.insert(result.sensitivities.end(), list.begin(), list.end());
      if (problem.reference + searches[r].value > limit) mends = true;
    }
    if (mends) {  // rare and not timed: the finite-volume path knows how to try changes
      SteadyOptions how = options;
      how.path = Path::finite_volume;
      how.cells = std::min(options.cells, 60e3);
      how.keep_field = false;
      how.estimate_error = true;
      result.mends = steady(design, assembly, how, pool).mends;
    }
  }
  result.seconds_solve = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace bondline::thermal::detail
