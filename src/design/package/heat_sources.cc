// Where the heat of a part enters. Leakage is not among the sources: it depends on the temperature that it
// makes, so the thermal solver adds it in its own loop.
#include <cmath>
#include <limits>

#include "design/package/stack.h"

namespace bondline::package::detail {
namespace {

/// Mean of the samples of one trace column.
double mean_of(const PowerTrace& trace, std::size_t block) {
  double sum = 0;
  for (const auto& sample : trace.watts) sum += block < sample.size() ? sample[block] : 0;
  return trace.watts.empty() ? 0 : sum / static_cast<double>(trace.watts.size());
}

/// Steady power that a trace adds to a block by name; the empty name is the whole part.
double traced(const Power& power, const std::string& name) {
  double sum = 0;
  if (!power.trace) return sum;
  for (std::size_t b = 0; b < power.trace->blocks.size(); ++b) {
    if (power.trace->blocks[b] == name) sum += mean_of(*power.trace, b);
  }
  return sum;
}

}  // namespace

void add_sources(Stack& stack, const Power& power, const std::string& path, int solid,
                 const Footprint& footprint, double z0, double z1, double active_z) {
  if (solid < 0) return;
  double s0 = z0, s1 = z1;  // volume
  if (power.place == HeatPlace::top_face) s0 = s1 = z1;
  if (power.place == HeatPlace::bottom_face) s0 = s1 = z0;
  if (power.place == HeatPlace::active && std::isfinite(active_z)) s0 = s1 = active_z;
  const auto add = [&](std::string name, const Footprint& where, double watts, const Where& line) {
    if (watts != 0) stack.out.sources.push_back({std::move(name), solid, where, s0, s1, watts, line});
  };

  add(path, footprint, power.uniform + traced(power, ""), power.where);
  for (const FloorplanBlock& block : power.blocks) {
    // A block of several rectangles shares its power by their area.
    const double watts = block.power + (block.name.empty() ? 0 : traced(power, block.name));
    double area = 0;
    for (const Rect& r : block.rects) area += r.area();
    for (const Rect& r : block.rects) {
      if (area > 0) add(path + "." + block.name, footprint.place(r), watts * r.area() / area, block.where);
    }
  }
  if (power.map) {
    const GridMap& map = *power.map;
    const double dx = footprint.size.x / map.columns, dy = footprint.size.y / map.rows;
    for (int r = 0; r < map.rows; ++r) {
      for (int c = 0; c < map.columns; ++c) {
        add(path + ".map", footprint.place({c * dx, r * dy, (c + 1) * dx, (r + 1) * dy}), map.at(c, r),
            power.where);
      }
    }
  }
}

// The active plane of a die is its face that looks the way of `facing`; with wiring modelled, the plane
// between silicon and wiring, where the transistors are.
void heat_dies(Stack& stack) {
  for (const Die& die : stack.design.dies) {
    const auto found = stack.dies.find(die.name);
    if (found == stack.dies.end() || found->second.solid < 0) continue;
    const PlacedDie& placed = found->second;
    const Solid& solid = stack.out.solids[static_cast<std::size_t>(placed.solid)];
    const bool away = die.facing == Facing::up;
    const bool active_up = placed.embedded ? away : away == (placed.side == Side::top);
    const double wiring = die.beol_thickness < die.thickness ? die.beol_thickness : 0;
    const Footprint footprint = solid.footprint;
    const double z0 = solid.z0, z1 = solid.z1;
    add_sources(stack, die.power, "dies." + die.name, placed.solid, footprint, z0, z1,
                active_up ? z1 - wiring : z0 + wiring);
  }
}

// A block layer has no active face: its heat enters the volume unless a face is named.
void heat_layers(Stack& stack) {
  if (!stack.design.block) return;
  std::size_t s = 0;
  for (const BlockLayer& layer : stack.design.block->layers) {
    while (s < stack.out.solids.size() && stack.out.solids[s].role != Role::block_layer) ++s;
    if (s >= stack.out.solids.size()) return;
    const Solid& solid = stack.out.solids[s];
    const Footprint footprint = solid.footprint;
    const std::string path = solid.path;
    add_sources(stack, layer.power, path, static_cast<int>(s), footprint, solid.z0, solid.z1,
                std::numeric_limits<double>::quiet_NaN());
    ++s;
  }
}

}  // namespace bondline::package::detail
