// Dies, their joints, and passives. A cursor walks away from the substrate on either side: up from its top
// face, down from z = 0 on the bottom side. `facing` is as seen by the substrate: down means the active face
// looks at what the die is mounted on, whichever side that is.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "design/package/stack.h"

namespace bondline::package::detail {
namespace {

struct Span {
  double z0, z1;
};

/// The next slab of `thickness` away from the substrate; moves the cursor.
Span grow(Side side, double& cursor, double thickness) {
  const double from = cursor;
  cursor += side == Side::top ? thickness : -thickness;
  return {std::min(from, cursor), std::max(from, cursor)};
}

/// The dielectric around bumps: the underfill; without one the mold flows in (molded underfill), else air. A
/// hybrid bond's pads stand in their oxide.
std::string around_bumps(const Stack& stack, const Attach& attach, Side side) {
  if (attach.kind == AttachKind::hybrid_bond && !attach.pad_dielectric.empty()) return attach.pad_dielectric;
  return attach.underfill.empty() ? stack.surrounding(side) : attach.underfill;
}

/// Bumped dies stand on a joint of the height of their standoff under the whole die; wire-bonded ones on
/// their die attach. Fillets beyond the die's edge and the wires themselves carry too little heat to stand as
/// solids.
void add_joint(Stack& stack, const Die& die, const Footprint& footprint, Side side, double& cursor) {
  const Attach& attach = die.attach;
  const std::string path = "dies." + die.name + ".joint";
  if (attach.kind == AttachKind::wire_bond) {
    if (attach.die_attach_thickness > 0) {
      const Span z = grow(side, cursor, attach.die_attach_thickness);
      stack.add(simple_solid(path, die.name, Role::die_attach, footprint, z.z0, z.z1,
                             stack.material(attach.die_attach, path, attach.where), rank::soft,
                             attach.where));
    }
  } else if (attach.standoff > 0) {
    const Span z = grow(side, cursor, attach.standoff);
    ArraySlab slab;
    slab.path = path;
    slab.part = die.name;
    slab.role = Role::joint;
    slab.footprint = footprint;
    slab.z0 = z.z0;
    slab.z1 = z.z1;
    slab.matrix = stack.material(around_bumps(stack, attach, side), path, attach.where);
    slab.rank = rank::soft;
    slab.where = attach.where;
    if (attach.bumps.diameter > 0)
      slab.inclusion = stack.material(attach.bumps.material, path + " (its bumps)", attach.where);
    add_array(stack, slab, attach.bumps);
  }
  // The interfaces of the joint count as one resistance, in the plane where the die begins.
  if (attach.contact_resistance > 0) {
    stack.out.contacts.push_back({path, footprint, cursor, attach.contact_resistance, attach.where});
  }
}

void add_inner_parts(Stack& stack, const Die& die, const Footprint& footprint, double z0, double z1,
                     bool active_up) {
  const std::string path = "dies." + die.name;
  double silicon0 = z0, silicon1 = z1;
  if (die.beol_thickness > 0 && die.beol_thickness < die.thickness) {
    // Wiring lies on the active face, inside the die's thickness.
    const double b0 = active_up ? z1 - die.beol_thickness : z0, b1 = active_up ? z1 : z0 + die.beol_thickness;
    (active_up ? silicon1 : silicon0) = active_up ? b0 : b1;
    Solid beol =
        simple_solid(path + ".beol", die.name, Role::beol, footprint, b0, b1,
                     stack.material(die.beol_material, path + ".beol", die.where), rank::wiring, die.where);
    beol.yields = true;  // the die answers for its inner parts
    stack.add(std::move(beol));
  }
  for (const FloorplanBlock& block : die.power.blocks) {
    if (block.material.empty()) continue;
    const int material = stack.material(block.material, path + "." + block.name, block.where);
    for (std::size_t r = 0; r < block.rects.size(); ++r) {
      const std::string name =
          r == 0 ? fmt::format("{}.{}", path, block.name) : fmt::format("{}.{}.{}", path, block.name, r + 1);
      Solid region = simple_solid(name, die.name, Role::block_region, footprint.place(block.rects[r]),
                                  silicon0, silicon1, material, rank::inner, block.where);
      region.yields = true;
      stack.add(std::move(region));
    }
  }
  // TSVs run through the silicon, from the wiring to the back face.
  for (std::size_t i = 0; i < die.tsvs.size(); ++i) {
    const TsvField& tsv = die.tsvs[i];
    ArraySlab slab;
    slab.path = fmt::format("{}.tsv.{}", path, tsv.name.empty() ? std::to_string(i + 1) : tsv.name);
    slab.part = die.name;
    slab.role = Role::tsv_field;
    slab.footprint = {footprint.to_body(tsv.at),
                      {tsv.size.x > 0 ? tsv.size.x : die.size.x, tsv.size.y > 0 ? tsv.size.y : die.size.y},
                      die.rotation};
    slab.z0 = silicon0;
    slab.z1 = silicon1;
    slab.matrix = stack.material(die.material, path, die.where);
    slab.inclusion =
        stack.material(tsv.vias.material.empty() ? "Cu" : tsv.vias.material, slab.path, tsv.where);
    if (tsv.liner_thickness > 0) {
      slab.liner = tsv.liner_thickness;
      slab.liner_material = stack.material(tsv.liner_material, slab.path + " (its liner)", tsv.where);
    }
    slab.rank = rank::inner;
    slab.yields = true;
    slab.where = tsv.where;
    add_array(stack, slab, tsv.vias);
  }
}

/// An embedded die lies flush with the face of its layer that its active face looks at (there the micro-vias
/// land); its die attach, if any, is on its back.
void place_embedded(Stack& stack, const Die& die, PlacedDie& placed) {
  const std::string path = "dies." + die.name;
  const auto [l0, l1] = layer_span(stack, stack.layers, die.embedded_in, die.embedded_in, path, die.where);
  const bool up = die.facing == Facing::up;
  const double z0 = up ? l1 - die.thickness : l0, z1 = up ? l1 : l0 + die.thickness;
  const Footprint footprint = {die.at, die.size, die.rotation};
  const double attach = die.attach.die_attach_thickness;
  if (attach > 0) {
    stack.add(simple_solid(
        path + ".joint", die.name, Role::die_attach, footprint, up ? z0 - attach : z1, up ? z0 : z1 + attach,
        stack.material(die.attach.die_attach, path + ".joint", die.where), rank::soft, die.attach.where));
  }
  placed.embedded = true;
  placed.base = up ? z0 : z1;
  placed.outer = up ? z1 : z0;
  placed.solid =
      stack.add(simple_solid(path, die.name, Role::die, footprint, z0, z1,
                             stack.material(die.material, path, die.where), rank::part, die.where));
  add_inner_parts(stack, die, footprint, z0, z1, up);
}

void place_mounted(Stack& stack, const Die& die, double base, PlacedDie& placed) {
  const std::string path = "dies." + die.name;
  const Footprint footprint = {die.at, die.size, die.rotation};
  const Side side = placed.side;
  placed.base = base;
  double cursor = base;
  add_joint(stack, die, footprint, side, cursor);
  const auto back_metal = [&] {
    if (!(die.back_metal_thickness > 0)) return;
    const Span z = grow(side, cursor, die.back_metal_thickness);
    stack.add(simple_solid(path + ".back_metal", die.name, Role::back_metal, footprint, z.z0, z.z1,
                           stack.material(die.back_metal, path + ".back_metal", die.where), rank::part,
                           die.where));
  };
  const bool faces_base = die.facing == Facing::down;
  // Back metal comes on top of the die's thickness: between attach and die when the active face looks away.
  if (!faces_base) back_metal();
  const Span z = grow(side, cursor, die.thickness);
  placed.solid =
      stack.add(simple_solid(path, die.name, Role::die, footprint, z.z0, z.z1,
                             stack.material(die.material, path, die.where), rank::part, die.where));
  if (faces_base) back_metal();
  placed.outer = cursor;
  const bool active_up = faces_base == (side == Side::bottom);
  add_inner_parts(stack, die, footprint, z.z0, z.z1, active_up);
  if (!die.channels || placed.solid < 0) return;
  // Channels are etched into the face away from the active one; what lies on that face closes them.
  const double floor = active_up ? z.z0 : z.z1 - die.channels->height, ceiling = floor + die.channels->height;
  const int walls = stack.add(simple_solid(path + ".channels", die.name, Role::channel_wall, footprint, floor,
                                           ceiling, stack.material(die.material, path, die.where),
                                           rank::inner, die.channels->where));
  if (walls < 0) return;
  stack.out.solids.back().yields = true;
  stack_channels(stack, *die.channels, path + ".channels", die.name, footprint, floor, ceiling, walls);
}

}  // namespace

// A die stands on the substrate's top face (bottom side: under z = 0), or on the outer face of the die it is
// stacked on, whose side it shares. `at` is in body coordinates for all of them.
void stack_dies(Stack& stack) {
  std::map<std::string, int> state;  // 1: being placed, 2: placed
  const std::function<const PlacedDie*(const Die&)> place = [&](const Die& die) -> const PlacedDie* {
    int& mark = state[die.name];
    if (mark == 2) return &stack.dies[die.name];
    if (mark == 1) {
      stack.problems.error(die.where,
                           fmt::format("die \"{}\" is stacked on itself, by way of the others", die.name),
                           "break the loop in stacked_on");
      return nullptr;
    }
    mark = 1;
    PlacedDie placed;
    placed.side = die.side;
    if (!die.embedded_in.empty()) {
      place_embedded(stack, die, placed);
    } else {
      double base = die.side == Side::top ? stack.base_top : 0;
      if (!die.stacked_on.empty()) {
        const Die* below = nullptr;
        for (const Die& other : stack.design.dies) {
          if (other.name == die.stacked_on) below = &other;
        }
        if (!below) {
          stack.problems.error(
              die.where,
              fmt::format("die \"{}\" is stacked on \"{}\", which is not a die", die.name, die.stacked_on),
              "name one of the dies, or leave stacked_on out");
          return nullptr;
        }
        const PlacedDie* lower = place(*below);
        if (!lower) return nullptr;
        if (lower->embedded) {
          stack.problems.error(
              die.where,
              fmt::format("die \"{}\" is stacked on \"{}\", which is embedded in the substrate", die.name,
                          die.stacked_on),
              "place it on the substrate");
          return nullptr;
        }
        placed.side = lower->side;
        base = lower->outer;
        stack.dies[die.stacked_on].carries = true;
      }
      place_mounted(stack, die, base, placed);
    }
    state[die.name] = 2;
    return &(stack.dies[die.name] = placed);
  };
  for (const Die& die : stack.design.dies) place(die);
  for (const auto& [name, die] : stack.dies) {
    if (!die.embedded && die.side == Side::top) stack.package_top = std::max(stack.package_top, die.outer);
  }
}

// A passive stands on its solder, which covers half of its footprint: end terminations of chip parts are
// about a quarter of the length each (EIA 0402: 0.25 of 1.0 mm, typical). Its heat enters its volume.
void stack_passives(Stack& stack) {
  for (const Passive& passive : stack.design.passives) {
    const std::string path = "passives." + passive.name;
    const Footprint footprint = {passive.at, passive.size, passive.rotation};
    double cursor = passive.side == Side::top ? stack.base_top : 0;
    if (passive.solder_thickness > 0) {
      const Span z = grow(passive.side, cursor, passive.solder_thickness);
      const std::string solder = stack.design.balls && !stack.design.balls->array.material.empty()
                                     ? stack.design.balls->array.material
                                     : "SAC305";
      Solid joint =
          simple_solid(path + ".joint", passive.name, Role::joint, footprint, z.z0, z.z1,
                       stack.material(stack.surrounding(passive.side), path + ".joint", passive.where),
                       rank::soft, passive.where);
      joint.fill.kind = FillKind::cylinders_z;
      joint.fill.inclusion = stack.material(solder, path + ".joint (its solder)", passive.where);
      joint.fill.fraction = 0.5;
      joint.fill.count = 2;
      joint.fill.pitch_x = 0.5 * passive.size.x;
      joint.fill.pitch_y = passive.size.y;
      joint.fill.diameter = 0.5 * std::min(passive.size.x, 2 * passive.size.y);
      stack.add(std::move(joint));
    }
    const Span z = grow(passive.side, cursor, passive.height);
    const int solid = stack.add(simple_solid(path, passive.name, Role::passive, footprint, z.z0, z.z1,
                                             stack.material(passive.material, path, passive.where),
                                             rank::part, passive.where));
    if (solid >= 0 && passive.power > 0) {
      stack.out.sources.push_back({path, solid, footprint, z.z0, z.z1, passive.power, passive.where});
    }
    if (passive.side == Side::top) stack.package_top = std::max(stack.package_top, cursor);
  }
}

}  // namespace bondline::package::detail
