// steady(): which path, which grids, and what is put together into the result.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/layered_problem.h"
#include "design/thermal/leakage.h"
#include "design/thermal/model.h"
#include "design/thermal/nonlinear/tangent.h"
#include "design/thermal/nonlinear/two_grids.h"

namespace bondline::thermal {
namespace {

using namespace detail;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool on_deck_cells(const SteadyOptions& options) {
  return options.deck_cells[0] > 0 && options.deck_cells[1] > 0;
}

/// 80 % of the memory that the system says is available (Linux); 4 GB where it does not say.
double free_bytes() {
  std::ifstream info("/proc/meminfo");
  std::string key, unit;
  double kilobytes = 0;
  while (info >> key >> kilobytes) {
    std::getline(info, unit);
    if (key == "MemAvailable:") return 0.8 * 1024 * kilobytes;
  }
  return 4e9;
}

/// Mean temperature of every solid, K (the ambient for solids that no cell belongs to).
std::vector<double> solid_means(const Model& model, const std::vector<double>& u) {
  const std::size_t n = model.assembly->solids.size();
  std::vector<double> sum(n, 0), volume(n, 0);
  const auto& g = model.grid();
  for (int j = 0; j < g.ny(); ++j)
    for (int i = 0; i < g.nx(); ++i)
      for (int k = 0; k < g.nz(); ++k) {
        const std::size_t c = g.index(i, j, k);
        const int s = model.mesh.solid[c];
        if (s < 0) continue;
        const double v = model.area(i, j) * model.dz(k);
        sum[std::size_t(s)] += v * u[c];
        volume[std::size_t(s)] += v;
      }
  for (std::size_t s = 0; s < n; ++s) sum[s] = model.t_ref + (volume[s] > 0 ? sum[s] / volume[s] : 0);
  return sum;
}

void sort_parts(const std::vector<Region>& regions, const std::vector<PartValue>& values,
                SteadyResult& result) {
  for (std::size_t r = 0; r < regions.size(); ++r) {
    auto& list = regions[r].kind == PartKind::die     ? result.dies
                 : regions[r].kind == PartKind::block ? result.blocks
                                                      : result.parts;
    list.push_back(values[r].temperature);
    result.error_estimate_K = std::max(result.error_estimate_K, values[r].temperature.error_K);
  }
}

/// Parts whose limit is worth a gradient: those with a limit, and the hottest part of all.
std::vector<std::size_t> subjects(const Design& design, const std::vector<Region>& regions,
                                  const std::vector<PartValue>& values, std::vector<double>& limits) {
  std::vector<std::size_t> out;
  std::size_t hottest = SIZE_MAX;
  limits.clear();
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const std::optional<double> limit = limit_of(design, regions[r].path);
    if (limit) {
      out.push_back(r);
      limits.push_back(*limit);
    }
    if (hottest == SIZE_MAX || values[r].temperature.max_K > values[hottest].temperature.max_K + 1e-3)
      hottest = r;
  }
  if (hottest != SIZE_MAX && std::find(out.begin(), out.end(), hottest) == out.end()) {
    out.push_back(hottest);
    limits.push_back(std::numeric_limits<double>::infinity());
  }
  return out;
}

std::vector<Gradient> gradients_of(const Grid& grid, const std::vector<const Functional*>& functionals,
                                   const SteadyOptions& options) {
  if (!grid.model.laws || !grid.model.op.streams.empty())
    return adjoint(grid.model, grid.solution.u, *grid.solver, functionals, options);
  const Tangent tangent(grid.model, grid.solution.u, *grid.solver, true);
  std::vector<Gradient> out;
  for (const Functional* f : functionals) out.push_back(tangent.gradient(*f, options.relative_residual));
  return out;
}

/// What followed the temperature, in the result.
void tell_laws(const Grid& grid, SteadyResult& result) {
  const Laws& laws = *grid.model.laws;
  result.outer_iterations = grid.outer.outer;
  result.outer_change_K = grid.outer.last_change;
  if (laws.conductivity.any()) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    laws.conductivity.slopes(grid.model, grid.solution.u, [&](std::size_t c, const std::array<double, 3>&) {
      low = std::min(low, grid.solution.u[c]);
      high = std::max(high, grid.solution.u[c]);
    });
    std::string names;
    for (const auto& name : laws.conductivity.materials()) names += (names.empty() ? "" : ", ") + name;
    result.notes.push_back(
        fmt::format("conductivity of {} follows each cell's own temperature ({:.1f} to {:.1f} degC)", names,
                    grid.model.t_ref + low - 273.15, grid.model.t_ref + high - 273.15));
  }
  const auto watts = laws.leakage.die_watts();
  for (std::size_t d = 0; d < watts.size(); ++d)
    result.notes.push_back(fmt::format("{} leaks {:.3g} W, each place at its own temperature",
                                       laws.leakage.dies()[d].path, watts[d]));
  result.films = films_used(grid.model, grid.solution.u);
  for (const FilmUsed& film : result.films)
    result.notes.push_back(fmt::format(
        "{}: h = {:.3g} W/(m2 K) at a mean surface temperature of {:.1f} degC{}{} ({}){}", film.name, film.h,
        film.surface_K - 273.15,
        film.radiation > 0 ? fmt::format(", of it {:.2g} by radiation", film.radiation) : "",
        film.linearisation_error > 0 ? fmt::format(", which is right to {:.1f} % anywhere on the surface",
                                                   100 * film.linearisation_error)
                                     : "",
        film.source, film.doubt.empty() ? "" : "; " + film.doubt));
}

