// Layers: the plain block, the substrate with its coins, and the board.
#include <algorithm>

#include <fmt/format.h>

#include "design/package/stack.h"

namespace bondline::package::detail {
namespace {

std::string key_of(const std::string& name, std::size_t index) {
  return name.empty() ? std::to_string(index + 1) : name;
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
    solid.yields = true;  // to its regions and channels
    const int index = stack.add(std::move(solid));
    if (layer.channels && index >= 0)
      stack_channels(stack, *layer.channels, path, key, footprint, z, z + layer.thickness, index);
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

}  // namespace bondline::package::detail
