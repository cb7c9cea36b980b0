// Where things stand: overlaps, outlines, support, spacing.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "design/rules/judge.h"
#include "design/rules/plane.h"
#include "design/rules/views.h"

namespace bondline::rules::detail {
namespace {

using namespace package;

constexpr double kTouch = 1e-9;              // m: less than this is touching, not overlap
constexpr double kDieSpacing = 50e-6;        // m, typical value: 70-100 um gaps are common in 2.5D assembly
constexpr double kOverhangByThickness = 10;  // typical value: wire bonding on longer cantilevers bounces

std::string towards(Vec2 d) {
  if (std::abs(d.x) > 0.999) return d.x > 0 ? "+x" : "-x";
  if (std::abs(d.y) > 0.999) return d.y > 0 ? "+y" : "-y";
  return fmt::format("({:.2f}, {:.2f})", d.x, d.y);
}

/// "substrate.thermal.core" and "substrate.thermal.core.field2" belong to the field "substrate.thermal".
std::string field_of(const Solid& s) {
  const std::size_t owner = s.path.find('.');
  return s.path.substr(0, s.path.find('.', owner == std::string::npos ? 0 : owner + 1));
}

void overlap(const Case& c, Judge& judge) {
  struct Pair {
    const Solid *a, *b;
    Push push;
    double height;
  };
  std::vector<const Solid*> bodies;
  for (const Solid& s : c.assembly.solids) {
    // Via fields yield to coins, not to each other.
    if ((!s.yields || s.role == Role::via_field) && !s.resolved_member) bodies.push_back(&s);
  }
  // Parts that meet in several solids (die, joint, back metal) are told once, at the deepest.
  std::map<std::pair<std::string, std::string>, Pair> deepest;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      const Solid &a = *bodies[i], &b = *bodies[j];
      const double height = std::min(a.z1, b.z1) - std::max(a.z0, b.z0);
      if (height <= kTouch || a.footprint.overlap_area(b.footprint) <= 0) continue;
      const Push push = push_apart(a.footprint, b.footprint);
      if (push.depth <= kTouch) continue;
      const bool fields = a.role == Role::via_field && b.role == Role::via_field;
      if ((a.yields || b.yields) && !fields) continue;
      if (fields && field_of(a) == field_of(b)) continue;
      const auto key = fields             ? std::make_pair(field_of(a), field_of(b))
                       : a.part == b.part ? std::make_pair(a.path, b.path)
                                          : std::make_pair(a.part, b.part);
      const auto found = deepest.find(key);
      if (found == deepest.end() || push.depth > found->second.push.depth * (1 + 1e-9) ||
          (push.depth > found->second.push.depth * (1 - 1e-9) && b.role == Role::die &&
           a.role == Role::die)) {
        deepest[key] = {&a, &b, push, height};
      }
    }
  }
  for (const auto& [key, p] : deepest) {
    judge.at_most(
        {.subject = p.b->path,
         .value = um(p.push.depth),
         .limit = 0,
         .unit = "um",
         .why = fmt::format("{} and {} share {:.4g} um sideways over {:.4g} um of height", p.a->path,
                            p.b->path, um(p.push.depth), um(p.height)),
         .mend = fmt::format("move {} by {:.4g} um towards {}, or keep them {:.4g} um apart in height",
                             p.b->path, um(p.push.depth), towards(p.push.direction), um(p.height)),
         .where = p.b->where});
  }
  if (deepest.empty()) {
    judge.say(Verdict::pass, "design", fmt::format("none of {} bodies stands in another", bodies.size()), "",
              c.design.where);
  }
}

void stay_inside(Judge& judge, const Solid& part, const Footprint& outline, const std::string& of_what) {
  const double out = sticks_out(part.footprint, outline);
  judge.at_most({.subject = part.path,
                 .value = std::max(0.0, um(out)),
                 .limit = 0,
                 .unit = "um",
                 .why = out > kTouch
                            ? fmt::format("{} sticks {:.4g} um out of {}", part.path, um(out), of_what)
                            : fmt::format("{} lies inside {}", part.path, of_what),
                 .mend = fmt::format("move it in by {:.4g} um, shrink it, or enlarge {}", um(out), of_what),
                 .where = part.where});
}

