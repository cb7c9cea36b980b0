// Layers: the plain block, the substrate with its coins and via fields, and the board.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "design/package/stack.h"

namespace bondline::package::detail {
namespace {

std::string key_of(const std::string& name, std::size_t index) {
  return name.empty() ? std::to_string(index + 1) : name;
}

/// Mean copper fraction of a layer under a footprint (its map's cells weighted by shared area; the number
/// without one).
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

/// The dielectric between a copper layer's traces: as stated, else that of the nearest dielectric layer
/// (below first: copper is pressed into what it was laminated on).
std::string fill_of(const std::vector<SubstrateLayer>& layers, std::size_t index) {
  if (!layers[index].fill.empty()) return layers[index].fill;
  for (std::size_t i = index; i-- > 0;) {
    if (layers[i].kind == LayerKind::dielectric) return layers[i].material;
  }
  for (std::size_t i = index + 1; i < layers.size(); ++i) {
    if (layers[i].kind == LayerKind::dielectric) return layers[i].material;
  }
  return "";
}

}  // namespace

// A copper layer is copper where it is covered whole, dielectric where it carries none, and in between an
// effective medium in the plane with the dielectric of the layer pressed against it.
Fill layer_fill(Stack& stack, const std::vector<SubstrateLayer>& layers, std::size_t index,
                const std::string& path) {
  const SubstrateLayer& layer = layers[index];
  Fill fill;
  if (layer.kind == LayerKind::dielectric || (!layer.coverage_map && layer.coverage >= 1)) {
    fill.material = stack.material(layer.material, path, layer.where);
    return fill;
  }
  const std::string between = fill_of(layers, index);
  fill.material = stack.material(between, path + " (between its traces)", layer.where);
  if (!layer.coverage_map && layer.coverage <= 0) return fill;
  fill.kind = FillKind::layer_xy;
  fill.inclusion = stack.material(layer.material, path, layer.where);
  fill.fraction = layer.coverage;
  if (layer.coverage_map) {
    fill.fraction_map = &*layer.coverage_map;
    double sum = 0;
    for (double v : layer.coverage_map->value) sum += v;
    if (!layer.coverage_map->value.empty()) fill.fraction = sum / double(layer.coverage_map->value.size());
  }
  return fill;
}

std::vector<PlacedLayer> pile_layers(Stack& stack, const std::vector<SubstrateLayer>& layers, double z,
                                     const Footprint& footprint, const std::string& owner, Role role) {
  std::vector<PlacedLayer> placed;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string key = key_of(layers[i].name, i), path = owner + "." + key;
    Solid solid = simple_solid(path, owner, role, footprint, z, z + layers[i].thickness, 0, rank::layer,
                               layers[i].where);
    solid.fill = layer_fill(stack, layers, i, path);
    solid.yields = true;  // cut by coins, vias and embedded dies
    stack.add(std::move(solid));
    placed.push_back({&layers[i], z, z + layers[i].thickness, key});
    z += layers[i].thickness;
  }
  return placed;
}

std::pair<double, double> layer_span(Stack& stack, const std::vector<PlacedLayer>& layers,
                                     const std::string& from, const std::string& to, const std::string& path,
                                     const Where& where) {
  if (layers.empty()) {
    stack.problems.error(where, fmt::format("{} has no layers to stand in", path), "give the layers first");
    return {0, 0};
  }
  const auto find = [&](const std::string& name, const PlacedLayer& otherwise) -> const PlacedLayer& {
    if (name.empty()) return otherwise;
    for (const PlacedLayer& l : layers) {
      if (l.key == name) return l;
    }
    stack.problems.error(where, fmt::format("{}: there is no layer \"{}\"", path, name),
                         "name one of the layers");
    return otherwise;
  };
  const PlacedLayer &a = find(from, layers.front()), &b = find(to, layers.back());
  return {std::min(a.z0, b.z0), std::max(a.z1, b.z1)};
}

// A plain block: layers piled up from z = 0, each with its own footprint; a region of another material stands
// in its layer over the whole thickness and outranks it; a layer may meet the one below through a contact
// resistance.
void stack_block(Stack& stack) {
  const Block& block = *stack.design.block;
  double z = 0;
  for (std::size_t i = 0; i < block.layers.size(); ++i) {
    const BlockLayer& layer = block.layers[i];
    const std::string key = key_of(layer.name, i), path = "block." + key;
    const Vec2 size = {layer.size.x > 0 ? layer.size.x : block.size.x,
                       layer.size.y > 0 ? layer.size.y : block.size.y};
    const Footprint footprint = {layer.at, size, 0};
    Solid solid = simple_solid(path, key, Role::block_layer, footprint, z, z + layer.thickness,
                               stack.material(layer.material, path, layer.where), rank::layer, layer.where);
    solid.yields = true;  // to its regions
    stack.add(std::move(solid));
    for (std::size_t r = 0; r < layer.regions.size(); ++r) {
      const BlockRegion& region = layer.regions[r];
      const std::string region_path = path + "." + key_of(region.name, r);
      stack.add(simple_solid(region_path, key, Role::block_region, footprint.place(region.rect), z,
                             z + layer.thickness, stack.material(region.material, region_path, region.where),
                             rank::region, region.where));
    }
    if (layer.contact_below > 0)
      stack.out.contacts.push_back({path, footprint, z, layer.contact_below, layer.where});
    z += layer.thickness;
  }
  stack.base_top = z;
}

