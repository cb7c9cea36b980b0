// environment:, limits: and nets:
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "design/package/loading.h"
#include "design/package/read_materials.h"
#include "design/package/standards.h"

namespace bondline::package {
namespace {

struct FaceName {
  const char* name;
  Face face;
};
constexpr FaceName kFaces[] = {{"top", Face::top},   {"bottom", Face::bottom}, {"west", Face::west},
                               {"east", Face::east}, {"south", Face::south},   {"north", Face::north}};

std::vector<FaceName> faces_of(const std::string& name) {
  std::vector<FaceName> faces;
  for (const FaceName& row : kFaces) {
    const bool side = row.face != Face::top && row.face != Face::bottom;
    if (name == row.name || (name == "sides" && side)) faces.push_back(row);
  }
  return faces;
}

/// What stands around while the films of one design are resolved.
struct Films {
  Loading& in;
  double ambient;
  std::vector<Film> written;

  void add(const std::string& face_name, const std::string& part, const Node& map, const Node& h_node,
           std::optional<FilmLaw> law = std::nullopt) {
    // A law's first guess: still air on a small plate; the analysis evaluates the law.
    constexpr double kFirstGuess = 10;
    const double h = law ? kFirstGuess : read_scalar(in, h_node, plausible::film, std::nan(""));
    if (std::isnan(h)) return;
    for (const FaceName& face : faces_of(face_name)) {
      Film film;
      film.face = face.face;
      film.part = part;
      film.h = h;
      film.law = law;
      film.ambient = read(in, map, "ambient", plausible::ambient, ambient);
      film.from.source = "design file";
      film.from = read_provenance(map, film.from);
      film.from.where = h_node.where;
      written.push_back(film);
    }
  }
  void add_map(const Node& films) {
    static const Node nothing = document::map();
    for (const Node::Entry& entry : films.entries) {
      if (entry.value.is_scalar()) add(entry.key, "", nothing, entry.value);
      if (entry.value.is_map()) add_entry(entry.key, "", entry.value);
    }
  }
  void add_list(const Node& films) {
    for (const Node& film : films.items)
      if (film.is_map())
        add_entry(document::read_text(film, "face"), document::read_text(film, "part"), film);
  }
  /// A film's map: a number under `h`, or a law.
  void add_entry(const std::string& face, const std::string& part, const Node& film) {
    std::optional<FilmLaw> law = read_film_law(in, film);
    if (std::optional<FilmLaw> channels = read_plate_channels(in, film)) law = channels;
    const Node* h = film.find("h");
    if (h && law)
      in.diagnostics.error(film.where, "this film has a number and a law",
                           "keep h, or natural, forced, emissivity");
    else if (!h && !law)
      in.diagnostics.error(film.where, "this film says neither h nor a law",
                           "give h, or natural: true, forced: a speed, emissivity: a number");
    else
      add(face, part, film, h ? *h : film, law);
  }
  void add_cold_plate(const Node& plate) {
    const Node* h = plate.find("h");
    const std::optional<FilmLaw> law = read_plate_channels(in, plate);
    if (!h == !law) {
      in.diagnostics.error(
          plate.where,
          h ? "the cold plate has a film and channels" : "the cold plate has neither h nor channels",
          "give one of them");
      return;
    }
    Node as_film = document::map();
    if (const Node* t = plate.find("temperature")) document::put(as_film, "ambient", *t);
    add(document::read_text(plate, "face", "bottom"), document::read_text(plate, "part"), as_film,
        h ? *h : plate, law);
  }
  bool whole_face(Face face) const {
    return std::any_of(written.begin(), written.end(),
                       [&](const Film& f) { return f.face == face && f.part.empty(); });
  }
};

/// Length of the plate that moving air sees: the board, else the body.
double air_length(const Design& design) {
  const Vec2 size = design.board && design.board->size.x > 0 ? design.board->size : design.body_size;
  const double length = std::sqrt(size.x * size.y);
  return length > 0 ? length : 0.1;
}

void read_standard(Loading& in, const Node& node, Environment& environment) {
  environment.standard = document::read_text(node, "standard");
  environment.air_velocity = read(in, node, "velocity", plausible::air_speed);
  if (environment.standard.empty()) return;
  const bool still = environment.standard.starts_with("JESD51-2"),
             forced = environment.standard.starts_with("JESD51-6");
  const std::string rest = environment.standard.substr(std::min<std::size_t>(8, environment.standard.size()));
  if ((still && (rest.empty() || rest == " still air")) ||
      (forced && (rest.empty() || rest == " forced air"))) {
    environment.standard = still ? "JESD51-2 still air" : "JESD51-6 forced air";
  } else {
    const std::vector<std::string> known{"JESD51-2 still air", "JESD51-6 forced air"};
    in.diagnostics.error(where_of(node, "standard"),
                         fmt::format("unknown standard \"{}\"", environment.standard),
                         mend_by_nearest(environment.standard, known,
                                         "known: JESD51-2 still air, JESD51-6 forced air; or give films"));
  }
  if (forced && environment.air_velocity <= 0) {
    environment.air_velocity = 1;
    in.use_default("environment.velocity", "1 m/s", "the commonest air speed in data sheets");
  }
  if (still && environment.air_velocity > 0)
    in.diagnostics.error(where_of(node, "velocity"), "still air has no velocity",
                         "write standard: JESD51-6 forced air");
}

void resolve_films(Loading& in, const Node& node, Environment& environment) {
  Films films{in, environment.ambient, {}};
  if (const Node* written = node.find("films")) {
    if (written->is_map()) films.add_map(*written);
    if (written->is_list()) films.add_list(*written);
  }
  if (const Node* plate = node.find("cold_plate"); plate && plate->is_map()) films.add_cold_plate(*plate);
  const bool explicit_films = !films.written.empty() || has(node, "films") || has(node, "cold_plate");
  const bool air = !environment.standard.empty() || environment.air_velocity > 0 || !explicit_films;
  const double length = air_length(in.design);
  for (const FaceName& face : kFaces) {
    if (films.whole_face(face.face)) continue;
    Film film;
    film.face = face.face;
    film.ambient = environment.ambient;
    film.from.defaulted = true;
    film.from.confidence = Confidence::low;
    if (air) {
      film.h = air_film(face.face, environment.ambient, length, environment.air_velocity);
      film.from.source = environment.air_velocity > 0 ? kForcedAirSource : kStillAirSource;
    } else {
      film.h = 0;
      film.from.source = "films were written for other faces; this one is taken as adiabatic";
      film.from.confidence = Confidence::assumed;
    }
    in.use_default(fmt::format("environment.films.{}", face.name),
                   base::format_quantity(film.h, base::dim::film_coefficient, 3), film.from.source);
    environment.films.push_back(film);
  }
  environment.films.insert(environment.films.end(), films.written.begin(), films.written.end());
}

}  // namespace

void load_environment(Loading& in, const Node& root) {
  const Node& node = as_map(root.find("environment"));
  Environment& environment = in.design.environment;
  environment.where = root.find("environment") ? node.where : root.where;
  environment.ambient = read_or_default(in, node, "ambient", plausible::ambient, 298.15,
                                        "environment.ambient", "room temperature");
  environment.mission = document::read_text(node, "mission");
  const Node* coolant = node.find("coolant");
  if (coolant && coolant->is_scalar()) environment.coolant = coolant->text;
  if (coolant && coolant->is_map()) {
    environment.coolant = document::read_text(*coolant, "name");
    environment.coolant_flow = read(in, *coolant, "flow", plausible::coolant_flow);
    environment.coolant_inlet = read(in, *coolant, "inlet", plausible::ambient);
  }
  read_standard(in, node, environment);
  resolve_films(in, node, environment);
}

void load_limits_and_nets(Loading& in, const Node& root) {
  const Node& limits = as_map(root.find("limits"));
  in.design.limits.where = limits.where;
  in.design.limits.case_top = read_optional(in, limits, "case", plausible::limit);
  in.design.limits.board = read_optional(in, limits, "board", plausible::limit);
  in.design.limits.touch = read_optional(in, limits, "touch", plausible::limit);
  for (const Node::Entry& entry : as_map(root.find("nets")).entries) {
    const Node& map = as_map(&entry.value);
    Net net{entry.key, document::read_text(map, "class"), document::read_text(map, "from"),
            document::read_text(map, "to"), entry.where};
    if (const Node* to = map.find("to"); to && to->is_list())
      for (const Node& end : to->items) net.to += (net.to.empty() ? "" : " ") + end.text;
    in.design.nets.push_back(std::move(net));
  }
}

}  // namespace bondline::package
