// What each film with a law came to, for people.
#include "design/thermal/nonlinear/laws.h"

namespace bondline::thermal::detail {

std::vector<FilmUsed> films_used(const Model& model, const std::vector<double>& u) {
  std::vector<FilmUsed> out;
  const FilmLaws& films = model.laws->films;
  for (std::size_t e = 0; e < films.used().size(); ++e) {
    const FilmLaws::Used& used = films.used()[e];
    const AppliedFilm& film = model.films[std::size_t(used.film)];
    FilmUsed f;
    f.name = film.name;
    f.h = used.h;
    f.radiation = used.law.radiation;
    f.surface_K = used.surface;
    f.ambient_K = film.ambient;
    f.watts = used.h * used.area * (used.surface - film.ambient);
    f.valid = used.law.h.valid;
    f.scatter = used.law.h.scatter;
    f.linearisation_error = films.linearisation_error(model, u, e);
    f.pressure_drop = used.law.pressure_drop;
    if (used.law.capacity_rate > 0) f.coolant_rise = f.watts / used.law.capacity_rate;
    f.source = used.law.h.source;
    f.doubt = used.law.h.doubt;
    f.where = film.where;
    out.push_back(std::move(f));
  }
  return out;
}

}  // namespace bondline::thermal::detail
