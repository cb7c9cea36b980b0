#include "design/thermal/mend_moves.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

using package::Role;

/// What the material of a role can become. The figures are typical values of what is sold today, low
/// confidence.
struct Class {
  Role role;
  double best;  // W/(m K)
  const char* how;
};
constexpr Class kClasses[] = {
    {Role::tim, 8.0, "a highly filled gel or pad"},
    {Role::die_attach, 5.0, "a silver-filled adhesive"},
    {Role::joint, 1.5, "a thermally filled underfill"},
    {Role::mold, 3.0, "an alumina-filled mold compound"},
    {Role::lid, 390.0, "copper"},
    {Role::heat_sink, 390.0, "copper"},
};

/// Thinnest bond lines that are dispensed or laminated today, typical values.
double thinnest(Role role) {
  if (role == Role::tim) return 25e-6;
  if (role == Role::die_attach) return 10e-6;
  return 0;
}

void material_moves(const Model& model, std::vector<Move>& moves) {
  for (const int material : materials_in(model)) {
    const std::string& name = model.design->materials.materials[std::size_t(material)].name;
    double best = 0;
    const char* how = "";
    bool mixed = false;  // also serves where it cannot be exchanged so easily
    for (const auto& solid : model.assembly->solids) {
      if (solid.fill.material != material) continue;
      if (solid.role == Role::block_layer && material_k(model, material) < 10) {
        best = std::max(best, std::min(10.0, 2 * material_k(model, material)));
        how = "a better filled one";
        continue;
      }
      bool known = false;
      for (const Class& c : kClasses) {
        if (c.role != solid.role) continue;
        known = true;
        if (c.best > best) best = c.best, how = c.how;
      }
      if (!known && solid.role != Role::air) mixed = true;
    }
    const double k = material_k(model, material);
    if (mixed || best < 1.1 * k || k <= 0 || name == "air") continue;
    moves.push_back({Move::Kind::material,
                     material,
                     "materials." + name + ".k",
                     "k of " + name,
                     how,
                     "W/(m K)",
                     k,
                     best,
                     Straight::inverse,
                     {}});
  }
}

/// "tims.tim1.cache" and "tims.tim1.io" are both the line tims.tim1 of the design file.
std::string line_of(const std::string& path) {
  if (!path.starts_with("tims.")) return path;
  return path.substr(0, path.find('.', 5));
}

void thickness_moves(const Model& model, std::vector<Move>& moves) {
  const auto& solids = model.assembly->solids;
  const auto thickness = [&](int s) { return solids[std::size_t(s)].z1 - solids[std::size_t(s)].z0; };
  std::vector<std::pair<std::string, std::vector<int>>> lines;
  for (std::size_t s = 0; s < solids.size(); ++s) {
    if (thinnest(solids[s].role) <= 0) continue;
    const std::string line = line_of(solids[s].path);
    auto at = std::find_if(lines.begin(), lines.end(), [&](const auto& l) { return l.first == line; });
    if (at == lines.end()) at = lines.insert(lines.end(), {line, {}});
    at->second.push_back(int(s));
  }
  for (auto& [line, with] : lines) {
    const int s = *std::min_element(with.begin(), with.end(),
                                    [&](int a, int b) { return thickness(a) < thickness(b); });
    const double t = thickness(s), least = thinnest(solids[std::size_t(s)].role);
    if (t < 1.2 * least) continue;
    moves.push_back({Move::Kind::thickness, s, line + ".thickness", "the thickness of " + line,
                     "a thinner bond line", "m", t, least, Straight::linear, std::move(with)});
  }
}

/// What is left of a solid's thickness when the move is made.
double share_left(const Model& model, const Move& move, int solid) {
  const auto& s = model.assembly->solids[std::size_t(solid)];
  return 1 - (move.from - move.to) / (s.z1 - s.z0);
}

