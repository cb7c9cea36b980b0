// lid:, tims: and heat_sink:
#include <fmt/format.h>

#include "design/package/loading.h"

namespace bondline::package {
namespace {

void load_lid(Loading& in, const Node& node) {
  Lid lid;
  lid.where = node.where;
  lid.material =
      read_material(in, node, "material", "lid.material", "Cu", "nickel-plated copper is the usual lid");
  lid.thickness = read(in, node, "thickness", plausible::body_thickness);
  lid.size = read_size(in, node, "size", plausible::body_size);
  lid.foot_width = read(in, node, "foot_width", plausible::part_size);
  if (lid.foot_width > 0) {
    lid.adhesive = read_material(in, node, "adhesive", "lid.adhesive", "lid-adhesive",
                                 "silicone adhesive, low confidence");
    lid.adhesive_thickness =
        read_or_default(in, node, "adhesive_thickness", plausible::bond_line, 100e-6,
                        "lid.adhesive_thickness", "typical bond line of a lid, low confidence");
  }
  in.design.lid = lid;
}

void load_tim(Loading& in, const Named& entry) {
  const Node& map = as_map(entry.node);
  Tim tim;
  tim.name = entry.name;
  tim.where = entry.where;
  if (tim.name != "tim1" && tim.name != "tim2")
    in.diagnostics.error(entry.where, fmt::format("unknown thermal interface \"{}\"", tim.name),
                         "name it tim1 (on dies) or tim2 (on the lid)");
  tim.material = read_material(in, map, "material", "");
  tim.thickness = read(in, map, "thickness", plausible::bond_line);
  tim.contact_resistance = read(in, map, "contact_resistance", plausible::contact);
  if (const Node* on = map.find("on")) {
    if (on->is_scalar()) tim.on.push_back(on->text);
    if (on->is_list())
      for (const Node& die : on->items) tim.on.push_back(die.text);
    for (const std::string& die : tim.on) {
      if (in.design.find_die(die)) continue;
      std::vector<std::string> names;
      names.reserve(in.design.dies.size());
      for (const Die& known : in.design.dies) names.push_back(known.name);
      in.diagnostics.error(on->where, fmt::format("{} lies on \"{}\", which is no die", tim.name, die),
                           mend_by_nearest(die, names, "name a die of this file"));
    }
  }
  for (const Tim& other : in.design.tims)
    if (other.name == tim.name)
      in.diagnostics.error(entry.where, fmt::format("{} is there twice", tim.name), "keep one of them");
  in.design.tims.push_back(std::move(tim));
}

void load_heat_sink(Loading& in, const Node& node) {
  HeatSink sink;
  sink.where = node.where;
  sink.material =
      read_material(in, node, "material", "heat_sink.material", "Al", "extruded aluminium is the usual sink");
  sink.size = read_size(in, node, "size", plausible::board_size);
  sink.base_thickness = read(in, node, "base_thickness", plausible::base_thickness);
  sink.resistance = read(in, node, "resistance", plausible::sink_resistance);
  sink.film = read(in, node, "film", plausible::film);
  sink.law = read_fins(in, node, sink.material);
  sink.ambient = read_optional(in, node, "ambient", plausible::ambient);
  sink.channels = load_channels(in, node, sink.size, 0, "heat_sink");
  if (sink.channels && (sink.resistance > 0 || sink.film > 0 || sink.law))
    in.diagnostics.error(
        node.where, "the heat sink has channels and a resistance, film or fins",
        "give channels alone: the coolant takes the heat (environment.films can cool its top)");
  const int ways = int(sink.resistance > 0) + int(sink.film > 0) + int(sink.law.has_value());
  if (!sink.channels && ways != 1)
    in.diagnostics.error(
        node.where,
        ways == 0                              ? "the heat sink has neither resistance nor film nor fins"
        : sink.resistance > 0 && sink.film > 0 ? "the heat sink has a resistance and a film"
                                               : "the heat sink has fins and another cooling besides",
        "give one of them: resistance (K/W, base to ambient), film (W/(m2 K) on the base) or fins");
  in.design.heat_sink = sink;
}

}  // namespace

void load_cooling(Loading& in, const Node& root) {
  if (const Node* lid = root.find("lid"); lid && lid->is_map()) load_lid(in, *lid);
  for (const Named& entry : named_entries(root.find("tims"), "tim")) load_tim(in, entry);
  if (const Node* sink = root.find("heat_sink"); sink && sink->is_map()) load_heat_sink(in, *sink);
}

}  // namespace bondline::package
