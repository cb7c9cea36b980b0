// Dies, passives, layers, blocks and the environment of a written design file.
#include <fmt/format.h>

#include "design/package/writing.h"

namespace bondline::package {

namespace dim = base::dim;
using document::put;
using document::scalar;

namespace {

const char* name_of(AttachKind kind) {
  switch (kind) {
    case AttachKind::wire_bond:
      return "wire_bond";
    case AttachKind::flip_chip:
      return "flip_chip";
    case AttachKind::copper_pillar:
      return "copper_pillar";
    case AttachKind::micro_bump:
      return "micro_bump";
    case AttachKind::hybrid_bond:
      return "hybrid_bond";
  }
  return "flip_chip";
}

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
  return "top";
}

Node film_thickness_node(const std::string& material, double thickness) {
  Node one = document::map();
  put_text(one, "material", material);
  put_length(one, "thickness", thickness);
  return one;
}

Node attach_node(const Attach& attach) {
  Node one = document::map();
  put_text(one, "kind", name_of(attach.kind));
  put_length(one, "standoff", attach.standoff);
  put_text(one, "underfill", attach.underfill);
  put_text(one, "pad_dielectric", attach.pad_dielectric);
  if (attach.contact_resistance != 0)
    put(one, "contact_resistance", quantity_node(attach.contact_resistance, dim::area_resistance));
  if (attach.kind != AttachKind::wire_bond) {
    put_array(one, attach.bumps);
    return one;
  }
  Node wire = document::map();
  put_text(wire, "material", attach.wire.material);
  put_length(wire, "diameter", attach.wire.diameter);
  put_length(wire, "loop_height", attach.wire.loop_height);
  put_length(wire, "length", attach.wire.length);
  put_count(wire, "count", attach.wire.count);
  put(one, "wire", std::move(wire));
  put(one, "die_attach", film_thickness_node(attach.die_attach, attach.die_attach_thickness));
  return one;
}

Node tsvs_node(const std::vector<TsvField>& fields) {
  Node all = document::map();
  for (const TsvField& field : fields) {
    Node one = document::map();
    put_size(one, "at", field.at);
    put_size(one, "size", field.size);
    put_length(one, "liner", field.liner_thickness);
    put_text(one, "liner_material", field.liner_material);
    put_array(one, field.vias);
    put(all, field.name, std::move(one));
  }
  return all;
}

void put_rotation(Node& map, double rotation) {
  if (rotation != 0) put(map, "rotation", scalar(fmt::format("{} rad", rotation)));
}

}  // namespace

Node layers_node(const std::vector<SubstrateLayer>& layers) {
  Node all = document::list();
  for (const SubstrateLayer& layer : layers) {
    Node one = document::map();
    put_text(one, "name", layer.name);
    if (layer.kind == LayerKind::dielectric) {
      put_text(one, "dielectric", layer.material);
      put_length(one, "thickness", layer.thickness);
    } else {
      put_length(one, "copper", layer.thickness);
      put(one, "coverage",
          layer.coverage_map ? grid_node(*layer.coverage_map, dim::none)
                             : quantity_node(layer.coverage, dim::none));
      put_text(one, "conductor", layer.material);
      put_text(one, "fill", layer.fill);
    }
    put_length(one, "line", layer.line);
    put_length(one, "space", layer.space);
    all.items.push_back(std::move(one));
  }
  return all;
}

Node vias_node(const std::vector<ViaField>& fields) {
  Node all = document::map();
  for (const ViaField& field : fields) {
    Node one = document::map();
    put_size(one, "at", field.at);
    put_size(one, "size", field.size);
    put_length(one, "plating", field.plating);
    put_text(one, "fill", field.fill);
    put_text(one, "from", field.from_layer);
    put_text(one, "to", field.to_layer);
    put_array(one, field.vias);
    put(all, field.name, std::move(one));
  }
  return all;
}

