// Via fields of substrate and board, cut at the layers they pass.
#include <algorithm>
#include <numbers>
#include <optional>

#include <fmt/format.h>

#include "design/package/stack.h"

namespace bondline::package::detail {
namespace {

/// Mean copper fraction of a layer under a footprint: its map's cells weighted by shared area; the number
/// without one.
double coverage_under(const SubstrateLayer& layer, const Footprint& whole, const Footprint& window) {
  if (!layer.coverage_map || layer.coverage_map->columns <= 0 || layer.coverage_map->rows <= 0)
    return layer.coverage;
  const GridMap& map = *layer.coverage_map;
  const double dx = whole.size.x / map.columns, dy = whole.size.y / map.rows;
  double sum = 0, area = 0;
  for (int r = 0; r < map.rows; ++r) {
    for (int c = 0; c < map.columns; ++c) {
      const double shared = window.overlap_area(whole.place({c * dx, r * dy, (c + 1) * dx, (r + 1) * dy}));
      sum += shared * map.at(c, r);
      area += shared;
    }
  }
  return area > 0 ? sum / area : layer.coverage;
}

/// A field with what its layers have in common.
struct Field {
  const ViaField& field;
  Footprint footprint;
  std::string path, owner;
  int copper = 0, core = -1;  // core: inside the plating; -1: filled with copper
  double drilled = 0;         // share of the footprint
  double ring = 1;            // share of a hole that is copper
};

/// In a copper layer traces are copper over the layer's whole thickness, as the barrels are: together they
/// are one medium in the plane. nullopt where the vias change nothing (filled ones in a full plane).
std::optional<Fill> fill_in_copper(const Field& f, const PlacedLayer& at, const Solid& host) {
  const bool full_plane = host.fill.inclusion < 0 && at.layer->coverage >= 1 && !at.layer->coverage_map;
  const double coverage = coverage_under(*at.layer, host.footprint, f.footprint);
  Fill fill;
  fill.kind = FillKind::layer_xy;
  fill.inclusion = host.fill.inclusion >= 0 ? host.fill.inclusion : f.copper;
  fill.material = full_plane ? f.core : host.fill.material;
  fill.fraction = f.drilled * f.ring + (1 - f.drilled) * coverage;
  if (fill.material < 0 || fill.fraction >= 1) return std::nullopt;
  return fill;
}

Field common_to(Stack& stack, const ViaField& field, const std::string& path, const std::string& owner) {
  Field f{field, {field.at, field.size, 0}, path, owner};
  f.copper = stack.material(field.vias.material.empty() ? "Cu" : field.vias.material, path, field.where);
  const double d = field.vias.diameter, hole = std::max(0.0, d - 2 * field.plating);
  if (field.plating > 0 && hole > 0) {
    f.core = stack.material(field.fill.empty() ? "air" : field.fill, path, field.where);
    f.ring = 1 - (hole * hole) / (d * d);
  }
  const double area = field.size.x * field.size.y;
  const auto count = static_cast<double>(lay_out(field.vias, field.size, 0).count);
  if (area > 0) f.drilled = std::min(1.0, count * 0.25 * std::numbers::pi * d * d / area);
  return f;
}

}  // namespace

// In a dielectric layer a via field is an effective medium of copper cylinders along z, with plating and
// core. In a copper layer barrels and traces together are one in-plane medium: copper fraction = drilled area
// x its copper ring + (1 - drilled area) x coverage. A coin cuts the fields it stands in: vias drawn across
// it are not there.
void stack_vias(Stack& stack, const std::vector<ViaField>& fields, const std::vector<PlacedLayer>& layers,
                const std::string& owner) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const ViaField& field = fields[i];
    const std::string path = fmt::format("{}.{}", owner,
                                         !field.name.empty() ? field.name
                                         : i == 0            ? "vias"
                                                             : fmt::format("vias{}", i + 1));
    const auto [z0, z1] = layer_span(stack, layers, field.from_layer, field.to_layer, path, field.where);
    const Field f = common_to(stack, field, path, owner);
    for (const PlacedLayer& at : layers) {
      if (at.z1 <= z0 || at.z0 >= z1) continue;
      const int host_index = stack.out.find(owner + "." + at.key);
      if (host_index < 0) continue;  // a layer that was refused
      const Solid host = stack.out.solids[static_cast<std::size_t>(host_index)];
      const std::string name = path + "." + at.key;
      if (at.layer->kind == LayerKind::copper) {
        const std::optional<Fill> fill = fill_in_copper(f, at, host);
        if (!fill) continue;
        Solid solid = simple_solid(name, owner, Role::via_field, f.footprint, at.z0, at.z1, 0,
                                   rank::via_field, field.where);
        solid.fill = *fill;
        solid.yields = true;
        stack.add(std::move(solid));
        continue;
      }
      ArraySlab slab;
      slab.path = name;
      slab.part = owner;
      slab.role = Role::via_field;
      slab.footprint = f.footprint;
      slab.z0 = at.z0;
      slab.z1 = at.z1;
      slab.matrix = host.fill.material;
      slab.inclusion = f.copper;
      slab.plating = f.core >= 0 ? field.plating : 0;
      slab.core = f.core;
      slab.rank = rank::via_field;
      slab.yields = true;
      slab.where = field.where;
      add_array(stack, slab, field.vias);
    }
  }
}

}  // namespace bondline::package::detail
