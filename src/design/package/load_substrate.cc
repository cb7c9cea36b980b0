// substrate:, body: and shield:, and the layers and via fields that boards share with substrates.
#include <cmath>

#include <fmt/format.h>

#include "design/package/loading.h"

namespace bondline::package {
namespace {

void load_coverage(Loading& in, const Node& map, SubstrateLayer& layer, const std::string& path) {
  const Node* node = map.find("coverage");
  if (!node) {
    layer.coverage = 0.5;
    in.use_default(path + ".coverage", "50 %", "typical signal layer, low confidence");
    return;
  }
  if (node->is_scalar()) {
    const base::QuantityResult number = base::parse_as(node->text, base::dim::none, base::Scale::difference);
    if (number.quantity) {
      layer.coverage = number.quantity->value;
      if (layer.coverage < 0 || layer.coverage > 1)
        in.diagnostics.error(node->where, fmt::format("a coverage of {}", node->text), "write 0 % to 100 %");
      return;
    }
    const bool looks_like_number =
        !node->text.empty() &&
        (std::isdigit(static_cast<unsigned char>(node->text[0])) || node->text[0] == '-');
    if (looks_like_number && node->text.find('.') == std::string::npos) {
      in.diagnostics.error(node->where, fmt::format("\"{}\" is no coverage: {}", node->text, number.problem),
                           "write 60 %, or the name of a CSV map");
      return;
    }
  }
  layer.coverage_map = load_grid_map(in, node, 0, 1, "coverage");
  if (!layer.coverage_map) return;
  double sum = 0;
  for (double cell : layer.coverage_map->value) sum += cell;
  layer.coverage = sum / double(layer.coverage_map->value.size());
}

SubstrateLayer load_layer(Loading& in, const Node& map, const std::string& name, const std::string& path) {
  SubstrateLayer layer;
  layer.name = name;
  layer.where = map.where;
  const bool copper = has(map, "copper"), dielectric = has(map, "dielectric");
  if (copper == dielectric) {
    in.diagnostics.error(map.where,
                         fmt::format("layer \"{}\" is {} copper {} dielectric", name,
                                     copper ? "both" : "neither", copper ? "and" : "nor"),
                         "write copper: THICKNESS, or dielectric: MATERIAL and thickness");
    return layer;
  }
  layer.line = read(in, map, "line", plausible::line_space);
  layer.space = read(in, map, "space", plausible::line_space);
  if (copper) {
    layer.kind = LayerKind::copper;
    layer.thickness = read(in, map, "copper", plausible::layer_thickness);
    layer.material = has(map, "conductor") ? read_material(in, map, "conductor", "") : "Cu";
    layer.fill = read_material(in, map, "fill", "");
    load_coverage(in, map, layer, path);
    if (has(map, "thickness"))
      in.diagnostics.error(where_of(map, "thickness"),
                           fmt::format("layer \"{}\" has its thickness twice", name),
                           "copper: already says it");
    return layer;
  }
  layer.kind = LayerKind::dielectric;
  layer.material = read_material(in, map, "dielectric", "");
  layer.thickness = read(in, map, "thickness", plausible::layer_thickness);
  layer.coverage = 1;
  if (!has(map, "thickness"))
    in.diagnostics.error(map.where, fmt::format("dielectric layer \"{}\" has no thickness", name),
                         "give its thickness");
  for (const char* key : {"coverage", "fill", "conductor"})
    if (has(map, key))
      in.diagnostics.error(where_of(map, key), fmt::format("{} says nothing of a dielectric layer", key),
                           "it belongs to copper layers");
  return layer;
}

/// Between the traces of a copper layer is what lies next to it: below if there is a dielectric, else above.
void fill_between_traces(Loading& in, std::vector<SubstrateLayer>& layers, const std::string& path) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    SubstrateLayer& layer = layers[i];
    if (layer.kind != LayerKind::copper || !layer.fill.empty()) continue;
    const SubstrateLayer* neighbour = nullptr;
    for (std::size_t j = i; j-- > 0 && !neighbour;)
      if (layers[j].kind == LayerKind::dielectric) neighbour = &layers[j];
    for (std::size_t j = i + 1; j < layers.size() && !neighbour; ++j)
      if (layers[j].kind == LayerKind::dielectric) neighbour = &layers[j];
    layer.fill = neighbour ? neighbour->material : "FR-4";
    if (layer.coverage_map || layer.coverage < 1)
      in.use_default(fmt::format("{}.{}.fill", path, layer.name), layer.fill,
                     neighbour ? "the neighbouring dielectric" : "no dielectric near");
  }
}

Coin load_coin(Loading& in, const Named& entry) {
  const Node& map = as_map(entry.node);
  Coin coin;
  coin.name = entry.name;
  coin.where = entry.where;
  coin.material = read_material(in, map, "material", "substrate.coins." + entry.name + ".material", "Cu",
                                "coins are copper");
  coin.at = read_point(map, "at");
  coin.size = read_size(in, map, "size", plausible::part_size);
  coin.from_layer = document::read_text(map, "from");
  coin.to_layer = document::read_text(map, "to");
  return coin;
}

