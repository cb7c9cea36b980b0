#include "design/thermal/nonlinear/film_laws.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/cooling/cold_plate.h"
#include "design/cooling/fins.h"
#include "design/cooling/forced_convection.h"
#include "design/cooling/natural_convection.h"
#include "design/cooling/radiation.h"

namespace bondline::thermal::detail {
namespace {

cooling::Fluid fluid_of(const package::FilmLaw& law) {
  return cooling::find_fluid(law.fluid).value_or(cooling::Fluid::air);
}

/// What a face of the film measures, by the way it looks: along the flow or up, and across.
struct Plate {
  double along = 0, across = 0;
};
Plate plate_of(const AppliedFilm& film) {
  switch (film.face) {
    case Face::top:
    case Face::bottom:
      return {film.width, film.depth};
    case Face::west:
    case Face::east:
      return {film.height, film.depth};
    default:
      return {film.height, film.width};
  }
}

cooling::Correlated still(const AppliedFilm& film, double surface_K, double ambient_K) {
  const package::FilmLaw& law = *film.law;
  const cooling::Fluid fluid = fluid_of(law);
  const double area = film.width * film.depth, perimeter = 2 * (film.width + film.depth);
  const bool hot = surface_K >= ambient_K;
  switch (film.face) {
    case Face::top:
    case Face::bottom:
      return (film.face == Face::top) == hot
                 ? cooling::natural_up(fluid, surface_K, ambient_K, area, perimeter)
                 : cooling::natural_down(fluid, surface_K, ambient_K, area, perimeter);
    default:
      return cooling::natural_vertical(fluid, surface_K, ambient_K,
                                       law.length > 0 ? law.length : film.height);
  }
}

LawValue by_fins(const AppliedFilm& film, double surface_K, double ambient_K) {
  const package::FilmLaw& law = *film.law;
  const package::Fins& fins = *law.fins;
  const cooling::Fluid fluid = fluid_of(law);
  cooling::SinkFilm answer;
  if (fins.pins) {
    answer = cooling::pin_fins_forced(fluid,
                                      {film.depth, film.width, fins.height, fins.thickness, fins.count,
                                       fins.along, fins.staggered, law.conductivity},
                                      surface_K, ambient_K, law.velocity);
  } else {
    const cooling::PlateFinSink sink{film.depth, film.width,       fins.height,   fins.thickness,
                                     fins.count, law.conductivity, law.emissivity};
    answer = law.velocity > 0 ? cooling::plate_fins_forced(fluid, sink, surface_K, ambient_K, law.velocity)
                              : cooling::plate_fins_natural(fluid, sink, surface_K, ambient_K);
  }
  return {answer.base, answer.radiation, answer.pressure_drop, 0};
}

LawValue by_channels(const AppliedFilm& film, double ambient_K) {
  const package::FilmLaw& law = *film.law;
  const package::PlateChannels& c = *law.channels;
  const cooling::ColdPlateAnswer a =
      cooling::cold_plate({film.depth, film.width, c.count, c.width, c.height, law.conductivity,
                           fluid_of(law), c.flow, ambient_K});
  return {a.film, 0, a.pressure_drop, a.capacity_rate};
}

LawValue law_value(const AppliedFilm& film, double surface_K, double ambient_K) {
  const package::FilmLaw& law = *film.law;
  if (law.fins) return by_fins(film, surface_K, ambient_K);
  if (law.channels) return by_channels(film, ambient_K);
  LawValue out;
  if (law.natural) out.h = still(film, surface_K, ambient_K);
  if (law.velocity > 0) {
    const double length = law.length > 0 ? law.length : plate_of(film).along;
    const auto forced =
        cooling::forced_plate(fluid_of(law), surface_K, ambient_K, {law.velocity, length, 0, false});
    out.h = law.natural ? cooling::combined(forced, out.h) : forced;
  }
  if (law.emissivity > 0) {
    out.radiation = cooling::radiation_film(law.emissivity, surface_K, ambient_K);
    out.h.value += out.radiation;
    out.h.source += out.h.source.empty() ? "grey radiation" : "; grey radiation";
  }
  return out;
}

double surface_mean(const Model& model, const std::vector<double>& u, const std::vector<std::size_t>& faces,
                    double h, double& per_h, double& area) {
  double sum = 0;
  per_h = area = 0;
  for (const std::size_t n : faces) {
    const CooledFace& face = model.faces[n];
    const double rise = inside_of(model, u, face) - face.ambient, film = h * face.area,
                 whole = face.half + film;
    sum += face.area * (face.ambient + rise * face.half / whole);
    per_h -= face.area * rise * face.half * face.area / (whole * whole);
    area += face.area;
  }
  per_h /= area;
  return model.t_ref + sum / area;
}

}  // namespace

LawValue evaluate_law(const AppliedFilm& film, double surface_K, double ambient_K) {
  LawValue out = law_value(film, surface_K, ambient_K);
  out.h.value *= film.factor;
  out.radiation *= film.factor;
  return out;
}

void prepare_law(const Design& design, const Assembly& assembly, AppliedFilm& film) {
  package::Rect box;
  double z0 = 0, z1 = 0;
  bool any = false;
  for (const auto& solid : assembly.solids) {
    if (!film.part.empty() && solid.part != film.part) continue;
    const package::Rect r = solid.footprint.bounds();
    if (!any) box = r, z0 = solid.z0, z1 = solid.z1, any = true;
    box = {std::min(box.x0, r.x0), std::min(box.y0, r.y0), std::max(box.x1, r.x1), std::max(box.y1, r.y1)};
    z0 = std::min(z0, solid.z0), z1 = std::max(z1, solid.z1);
  }
  if (!any) {
    film.width = design.body_size.x, film.depth = design.body_size.y, film.height = 1e-3;
  } else {
    film.width = box.width(), film.depth = box.height(), film.height = z1 - z0;
  }
  constexpr double kRise = 30;  // K, a first guess as in the standards' films
  film.h = evaluate_law(film, film.ambient + kRise, film.ambient).h.value;
}

double inside_of(const Model& model, const std::vector<double>& u, const CooledFace& face) {
  double t = u[face.cell];
  if (face.face == Face::top || face.face == Face::bottom) {
    const std::size_t nz = std::size_t(model.grid().nz()), column = face.cell / nz;
    const int nx = model.grid().nx();
    t +=
        model.bulge(face.cell, model.area(int(column) % nx, int(column) / nx), model.dz(int(face.cell % nz)));
  }
  return t;
}

FilmLaws::FilmLaws(const Model& model) {
  std::vector<int> entry(model.films.size(), -1);
  for (std::size_t n = 0; n < model.faces.size(); ++n) {
    const int f = model.faces[n].film;
    if (!model.films[std::size_t(f)].law) continue;
    if (entry[std::size_t(f)] < 0) {
      entry[std::size_t(f)] = int(films_.size());
      films_.push_back(f);
      faces_.emplace_back();
    }
    faces_[std::size_t(entry[std::size_t(f)])].push_back(n);
  }
  used_.resize(films_.size());
}

void FilmLaws::update(Model& model, const std::vector<double>& u) {
  for (std::size_t e = 0; e < films_.size(); ++e) {
    AppliedFilm& film = model.films[std::size_t(films_[e])];
    Used& used = used_[e];
    used.film = films_[e];
    const auto law = [&](double t, double a) { return evaluate_law(film, t, a).h.value; };
    constexpr double kStep = 0.02;  // K: central differences of smooth correlations, good to 1e-9
    const auto slope_at = [&](double t) {
      return (law(t + kStep, film.ambient) - law(t - kStep, film.ambient)) / (2 * kStep);
    };
    // h = law(T_s(h)): the surface falls as h rises, so Newton goes straight to the one root.
    double h = film.h;
    for (int step = 0; step < 30; ++step) {
      used.surface = surface_mean(model, u, faces_[e], h, used.surface_per_h, used.area);
      const double miss = law(used.surface, film.ambient) - h;
      const double next =
          std::max(h + miss / (1 - std::min(0.0, slope_at(used.surface) * used.surface_per_h)), 0.1 * h);
      const double change = next - h;
      h = next;
      if (std::abs(change) <= 1e-14 * h) break;
    }
    used.surface = surface_mean(model, u, faces_[e], h, used.surface_per_h, used.area);
    used.slope = slope_at(used.surface);
    used.per_ambient =
        (law(used.surface, film.ambient + kStep) - law(used.surface, film.ambient - kStep)) / (2 * kStep);
    used.law = evaluate_law(film, used.surface, film.ambient);
    used.h = film.h = h;
  }
}

double FilmLaws::linearisation_error(const Model& model, const std::vector<double>& u, std::size_t e) const {
  const AppliedFilm& film = model.films[std::size_t(films_[e])];
  if (!(film.law->emissivity > 0) || film.law->channels) return 0;
  double low = used_[e].surface, high = low;
  for (const std::size_t n : faces_[e]) {
    const CooledFace& face = model.faces[n];
    const double t =
        model.t_ref + face.ambient +
        (inside_of(model, u, face) - face.ambient) * face.half / (face.half + used_[e].h * face.area);
    low = std::min(low, t);
    high = std::max(high, t);
  }
  return cooling::radiation_linearisation_error(used_[e].surface, low, high, film.ambient);
}

void renew_ground(Model& model) {
  std::fill(model.op.ground.begin(), model.op.ground.end(), 0.0);
  for (CooledFace& face : model.faces) {
    const double film = model.films[std::size_t(face.film)].h * face.area;
    face.g = std::isinf(film) ? face.half : face.half * film / (face.half + film);
    model.op.ground[face.cell] += face.g;
  }
}

}  // namespace bondline::thermal::detail