SteadyResult steady_volumes(const Design& design, const Assembly& designed, const SteadyOptions& options,
                            base::Pool& pool) {
  SteadyResult result;
  result.path = "finite volume";
  const auto tell = [&](double fraction, std::string_view doing) {
    if (options.progress) options.progress(fraction, doing);
  };
  const Assembly assembly = with_leakage(design, designed);
  const std::vector<Region> regions = regions_of(design, assembly);
  mesh::MeshOptions coarse_options, fine_options;
  const bool two = options.estimate_error && !on_deck_cells(options);
  fine_options.target_cells = two ? options.cells / 8 : options.cells;
  fine_options.even_cells = options.deck_cells;
  coarse_options = fine_options;
  fine_options.refine = two ? 1 : 0;

  const double max_bytes = options.max_bytes > 0 ? options.max_bytes : free_bytes();
  const mesh::Forecast ahead = mesh::forecast(design, assembly, fine_options);
  result.forecast_bytes = ahead.bytes_mesh + ahead.bytes_solver;
  tell(0, fmt::format("{:.3g} cells, {:.3g} MB forecast", ahead.cells, result.forecast_bytes / 1e6));

  const double ambient = design.environment.ambient;
  const auto make = [&](const mesh::MeshOptions& how) {
    auto grid = std::make_unique<Grid>();
    const auto start = Clock::now();
    grid->model = make_model(design, assembly, mesh::build(design, assembly, how, ambient, max_bytes), pool);
    add_laws(grid->model);
    result.seconds_mesh += seconds_since(start);
    return grid;
  };
  tell(0.02, "grid");
  const std::unique_ptr<Grid> coarse_grid = two ? make(coarse_options) : nullptr;
  const std::unique_ptr<Grid> fine_grid = make(fine_options);
  Grid& fine = *fine_grid;
  Grid& coarse = two ? *coarse_grid : fine;
  tell(0.15, "solve");
  const auto solving = Clock::now();
  TwoGrids both;
  if (two)
    both = solve_two_grids(coarse, fine, options, pool);
  else
    both.margin = solve_one_grid(fine, options, pool);
  result.runaway = both.margin;
  result.seconds_solve += seconds_since(solving);
  if (fine.model.laws) tell_laws(fine, result);
  tell(0.7, "parts");

  std::vector<PartValue> values = measure(fine.model, fine.solution.u, regions);
  if (two) {
    // Nested grids, second order: the error of the fine one is a third of the difference (Richardson 1911).
    const std::vector<PartValue> rough = measure(coarse.model, coarse.solution.u, regions);
    const std::vector<PartValue> compared =
        both.fine_compared ? measure(both.fine_compared->model, both.fine_compared->solution.u, regions)
                           : values;
    for (std::size_t r = 0; r < regions.size(); ++r) {
      PartTemperature& t = values[r].temperature;
      const PartTemperature &f = compared[r].temperature, &c = rough[r].temperature;
      t.error_K = both.error_factor * std::abs(f.max_K - c.max_K) / 3;
      t.mean_error_K = both.error_factor * std::abs(f.mean_K - c.mean_K) / 3;
    }
  }
  if (on_deck_cells(options)) {
    count_cells(fine.model, fine.solution.u, regions, values);
    result.error_estimate_K = std::numeric_limits<double>::quiet_NaN();
    result.notes.push_back("one solve on the cells asked for: no error estimate");
  }
  if (fine.model.laws) {
    const auto& leakage = fine.model.laws->leakage;
    const auto watts = leakage.die_watts();
    for (std::size_t d = 0; d < watts.size(); ++d)
      for (PartValue& value : values)
        if (value.temperature.path == leakage.dies()[d].path)
          value.temperature.power_W += watts[d] - leakage.dies()[d].law.power;
    if (result.runaway) {
      result.runaway->leakage_W = std::accumulate(watts.begin(), watts.end(), 0.0);
      for (std::size_t d = 0; d < watts.size(); ++d) result.runaway->dies[d].watts = watts[d];
    }
  }
  sort_parts(regions, values, result);
  probe(fine.model, fine.solution.u, options, result);
  surfaces(fine.model, fine.solution.u, result);
  result.heat_in_W = fine.model.power;
  result.heat_out_W = fine.solution.heat_out;
  result.balance = fine.solution.balance;
  result.paths = heat_paths(fine.model, fine.solution.u);
  result.coolants = coolant_results(fine.model, fine.solution.u);
  for (const CoolantFlow& flow : fine.model.streams.flows)
    result.notes.insert(result.notes.end(), flow.notes.begin(), flow.notes.end());
  result.cells = fine.model.grid().cells();
  result.iterations = fine.solution.report.iterations;
  result.relative_residual = fine.solution.report.relative_residual;
  result.media = fine.model.mesh.media;
  result.notes.insert(result.notes.end(), fine.model.mesh.notes.begin(), fine.model.mesh.notes.end());

  if (options.sensitivities) {
    // Derivatives and mends are differences: the coarse grid gives them at an eighth of the cost when there
    // is one.
    Grid& grid = coarse;
    if (grid.model.laws) grid.model.mesh.solid_temperature = solid_means(grid.model, grid.solution.u);
    tell(0.8, "sensitivities");
    const std::vector<PartValue> there = two ? measure(grid.model, grid.solution.u, regions) : values;
    std::vector<double> limits;
    const std::vector<std::size_t> which = subjects(design, regions, values, limits);
    std::vector<const Functional*> functionals;
    for (const std::size_t r : which) functionals.push_back(&there[r].hottest);
    const std::vector<Gradient> gradients = gradients_of(grid, functionals, options);
    std::vector<MendSubject> asked;
    for (std::size_t s = 0; s < which.size(); ++s) {
      const std::string& path = regions[which[s]].path;
      const auto list = sensitivities_of(grid.model, path, gradients[s]);
      result.sensitivities.insert(result.sensitivities.end(), list.begin(), list.end());
      asked.push_back(
          {path, values[which[s]].temperature.max_K, limits[s], there[which[s]].hottest, gradients[s]});
    }
    tell(0.9, "mends");
    result.mends = mends_of(grid.model, grid.solution, asked, options, pool);
  }
  if (options.keep_field) {
    result.temperature_K.resize(result.cells);
    for (std::size_t c = 0; c < result.cells; ++c)
      result.temperature_K[c] = fine.model.mesh.solid[c] >= 0 ? fine.model.t_ref + fine.solution.u[c]
                                                              : std::numeric_limits<double>::quiet_NaN();
    result.mesh = std::move(fine.model.mesh);
  }
  tell(1, "done");
  return result;
}

}  // namespace

