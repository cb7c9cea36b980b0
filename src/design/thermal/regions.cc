// What temperatures are reported of: dies, floorplan blocks, block layers, and every other part as a whole.
#include <algorithm>
#include <cmath>
#include <set>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {
namespace {

using package::Role;

/// Where the heat of a solid enters: the plane of its sources, or its volume.
void heat_place(const Assembly& assembly, int solid, Region& region) {
  const package::Solid& s = assembly.solids[std::size_t(solid)];
  for (const auto& source : assembly.sources) {
    if (source.solid != solid || source.z1 > source.z0) continue;
    region.in_plane = true;
    region.plane_z = source.z0;
    region.owner_above = std::abs(source.z0 - s.z0) < std::abs(source.z0 - s.z1);
    return;
  }
}

double power_under(const Assembly& assembly, int solid, const std::string& path) {
  double sum = 0;
  for (const auto& source : assembly.sources)
    if (source.solid == solid && (path.empty() || source.path == path)) sum += source.power;
  return sum;
}

/// The blocks of a floorplan on one solid.
void add_blocks(const Assembly& assembly, const package::Power& power, int solid, std::vector<Region>& out) {
  const package::Solid& s = assembly.solids[std::size_t(solid)];
  for (const auto& block : power.blocks) {
    Region region;
    region.path = s.path + "." + block.name;
    region.kind = PartKind::block;
    for (const auto& rect : block.rects) region.footprints.push_back(s.footprint.place(rect));
    region.z0 = s.z0;
    region.z1 = s.z1;
    heat_place(assembly, solid, region);
    region.power = power_under(assembly, solid, region.path);
    out.push_back(std::move(region));
  }
}

Region whole(const Assembly& assembly, int solid, PartKind kind) {
  const package::Solid& s = assembly.solids[std::size_t(solid)];
  Region region;
  region.path = s.path;
  region.kind = kind;
  region.footprints = {s.footprint};
  region.z0 = s.z0;
  region.z1 = s.z1;
  heat_place(assembly, solid, region);
  region.power = power_under(assembly, solid, "");
  return region;
}

}  // namespace

std::vector<Region> regions_of(const Design& design, const Assembly& assembly) {
  std::vector<Region> out;
  std::set<std::string> die_parts;
  for (const auto& die : design.dies) {
    die_parts.insert(die.name);
    const int solid = assembly.find("dies." + die.name);
    if (solid < 0) continue;
    out.push_back(whole(assembly, solid, PartKind::die));
    add_blocks(assembly, die.power, solid, out);
  }
  if (design.block) {
    std::size_t s = 0;
    for (const auto& layer : design.block->layers) {
      while (s < assembly.solids.size() && assembly.solids[s].role != Role::block_layer) ++s;
      if (s == assembly.solids.size()) break;
      out.push_back(whole(assembly, int(s), PartKind::block));
      add_blocks(assembly, layer.power, int(s), out);
      ++s;
    }
    return out;
  }
  std::map<std::string, Region> parts;
  std::vector<std::string> order;
  for (std::size_t s = 0; s < assembly.solids.size(); ++s) {
    const package::Solid& solid = assembly.solids[s];
    if (solid.role == Role::air || die_parts.count(solid.part)) continue;
    const auto [found, fresh] = parts.try_emplace(solid.part);
    if (fresh) {
      order.push_back(solid.part);
      found->second.path = solid.part;
    }
    found->second.solids.push_back(int(s));
    found->second.power += power_under(assembly, int(s), "");
  }
  for (const auto& name : order) {
    Region& region = parts[name];
    // A passive may be smaller than the grid's cells, so that none is mostly its own: it is measured by its
    // outline.
    for (const int s : region.solids) {
      const package::Solid& solid = assembly.solids[std::size_t(s)];
      if (solid.role != Role::passive) continue;
      region.footprints = {solid.footprint};
      region.z0 = solid.z0;
      region.z1 = solid.z1;
    }
    out.push_back(std::move(region));
  }
  return out;
}

}  // namespace bondline::thermal::detail
