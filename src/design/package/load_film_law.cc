// Laws of films: {natural: true, forced: 2 m/s, emissivity: 0.9}, heat_sink.fins, cold_plate.channels.
#include <cmath>

#include <fmt/format.h>

#include "design/package/loading.h"

namespace bondline::package {
namespace {

/// k of a material at the environment's usual temperature, for fins and channel walls.
double conductivity_of(Loading& in, const std::string& material) {
  const Material* found = in.design.materials.find(material);
  return found && found->find(Property::k_x) ? found->conductivity(298.15)[0] : 0;
}

std::string read_fluid(Loading& in, const Node& map, const std::string& otherwise) {
  static const std::vector<std::string> known{"air", "water", "HFE-7100", "FC-72"};
  const std::string fluid = document::read_text(map, "fluid", otherwise);
  for (const std::string& name : known)
    if (fluid == name) return fluid;
  in.diagnostics.error(where_of(map, "fluid"), fmt::format("unknown fluid \"{}\"", fluid),
                       mend_by_nearest(fluid, known, "known: air, water, HFE-7100, FC-72"));
  return otherwise;
}

}  // namespace

std::optional<FilmLaw> read_film_law(Loading& in, const Node& map) {
  if (!has(map, "natural") && !has(map, "forced") && !has(map, "emissivity")) return std::nullopt;
  FilmLaw law;
  law.natural = document::read_boolean(map, "natural", false);
  law.velocity = read(in, map, "forced", plausible::air_speed);
  law.emissivity = read_fraction(map, "emissivity", 0);
  law.length = read(in, map, "length", plausible::board_size);
  law.fluid = read_fluid(in, map, "air");
  if (!law.natural && law.velocity <= 0 && law.emissivity <= 0)
    in.diagnostics.error(map.where, "this film's law carries no heat: no convection, no radiation",
                         "write natural: true, forced: a speed, or an emissivity");
  return law;
}

std::optional<FilmLaw> read_fins(Loading& in, const Node& sink, const std::string& material) {
  const Node* node = sink.find("fins");
  if (!node || !node->is_map()) return std::nullopt;
  FilmLaw law;
  Fins fins;
  fins.pins = document::read_text(*node, "kind", "plates") == "pins";
  fins.height = read(in, *node, "height", plausible::board_size);
  fins.thickness = read(in, *node, "thickness", plausible::part_size);
  fins.count = read_count(*node, "count");
  fins.along = has(*node, "along") ? read_count(*node, "along") : fins.count;
  fins.staggered = document::read_boolean(*node, "staggered", false);
  law.velocity = read(in, *node, "velocity", plausible::air_speed);
  law.emissivity = read_fraction(*node, "emissivity", 0);
  law.fluid = read_fluid(in, *node, "air");
  law.natural = law.velocity <= 0;
  law.conductivity = conductivity_of(in, material);
  const Vec2 size = read_size(in, sink, "size", plausible::board_size);
  if (fins.pins && law.natural)
    in.diagnostics.error(node->where, "pin fins in still air are not modelled",
                         "give fins.velocity, or write the sink's resistance");
  if (fins.count > 0 && size.y > 0 && fins.thickness > 0 && fins.count * fins.thickness >= size.y)
    in.diagnostics.error(node->where,
                         fmt::format("{} fins of {:.3g} mm leave no gap on {:.3g} mm", fins.count,
                                     1e3 * fins.thickness, 1e3 * size.y),
                         "fewer or thinner fins (plates stand side by side along the sink's second size)");
  if (fins.pins && fins.along > 0 && size.x > 0 && fins.along * fins.thickness >= size.x)
    in.diagnostics.error(node->where, "the pins touch along the flow", "fewer or thinner pins");
  if (fins.count < 2) in.diagnostics.error(node->where, "a sink has two fins at least", "give fins.count");
  law.fins = fins;
  return law;
}

std::optional<FilmLaw> read_plate_channels(Loading& in, const Node& plate) {
  const Node* node = plate.find("channels");
  if (!node || !node->is_map()) return std::nullopt;
  FilmLaw law;
  PlateChannels channels;
  channels.count = read_count(*node, "count");
  channels.width = read(in, *node, "width", plausible::part_size);
  channels.height = read(in, *node, "height", plausible::part_size);
  channels.flow = read(in, *node, "flow", plausible::coolant_flow);
  law.fluid = read_fluid(in, *node, "water");
  law.material = read_material(in, *node, "material", "environment.cold_plate.channels.material", "Cu",
                               "copper is the usual cold plate");
  law.conductivity = conductivity_of(in, law.material);
  law.channels = channels;
  return law;
}

}  // namespace bondline::package