void outside(const Case& c, Judge& judge) {
  const Assembly& a = c.assembly;
  const Footprint body = {{0, 0}, c.design.body_size, 0};
  const auto owner = [&](const std::string& path) -> const Solid* {
    const int i = a.find(path);
    return i < 0 ? nullptr : &a.solids[static_cast<std::size_t>(i)];
  };
  const Solid* substrate = c.design.substrate ? carrier_of(c.design, a) : nullptr;
  const Solid* board = nullptr;
  const Solid* layer = nullptr;
  for (const Solid& s : a.solids) {
    if (s.role == Role::board_layer) board = &s;
  }
  for (const Solid& s : a.solids) {
    if (s.role == Role::block_layer) layer = &s;
    const bool in_body = s.role == Role::die || s.role == Role::passive || s.role == Role::substrate_layer ||
                         (s.role == Role::lid && s.path == "lid");
    if (in_body && body.size.x > 0 && body.size.y > 0) stay_inside(judge, s, body, "the body");
    if (s.role == Role::coin && substrate) stay_inside(judge, s, substrate->footprint, "the substrate");
    if (s.role == Role::via_field && s.part == "substrate" && substrate) {
      stay_inside(judge, s, substrate->footprint, "the substrate");
    }
    if (s.role == Role::via_field && s.part == "board" && board)
      stay_inside(judge, s, board->footprint, "the board");
    if (s.role == Role::tsv_field && !s.resolved_member) {
      if (const Solid* die = owner("dies." + s.part)) stay_inside(judge, s, die->footprint, die->path);
    }
    if (s.role == Role::block_region) {
      const Solid* host = owner("dies." + s.part);
      if (!host) host = layer;
      if (host) stay_inside(judge, s, host->footprint, host->path);
    }
  }
}

void on_board(const Case& c, Judge& judge) {
  if (!c.design.board) return;
  for (const Solid& s : c.assembly.solids) {
    if (s.role != Role::board_layer) continue;
    Solid body = s;
    body.path = "body";
    body.footprint = {{0, 0}, c.design.body_size, 0};
    body.where = c.design.board->where;
    if (body.footprint.size.x > 0) stay_inside(judge, body, s.footprint, "the board");
    return;
  }
}

void support(const Case& c, Judge& judge) {
  const auto views = views_of(c.design, c.assembly);
  const Solid* carrier = carrier_of(c.design, c.assembly);
  for (const DieView& v : views) {
    if (v.embedded) continue;
    const Solid* below = carrier;
    if (v.below) {
      const int i = c.assembly.find("dies." + v.below->name);
      below = i < 0 ? nullptr : &c.assembly.solids[static_cast<std::size_t>(i)];
    }
    if (!below) continue;  // a bare stack: its lowest die is the ground
    // A bumped die needs ground under every bump; a glued one may overhang, but its middle must rest on
    // something.
    const bool bumped = v.bumped();
    Footprint contact = bumped ? bumps_of(v.die->attach.bumps, v.footprint) : v.footprint;
    if (contact.size.x <= 0 || contact.size.y <= 0) contact = v.footprint;
    const double share = 100 * contact.overlap_area(below->footprint) / (contact.size.x * contact.size.y);
    const double limit = bumped ? 100 : 50;
    judge.at_least(
        {.subject = v.path,
         .value = share > 100 - 1e-7 ? 100 : share,
         .limit = limit,
         .unit = "%",
         .why = fmt::format("{:.4g} % of the {} of {} rests on {}", share,
                            bumped ? "bump field" : "footprint", v.path, below->path),
         .mend = fmt::format("move {} over {}, or stack it on what lies below it", v.path, below->path),
         .where = v.die->where});
  }
}

