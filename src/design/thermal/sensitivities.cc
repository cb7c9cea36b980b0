// From derivatives per solid to derivatives per parameter that a designer sets: a material's conductivity
// (through the effective medium where it fills one), a thickness, a film, a contact, the ambient.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "design/mesh/media.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {
namespace {

using package::Role;

/// The medium of a solid at its mean fraction with one material's k scaled.
mesh::Conductivity medium_with(const Model& model, int solid, int material, double scale) {
  const package::Solid& s = model.assembly->solids[std::size_t(solid)];
  mesh::Constituents k =
      mesh::constituents(*model.design, s, model.mesh.solid_temperature[std::size_t(solid)]);
  const auto stretch = [&](int index, mesh::Conductivity& value) {
    if (index != material) return;
    for (double& v : value) v *= scale;
  };
  stretch(s.fill.material, k.matrix);
  stretch(s.fill.inclusion, k.inclusion);
  stretch(s.fill.liner_material, k.liner);
  stretch(s.fill.core, k.core);
  double fraction = s.fill.fraction;
  if (s.fill.fraction_map && s.fill.fraction_map->columns > 0)
    fraction = mesh::map_mean(*s.fill.fraction_map, 0, 1, 0, 1);
  return mesh::effective_conductivity(s.fill, fraction, k);
}

bool uses(const package::Fill& fill, int material) {
  if (fill.material == material) return true;
  if (fill.kind == package::FillKind::simple) return false;
  return fill.inclusion == material || fill.liner_material == material || fill.core == material;
}

}  // namespace

bool has_free_thickness(Role role) {
  switch (role) {
    case Role::die:
    case Role::joint:
    case Role::die_attach:
    case Role::tim:
    case Role::lid:
    case Role::heat_sink:
    case Role::substrate_layer:
    case Role::board_layer:
    case Role::block_layer:
    case Role::back_metal:
      return true;
    default:
      return false;
  }
}

// The media are smooth, so a central difference in ln k of 1e-4 is exact to about 1e-9.
std::array<double, 3> medium_slope(const Model& model, int solid, int material) {
  const package::Solid& s = model.assembly->solids[std::size_t(solid)];
  if (!uses(s.fill, material)) return {0, 0, 0};
  if (s.fill.kind == package::FillKind::simple) return {1, 1, 1};
  constexpr double e = 1e-4;
  const auto up = medium_with(model, solid, material, std::exp(e)),
             down = medium_with(model, solid, material, std::exp(-e));
  std::array<double, 3> slope{};
  for (std::size_t axis = 0; axis < 3; ++axis) slope[axis] = std::log(up[axis] / down[axis]) / (2 * e);
  return slope;
}

std::array<double, 3> medium_ratio(const Model& model, int solid, int material, double scale) {
  const auto now = medium_with(model, solid, -2, 1), then = medium_with(model, solid, material, scale);
  return {then[0] / now[0], then[1] / now[1], then[2] / now[2]};
}

double material_slope(const Model& model, int material, const Gradient& g) {
  double sum = 0;
  for (std::size_t s = 0; s < g.solid.size(); ++s) {
    if (!uses(model.assembly->solids[s].fill, material)) continue;
    const auto slope = medium_slope(model, int(s), material);
    for (std::size_t axis = 0; axis < 3; ++axis) sum += g.solid[s][axis] * slope[axis];
  }
  return sum;
}

double material_k(const Model& model, int material) {
  for (std::size_t s = 0; s < model.assembly->solids.size(); ++s)
    if (uses(model.assembly->solids[s].fill, material))
      return model.design->materials.materials[std::size_t(material)].conductivity(
          model.mesh.solid_temperature[s])[2];
  return 0;
}

std::vector<int> materials_in(const Model& model) {
  std::set<int> all;
  for (const auto& solid : model.assembly->solids) {
    all.insert(solid.fill.material);
    if (solid.fill.kind == package::FillKind::simple) continue;
    for (const int index : {solid.fill.inclusion, solid.fill.liner_material, solid.fill.core})
      if (index >= 0) all.insert(index);
  }
  return {all.begin(), all.end()};
}

std::vector<Sensitivity> sensitivities_of(const Model& model, const std::string& subject, const Gradient& g) {
  std::vector<Sensitivity> list;
  const auto add = [&](std::string parameter, double value, double dT_dp, const char* unit) {
    if (dT_dp != 0 && std::isfinite(dT_dp))
      list.push_back({subject, std::move(parameter), value, dT_dp, unit});
  };
  for (const int material : materials_in(model)) {
    const double k = material_k(model, material);
    if (k > 0)
      add("materials." + model.design->materials.materials[std::size_t(material)].name + ".k", k,
          material_slope(model, material, g) / k, "W/(m K)");
  }
  for (std::size_t s = 0; s < g.solid.size(); ++s) {
    const package::Solid& solid = model.assembly->solids[s];
    if (!has_free_thickness(solid.role) || solid.resolved_member) continue;
    const double t = solid.z1 - solid.z0;
    add(solid.path + ".thickness", t, (g.solid[s][0] + g.solid[s][1] - g.solid[s][2] + g.side[s]) / t, "m");
  }
  for (std::size_t c = 0; c < g.contact.size(); ++c)
    add(model.assembly->contacts[c].path + ".contact_resistance", model.assembly->contacts[c].resistance,
        g.contact[c], "m2 K/W");
  double ambient = 0;
  for (std::size_t f = 0; f < model.films.size(); ++f) {
    const AppliedFilm& film = model.films[f];
    if (film.ambient == model.t_ref) ambient += g.film_ambient[f];
    if (!std::isfinite(film.h) || film.h <= 0) continue;
    if (film.sink_resistance && model.design->heat_sink && model.design->heat_sink->resistance > 0) {
      const double r = model.design->heat_sink->resistance;
      add("heat_sink.resistance", r, -g.film_h[f] * film.h / r, "K/W");
    } else {
      add(film.part == "heat_sink" && film.name == "heat_sink.film" ? film.name : film.name + ".h", film.h,
          g.film_h[f], "W/(m2 K)");
    }
  }
  for (std::size_t l = 0; l < g.coolant_flow.size(); ++l) {
    const auto& layer = model.assembly->channels[l];
    const CoolantFlow& flow = model.streams.flows[l];
    const std::string name = layer.path.ends_with(".channels") ? layer.path : layer.path + ".channels";
    const double inlet = model.t_ref + model.streams.inlet[std::size_t(model.streams.layers[l].first)];
    add(name + ".flow", flow.flow, g.coolant_flow[l] / flow.flow, "m3/s");
    if (layer.channels->inlet)
      add(name + ".inlet", inlet, g.coolant_inlet[l], "K");
    else
      ambient += g.coolant_inlet[l];
    const double h = flow.per_base ? flow.h_bottom : flow.h_side;
    if (h > 0) add(name + (flow.per_base ? ".base_h" : ".h"), h, g.coolant_h[l] / h, "W/(m2 K)");
  }
  add("environment.ambient", model.t_ref, ambient, "K");

  const auto effect = [](const Sensitivity& s) {
    return std::abs(s.unit == "K" ? s.dT_dp : s.dT_dp * s.value);
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](const Sensitivity& a, const Sensitivity& b) { return effect(a) > effect(b); });
  // What moves the temperature by less than a ten-thousandth of the strongest is not worth a line.
  const double least = list.empty() ? 0 : 1e-4 * effect(list.front());
  while (!list.empty() && effect(list.back()) < least && list.back().parameter != "environment.ambient")
    list.pop_back();
  return list;
}

}  // namespace bondline::thermal::detail
