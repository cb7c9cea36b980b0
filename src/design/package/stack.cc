#include "design/package/stack.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace bondline::package::detail {

int Stack::material(const std::string& name, const std::string& path, const Where& where) {
  const auto found = material_index.find(name);
  if (found != material_index.end()) return found->second;
  if (name.empty()) {
    problems.error(where, fmt::format("{} has no material", path), "name one of the design's materials");
  } else {
    problems.error(where, fmt::format("{}: the material \"{}\" is not known", path, name),
                   "add it under materials:, or name a shipped one");
  }
  return 0;
}

int Stack::add(Solid solid) {
  const auto good = [](double v) { return std::isfinite(v) && v > 0; };
  if (!good(solid.footprint.size.x) || !good(solid.footprint.size.y)) {
    problems.error(solid.where,
                   fmt::format("{} measures {:g} x {:g} um", solid.path, solid.footprint.size.x * 1e6,
                               solid.footprint.size.y * 1e6),
                   "give it a size above zero");
    return -1;
  }
  if (!std::isfinite(solid.z0) || !good(solid.z1 - solid.z0)) {
    problems.error(solid.where, fmt::format("{} is {:g} um thick", solid.path, (solid.z1 - solid.z0) * 1e6),
                   "give it a thickness above zero");
    return -1;
  }
  out.solids.push_back(std::move(solid));
  return static_cast<int>(out.solids.size()) - 1;
}

std::string Stack::surrounding(Side side) const {
  const auto& mold = side == Side::top ? design.mold_top : design.mold_bottom;
  return mold ? mold->material : "air";
}

Solid simple_solid(std::string path, std::string part, Role role, const Footprint& footprint, double z0,
                   double z1, int material, int rank, const Where& where) {
  Solid s;
  s.path = std::move(path);
  s.part = std::move(part);
  s.role = role;
  s.footprint = footprint;
  s.z0 = z0;
  s.z1 = z1;
  s.fill.material = material;
  s.rank = rank;
  s.where = where;
  return s;
}

namespace {

constexpr std::size_t kMostResolved =
    2'000'000;  // members as solids; beyond, memory alone (400 B each) says no

Footprint field_footprint(const Footprint& part, const Rect& rect) {
  return {part.to_body({0.5 * (rect.x0 + rect.x1), 0.5 * (rect.y0 + rect.y1)}),
          {rect.width(), rect.height()},
          part.rotation};
}

Solid matrix_of(const ArraySlab& slab) {
  Solid s = simple_solid(slab.path, slab.part, slab.role, slab.footprint, slab.z0, slab.z1, slab.matrix,
                         slab.rank, slab.where);
  s.yields = slab.yields;
  return s;
}

void make_medium(Solid& solid, const ArraySlab& slab, const Array& array, const ArrayLayout& layout,
                 const Rect& rect, std::size_t count) {
  const double area = solid.footprint.size.x * solid.footprint.size.y;
  Fill& fill = solid.fill;
  fill.kind = FillKind::cylinders_z;
  fill.inclusion = slab.inclusion;
  fill.diameter = array.diameter;
  fill.pitch_x = layout.pitch_x;
  fill.pitch_y = layout.pitch_y;
  fill.count = count;
  // Fuller than full is refused by the rules (pitch below the diameter); the medium stays a medium until
  // then.
  fill.fraction = std::min(
      1.0, static_cast<double>(count) * 0.25 * std::numbers::pi * array.diameter * array.diameter / area);
  fill.liner = slab.liner;
  fill.liner_material = slab.liner_material;
  fill.plating = slab.plating;
  fill.core = slab.core;
  const double slack = 1e-9;
  for (const Vec2& s : layout.sites) {
    if (s.x >= rect.x0 - slack && s.x < rect.x1 + slack && s.y >= rect.y0 - slack && s.y < rect.y1 + slack) {
      fill.sites.push_back(slab.footprint.to_body(s));
    }
  }
}

}  // namespace

void add_array(Stack& stack, const ArraySlab& slab, const Array& array) {
  const ArrayLayout layout = lay_out(array, slab.footprint.size, array.resolve ? kMostResolved : 20000);
  if (layout.count == 0 || !(array.diameter > 0)) {
    stack.add(matrix_of(slab));
    return;
  }
  if (array.resolve) {
    if (layout.sites.empty()) {
      stack.problems.error(
          slab.where,
          fmt::format("{} has {} members, too many to resolve one by one", slab.path, layout.count),
          "leave resolve out: the effective medium holds their heat");
      return;
    }
    Solid matrix = matrix_of(slab);
    matrix.yields = true;  // its members displace it
    stack.add(std::move(matrix));
    // A member becomes a square of the same area, so that the metal's cross-section is kept exactly.
    const double side = 0.5 * std::sqrt(std::numbers::pi) * array.diameter;
    stack.out.solids.reserve(stack.out.solids.size() + layout.sites.size());
    for (std::size_t i = 0; i < layout.sites.size(); ++i) {
      Solid member =
          simple_solid(slab.path + "." + std::to_string(i + 1), slab.part, slab.role,
                       {slab.footprint.to_body(layout.sites[i]), {side, side}, slab.footprint.rotation},
                       slab.z0, slab.z1, slab.inclusion, std::max(slab.rank + 1, rank::member), slab.where);
      member.resolved_member = true;
      stack.add(std::move(member));
    }
    return;
  }
  if (layout.covers_part) {
    Solid whole = matrix_of(slab);
    const Vec2 half = {0.5 * slab.footprint.size.x, 0.5 * slab.footprint.size.y};
    make_medium(whole, slab, array, layout, {-half.x, -half.y, half.x, half.y}, layout.count);
    stack.add(std::move(whole));
    return;
  }
  Solid matrix = matrix_of(slab);
  matrix.yields = true;  // its populated fields displace it
  stack.add(std::move(matrix));
  for (std::size_t f = 0; f < layout.fields.size(); ++f) {
    Solid field = matrix_of(slab);
    field.path += ".field" + std::to_string(f + 1);
    field.footprint = field_footprint(slab.footprint, layout.fields[f].rect);
    field.rank = slab.rank + 1;
    make_medium(field, slab, array, layout, layout.fields[f].rect, layout.fields[f].count);
    stack.add(std::move(field));
  }
}

}  // namespace bondline::package::detail