void overhang(const Case& c, Judge& judge) {
  for (const DieView& v : views_of(c.design, c.assembly)) {
    if (!v.below || v.bumped() || v.embedded) continue;
    const int i = c.assembly.find("dies." + v.below->name);
    if (i < 0) continue;
    const double out =
        std::max(0.0, sticks_out(v.footprint, c.assembly.solids[static_cast<std::size_t>(i)].footprint));
    const double limit = kOverhangByThickness * v.die->thickness;
    judge.at_most(
        {.subject = v.path,
         .value = um(out),
         .limit = um(limit),
         .unit = "um",
         .why = fmt::format("{} overhangs dies.{} by {:.4g} um and is {:.4g} um thick", v.path, v.below->name,
                            um(out), um(v.die->thickness)),
         .mend = fmt::format("overhang at most {:.4g} um, or use a thicker die or a spacer", um(limit)),
         .where = v.die->where,
         .soft = true});
  }
}

void die_spacing(const Case& c, Judge& judge) {
  const auto views = views_of(c.design, c.assembly);
  for (std::size_t i = 0; i < views.size(); ++i) {
    for (std::size_t j = i + 1; j < views.size(); ++j) {
      const DieView &a = views[i], &b = views[j];
      if (a.embedded != b.embedded || std::min(a.high, b.high) - std::max(a.low, b.low) <= kTouch) continue;
      const double gap = gap_between(a.footprint, b.footprint);
      if (gap <= 0 && a.footprint.overlap_area(b.footprint) > 0) continue;  // told as an overlap
      judge.at_least({.subject = b.path,
                      .value = um(gap),
                      .limit = um(kDieSpacing),
                      .unit = "um",
                      .why = fmt::format("{} and {} stand {:.4g} um apart", a.path, b.path, um(gap)),
                      .mend = fmt::format("move {} away by {:.4g} um", b.path, um(kDieSpacing - gap)),
                      .where = b.die->where,
                      .soft = true});
    }
  }
}

void embedded_fits(const Case& c, Judge& judge) {
  if (!c.design.substrate) return;
  for (const Die& die : c.design.dies) {
    if (die.embedded_in.empty()) continue;
    for (std::size_t i = 0; i < c.design.substrate->layers.size(); ++i) {
      const SubstrateLayer& layer = c.design.substrate->layers[i];
      if ((layer.name.empty() ? std::to_string(i + 1) : layer.name) != die.embedded_in) continue;
      const double needs = die.thickness + die.attach.die_attach_thickness;
      judge.at_most(
          {.subject = "dies." + die.name,
           .value = um(needs),
           .limit = um(layer.thickness),
           .unit = "um",
           .why = fmt::format("dies.{} with its die attach is {:.4g} um thick, layer {} {:.4g} um", die.name,
                              um(needs), die.embedded_in, um(layer.thickness)),
           .mend = fmt::format("thin the die by {:.4g} um or thicken the layer", um(needs - layer.thickness)),
           .where = die.where});
    }
  }
}

}  // namespace

std::vector<Row> place_rows() {
  const char* kGeometry = "geometry: two bodies cannot fill one place";
  return {
      {{"geometry.overlap", "No two bodies that do not yield to each other share space.", kGeometry},
       overlap},
      {{"geometry.outside_body",
        "Dies, passives, lid, coins, via fields, TSV fields and regions lie inside what holds them.",
        kGeometry},
       outside},
      {{"geometry.on_board", "The body lies wholly on its board.", kGeometry}, on_board},
      {{"geometry.support",
        "Every bump of a die has ground under it; at least half of a glued die rests on what is below.",
        "statics: the middle of a body must stand over its support"},
       support},
      {{"geometry.overhang", "A glued die overhangs the one below by at most ten times its thickness.",
        "typical value, low confidence: longer cantilevers bounce under the bonding capillary"},
       overhang},
      {{"geometry.die_spacing", "Dies side by side stand at least 50 um apart.",
        "typical value, low confidence: gaps of 70-100 um are common in 2.5D assembly"},
       die_spacing},
      {{"geometry.embedded_fits", "An embedded die with its die attach is no thicker than its layer.",
        kGeometry},
       embedded_fits},
  };
}

}  // namespace bondline::rules::detail
