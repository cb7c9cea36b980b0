// channels: of a block layer, a heat sink or a die.
#include <cmath>

#include <fmt/format.h>

#include "design/package/loading.h"

namespace bondline::package {
namespace {

/// The coolants that design/cooling has properties of.
const std::vector<std::string> kCoolants{"water", "HFE-7100", "FC-72"};

Coolant load_coolant(Loading& in, const Node& map, const std::string& path) {
  Coolant out;
  const Node* node = map.find("coolant");
  if (!node) {
    out.name = "water";
    in.use_default(path + ".coolant", "water", "the commonest coolant");
    return out;
  }
  if (node->is_scalar()) {
    out.name = node->text;
    bool known = false;
    for (const std::string& name : kCoolants) known = known || name == out.name;
    if (!known)
      in.diagnostics.error(node->where, fmt::format("unknown coolant \"{}\"", out.name),
                           mend_by_nearest(out.name, kCoolants,
                                           "known: water, HFE-7100, FC-72; or give {heat_capacity, "
                                           "conductivity, viscosity, density}"));
    return out;
  }
  out.name = document::read_text(*node, "name");
  out.heat_capacity = read(in, *node, "heat_capacity", plausible::coolant_heat_capacity);
  out.conductivity = read(in, *node, "conductivity", plausible::coolant_conductivity);
  out.viscosity = read(in, *node, "viscosity", plausible::coolant_viscosity);
  out.density = read(in, *node, "density", plausible::coolant_density);
  out.boiling = read(in, *node, "boiling", plausible::limit);
  return out;
}

void load_films(Loading& in, const Node& map, Channels& c) {
  if (const Node* h = map.find("h")) {
    if (h->is_scalar()) c.h_side = c.h_top = c.h_bottom = read_scalar(in, *h, plausible::film);
    if (h->is_map()) {
      c.h_side = read_optional(in, *h, "side", plausible::film);
      c.h_top = read_optional(in, *h, "top", plausible::film);
      c.h_bottom = read_optional(in, *h, "bottom", plausible::film);
    }
  }
  if (const Node* h = map.find("base_h")) {
    if (h->is_scalar()) c.base_top = c.base_bottom = read_scalar(in, *h, plausible::film);
    if (h->is_map()) {
      c.base_top = read_optional(in, *h, "top", plausible::film);
      c.base_bottom = read_optional(in, *h, "bottom", plausible::film);
    }
    if (has(map, "h"))
      in.diagnostics.error(h->where, "h and base_h are both given", "keep the one that is meant");
    if (c.model == ChannelModel::resolved || c.model == ChannelModel::four_resistor)
      in.diagnostics.error(h->where, "base_h holds the fins already; this model has its own walls",
                           "give h, or model: averaged");
  }
}

/// Number of channels and outer walls across `extent`.
void lay_out_channels(Loading& in, const Node& map, double extent, const std::string& path, Channels& c) {
  if (!(c.width > 0) || !(c.wall > 0)) {
    in.diagnostics.error(map.where, fmt::format("{} has neither width and wall nor pins", path),
                         "give width and wall of the channels, or pins: inline with diameter and pitch");
    return;
  }
  if (!(extent > 0)) return;
  const double pitch = c.width + c.wall;
  const bool first = c.first_wall > 0, last = c.last_wall > 0;
  if (c.count == 0) {
    const double room = first || last ? (extent - (first ? c.first_wall : 0.5 * c.wall) -
                                         (last ? c.last_wall : 0.5 * c.wall) + c.wall) /
                                            pitch
                                      : extent / pitch;
    c.count = int(std::floor(room + 1e-6));
  }
  const double left = extent - c.count * pitch + c.wall;  // for both outer walls
  if (!first && !last) c.first_wall = c.last_wall = 0.5 * left;
  if (first && !last) c.last_wall = left - c.first_wall;
  if (last && !first) c.first_wall = left - c.last_wall;
  const double slack = 1e-6 * extent;
  if (c.count < 1 || c.first_wall <= 0 || c.last_wall <= 0 || c.first_wall + c.last_wall > left + slack)
    in.diagnostics.error(map.where,
                         fmt::format("{} channels of {} with walls of {} do not fit into the {} of {}",
                                     c.count, base::format_quantity(c.width, base::dim::length, 3),
                                     base::format_quantity(c.wall, base::dim::length, 3),
                                     base::format_quantity(extent, base::dim::length, 3), path),
                         "give fewer channels or thinner walls; outer walls are thicker than zero");
  else if (first && last && c.first_wall + c.last_wall < left - slack)
    in.diagnostics.error(
        map.where,
        fmt::format("{} leaves {} between the last channel and the last wall", path,
                    base::format_quantity(left - c.first_wall - c.last_wall, base::dim::length, 3)),
        "give one outer wall, or more channels");
}

void check_pins(Loading& in, const Node& map, const std::string& path, const Channels& c) {
  if (!(c.diameter > 0) || !(c.pitch > 0))
    in.diagnostics.error(map.where, fmt::format("the pins of {} have no diameter or pitch", path),
                         "give both");
  else if (c.diameter >= c.pitch)
    in.diagnostics.error(where_of(map, "diameter"), fmt::format("the pins of {} touch each other", path),
                         "give a pitch larger than the diameter");
  if (c.width > 0 || c.wall > 0 || c.count > 0)
    in.diagnostics.error(map.where, fmt::format("{} has pins and channels", path),
                         "pins have diameter and pitch; channels width and wall");
  if (c.model == ChannelModel::resolved || c.model == ChannelModel::four_resistor)
    in.diagnostics.error(where_of(map, "model"), "pins cannot be resolved",
                         "leave model out: pins are a porous medium");
}

}  // namespace

std::optional<Channels> load_channels(Loading& in, const Node& parent, Vec2 size, double height,
                                      const std::string& inside) {
  const Node* node = parent.find("channels");
  if (!node || !node->is_map()) return std::nullopt;
  const Node& map = *node;
  const std::string path = inside + ".channels";
  Channels c;
  c.where = map.where;
  const std::string pins = document::read_text(map, "pins");
  c.pins = !pins.empty();
  c.staggered = pins == "staggered";
  c.width = read(in, map, "width", plausible::channel_size);
  c.wall = read(in, map, "wall", plausible::channel_size);
  c.first_wall = read(in, map, "first_wall", plausible::block_size);
  c.last_wall = read(in, map, "last_wall", plausible::block_size);
  c.count = read_count(map, "count");
  c.diameter = read(in, map, "diameter", plausible::channel_size);
  c.pitch = read(in, map, "pitch", plausible::channel_size);
  c.height = height > 0 ? height : read(in, map, "height", plausible::channel_size);
  const std::string to = document::read_text(map, "flow_to", "north");
  c.flow_to = to == "south"  ? Face::south
              : to == "east" ? Face::east
              : to == "west" ? Face::west
                             : Face::north;
  const std::string model = document::read_text(map, "model");
  c.model = model == "resolved"        ? ChannelModel::resolved
            : model == "four_resistor" ? ChannelModel::four_resistor
            : model == "averaged"      ? ChannelModel::averaged
                                       : ChannelModel::automatic;
  c.coolant = load_coolant(in, map, path);
  c.flow = read(in, map, "flow", plausible::coolant_flow);
  c.velocity = read(in, map, "velocity", plausible::coolant_velocity);
  c.inlet = read_optional(in, map, "inlet", plausible::ambient);
  if (inside == "heat_sink")
    c.cover = read_or_default(in, map, "cover", plausible::base_thickness, 0.5e-3, path + ".cover",
                              "typical cover of a cold plate, low confidence");
  load_films(in, map, c);
  if ((c.flow > 0) == (c.velocity > 0))
    in.diagnostics.error(map.where,
                         c.flow > 0 ? fmt::format("{} has a flow and a velocity", path)
                                    : fmt::format("{} has neither flow nor velocity", path),
                         "give one of them: flow (of the whole layer, \"50 mL/min\") or velocity");
  if (c.pins)
    check_pins(in, map, path, c);
  else
    lay_out_channels(in, map, c.along_y() ? size.x : size.y, path, c);
  const Coolant& fluid = c.coolant;
  const bool films = (c.h_side && c.h_top && c.h_bottom) || (c.base_top && c.base_bottom);
  if (!films && fluid.heat_capacity > 0 &&
      !(fluid.conductivity > 0 && fluid.viscosity > 0 && fluid.density > 0))
    in.diagnostics.error(map.where,
                         fmt::format("the film coefficient of {} cannot be found: its coolant lacks "
                                     "conductivity, viscosity or density",
                                     path),
                         "give these, or h (on side, top and bottom walls)");
  return c;
}

}  // namespace bondline::package