Node die_node(const Die& die) {
  Node one = document::map();
  put_size(one, "size", die.size);
  put_length(one, "thickness", die.thickness);
  put(one, "at", pair_node(die.at));
  put_rotation(one, die.rotation);
  put_text(one, "material", die.material);
  if (die.side == Side::bottom) put_text(one, "side", "bottom");
  put_text(one, "facing", die.facing == Facing::up ? "up" : "down");
  put_text(one, "stacked_on", die.stacked_on);
  put_text(one, "embedded_in", die.embedded_in);
  put_text(one, "process", die.process);
  if (die.interposer) put_text(one, "interposer", "true");
  put(one, "attach", attach_node(die.attach));
  if (!die.tsvs.empty()) put(one, "tsvs", tsvs_node(die.tsvs));
  if (die.back_metal_thickness > 0)
    put(one, "back_metal", film_thickness_node(die.back_metal, die.back_metal_thickness));
  if (die.beol_thickness > 0) put(one, "beol", film_thickness_node(die.beol_material, die.beol_thickness));
  if (die.channels) {
    Node channels = channels_node(*die.channels);
    put_length(channels, "height", die.channels->height);
    put(one, "channels", std::move(channels));
  }
  put_power(one, die.power, HeatPlace::active);
  Node limit = document::map();
  put_temperature(limit, "junction", die.limit.junction);
  if (die.limit.gradient) put(limit, "gradient", quantity_node(*die.limit.gradient, dim::temperature));
  if (!limit.entries.empty()) put(one, "limit", std::move(limit));
  return one;
}

Node passive_node(const Passive& part) {
  Node one = document::map();
  put_text(one, "kind", part.kind);
  put_text(one, "case", part.case_code);
  put_size(one, "size", part.size);
  put_length(one, "height", part.height);
  put(one, "at", pair_node(part.at));
  put_rotation(one, part.rotation);
  if (part.side == Side::bottom) put_text(one, "side", "bottom");
  put_text(one, "material", part.material);
  put_length(one, "solder", part.solder_thickness);
  const base::Dimension dimension = part.kind == "resistor"    ? dim::resistance
                                    : part.kind == "capacitor" ? dim::capacitance
                                    : part.kind == "inductor"  ? dim::inductance
                                                               : dim::frequency;
  if (part.value != 0) put(one, "value", quantity_node(part.value, dimension));
  if (part.power != 0) put(one, "power", quantity_node(part.power, dim::power));
  return one;
}

Node block_node(const Block& block) {
  Node one = document::map();
  put_size(one, "size", block.size);
  Node layers = document::list();
  for (const BlockLayer& layer : block.layers) {
    Node l = document::map();
    put_text(l, "name", layer.name);
    put_text(l, "material", layer.material);
    put_length(l, "thickness", layer.thickness);
    put_size(l, "size", layer.size);
    put_size(l, "at", layer.at);
    if (layer.contact_below != 0)
      put(l, "contact_below", quantity_node(layer.contact_below, dim::area_resistance));
    if (layer.channels) put(l, "channels", channels_node(*layer.channels));
    put_power(l, layer.power, HeatPlace::volume);
    Node regions = document::list();
    for (const BlockRegion& region : layer.regions) {
      Node r = document::map();
      put_text(r, "name", region.name);
      put_text(r, "material", region.material);
      put(r, "rect", rect_node(region.rect));
      regions.items.push_back(std::move(r));
    }
    if (!regions.items.empty()) put(l, "regions", std::move(regions));
    put_temperature(l, "limit", layer.limit);
    layers.items.push_back(std::move(l));
  }
  put(one, "layers", std::move(layers));
  return one;
}

Node environment_node(const Environment& environment) {
  Node one = document::map();
  put_temperature(one, "ambient", environment.ambient);
  put_text(one, "standard", environment.standard);
  if (environment.air_velocity > 0)
    put(one, "velocity", quantity_node(environment.air_velocity, dim::velocity));
  Node films = document::list();
  for (const Film& film : environment.films) {
    Node f = document::map();
    put_text(f, "face", name_of(film.face));
    put_text(f, "part", film.part);
    if (film.law)
      put_film_law(f, *film.law);
    else
      put(f, "h", quantity_node(film.h, dim::film_coefficient));
    put_temperature(f, "ambient", film.ambient);
    put_provenance(f, film.from);
    films.items.push_back(std::move(f));
  }
  if (!films.items.empty()) put(one, "films", std::move(films));
  if (environment.coolant_flow > 0 || environment.coolant_inlet > 0) {
    Node coolant = document::map();
    put_text(coolant, "name", environment.coolant);
    if (environment.coolant_flow > 0)
      put(coolant, "flow", quantity_node(environment.coolant_flow, dim::flow_rate));
    if (environment.coolant_inlet > 0) put_temperature(coolant, "inlet", environment.coolant_inlet);
    put(one, "coolant", std::move(coolant));
  } else {
    put_text(one, "coolant", environment.coolant);
  }
  put_text(one, "mission", environment.mission);
  return one;
}

}  // namespace bondline::package