/// "organic 25/25" -> 25 um line, 25 um space.
void read_class(Loading& in, const Node& map, Substrate& substrate) {
  substrate.material_class = document::read_text(map, "material_class");
  const std::size_t slash = substrate.material_class.find('/');
  if (slash != std::string::npos) {
    const std::size_t begin = substrate.material_class.find_last_of(" \t", slash) + 1;
    const auto line =
        base::parse_as(substrate.material_class.substr(begin, slash - begin) + " um", base::dim::length);
    const auto space = base::parse_as(substrate.material_class.substr(slash + 1) + " um", base::dim::length);
    if (line.quantity && space.quantity && line.quantity->value > 0 && space.quantity->value > 0) {
      substrate.line = line.quantity->value;
      substrate.space = space.quantity->value;
    } else {
      in.diagnostics.error(where_of(map, "material_class"),
                           fmt::format("\"{}\" does not end in line/space", substrate.material_class),
                           "write as in \"organic 25/25\": line and space in um");
    }
  }
  substrate.line = read(in, map, "line", plausible::line_space, substrate.line);
  substrate.space = read(in, map, "space", plausible::line_space, substrate.space);
}

std::optional<Mold> load_mold(Loading& in, const Node& body, const char* key, Side side) {
  const Node* node = body.find(key);
  if (!node || !node->is_map()) return std::nullopt;
  Mold mold;
  mold.where = node->where;
  mold.side = side;
  mold.material = read_material(in, *node, "material", fmt::format("body.{}.material", key), "EMC-generic",
                                "usual molding compound, low confidence");
  mold.thickness = read(in, *node, "thickness", plausible::body_thickness);
  return mold;
}

}  // namespace

std::vector<SubstrateLayer> load_layers(Loading& in, const Node* list, const std::string& path) {
  std::vector<SubstrateLayer> layers;
  for (const Named& entry : named_entries(list, "L")) {
    for (const SubstrateLayer& other : layers)
      if (other.name == entry.name)
        in.diagnostics.error(entry.where, fmt::format("layer \"{}\" is there twice", entry.name),
                             "rename one of them");
    layers.push_back(load_layer(in, as_map(entry.node), entry.name, path + "." + entry.name));
    layers.back().where = entry.where;
  }
  fill_between_traces(in, layers, path);
  return layers;
}

ViaField load_via_field(Loading& in, const Named& entry, const std::string& path) {
  const Node& map = as_map(entry.node);
  ViaField field;
  field.name = entry.name;
  field.where = entry.where;
  field.at = read_point(map, "at");
  field.size = read_size(in, map, "size", plausible::part_size);
  field.plating = read(in, map, "plating", plausible::film_thickness);
  field.fill = read_material(in, map, "fill", "");
  field.from_layer = document::read_text(map, "from");
  field.to_layer = document::read_text(map, "to");
  read_array(in, map, plausible::via_pitch, plausible::via_diameter, field.vias);
  field.vias.material = read_material(in, map, "material", path + ".material", "Cu", "vias are copper");
  if (field.vias.diameter <= 0)
    in.diagnostics.error(entry.where, fmt::format("{} has no diameter", path), "give the drill's diameter");
  if (field.vias.pitch_x <= 0 && field.vias.sites.empty())
    in.diagnostics.error(entry.where, fmt::format("{} has no pitch", path),
                         "give the vias' pitch, map or sites");
  if (field.plating > 0 && 2 * field.plating >= field.vias.diameter && field.vias.diameter > 0)
    in.diagnostics.error(where_of(map, "plating"), "the plating fills the drill",
                         "leave plating out for filled vias");
  return field;
}

void load_body(Loading& in, const Node& root) {
  const Node& body = as_map(root.find("body"));
  in.design.body_size = read_size(in, body, "size", plausible::body_size);
  in.design.mold_top = load_mold(in, body, "mold", Side::top);
  in.design.mold_bottom = load_mold(in, body, "mold_bottom", Side::bottom);
  const Node* node = root.find("shield");
  if (!node || !node->is_map()) return;
  Shield shield;
  shield.where = node->where;
  shield.material =
      read_material(in, *node, "material", "shield.material", "Cu", "sputtered or formed copper");
  shield.thickness = read(in, *node, "thickness", plausible::body_thickness);
  shield.conformal = document::read_text(*node, "kind", "conformal") != "can";
  shield.height = read(in, *node, "height", plausible::part_height);
  if (!shield.conformal && shield.height <= 0)
    in.diagnostics.error(node->where, "a can has no height", "give the shield's height");
  in.design.shield = shield;
}

void load_substrate(Loading& in, const Node& root) {
  const Node* node = root.find("substrate");
  if (!node || !node->is_map()) return;
  Substrate substrate;
  substrate.where = node->where;
  read_class(in, *node, substrate);
  substrate.size = read_size(in, *node, "size", plausible::body_size);
  substrate.layers = load_layers(in, node->find("layers"), "substrate.layers");
  if (const Node* coin = node->find("coin"); coin && coin->is_map()) {
    const std::string name = document::read_text(*coin, "name", "coin");
    substrate.coins.push_back(load_coin(in, {name, coin, coin->where}));
  }
  for (const Named& entry : named_entries(node->find("coins"), "coin"))
    substrate.coins.push_back(load_coin(in, entry));
  for (const Named& entry : named_entries(node->find("vias"), "vias"))
    substrate.vias.push_back(load_via_field(in, entry, "substrate.vias." + entry.name));
  in.design.substrate = std::move(substrate);
}

}  // namespace bondline::package
