// What surrounds the dies: mold, shield, balls, TIM, lid, heat sink, and the air they enclose.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/package/stack.h"

namespace bondline::package::detail {
namespace {

constexpr double kSameHeight = 1e-9;  // m: heights computed by different sums that are meant to be equal

Footprint centred(Vec2 size) {
  return {{0, 0}, size, 0};
}

/// A frame between an outer and an inner rectangle as four rectangles, none overlapping: south, north, west,
/// east.
void add_frame(Stack& stack, const std::string& path, const std::string& part, Role role, Vec2 outer,
               double width, double z0, double z1, int material, int rank, const Where& where) {
  const double hx = 0.5 * outer.x, hy = 0.5 * outer.y;
  const Vec2 along_x = {outer.x, width}, along_y = {width, outer.y - 2 * width};
  const std::array<std::pair<const char*, Footprint>, 4> sides = {{
      {".south", {{0, -hy + 0.5 * width}, along_x, 0}},
      {".north", {{0, hy - 0.5 * width}, along_x, 0}},
      {".west", {{-hx + 0.5 * width, 0}, along_y, 0}},
      {".east", {{hx - 0.5 * width, 0}, along_y, 0}},
  }};
  for (const auto& [name, footprint] : sides) {
    stack.add(simple_solid(path + name, part, role, footprint, z0, z1, material, rank, where));
  }
}

void add_air(Stack& stack, const std::string& path, const Footprint& footprint, double z0, double z1,
             const Where& where) {
  if (z1 - z0 <= kSameHeight || footprint.size.x <= 0 || footprint.size.y <= 0) return;
  Solid air = simple_solid(path, "air", Role::air, footprint, z0, z1, stack.material("air", path, where),
                           rank::air, where);
  air.yields = true;
  stack.add(std::move(air));
}

/// A die that something on top could touch.
struct Reach {
  const Die* die;
  const PlacedDie* placed;
  const Tim* tim = nullptr;
  bool asked = false;  // the TIM names it
};

std::vector<Reach> uncovered_dies(const Stack& stack) {
  std::vector<Reach> all;
  for (const Die& die : stack.design.dies) {
    const auto found = stack.dies.find(die.name);
    if (found == stack.dies.end() || found->second.embedded || found->second.side != Side::top) continue;
    all.push_back({&die, &found->second});
  }
  return all;
}

struct Cover {
  Vec2 size;  // of the plate above
  bool present = false;
};

}  // namespace

// Mold fills its side of the body from the substrate's face to its thickness and yields to everything in it.
// A conformal shield is a skin of the mold: over its top and down its sides and the substrate's to z = 0. A
// can stands on the substrate: walls inside the body's outline, roof at its height, air inside unless there
// is mold.
void stack_mold_and_shield(Stack& stack) {
  const Design& design = stack.design;
  const auto add_mold = [&](const Mold& mold, double z0, double z1, const std::string& path) {
    Solid solid = simple_solid(path, path, Role::mold, stack.body_footprint(), z0, z1,
                               stack.material(mold.material, path, mold.where), rank::mold, mold.where);
    solid.yields = true;
    stack.add(std::move(solid));
  };
  double top = stack.package_top;
  if (design.mold_top) {
    top = stack.base_top + design.mold_top->thickness;
    add_mold(*design.mold_top, stack.base_top, top, "mold");
    stack.flat_top = top;
    stack.package_top = std::max(stack.package_top, top);
  }
  if (design.mold_bottom) add_mold(*design.mold_bottom, -design.mold_bottom->thickness, 0, "mold_bottom");

  if (!design.shield) return;
  const Shield& shield = *design.shield;
  const int material = stack.material(shield.material, "shield", shield.where);
  const double t = shield.thickness;
  if (shield.conformal) {
    const Vec2 outer = {stack.body.x + 2 * t, stack.body.y + 2 * t};
    stack.add(simple_solid("shield", "shield", Role::shield, centred(outer), top, top + t, material,
                           rank::part, shield.where));
    if (top > 0)
      add_frame(stack, "shield", "shield", Role::shield, outer, t, 0, top, material, rank::part,
                shield.where);
    stack.flat_top = top + t;
    stack.package_top = std::max(stack.package_top, top + t);
    return;
  }
  const double roof = stack.base_top + shield.height;
  stack.add(simple_solid("shield", "shield", Role::shield, stack.body_footprint(), roof - t, roof, material,
                         rank::part, shield.where));
  add_frame(stack, "shield", "shield", Role::shield, stack.body, t, stack.base_top, roof - t, material,
            rank::part, shield.where);
  if (!design.mold_top) {
    add_air(stack, "shield.air", centred({stack.body.x - 2 * t, stack.body.y - 2 * t}), stack.base_top,
            roof - t, shield.where);
  }
  stack.flat_top = std::max(stack.flat_top, roof);
  stack.package_top = std::max(stack.package_top, roof);
}

// Balls (or lands) stand between body and board in air, in their underfill, or, over the thickness of a
// bottom mold, in that mold. Bottom-side parts displace the medium; balls in their way are for the rules to
// find.
void stack_balls(Stack& stack) {
  const Balls& balls = *stack.design.balls;
  if (!(balls.standoff > 0)) return;
  const auto slab = [&](const std::string& path, double z0, double z1, const std::string& around) {
    ArraySlab s;
    s.path = path;
    s.part = "balls";
    s.role = Role::balls;
    s.footprint = stack.body_footprint();
    s.z0 = z0;
    s.z1 = z1;
    s.matrix = stack.material(around, path, balls.where);
    if (balls.array.diameter > 0) s.inclusion = stack.material(balls.array.material, path, balls.where);
    s.rank = 1;
    s.yields = true;
    s.where = balls.where;
    add_array(stack, s, balls.array);
  };
  const std::string open = balls.underfill.empty() ? "air" : balls.underfill;
  const double molded =
      stack.design.mold_bottom ? std::min(stack.design.mold_bottom->thickness, balls.standoff) : 0;
  if (balls.standoff - molded > kSameHeight) slab("balls", -balls.standoff, 0 - molded, open);
  if (molded > kSameHeight) slab("balls.molded", -molded, 0, stack.design.mold_bottom->material);
}

// Top side, from the dies up: TIM, lid, TIM2, heat sink. The plate above (lid, or the sink where there is no
// lid) is flat: it rests on the highest die plus that die's bond line (on the mold, or on the shield, where
// those are higher), and the TIM of lower dies fills their larger gap. A TIM that names no dies is on every
// die with nothing stacked on it whose gap is at most four bond lines; beyond that paste does not bridge
// (typical dispensing practice) and the gap stays air or mold. Without lid and sink the TIM is a film of its
// own thickness.
void stack_lid_and_sink(Stack& stack) {
  const Design& design = stack.design;
  const bool plate = design.lid || design.heat_sink;
  Vec2 plate_size = stack.body;
  if (design.lid) {
    if (design.lid->size.x > 0) plate_size = design.lid->size;
  } else if (design.heat_sink && design.heat_sink->size.x > 0) {
    plate_size = design.heat_sink->size;
  }

  std::vector<const Tim*> lower;
  const Tim* upper = nullptr;
  for (const Tim& tim : design.tims) {
    if (design.lid && tim.name == "tim2") {
      upper = &tim;
    } else {
      lower.push_back(&tim);
    }
  }

  std::vector<Reach> dies = uncovered_dies(stack);
  const double top = stack.package_top;
  double highest_die = stack.base_top;
  for (const Reach& r : dies) highest_die = std::max(highest_die, r.placed->outer);
  const bool on_flat =
      stack.flat_top >= top - kSameHeight && (dies.empty() || stack.flat_top > highest_die + kSameHeight);
  double underside = top;
  for (Reach& r : dies) {
    for (const Tim* tim : lower) {
      const bool named = std::find(tim->on.begin(), tim->on.end(), r.die->name) != tim->on.end();
      if (named || (tim->on.empty() && !r.tim && !r.placed->carries)) {
        r.tim = tim;
        r.asked = named;
      }
    }
    if (r.tim) underside = std::max(underside, r.placed->outer + r.tim->thickness);
  }
  const Tim* spread = nullptr;  // between the mold (or shield, or a bare block) and the plate
  if (on_flat) {
    for (const Tim* tim : lower) {
      if (tim->on.empty()) spread = tim;
    }
    if (spread) underside = std::max(underside, top + spread->thickness);
  }

  const auto add_tim = [&](const Tim& tim, const std::string& path, const Footprint& footprint, double z0,
                           double z1) {
    Solid solid = simple_solid(path, tim.name, Role::tim, footprint, z0, z1,
                               stack.material(tim.material, path, tim.where), rank::soft, tim.where);
    solid.yields = true;  // soft: a die stacked beside its middle presses it away
    if (stack.add(std::move(solid)) >= 0 && tim.contact_resistance > 0) {
      stack.out.contacts.push_back({path, footprint, z0, tim.contact_resistance, tim.where});
    }
  };
  if (spread) {
    const Vec2 size = {std::min(plate_size.x, stack.body.x), std::min(plate_size.y, stack.body.y)};
    add_tim(*spread, "tims." + spread->name, centred(size), top, top + spread->thickness);
  } else {
    for (const Reach& r : dies) {
      if (!r.tim || !(r.tim->thickness > 0)) continue;
      const double gap = plate ? underside - r.placed->outer : r.tim->thickness;
      if (!r.asked && gap > 4 * r.tim->thickness + kSameHeight) continue;
      add_tim(*r.tim, "tims." + r.tim->name + "." + r.die->name, {r.die->at, r.die->size, r.die->rotation},
              r.placed->outer, r.placed->outer + gap);
    }
  }
  if (!plate) return;

  double above = underside;
  Footprint cavity = centred({std::min(plate_size.x, stack.body.x), std::min(plate_size.y, stack.body.y)});
  if (design.lid) {
    const Lid& lid = *design.lid;
    const int material = stack.material(lid.material, "lid", lid.where);
    above = underside + lid.thickness;
    stack.add(simple_solid("lid", "lid", Role::lid, centred(plate_size), underside, above, material,
                           rank::part, lid.where));
    if (lid.foot_width > 0) {
      // The foot is a frame along the plate's edge down to its adhesive on the substrate.
      const double foot_bottom = stack.base_top + lid.adhesive_thickness;
      if (lid.adhesive_thickness > 0) {
        add_frame(stack, "lid.adhesive", "lid", Role::joint, plate_size, lid.foot_width, stack.base_top,
                  foot_bottom, stack.material(lid.adhesive, "lid.adhesive", lid.where), rank::soft,
                  lid.where);
      }
      if (underside - foot_bottom > kSameHeight) {
        add_frame(stack, "lid.foot", "lid", Role::lid, plate_size, lid.foot_width, foot_bottom, underside,
                  material, rank::part, lid.where);
      }
      cavity.size = {plate_size.x - 2 * lid.foot_width, plate_size.y - 2 * lid.foot_width};
    }
  }
  // What the plate closes off and no mold fills is air that stands still.
  if (!design.block) {
    const double floor = design.mold_top ? stack.base_top + design.mold_top->thickness : stack.base_top;
    if (!spread)
      add_air(stack, "air", cavity, floor, underside,
              design.lid ? design.lid->where : design.heat_sink->where);
  }

  if (!design.heat_sink) return;
  const HeatSink& sink = *design.heat_sink;
  const Vec2 sink_size = sink.size.x > 0 && sink.size.y > 0 ? sink.size : plate_size;
  if (upper && upper->thickness > 0) {
    add_tim(*upper, "tims." + upper->name,
            centred({std::min(plate_size.x, sink_size.x), std::min(plate_size.y, sink_size.y)}), above,
            above + upper->thickness);
    above += upper->thickness;
  }
  stack.add(simple_solid("heat_sink", "heat_sink", Role::heat_sink, centred(sink_size), above,
                         above + sink.base_thickness, stack.material(sink.material, "heat_sink", sink.where),
                         rank::part, sink.where));
  if (!sink.channels) return;
  // A cold plate: the channels stand on the base, the cover closes them; walls and cover are of its material.
  const int material = stack.material(sink.material, "heat_sink", sink.where);
  const double floor = above + sink.base_thickness, ceiling = floor + sink.channels->height;
  const int walls =
      stack.add(simple_solid("heat_sink.channels", "heat_sink", Role::channel_wall, centred(sink_size), floor,
                             ceiling, material, rank::part, sink.channels->where));
  if (walls < 0) return;
  stack.out.solids.back().yields = true;
  stack.add(simple_solid("heat_sink.cover", "heat_sink", Role::heat_sink, centred(sink_size), ceiling,
                         ceiling + sink.channels->cover, material, rank::part, sink.channels->where));
  stack_channels(stack, *sink.channels, "heat_sink.channels", "heat_sink", centred(sink_size), floor, ceiling,
                 walls);
}

}  // namespace bondline::package::detail
