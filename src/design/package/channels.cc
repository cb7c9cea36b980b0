// What follows from the numbers of a channel layer, and its place in the stack.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "design/package/stack.h"

namespace bondline::package {

double Channels::porosity() const {
  if (!pins) return width > 0 ? width / (width + wall) : 0;
  return pitch > 0 ? 1 - 0.25 * std::numbers::pi * diameter * diameter / (pitch * pitch) : 0;
}

double Channels::open_area(Vec2 layer) const {
  return pins ? (along_y() ? layer.x : layer.y) * height : count * width * height;
}

double Channels::total_flow(Vec2 layer) const {
  return flow > 0 ? flow : velocity * open_area(layer);
}

bool Channels::resolves() const {
  if (pins || base_top || base_bottom) return false;
  if (model == ChannelModel::automatic) return count <= kMostResolvedChannels;
  return model == ChannelModel::resolved || model == ChannelModel::four_resistor;
}

namespace detail {

// Channels run straight from one side face of their layer to the opposite one, side by side from its west (or
// south) edge: first wall, channel, wall, channel, ..., last wall.
void stack_channels(Stack& stack, const Channels& channels, const std::string& path, const std::string& part,
                    const Footprint& footprint, double z0, double z1, int walls) {
  if (!footprint.axis_parallel()) {
    stack.problems.error(channels.where, fmt::format("{}: channels in a part that is turned", path),
                         "place the part by right angles, and use flow_to for the direction");
    return;
  }
  ChannelLayer layer;
  layer.path = path;
  layer.solid = walls;
  layer.footprint = footprint;
  layer.z0 = z0;
  layer.z1 = z1;
  layer.channels = &channels;
  layer.resolved = channels.resolves();
  layer.lumped = layer.resolved && channels.model == ChannelModel::four_resistor;
  const Rect box = footprint.bounds();
  const int material = stack.out.solids[std::size_t(walls)].fill.material;
  if (layer.resolved) {
    double at = (channels.along_y() ? box.x0 : box.y0) + channels.first_wall;
    for (int n = 0; n < channels.count; ++n, at += channels.width + channels.wall) {
      const Rect lane = channels.along_y() ? Rect{at, box.y0, at + channels.width, box.y1}
                                           : Rect{box.x0, at, box.x1, at + channels.width};
      layer.lanes.push_back(lane);
      // The fluid has no entry among the materials of solids; what fills the lane is known by its role.
      Solid fluid = simple_solid(
          fmt::format("{}.channel{}", path, n + 1), part, Role::coolant,
          {{0.5 * (lane.x0 + lane.x1), 0.5 * (lane.y0 + lane.y1)}, {lane.width(), lane.height()}, 0}, z0, z1,
          material, rank::coolant, channels.where);
      fluid.yields = true;
      stack.add(std::move(fluid));
    }
  }
  stack.out.channels.push_back(std::move(layer));
}

}  // namespace detail
}  // namespace bondline::package
