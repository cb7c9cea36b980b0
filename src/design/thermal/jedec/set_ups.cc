#include "design/thermal/jedec/set_ups.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "design/package/standards.h"

namespace bondline::thermal::detail {
namespace {

using package::Assembly;
using package::Design;
using package::Face;
using package::Film;
using package::Role;

constexpr double kEmissivity = 0.9;  // solder mask and mold compound: typical values 0.85 to 0.95
constexpr double kRing = 5e-3;       // m: JESD51-8: the ring clamps the board from 5 mm beside the body on
constexpr double kBeside = 1e-3;     // m: JESD51-8: TB within 1 mm of the body
constexpr double kLevel = 10e-6;     // m: faces within this height make one case
constexpr Face kFaces[] = {Face::top, Face::bottom, Face::west, Face::east, Face::south, Face::north};

Film film(Face face, const std::string& part, double h) {
  Film f;
  f.face = face;
  f.part = part;
  f.h = h;
  f.ambient = kJedecAmbient;
  f.from.source = "JESD51 set-up";
  f.from.confidence = package::Confidence::medium;
  return f;
}

Film air(Face face, const std::string& part) {
  constexpr double kFirstGuess = 10;  // W/(m2 K): the law is evaluated in the solve
  Film f = film(face, part, kFirstGuess);
  f.law.emplace();
  f.law->natural = true;
  f.law->emissivity = kEmissivity;
  return f;
}

void insulate(Design& design) {
  design.environment.films.clear();
  for (const Face face : kFaces) design.environment.films.push_back(film(face, "", 0));
}

/// Parts whose solids lie at the package's top (or bottom) face; the board's do not count.
std::set<std::string> parts_at(const Assembly& assembly, bool top) {
  double level = top ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  const auto counts = [](const package::Solid& s) {
    return s.role != Role::board_layer && s.part != "board" && s.role != Role::air;
  };
  for (const auto& s : assembly.solids)
    if (counts(s)) level = top ? std::max(level, s.z1) : std::min(level, s.z0);
  std::set<std::string> parts;
  for (const auto& s : assembly.solids)
    if (counts(s) && std::abs((top ? s.z1 : s.z0) - level) <= kLevel) parts.insert(s.part);
  return parts;
}

/// The board of a standard under the body; empty when there is none for it.
std::string put_board(Design& design, bool planes) {
  const double side = std::max(design.body_size.x, design.body_size.y);
  const bool area_array = design.balls.has_value();
  const std::string name = area_array ? planes ? "JESD51-9 2s2p" : "JESD51-9 1s"
                           : planes   ? "JESD51-7 2s2p"
                                      : "JESD51-3 1s";
  const auto standard = package::find_board_standard(name, side);
  if (!standard) return "";
  for (const auto& layer : standard->layers)
    for (const std::string& material : {layer.material, layer.fill})
      if (!material.empty() && !design.materials.find(material)) return "";
  package::Board board;
  board.standard = standard->name;
  board.size = standard->size;
  board.layers = standard->layers;
  if (design.body_size.x > design.body_size.y) std::swap(board.size.x, board.size.y);
  design.board = board;
  return standard->name;
}

void mark_board_points(SetUp& s) {
  const package::Vec2 body = s.design.body_size;
  for (const int side : {0, 1}) {
    const double sign = side == 0 ? 1 : -1;
    s.board_point[side] = body.x > body.y ? package::Vec2{0, sign * (0.5 * body.y + kBeside)}
                                          : package::Vec2{sign * (0.5 * body.x + kBeside), 0};
  }
}

std::string no_board(const Design& design) {
  return fmt::format("no board of JESD51-3, -7 or -9 is meant for a body of {:.1f} x {:.1f} mm",
                     1e3 * design.body_size.x, 1e3 * design.body_size.y);
}

}  // namespace

std::string no_package(const Design& design) {
  if (design.dies.empty() || !(design.body_size.x > 0))
    return "a plain block is no package: it has no die, no case and no board to be measured by";
  return "";
}

Design component(const Design& design, std::vector<std::string>& notes) {
  Design out = design;
  out.board.reset();
  if (out.heat_sink) {
    notes.push_back("the heat sink is left out: the figures describe the package alone");
    out.heat_sink.reset();
    // What lay between the package and its sink goes with it; between dies and lid it stays.
    std::erase_if(out.tims, [&](const package::Tim& tim) { return !out.lid || tim.name == "tim2"; });
  }
  for (auto& die : out.dies) {
    if (die.channels) {
      notes.push_back(fmt::format("the channels of die \"{}\" are taken as solid", die.name));
      die.channels.reset();
    }
    if (die.power.leakage) {
      notes.push_back(fmt::format("the leakage of die \"{}\" is off", die.name));
      die.power.leakage.reset();
    }
  }
  out.environment = {};
  out.environment.ambient = kJedecAmbient;
  return out;
}

SetUp still_air(const Design& component, bool planes) {
  SetUp s;
  s.kind = SetUpKind::still_air;
  s.name = planes ? "still_air_2s2p" : "still_air_1s";
  s.design = component;
  const std::string board = put_board(s.design, planes);
  s.standard = "JESD51-2A still air, board " + board;
  if (board.empty()) {
    s.standard = "JESD51-2A still air";
    s.why_not = no_board(component);
    return s;
  }
  auto& films = s.design.environment.films;
  films.clear();
  // One film for the board's top and the package's: a package sits in its board's plume, it is no small plate
  // alone.
  for (const Face face : kFaces) films.push_back(air(face, ""));
  mark_board_points(s);
  return s;
}

SetUp ring(const Design& component) {
  SetUp s;
  s.kind = SetUpKind::ring;
  s.name = "ring";
  s.design = component;
  const std::string board = put_board(s.design, true);
  s.standard = "JESD51-8 ring cold plate, board " + board;
  if (board.empty()) {
    s.standard = "JESD51-8 ring cold plate";
    s.why_not = no_board(component);
    return s;
  }
  s.design.board->size = {component.body_size.x + 2 * kRing, component.body_size.y + 2 * kRing};
  insulate(s.design);
  for (const Face face : {Face::west, Face::east, Face::south, Face::north})
    s.design.environment.films.push_back(film(face, "board", std::numeric_limits<double>::infinity()));
  mark_board_points(s);
  return s;
}

SetUp cold_case(const Design& component, bool top) {
  SetUp s;
  s.kind = top ? SetUpKind::case_top : SetUpKind::case_bottom;
  s.name = top ? "top" : "bottom";
  s.standard = top ? "cold plate on the top of the case (JESD51-14's heat path)"
                   : "cold plate under the package (JESD51-14's heat path)";
  s.design = component;
  insulate(s.design);
  for (const std::string& part : parts_at(package::assemble(component), top))
    s.design.environment.films.push_back(
        film(top ? Face::top : Face::bottom, part, std::numeric_limits<double>::infinity()));
  return s;
}

double board_top(const Assembly& assembly) {
  double z = std::nan("");
  for (const auto& s : assembly.solids)
    if (s.role == Role::board_layer && !(s.z1 <= z)) z = s.z1;
  return z;
}

}  // namespace bondline::thermal::detail
