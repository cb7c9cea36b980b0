// What reaches how high: wires and parts under the mold, parts in the ball standoff.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "design/rules/judge.h"
#include "design/rules/plane.h"
#include "design/rules/views.h"

namespace bondline::rules::detail {
namespace {

using namespace package;

constexpr double kWireCover = 50e-6;  // m, typical value: laser marks cut 25-50 um into the mold
constexpr double kMoldFlow = 50e-6;   // m, typical value: fillers of 20-25 um top cut need twice their size
constexpr double kStandoffReserve = 20e-6;  // m, typical value: warpage and collapse scatter of small bodies
constexpr double kPadRing = 150e-6;         // m, typical value: bond pads stand within this of a die's edge

/// The underside of what closes the top: mold or lid; nullopt when the top is open.
std::optional<double> roof(const Case& c) {
  if (c.design.mold_top) return c.assembly.substrate_top + c.design.mold_top->thickness;
  const int lid = c.assembly.find("lid");
  if (lid >= 0) return c.assembly.solids[static_cast<std::size_t>(lid)].z0;
  return std::nullopt;
}

/// Height of wires of a die's top face; where no loop height was given, nothing is assumed.
double loop_top(const DieView& v) {
  return v.solid->z1 + v.die->attach.wire.loop_height;
}

void wire_in_mold(const Case& c, Judge& judge) {
  const auto top = roof(c);
  for (const DieView& v : views_of(c.design, c.assembly)) {
    if (v.bumped() || v.embedded || v.side != Side::top || v.die->attach.wire.loop_height <= 0) continue;
    const double height = loop_top(v);
    if (!top) {
      judge.say(Verdict::warn, v.path,
                fmt::format("the wires of {} are open: there is neither mold nor lid", v.path),
                "mold the body or cover it", v.die->attach.where);
      continue;
    }
    const char* cover = c.design.mold_top ? "mold" : "lid";
    judge.at_most(
        {.subject = v.path,
         .value = um(height - c.assembly.substrate_top),
         .limit = um(*top - c.assembly.substrate_top),
         .unit = "um",
         .why =
             fmt::format("the wire loops of {} reach {:.4g} um above the substrate, the {} {:.4g} um", v.path,
                         um(height - c.assembly.substrate_top), cover, um(*top - c.assembly.substrate_top)),
         .mend = fmt::format("raise the {} by {:.4g} um, or lower loop_height or the stack by as much", cover,
                             um(height + kWireCover - *top)),
         .where = v.die->attach.where,
         .warn_below = um(kWireCover)});
  }
}

void wire_under_die(const Case& c, Judge& judge) {
  const auto views = views_of(c.design, c.assembly);
  for (const DieView& lower : views) {
    if (lower.bumped() || lower.embedded || lower.die->attach.wire.loop_height <= 0) continue;
    for (const DieView& upper : views) {
      if (upper.below != lower.die) continue;
      // Wires leave from pads along the edges; they are caught when every edge strip is mostly covered.
      const double w = lower.die->size.x, h = lower.die->size.y;
      const double ring = std::min({kPadRing, 0.25 * w, 0.25 * h});
      bool all_covered = true;
      for (const Rect& strip :
           {Rect{0, 0, w, ring}, Rect{0, h - ring, w, h}, Rect{0, 0, ring, h}, Rect{w - ring, 0, w, h}}) {
        all_covered &= lower.footprint.place(strip).overlap_area(upper.footprint) > 0.5 * strip.area();
      }
      const double room =
          upper.side == Side::top ? upper.solid->z0 - lower.solid->z1 : lower.solid->z0 - upper.solid->z1;
      const double loop = lower.die->attach.wire.loop_height;
      if (!all_covered) {
        judge.say(Verdict::pass, upper.path,
                  fmt::format("{} leaves an edge of {} free for its wires", upper.path, lower.path), "",
                  upper.die->where);
        continue;
      }
      judge.at_most(
          {.subject = upper.path,
           .value = um(loop),
           .limit = um(room),
           .unit = "um",
           .why =
               fmt::format("{} covers the pads of {}, whose wires loop {:.4g} um high; the gap between the "
                           "dies is {:.4g} um",
                           upper.path, lower.path, um(loop), um(room)),
           .mend = fmt::format("use a spacer or film over wire of at least {:.4g} um, or a smaller upper die",
                               um(loop)),
           .where = upper.die->attach.where});
    }
  }
}

struct Part {
  std::string path;
  double z0, z1;
  base::Where where;
  Side side;
  Footprint footprint;
  bool flip_chip;
};

std::vector<Part> mounted_parts(const Case& c) {
  std::vector<Part> parts;
  for (const DieView& v : views_of(c.design, c.assembly)) {
    if (!v.embedded) parts.push_back({v.path, v.low, v.high, v.die->where, v.side, v.footprint, v.bumped()});
  }
  for (const Passive& p : c.design.passives) {
    const int i = c.assembly.find("passives." + p.name);
    if (i < 0) continue;
    const Solid& s = c.assembly.solids[static_cast<std::size_t>(i)];
    parts.push_back({s.path, s.z0, s.z1, p.where, p.side, s.footprint, false});
  }
  return parts;
}

/// How far a part reaches away from the substrate on its side.
double reach(const Case& c, const Part& p) {
  return p.side == Side::top ? p.z1 - c.assembly.substrate_top : -p.z0;
}

void mold_cover(const Case& c, Judge& judge) {
  for (const Part& p : mounted_parts(c)) {
    const auto& mold = p.side == Side::top ? c.design.mold_top : c.design.mold_bottom;
    if (!mold) continue;
    const double height = reach(c, p);
    judge.at_most(
        {.subject = p.path,
         .value = um(height),
         .limit = um(mold->thickness),
         .unit = "um",
         .why = fmt::format("{} reaches {:.4g} um from the substrate, the mold {:.4g} um", p.path, um(height),
                            um(mold->thickness)),
         .mend = fmt::format("make the mold at least {:.4g} um thick, or thin the part by {:.4g} um",
                             um(height), um(height - mold->thickness)),
         .where = p.where});
  }
}

void mold_clearance(const Case& c, Judge& judge) {
  for (const Part& p : mounted_parts(c)) {
    const auto& mold = p.side == Side::top ? c.design.mold_top : c.design.mold_bottom;
    if (!mold) continue;
    const double gap = mold->thickness - reach(c, p);
    if (gap < 0) continue;                     // told by geometry.mold_cover
    if (p.flip_chip && gap <= 1e-6) continue;  // an exposed die: ground or film-molded flush
    judge.at_least(
        {.subject = p.path,
         .value = um(gap),
         .limit = um(kMoldFlow),
         .unit = "um",
         .why = fmt::format("{:.4g} um of mold lie over {}", um(gap), p.path),
         .mend = fmt::format("thicken the mold by {:.4g} um, or expose the die (mold flush with its top)",
                             um(kMoldFlow - gap)),
         .where = p.where,
         .soft = true});
  }
}

void standoff(const Case& c, Judge& judge) {
  if (!c.design.balls && !c.design.board) return;
  const double room = c.design.balls ? c.design.balls->standoff : 0;
  for (const Part& p : mounted_parts(c)) {
    if (p.side != Side::bottom) continue;
    double depth = -p.z0;
    for (const DieView& v : views_of(c.design, c.assembly)) {
      if (v.path == p.path && !v.bumped()) depth += v.die->attach.wire.loop_height;
    }
    judge.at_most(
        {.subject = p.path,
         .value = um(depth),
         .limit = um(room),
         .unit = "um",
         .why = fmt::format("{} hangs {:.4g} um below the body, whose standoff is {:.4g} um", p.path,
                            um(depth), um(room)),
         .mend = fmt::format("thin it or its joint by {:.4g} um, or use balls with a standoff of {:.4g} um",
                             um(depth - room + kStandoffReserve), um(depth + kStandoffReserve)),
         .where = p.where,
         .warn_below = um(kStandoffReserve)});
  }
  if (c.design.mold_bottom) {
    judge.at_most({.subject = "mold_bottom",
                   .value = um(c.design.mold_bottom->thickness),
                   .limit = um(room),
                   .unit = "um",
                   .why = fmt::format("the bottom mold is {:.4g} um thick, the standoff {:.4g} um",
                                      um(c.design.mold_bottom->thickness), um(room)),
                   .mend = "thin the mold or use larger balls",
                   .where = c.design.mold_bottom->where,
                   .warn_below = um(kStandoffReserve)});
  }
}

void balls_clear(const Case& c, Judge& judge) {
  if (!c.design.balls || c.design.balls->array.diameter <= 0) return;
  const Array& array = c.design.balls->array;
  const ArrayLayout layout = lay_out(array, c.design.body_size, 2'000'000);
  for (const Part& p : mounted_parts(c)) {
    if (p.side != Side::bottom) continue;
    int hit = 0;
    double reach_x = 0, reach_y = 0;
    for (const Vec2& site : layout.sites) {
      if (distance_to(p.footprint, site) >= 0.5 * array.diameter) continue;
      ++hit;
      reach_x = std::max(reach_x, std::abs(site.x));
      reach_y = std::max(reach_y, std::abs(site.y));
    }
    judge.at_most({.subject = p.path,
                   .value = double(hit),
                   .limit = 0,
                   .unit = "balls",
                   .why = hit ? fmt::format("{} stands where {} of {} balls are", p.path, hit, layout.count)
                              : fmt::format("no ball stands in the way of {}", p.path),
                   .mend = fmt::format(
                       "leave those {} balls out: balls.map, or a centre_gap of at least {:.4g} x {:.4g} mm",
                       hit, 2e3 * reach_x + 1e3 * layout.pitch_x, 2e3 * reach_y + 1e3 * layout.pitch_y),
                   .where = p.where});
  }
}

}  // namespace

std::vector<Row> height_rows() {
  const char* kGeometry = "geometry: two bodies cannot fill one place";
  return {
      {{"geometry.wire_cover",
        "Wire loops stay under the mold or lid, with 50 um to spare (less is a warning).",
        "typical value, low confidence: laser marks cut 25-50 um into the mold"},
       wire_in_mold},
      {{"geometry.wire_under_die", "A die stacked over another's wires leaves them an edge or enough height.",
        kGeometry},
       wire_under_die},
      {{"geometry.mold_cover",
        "No part stands out of the mold of its side: the body is as thick as its parts.", kGeometry},
       mold_cover},
      {{"geometry.mold_clearance",
        "Over a covered part there are at least 50 um of mold; a flip-chip die may lie flush.",
        "typical value, low confidence: twice the top cut of fine fillers (20-25 um)"},
       mold_clearance},
      {{"geometry.standoff",
        "Parts under the body stay above the board, with 20 um to spare (less is a warning).",
        "geometry; the reserve is a typical value, low confidence"},
       standoff},
      {{"geometry.balls_clear", "No ball stands where a part hangs under the body.", kGeometry}, balls_clear},
  };
}

}  // namespace bondline::rules::detail
