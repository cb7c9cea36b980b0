// Films on outer surfaces: which film cools which face of which cell, and the heat that leaves there.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/model.h"
#include "design/thermal/nonlinear/film_laws.h"

namespace bondline::thermal::detail {
namespace {

constexpr Face kFaces[] = {Face::top, Face::bottom, Face::west, Face::east, Face::south, Face::north};

const char* name_of(Face face) {
  switch (face) {
    case Face::top:
      return "top";
    case Face::bottom:
      return "bottom";
    case Face::west:
      return "west";
    case Face::east:
      return "east";
    case Face::south:
      return "south";
    case Face::north:
      return "north";
  }
  return "";
}

}  // namespace

// A film that names a part beats one that names none; among equals the later wins.
std::vector<AppliedFilm> applied_films(const Design& design, const Assembly& assembly) {
  std::vector<AppliedFilm> films;
  bool sink_named = false;
  for (const package::Film& film : design.environment.films) {
    AppliedFilm a;
    a.name = film.part.empty() ? fmt::format("environment.{}", name_of(film.face))
                               : fmt::format("environment.{}.{}", film.part, name_of(film.face));
    a.part = film.part;
    a.face = film.face;
    a.h = film.h;
    a.ambient = film.ambient;
    a.where = film.from.where;
    a.law = film.law;
    if (film.part == "heat_sink" && film.face == Face::top) sink_named = true;
    if (std::isnan(film.h) || film.h < 0 || !std::isfinite(film.ambient)) {
      base::Diagnostics all;
      all.error(a.where, fmt::format("the film {} has h = {} W/(m2 K) to {} K", a.name, film.h, film.ambient),
                "h is zero or more (infinite: the face is held at its ambient), the ambient a temperature");
      throw base::Error(std::move(all));
    }
    films.push_back(std::move(a));
  }
  for (AppliedFilm& film : films)
    if (film.law) prepare_law(design, assembly, film);
  if (design.heat_sink && !sink_named) {
    const package::HeatSink& sink = *design.heat_sink;
    double area = sink.size.x * sink.size.y;
    for (const auto& solid : assembly.solids)
      if (solid.role == package::Role::heat_sink) area = solid.footprint.size.x * solid.footprint.size.y;
    AppliedFilm a;
    a.name = sink.law ? "heat_sink.fins" : sink.film > 0 ? "heat_sink.film" : "heat_sink.resistance";
    a.part = "heat_sink";
    a.h = sink.film > 0 ? sink.film : sink.resistance > 0 && area > 0 ? 1 / (sink.resistance * area) : 0;
    a.sink_resistance = !(sink.film > 0) && !sink.law;
    a.ambient = sink.ambient.value_or(design.environment.ambient);
    a.where = sink.where;
    a.law = sink.law;
    if (a.law) prepare_law(design, assembly, a);
    if (a.h > 0) films.push_back(std::move(a));
  }
  return films;
}

void place_films(Model& model) {
  const auto& g = model.grid();
  const auto& m = model.mesh;
  const int nx = g.nx(), ny = g.ny(), nz = g.nz();
  // film[part][face]
  std::map<std::string, int> part_number;
  std::vector<int> part_of(model.assembly->solids.size());
  for (std::size_t s = 0; s < part_of.size(); ++s)
    part_of[s] =
        part_number.try_emplace(model.assembly->solids[s].part, int(part_number.size())).first->second;
  std::vector<std::array<int, 6>> film_of(part_number.size(), {-1, -1, -1, -1, -1, -1});
  for (const bool named : {false, true}) {
    for (std::size_t f = 0; f < model.films.size(); ++f) {
      const AppliedFilm& film = model.films[f];
      if (film.part.empty() == named) continue;
      for (const auto& [part, number] : part_number)
        if (!named || part == film.part) film_of[std::size_t(number)][std::size_t(film.face)] = int(f);
    }
  }

  model.op.ground.assign(g.cells(), 0.0);
  model.faces.clear();
  model.first_face.assign(1, 0);
  const std::size_t row = std::size_t(nx) * std::size_t(nz);
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      std::size_t c = g.index(i, j, 0);
      for (int k = 0; k < nz; ++k, ++c) {
        if (m.solid[c] < 0 || model.fluid(c)) continue;
        const double dx = model.dx(i), dy = model.dy(j), dz = model.dz(k);
        const double cover = m.cover.empty() ? 1.0 : double(m.cover[c]);
        for (const Face face : kFaces) {
          bool open = false;
          double area = 0, half = 0;
          switch (face) {
            case Face::top:
              open = k + 1 == nz || m.solid[c + 1] < 0;
              break;
            case Face::bottom:
              open = k == 0 || m.solid[c - 1] < 0;
              break;
            case Face::west:
              open = i == 0 || m.solid[c - std::size_t(nz)] < 0;
              break;
            case Face::east:
              open = i + 1 == nx || m.solid[c + std::size_t(nz)] < 0;
              break;
            case Face::south:
              open = j == 0 || m.solid[c - row] < 0;
              break;
            case Face::north:
              open = j + 1 == ny || m.solid[c + row] < 0;
              break;
          }
          if (!open) continue;
          const int f = film_of[std::size_t(part_of[std::size_t(m.solid[c])])][std::size_t(face)];
          if (f < 0 || model.films[std::size_t(f)].h <= 0) continue;
          if (face == Face::top || face == Face::bottom) {
            area = dx * dy;
            half = 2 * m.kz[c] * area / dz;  // kz is scaled by the cover already
          } else if (face == Face::west || face == Face::east) {
            area = dy * dz;
            half = 2 * m.kx[c] * area / dx;
          } else {
            area = dx * dz;
            half = 2 * m.ky[c] * area / dy;
          }
          area *= cover;
          const AppliedFilm& film = model.films[std::size_t(f)];
          const double g_film = film.h * area;
          const double conductance = std::isinf(g_film) ? half : half * g_film / (half + g_film);
          model.faces.push_back({c, face, f, area, half, conductance, film.ambient - model.t_ref});
          model.op.ground[c] += conductance;
        }
      }
      model.first_face.push_back(std::int32_t(model.faces.size()));
    }
  }
  place_streams(model);
  if (model.faces.empty() && model.op.streams.empty()) {
    base::Diagnostics all;
    all.error(model.design->environment.where,
              "no outer surface is cooled, so the heat has no way out and no steady temperature exists",
              "give a film coefficient above zero for at least one face under environment:, or a heat sink");
    throw base::Error(std::move(all));
  }
}

