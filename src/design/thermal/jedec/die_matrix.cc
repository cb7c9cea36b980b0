#include "design/thermal/jedec/die_matrix.h"

#include <limits>

#include "design/thermal/model.h"
#include "design/thermal/nonlinear/film_laws.h"

namespace bondline::thermal::detail {
namespace {

/// The sources that belong to a die: its own and its blocks'.
std::vector<std::size_t> sources_of(const package::Assembly& assembly, const std::string& path) {
  std::vector<std::size_t> out;
  for (std::size_t s = 0; s < assembly.sources.size(); ++s) {
    const std::string& p = assembly.sources[s].path;
    if (p == path || p.starts_with(path + ".")) out.push_back(s);
  }
  return out;
}

void hold_films(Model& model, const std::vector<FilmUsed>& films) {
  for (AppliedFilm& film : model.films) {
    if (!film.law) continue;
    for (const FilmUsed& used : films)
      if (used.name == film.name) film.h = used.h;
    film.law.reset();
  }
  renew_ground(model);
}

}  // namespace

DieMatrix die_matrix(const SetUp& set_up, const package::Assembly& assembly,
                     const std::vector<FilmUsed>& films, const JedecOptions& options, base::Pool& pool) {
  mesh::MeshOptions how;
  how.target_cells = options.cells;
  const double limit = options.max_bytes > 0 ? options.max_bytes : std::numeric_limits<double>::infinity();
  Model model = make_model(set_up.design, assembly,
                           mesh::build(set_up.design, assembly, how, kJedecAmbient, limit), pool);
  hold_films(model, films);
  numerics::ConductionSolver solver(model.op, pool);
  refuse_singular(model, solver);

  DieMatrix out;
  std::vector<Region> regions;
  std::vector<std::vector<std::size_t>> sources;
  for (const Region& region : regions_of(set_up.design, assembly)) {
    if (region.kind != PartKind::die) continue;
    auto own = sources_of(assembly, region.path);
    double watts = 0;
    for (const std::size_t s : own) watts += assembly.sources[s].power;
    if (!(watts > 0)) continue;
    out.dies.push_back(region.path);
    regions.push_back(region);
    sources.push_back(std::move(own));
  }
  const std::size_t n = regions.size();
  out.theta.assign(n, std::vector<double>(n, 0.0));
  for (std::size_t j = 0; j < n; ++j) {
    model.source_scale.assign(assembly.sources.size(), 0.0);
    for (const std::size_t s : sources[j]) model.source_scale[s] = 1;
    place_sources(model);
    make_rhs(model);
    const Solution solution = solve(model, solver, {});
    const auto values = measure(model, solution.u, regions);
    for (std::size_t i = 0; i < n; ++i)
      out.theta[i][j] = (values[i].temperature.mean_K - kJedecAmbient) / model.power;
  }
  return out;
}

}  // namespace bondline::thermal::detail
