#include "design/thermal/layered_problem.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

constexpr double kSame = 1e-9;  // m

std::vector<int> by_height(const Assembly& assembly) {
  std::vector<int> order(assembly.solids.size());
  for (std::size_t s = 0; s < order.size(); ++s) order[s] = int(s);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return assembly.solids[std::size_t(a)].z0 < assembly.solids[std::size_t(b)].z0;
  });
  return order;
}

bool same_rect(const package::Rect& a, const package::Rect& b) {
  return std::abs(a.x0 - b.x0) < kSame && std::abs(a.x1 - b.x1) < kSame && std::abs(a.y0 - b.y0) < kSame &&
         std::abs(a.y1 - b.y1) < kSame;
}

/// The film that acts on a part's face; h = 0 when there is none.
AppliedFilm film_for(const std::vector<AppliedFilm>& films, const std::string& part, Face face) {
  AppliedFilm found;
  for (const bool named : {false, true})
    for (const auto& film : films)
      if (film.face == face && (named ? film.part == part : film.part.empty())) found = film;
  return found;
}

const char* stack_problem(const Design& design, const Assembly& assembly) {
  const auto order = by_height(assembly);
  double z = assembly.z_min;
  for (const int s : order) {
    const package::Solid& solid = assembly.solids[std::size_t(s)];
    if (!solid.footprint.axis_parallel() || !same_rect(solid.footprint.bounds(), assembly.extent))
      return "its parts differ in footprint";
    if (solid.fill.kind != package::FillKind::simple || solid.fill.fraction_map)
      return "a layer is not uniform";
    if (std::abs(solid.z0 - z) > 1e-12 + 1e-9 * std::abs(z)) return "its layers overlap or leave gaps";
    z = solid.z1;
    if (solid.fill.material < 0) return "a layer has no material";
    const auto& material = design.materials.materials[std::size_t(solid.fill.material)];
    for (const auto p : {package::Property::k_x, package::Property::k_y, package::Property::k_z})
      if (const auto* value = material.find(p); value && !value->curve.constant())
        return "a conductivity depends on the temperature";
    const auto k = material.conductivity(design.environment.ambient);
    if (k[0] != k[1]) return "a layer conducts differently along x and y";
    for (const double v : k)
      if (!(v > 0) || !std::isfinite(v)) return "a layer does not conduct";
  }
  return nullptr;
}

}  // namespace

std::optional<double> limit_of(const Design& design, const std::string& path) {
  for (const auto& die : design.dies)
    if (path == "dies." + die.name) return die.limit.junction;
  if (design.block)
    for (const auto& layer : design.block->layers)
      if (path == "block." + layer.name) return layer.limit;
  if (path == "board") return design.limits.board;
  return std::nullopt;
}

std::string why_not_spectral(const Design& design, const Assembly& assembly) {
  if (assembly.solids.empty()) return "there are no layers";
  if (!assembly.channels.empty()) return "a coolant runs through it";
  for (const auto& die : design.dies)
    if (die.power.leakage) return "a die leaks";
  if (const char* why = stack_problem(design, assembly)) return why;
  const auto order = by_height(assembly);
  const auto films = applied_films(design, assembly);
  for (const auto& film : films)
    if (film.law) return "a film follows its surface's temperature";
  for (const auto& solid : assembly.solids)
    for (const Face face : {Face::west, Face::east, Face::south, Face::north})
      if (film_for(films, solid.part, face).h > 0) return "its sides are cooled";
  const AppliedFilm top = film_for(films, assembly.solids[std::size_t(order.back())].part, Face::top);
  const AppliedFilm bottom = film_for(films, assembly.solids[std::size_t(order.front())].part, Face::bottom);
  if (!(top.h > 0) && !(bottom.h > 0)) return "nothing cools it";
  if (top.h > 0 && bottom.h > 0 && top.ambient != bottom.ambient)
    return "top and bottom have different ambients";
  for (const auto& contact : assembly.contacts)
    if (!contact.footprint.axis_parallel() || !same_rect(contact.footprint.bounds(), assembly.extent))
      return "a contact resistance covers only a part";
  const package::Rect& e = assembly.extent;
  for (const auto& source : assembly.sources) {
    const package::Rect b = source.footprint.bounds();
    if (!source.footprint.axis_parallel() || b.x0 < e.x0 - kSame || b.x1 > e.x1 + kSame ||
        b.y0 < e.y0 - kSame || b.y1 > e.y1 + kSame || source.solid < 0 || !std::isfinite(source.power))
      return "a heat source is turned or reaches outside";
    const package::Solid& solid = assembly.solids[std::size_t(source.solid)];
    const bool volume = source.z0 == solid.z0 && source.z1 == solid.z1;
    const bool plane = source.z0 == source.z1 && (source.z0 == solid.z0 || source.z0 == solid.z1);
    if (!volume && !plane) return "a heat source fills only a part of a layer's thickness";
  }
  return "";
}

