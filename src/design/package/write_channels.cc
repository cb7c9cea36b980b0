// channels: of a written design file.
#include "design/package/writing.h"

namespace bondline::package {

namespace dim = base::dim;
using document::put;

Node channels_node(const Channels& c) {
  Node one = document::map();
  put_length(one, "width", c.width);
  put_length(one, "wall", c.wall);
  put_length(one, "first_wall", c.first_wall);
  put_length(one, "last_wall", c.last_wall);
  put_count(one, "count", c.count);
  if (c.pins) put_text(one, "pins", c.staggered ? "staggered" : "inline");
  put_length(one, "diameter", c.diameter);
  put_length(one, "pitch", c.pitch);
  put_text(one, "flow_to",
           c.flow_to == Face::south  ? "south"
           : c.flow_to == Face::east ? "east"
           : c.flow_to == Face::west ? "west"
                                     : "north");
  if (c.model != ChannelModel::automatic)
    put_text(one, "model",
             c.model == ChannelModel::resolved        ? "resolved"
             : c.model == ChannelModel::four_resistor ? "four_resistor"
                                                      : "averaged");
  const Coolant& fluid = c.coolant;
  if (fluid.heat_capacity > 0) {
    Node f = document::map();
    put_text(f, "name", fluid.name);
    put(f, "heat_capacity", quantity_node(fluid.heat_capacity, dim::volumetric_heat));
    if (fluid.conductivity > 0) put(f, "conductivity", quantity_node(fluid.conductivity, dim::conductivity));
    if (fluid.viscosity > 0) put(f, "viscosity", quantity_node(fluid.viscosity, kViscosity));
    if (fluid.density > 0) put(f, "density", quantity_node(fluid.density, dim::density));
    if (fluid.boiling > 0) put_temperature(f, "boiling", fluid.boiling);
    put(one, "coolant", std::move(f));
  } else {
    put_text(one, "coolant", fluid.name);
  }
  if (c.flow > 0) put(one, "flow", quantity_node(c.flow, dim::flow_rate));
  if (c.velocity > 0) put(one, "velocity", quantity_node(c.velocity, dim::velocity));
  put_temperature(one, "inlet", c.inlet);
  const auto film = [](Node& map, const char* key, const std::optional<double>& h) {
    if (h) put(map, key, quantity_node(*h, dim::film_coefficient));
  };
  Node walls = document::map(), base = document::map();
  film(walls, "side", c.h_side);
  film(walls, "top", c.h_top);
  film(walls, "bottom", c.h_bottom);
  if (!walls.entries.empty()) put(one, "h", std::move(walls));
  film(base, "top", c.base_top);
  film(base, "bottom", c.base_bottom);
  if (!base.entries.empty()) put(one, "base_h", std::move(base));
  return one;
}

}  // namespace bondline::package