SteadyResult steady(const Design& design, const Assembly& assembly, const SteadyOptions& options,
                    base::Pool& pool) {
  const auto start = Clock::now();
  if (!(options.cells >= 1))
    throw base::Error(fmt::format("{} cells were asked for", options.cells),
                      "ask for at least a few thousand cells");
  // What was asked for is refused on every path: the series would ignore it, a coarse geometry could not use
  // it.
  const mesh::Forecast asked = mesh::forecast(options.cells);
  const double max_bytes = options.max_bytes > 0 ? options.max_bytes : free_bytes();
  if (asked.bytes_mesh + asked.bytes_solver > max_bytes)
    throw base::Error(fmt::format("{:.3g} cells would need {:.3g} GB; {:.3g} GB are allowed", options.cells,
                                  (asked.bytes_mesh + asked.bytes_solver) / 1e9, max_bytes / 1e9),
                      fmt::format("ask for at most {:.1g} cells (--cells)",
                                  0.9 * options.cells * max_bytes / (asked.bytes_mesh + asked.bytes_solver)));
  if (assembly.solids.empty())
    throw base::Error("the design holds no solid", "give a block, a substrate or a die");
  if (on_deck_cells(options) && !design.block)
    throw base::Error("a deck's cells were asked for, but this is a package",
                      "they are for plain blocks, as decks of other tools become; leave --deck-cells out");
  const std::string why_not = options.path == Path::finite_volume || on_deck_cells(options) ||
                                      (options.path == Path::automatic && options.keep_field)
                                  ? "finite volumes were asked for"
                                  : why_not_spectral(design, assembly);
  if (options.path == Path::spectral && !why_not.empty())
    throw base::Error("the spectral path does not apply: " + why_not, "use --path fv or auto");
  SteadyResult result = why_not.empty() ? steady_spectral(design, assembly, options, pool)
                                        : steady_volumes(design, assembly, options, pool);
  // The series' bound is far above its error where a block is hottest on the edge of a hotter one heated in a
  // plane; the grid's estimate is then the better answer.
  constexpr double kDoubtful = 2;  // K
  if (options.path == Path::automatic && why_not.empty() && result.error_estimate_K > kDoubtful) {
    SteadyResult volumes = steady_volumes(design, assembly, options, pool);
    if (volumes.error_estimate_K < result.error_estimate_K) {
      volumes.notes.push_back(fmt::format(
          "finite volumes were taken: the exact series bounds its error by {:.2g} K only (--path spectral)",
          result.error_estimate_K));
      result = std::move(volumes);
    }
  }
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace bondline::thermal
