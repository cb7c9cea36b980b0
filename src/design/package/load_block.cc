// block: a plain layered block.
#include <algorithm>

#include <fmt/format.h>

#include "design/package/loading.h"

namespace bondline::package {
namespace {

BlockLayer load_block_layer(Loading& in, const Named& entry, Vec2 block_size) {
  const Node& map = as_map(entry.node);
  const std::string path = "block." + entry.name;
  BlockLayer layer;
  layer.name = entry.name;
  layer.where = entry.where;
  layer.material = read_material(in, map, "material", "");
  layer.thickness = read(in, map, "thickness", plausible::block_layer_thickness);
  layer.size = read_size(in, map, "size", plausible::block_size);
  layer.at = read_point(map, "at");
  layer.contact_below = read(in, map, "contact_below", plausible::contact);
  layer.limit = read_optional(in, map, "limit", plausible::limit);
  const Vec2 size = layer.size.x > 0 ? layer.size : block_size;
  layer.channels = load_channels(in, map, size, layer.thickness, path);
  layer.power = load_power(in, map, "power", size, path, HeatPlace::volume);
  for (const Named& region : named_entries(map.find("regions"), "region")) {
    const Node& node = as_map(region.node);
    const std::vector<Rect> rects = load_rects(in, node, size);
    if (rects.size() != 1) {
      in.diagnostics.error(region.where,
                           fmt::format("region \"{}\" of {} has {} places", region.name, path, rects.size()),
                           "give at and size, or rect: [x, y, width, height]");
      continue;
    }
    const Rect& r = rects[0];
    const double outside = std::max({0.0, -r.x0, -r.y0, r.x1 - size.x, r.y1 - size.y});
    if (outside > 1e-9 && size.x > 0)
      in.diagnostics.error(region.where,
                           fmt::format("region \"{}\" reaches {} outside {}", region.name,
                                       base::format_quantity(outside, base::dim::length, 3), path),
                           "regions lie inside their layer");
    layer.regions.push_back({region.name, read_material(in, node, "material", ""), r, region.where});
  }
  return layer;
}

}  // namespace

void load_block(Loading& in, const Node& root) {
  const Node* node = root.find("block");
  if (!node || !node->is_map()) return;
  Block block;
  block.where = node->where;
  block.size = read_size(in, *node, "size", plausible::block_size);
  for (const Named& entry : named_entries(node->find("layers"), "layer")) {
    for (const BlockLayer& other : block.layers)
      if (other.name == entry.name)
        in.diagnostics.error(entry.where, fmt::format("layer \"{}\" is there twice", entry.name),
                             "rename one of them");
    block.layers.push_back(load_block_layer(in, entry, block.size));
  }
  for (const char* key :
       {"body", "substrate", "dies", "passives", "lid", "tims", "balls", "board", "shield", "heat_sink"})
    if (has(root, key))
      in.diagnostics.error(where_of(root, key), fmt::format("{} and block do not go together", key),
                           "a file describes either a package or a plain block");
  in.design.body_size = block.size;
  in.design.block = std::move(block);
}

}  // namespace bondline::package
