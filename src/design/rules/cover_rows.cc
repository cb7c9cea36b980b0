// What closes the top: lid, heat sink, TIM and shield.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/rules/judge.h"
#include "design/rules/views.h"

namespace bondline::rules::detail {
namespace {

using namespace package;

constexpr double kTouch = 1e-9;  // m: less than this is touching

void lid_contact(const Case& c, Judge& judge) {
  const bool lid = c.design.lid.has_value();
  if (!lid && !c.design.heat_sink) return;
  const std::string name = lid ? "lid" : "heat_sink";
  const base::Where where = lid ? c.design.lid->where : c.design.heat_sink->where;
  const int index = c.assembly.find(name);
  if (index < 0) return;
  const Solid& plate = c.assembly.solids[static_cast<std::size_t>(index)];
  double area = 0;
  for (const Solid& s : c.assembly.solids) {
    const bool carries_heat = s.role == Role::tim || s.role == Role::die || s.role == Role::back_metal ||
                              s.role == Role::mold || s.role == Role::block_layer || s.role == Role::shield;
    if (!carries_heat || std::abs(s.z1 - plate.z0) > kTouch) continue;
    area += s.footprint.overlap_area(plate.footprint);
  }
  judge.at_least({.subject = name,
                  .value = area > 0 ? 1.0 : 0.0,
                  .limit = 1,
                  .unit = "contact",
                  .why = area > 0 ? fmt::format("{} takes heat over {:.4g} mm2", name, area * 1e6)
                                  : fmt::format("{} touches no die, TIM or mold", name),
                  .mend = "add a tim between the dies and the plate, or place a die under it",
                  .where = where});
  if (c.design.block) return;
  for (const DieView& v : views_of(c.design, c.assembly)) {
    bool carries = false;
    for (const Die& d : c.design.dies) carries |= d.stacked_on == v.die->name;
    if (v.side != Side::top || v.embedded || carries || c.design.mold_top) continue;
    if (v.footprint.overlap_area(plate.footprint) <= 0 || std::abs(v.high - plate.z0) <= kTouch) continue;
    bool bridged = false;
    for (const Solid& s : c.assembly.solids) {
      bridged |= s.role == Role::tim && s.footprint.overlap_area(v.footprint) > 0 &&
                 std::abs(s.z0 - v.high) <= kTouch;
    }
    if (bridged) continue;
    judge.say(
        Verdict::warn, v.path,
        fmt::format("{} ends {:.4g} um below the {} with air between", v.path, um(plate.z0 - v.high), name),
        fmt::format("name it under tims.on, or use a gap filler of {:.4g} um", um(plate.z0 - v.high)),
        v.die->where);
  }
}

void tim_bond_line(const Case& c, Judge& judge) {
  for (const Tim& tim : c.design.tims) {
    const std::string prefix = "tims." + tim.name;
    for (const Solid& s : c.assembly.solids) {
      if (s.role != Role::tim || s.part != tim.name) continue;
      const double thickness = s.z1 - s.z0, limit = 2 * tim.thickness;
      judge.at_most(
          {.subject = s.path,
           .value = um(thickness),
           .limit = um(limit),
           .unit = "um",
           .why = fmt::format("the bond line of {} is {:.4g} um where {:.4g} um were asked for: it fills the "
                              "gap to the highest die's level",
                              s.path, um(thickness), um(tim.thickness)),
           .mend = fmt::format("raise the die below it by {:.4g} um (thicker die or standoff), or give the "
                               "lid a pedestal",
                               um(thickness - tim.thickness)),
           .where = tim.where,
           .soft = true});
    }
    for (const std::string& name : tim.on) {
      if (c.assembly.find(fmt::format("{}.{}", prefix, name)) < 0) {
        judge.say(Verdict::fail, prefix,
                  fmt::format("{} is meant for \"{}\", which it does not meet", prefix, name),
                  "name a die on the top side with a free top face", tim.where);
      }
    }
  }
}

void shield_on_mold(const Case& c, Judge& judge) {
  if (!c.design.shield) return;
  const Shield& shield = *c.design.shield;
  if (shield.conformal) {
    const bool molded = c.design.mold_top.has_value();
    judge.say(molded ? Verdict::pass : Verdict::fail, "shield",
              molded ? "the conformal shield lies on the mold" : "a conformal shield has no mold to lie on",
              "mold the body, or make it a can (conformal: false, with a height)", shield.where);
    return;
  }
  double highest = c.assembly.substrate_top;
  std::string what = "the substrate";
  for (const Solid& s : c.assembly.solids) {
    if ((s.role == Role::die || s.role == Role::passive || s.role == Role::back_metal ||
         s.role == Role::mold) &&
        s.z1 > highest) {
      highest = s.z1;
      what = s.path;
    }
  }
  judge.at_most(
      {.subject = "shield",
       .value = um(highest - c.assembly.substrate_top),
       .limit = um(shield.height - shield.thickness),
       .unit = "um",
       .why = fmt::format("{} reaches {:.4g} um above the substrate, the can's roof begins at {:.4g} um",
                          what, um(highest - c.assembly.substrate_top), um(shield.height - shield.thickness)),
       .mend = fmt::format("make the can at least {:.4g} um high",
                           um(highest - c.assembly.substrate_top + shield.thickness)),
       .where = shield.where});
}

}  // namespace

std::vector<Row> cover_rows() {
  const char* kGeometry = "geometry: two bodies cannot fill one place";
  return {
      {{"geometry.lid_contact",
        "Lid or heat sink takes heat from a die, TIM or mold; no die under it is left in air.",
        "heat needs a path: still air conducts 0.026 W/(m K)"},
       lid_contact},
      {{"geometry.tim_bond_line",
        "A TIM's bond line is at most twice the thickness asked for, on every die it names.",
        "typical value, low confidence: beyond it the joint no longer is the one that was specified"},
       tim_bond_line},
      {{"geometry.shield", "A conformal shield lies on mold; a can clears everything in it.", kGeometry},
       shield_on_mold},
  };
}

}  // namespace bondline::rules::detail