// The substrate's layers pile up from z = 0, as wide as the body unless a size is given. Coins are one
// material through the layers they name and displace them; via fields stand in what is left.
void stack_substrate(Stack& stack) {
  const Substrate& substrate = *stack.design.substrate;
  Footprint footprint = stack.body_footprint();
  if (substrate.size.x > 0) footprint.size.x = substrate.size.x;
  if (substrate.size.y > 0) footprint.size.y = substrate.size.y;
  stack.layers = pile_layers(stack, substrate.layers, 0, footprint, "substrate", Role::substrate_layer);
  if (!stack.layers.empty()) stack.base_top = stack.layers.back().z1;
  for (std::size_t i = 0; i < substrate.coins.size(); ++i) {
    const Coin& coin = substrate.coins[i];
    const std::string path = "substrate." + (!coin.name.empty() ? coin.name
                                             : i == 0           ? "coin"
                                                                : "coin" + std::to_string(i + 1));
    const auto [z0, z1] = layer_span(stack, stack.layers, coin.from_layer, coin.to_layer, path, coin.where);
    if (z1 <= z0) continue;
    stack.add(simple_solid(path, "substrate", Role::coin, {coin.at, coin.size, 0}, z0, z1,
                           stack.material(coin.material, path, coin.where), rank::coin, coin.where));
  }
  stack_vias(stack, substrate.vias, stack.layers, "substrate");
}

// The board hangs below the balls: its top face at the balls' lower end (the body's underside without balls).
void stack_board(Stack& stack) {
  const Board& board = *stack.design.board;
  const double top = stack.design.balls ? -stack.design.balls->standoff : 0;
  double thickness = 0;
  for (const SubstrateLayer& layer : board.layers) thickness += layer.thickness;
  const Vec2 size = {board.size.x > 0 ? board.size.x : stack.body.x,
                     board.size.y > 0 ? board.size.y : stack.body.y};
  const auto layers =
      pile_layers(stack, board.layers, top - thickness, {board.at, size, 0}, "board", Role::board_layer);
  stack_vias(stack, board.vias, layers, "board");
}

// A via field is cut at the layers it passes. In a dielectric layer it is an effective medium of copper
// cylinders along z (with plating and core). In a copper layer, where traces are copper over the layer's
// whole thickness too, barrels and traces together are one in-plane medium: copper fraction = barrel ring +
// (1 - drilled area) x coverage.
void stack_vias(Stack& stack, const std::vector<ViaField>& fields, const std::vector<PlacedLayer>& layers,
                const std::string& owner) {
  for (std::size_t f = 0; f < fields.size(); ++f) {
    const ViaField& field = fields[f];
    const std::string path = owner + "." +
                             (!field.name.empty() ? field.name
                              : f == 0            ? "vias"
                                                  : "vias" + std::to_string(f + 1));
    const auto [z0, z1] = layer_span(stack, layers, field.from_layer, field.to_layer, path, field.where);
    const int copper =
        stack.material(field.vias.material.empty() ? "Cu" : field.vias.material, path, field.where);
    const double d = field.vias.diameter, hole = std::max(0.0, d - 2 * field.plating);
    const double ring_share = field.plating > 0 && d > 0 ? 1 - (hole * hole) / (d * d) : 1;
    const Footprint footprint = {field.at, field.size, 0};
    const ArrayLayout layout = lay_out(field.vias, field.size);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const PlacedLayer& at = layers[i];
      if (at.z1 <= z0 || at.z0 >= z1) continue;
      const Solid* host = nullptr;
      for (const Solid& s : stack.out.solids) {
        if (s.path == owner + "." + at.key) host = &s;
      }
      if (!host) continue;
      ArraySlab slab;
      slab.path = path + "." + at.key;
      slab.part = owner;
      slab.role = Role::via_field;
      slab.footprint = footprint;
      slab.z0 = at.z0;
      slab.z1 = at.z1;
      slab.matrix = host->fill.material;
      slab.inclusion = copper;
      slab.rank = rank::via_field;
      slab.where = field.where;
      if (at.layer->kind == LayerKind::copper) {
        const double area = field.size.x * field.size.y;
        const double drilled =
            area > 0 ? std::min(1.0, double(layout.count) * 0.25 * std::numbers::pi * d * d / area) : 0;
        const double coverage = coverage_under(*at.layer, host->footprint, footprint);
        Solid solid = simple_solid(slab.path, owner, Role::via_field, footprint, at.z0, at.z1, slab.matrix,
                                   rank::via_field, field.where);
        if (host->fill.inclusion >= 0) {
          solid.fill = host->fill;
          solid.fill.fraction_map = nullptr;
          solid.fill.fraction = drilled * ring_share + (1 - drilled) * coverage;
        } else if (drilled * ring_share < 1) {
          solid.fill.kind = FillKind::layer_xy;  // solid copper (or bare dielectric) with barrels in it
          solid.fill.inclusion = copper;
          const bool is_copper = coverage >= 1;
          if (is_copper && field.plating <= 0) continue;  // filled vias in a full plane: nothing changes
          if (is_copper)
            slab.core = stack.material(field.fill.empty() ? "air" : field.fill, path, field.where);
          solid.fill.material = is_copper ? slab.core : slab.matrix;
          solid.fill.fraction = is_copper ? 1 - drilled * (1 - ring_share) : drilled * ring_share;
        }
        stack.add(std::move(solid));
        continue;
      }
      if (field.plating > 0 && hole > 0) {
        slab.plating = field.plating;
        slab.core = stack.material(field.fill.empty() ? "air" : field.fill, path, field.where);
      }
      add_array(stack, slab, field.vias);
    }
  }
}

}  // namespace bondline::package::detail
