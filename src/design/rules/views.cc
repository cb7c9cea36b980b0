#include "design/rules/views.h"

#include <algorithm>

namespace bondline::rules::detail {

using namespace package;

std::vector<DieView> views_of(const Design& design, const Assembly& assembly) {
  std::vector<DieView> views;
  const auto named = [&](const std::string& name) -> const Die* {
    for (const Die& d : design.dies) {
      if (d.name == name) return &d;
    }
    return nullptr;
  };
  for (const Die& die : design.dies) {
    DieView v;
    v.die = &die;
    v.path = "dies." + die.name;
    const int index = assembly.find(v.path);
    if (index < 0) continue;
    v.solid = &assembly.solids[static_cast<std::size_t>(index)];
    v.footprint = v.solid->footprint;
    v.low = v.solid->z0;
    v.high = v.solid->z1;
    for (const char* extra : {".joint", ".back_metal"}) {
      const int i = assembly.find(v.path + extra);
      if (i < 0) continue;
      v.low = std::min(v.low, assembly.solids[static_cast<std::size_t>(i)].z0);
      v.high = std::max(v.high, assembly.solids[static_cast<std::size_t>(i)].z1);
    }
    v.embedded = !die.embedded_in.empty();
    v.below = die.stacked_on.empty() ? nullptr : named(die.stacked_on);
    const Die* root = &die;
    for (std::size_t steps = 0;
         steps < design.dies.size() && !root->stacked_on.empty() && named(root->stacked_on); ++steps) {
      root = named(root->stacked_on);
    }
    v.side = root->side;
    views.push_back(v);
  }
  return views;
}

const Solid* carrier_of(const Design& design, const Assembly& assembly) {
  const Role role = design.substrate ? Role::substrate_layer : Role::block_layer;
  const Solid* top = nullptr;
  for (const Solid& s : assembly.solids) {
    if (s.role == role) top = &s;
  }
  return top;
}

Footprint bumps_of(const Array& array, const Footprint& part) {
  const ArrayLayout layout = lay_out(array, part.size);
  if (layout.count == 0) return {part.at, {0, 0}, part.rotation};
  if (array.sites.empty()) return {part.at, layout.extent, part.rotation};
  Rect box = {array.sites[0].x, array.sites[0].y, array.sites[0].x, array.sites[0].y};
  for (const Vec2& s : array.sites) {
    box = {std::min(box.x0, s.x), std::min(box.y0, s.y), std::max(box.x1, s.x), std::max(box.y1, s.y)};
  }
  return {part.to_body({0.5 * (box.x0 + box.x1), 0.5 * (box.y0 + box.y1)}),
          {box.width() + array.diameter, box.height() + array.diameter},
          part.rotation};
}

}  // namespace bondline::rules::detail