/// Which surfaces a film cools, in words.
std::string where_of(const AppliedFilm& film) {
  if (film.name == "environment.top") return "on surfaces that look up";
  if (film.name == "environment.bottom") return "on surfaces that look down";
  if (film.name == "environment.sides") return "on surfaces that look sideways";
  return "of " + film.name;
}

}  // namespace

std::vector<Move> possible_moves(const Model& model) {
  std::vector<Move> moves;
  material_moves(model, moves);
  thickness_moves(model, moves);
  for (std::size_t f = 0; f < model.films.size(); ++f) {
    const AppliedFilm& film = model.films[f];
    if (!std::isfinite(film.h) || film.h <= 0) continue;
    const bool used = std::any_of(model.faces.begin(), model.faces.end(),
                                  [&](const CooledFace& face) { return face.film == int(f); });
    if (!used) continue;
    Move move{Move::Kind::film,      int(f),     film.name + ".h", "the film coefficient " + where_of(film),
              "more air or coolant", "W/(m2 K)", film.h,           2 * film.h,
              Straight::inverse};
    if (film.sink_resistance && model.design->heat_sink) {
      move.parameter = "heat_sink.resistance";
      move.what = "the resistance of the heat sink";
      move.how = "a larger sink or more air";
      move.unit = "K/W";
      move.from = model.design->heat_sink->resistance;
      move.to = 0.5 * move.from;
      move.straight = Straight::linear;
    }
    moves.push_back(std::move(move));
  }
  return moves;
}

double predicted(const Model& model, const Move& move, const Gradient& gradient) {
  double log_slope = 0;  // dJ / d ln p
  switch (move.kind) {
    case Move::Kind::material:
      log_slope = material_slope(model, move.index, gradient);
      break;
    case Move::Kind::thickness: {
      double change = 0;
      for (const int s : move.with) {
        const auto& g = gradient.solid[std::size_t(s)];
        change += (g[0] + g[1] - g[2]) * (share_left(model, move, s) - 1);
      }
      return change;
    }
    case Move::Kind::film: {
      const double h = model.films[std::size_t(move.index)].h;
      log_slope = gradient.film_h[std::size_t(move.index)] * h;
      if (move.straight == Straight::linear) log_slope = -log_slope;  // R = 1 / (h A)
      break;
    }
  }
  return move.straight == Straight::inverse ? log_slope * (1 - move.from / move.to)
                                            : log_slope * (move.to / move.from - 1);
}

void apply_move(Model& model, const Move& move, base::Pool& pool) {
  auto& m = model.mesh;
  if (move.kind == Move::Kind::film) {
    AppliedFilm& film = model.films[std::size_t(move.index)];
    const double ratio = move.straight == Straight::linear ? move.from / move.to : move.to / move.from;
    film.h *= ratio;
    film.factor *= ratio;
  } else {
    std::vector<std::array<double, 3>> ratio(model.assembly->solids.size(), {1, 1, 1});
    for (std::size_t s = 0; s < ratio.size(); ++s) {
      if (move.kind == Move::Kind::material) {
        ratio[s] = medium_ratio(model, int(s), move.index, move.to / move.from);
      } else if (std::find(move.with.begin(), move.with.end(), int(s)) != move.with.end()) {
        const double t = share_left(
            model, move, int(s));  // a thinner layer: less resistance through it, less section along it
        ratio[s] = {t, t, 1 / t};
      }
    }
    if (model.k_scale.empty()) model.k_scale.assign(ratio.size(), {1, 1, 1});
    for (std::size_t s = 0; s < ratio.size(); ++s)
      for (std::size_t axis = 0; axis < 3; ++axis) model.k_scale[s][axis] *= ratio[s][axis];
    for (std::size_t c = 0; c < m.solid.size(); ++c) {
      if (m.solid[c] < 0) continue;
      const auto& r = ratio[std::size_t(m.solid[c])];
      m.kx[c] *= r[0];
      m.ky[c] *= r[1];
      m.kz[c] *= r[2];
    }
  }
  make_conductances(model, pool);
  place_films(model);
  place_sources(model);
  make_rhs(model);
}

}  // namespace bondline::thermal::detail