LayeredProblem layered_problem(const Design& design, const Assembly& assembly) {
  LayeredProblem out;
  out.solids = by_height(assembly);
  const package::Rect& e = assembly.extent;
  out.stack.size_x = e.width();
  out.stack.size_y = e.height();
  std::vector<int> layer_of(assembly.solids.size());
  std::map<int, std::vector<int>> layers_of_material;
  for (std::size_t l = 0; l < out.solids.size(); ++l) {
    const package::Solid& solid = assembly.solids[std::size_t(out.solids[l])];
    layer_of[std::size_t(out.solids[l])] = int(l);
    const auto k =
        design.materials.materials[std::size_t(solid.fill.material)].conductivity(design.environment.ambient);
    numerics::LayeredStack::Layer layer{solid.z1 - solid.z0, k[0], k[2], 0};
    for (const auto& contact : assembly.contacts)
      if (std::abs(contact.z - solid.z0) < kSame && l > 0) layer.contact_below += contact.resistance;
    out.stack.layers.push_back(layer);
    layers_of_material[solid.fill.material].push_back(int(l));
  }
  for (const auto& [material, layers] : layers_of_material) {
    const auto& m = design.materials.materials[std::size_t(material)];
    out.parameters.push_back({LayeredParameter::Kind::conductivity, layers, "materials." + m.name + ".k",
                              "W/(m K)", out.stack.layers[std::size_t(layers.front())].k_vertical});
  }
  for (std::size_t l = 0; l < out.solids.size(); ++l) {
    const std::string& path = assembly.solids[std::size_t(out.solids[l])].path;
    out.parameters.push_back({LayeredParameter::Kind::thickness,
                              {int(l)},
                              path + ".thickness",
                              "m",
                              out.stack.layers[l].thickness});
    if (out.stack.layers[l].contact_below > 0)
      out.parameters.push_back({LayeredParameter::Kind::contact,
                                {int(l)},
                                path + ".contact_resistance",
                                "m2 K/W",
                                out.stack.layers[l].contact_below});
  }
  const auto films = applied_films(design, assembly);
  const AppliedFilm top = film_for(films, assembly.solids[std::size_t(out.solids.back())].part, Face::top);
  const AppliedFilm bottom =
      film_for(films, assembly.solids[std::size_t(out.solids.front())].part, Face::bottom);
  out.stack.h_top = top.h;
  out.stack.h_bottom = bottom.h;
  out.reference = top.h > 0 ? top.ambient : bottom.ambient;
  if (top.h > 0 && std::isfinite(top.h))
    out.parameters.push_back({LayeredParameter::Kind::h_top, {}, top.name + ".h", "W/(m2 K)", top.h});
  if (bottom.h > 0 && std::isfinite(bottom.h))
    out.parameters.push_back(
        {LayeredParameter::Kind::h_bottom, {}, bottom.name + ".h", "W/(m2 K)", bottom.h});
  using Place = numerics::LayeredSource::Place;
  for (const auto& source : assembly.sources) {
    const package::Rect b = source.footprint.bounds();
    const package::Solid& solid = assembly.solids[std::size_t(source.solid)];
    const Place place = source.z1 > source.z0   ? Place::volume
                        : source.z0 == solid.z0 ? Place::bottom_face
                                                : Place::top_face;
    out.sources.push_back({layer_of[std::size_t(source.solid)], place, std::max(0.0, b.x0 - e.x0),
                           std::min(e.width(), b.x1 - e.x0), std::max(0.0, b.y0 - e.y0),
                           std::min(e.height(), b.y1 - e.y0), source.power});
  }
  return out;
}

void move_parameter(LayeredProblem& problem, const LayeredParameter& parameter, double factor,
                    std::array<double, 3>& point) {
  using Kind = LayeredParameter::Kind;
  auto& layers = problem.stack.layers;
  switch (parameter.kind) {
    case Kind::conductivity:
      for (const int l : parameter.layers) {
        layers[std::size_t(l)].k_lateral *= factor;
        layers[std::size_t(l)].k_vertical *= factor;
      }
      break;
    case Kind::thickness: {
      const std::size_t l = std::size_t(parameter.layers.front());
      double bottom = 0;
      for (std::size_t n = 0; n < l; ++n) bottom += layers[n].thickness;
      const double old = layers[l].thickness;
      if (point[2] >= bottom + old * (1 - 1e-12))
        point[2] += old * (factor - 1);
      else if (point[2] > bottom)
        point[2] = bottom + (point[2] - bottom) * factor;
      layers[l].thickness *= factor;
      break;
    }
    case Kind::contact:
      layers[std::size_t(parameter.layers.front())].contact_below *= factor;
      break;
    case Kind::h_top:
      problem.stack.h_top *= factor;
      break;
    case Kind::h_bottom:
      problem.stack.h_bottom *= factor;
      break;
  }
}

}  // namespace bondline::thermal::detail