namespace {

/// Heat leaving through one cooled face, W: conduction from the cell, and what a heated outer plane gives off
/// directly.
double face_heat(const Model& model, const std::vector<double>& u, const CooledFace& face) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz()), column = face.cell / nz;
  const int nx = g.nx(), i = int(column) % nx, j = int(column) / nx, k = int(face.cell % nz);
  double inside = u[face.cell], direct = 0;
  if (face.face == Face::top || face.face == Face::bottom) {
    inside += model.bulge(face.cell, model.area(i, j), model.dz(k));
    const int line = face.face == Face::top ? k + 1 : k;
    for (const HeatPlane& plane : model.planes) {
      if (plane.line != line) continue;
      const double watts = plane.watts[column], g_film = model.films[std::size_t(face.film)].h * face.area;
      if (watts != 0) direct += std::isinf(g_film) ? watts : watts * g_film / (g_film + face.half);
    }
  }
  return face.g * (inside - face.ambient) + direct;
}

}  // namespace

double heat_out(const Model& model, const std::vector<double>& u, double* gross) {
  double sum = 0, all = 0;
  for (const CooledFace& face : model.faces) {
    const double watts = face_heat(model, u, face);
    sum += watts;
    all += std::abs(watts);
  }
  double carried = 0;
  sum += stream_heat(model, u, &carried);
  if (gross) *gross = all + carried;
  return sum;
}

std::vector<HeatPath> heat_paths(const Model& model, const std::vector<double>& u) {
  std::map<std::string, double> by_name;
  for (const CooledFace& face : model.faces) {
    const std::string& part = model.assembly->solids[std::size_t(model.mesh.solid[face.cell])].part;
    const bool side = face.face != Face::top && face.face != Face::bottom;
    std::string name = side ? "sides" : name_of(face.face);
    if (part == "heat_sink")
      name = "heat_sink";
    else if (part == "board")
      name = "board " + name;
    by_name[name] += face_heat(model, u, face);
  }
  for (const CoolantResult& coolant : coolant_results(model, u))
    by_name["coolant of " + coolant.path] += coolant.heat_W;
  std::vector<HeatPath> paths;
  for (auto& [name, watts] : by_name) paths.push_back({name, watts});
  std::stable_sort(paths.begin(), paths.end(),
                   [](const HeatPath& a, const HeatPath& b) { return a.watts > b.watts; });
  return paths;
}

}  // namespace bondline::thermal::detail
