// Parts by themselves: proportions and sizes that are built, and slips of units they reveal.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/rules/judge.h"

namespace bondline::rules::detail {
namespace {

using namespace package;

void die_in_body(const Case& c, Judge& judge) {
  if (c.design.body_size.x <= 0 || c.design.body_size.y <= 0) return;
  const double body_long = std::max(c.design.body_size.x, c.design.body_size.y),
               body_short = std::min(c.design.body_size.x, c.design.body_size.y);
  for (const Die& die : c.design.dies) {
    const double l = std::max(die.size.x, die.size.y), s = std::min(die.size.x, die.size.y);
    const bool by_long = l / body_long >= s / body_short;
    const double value = by_long ? l : s, limit = by_long ? body_long : body_short;
    judge.at_most({.subject = "dies." + die.name,
                   .value = value * 1e3,
                   .limit = limit * 1e3,
                   .unit = "mm",
                   .why = fmt::format("dies.{} measures {:.4g} x {:.4g} mm, the body {:.4g} x {:.4g} mm",
                                      die.name, die.size.x * 1e3, die.size.y * 1e3,
                                      c.design.body_size.x * 1e3, c.design.body_size.y * 1e3),
                   .mend = "check the unit of the die's size, or enlarge the body",
                   .where = die.where});
  }
}

void die_thickness(const Case& c, Judge& judge) {
  for (const Die& die : c.design.dies) {
    // Hybrid-bonded dies are thinned on their carrier; others are picked and must survive it.
    const bool carried = die.attach.kind == AttachKind::hybrid_bond;
    const double min = carried ? 2e-6 : 20e-6, max = 1e-3, t = die.thickness;
    const bool near_min = t - min < max - t;
    Measure m{.subject = "dies." + die.name,
              .value = um(t),
              .limit = um(near_min ? min : max),
              .unit = "um",
              .why = fmt::format("dies.{} is {:.4g} um thick; {:.4g} to {:.4g} um are handled", die.name,
                                 um(t), um(min), um(max)),
              .mend = "check the unit of the thickness",
              .where = die.where,
              .soft = t > min / 2 && t < max * 2};
    near_min ? judge.at_least(std::move(m)) : judge.at_most(std::move(m));
  }
}

void die_aspect(const Case& c, Judge& judge) {
  for (const Die& die : c.design.dies) {
    const double l = std::max(die.size.x, die.size.y), s = std::min(die.size.x, die.size.y);
    if (s <= 0) continue;
    judge.at_most({.subject = "dies." + die.name,
                   .value = l / s,
                   .limit = 10,
                   .unit = "length/width",
                   .why = fmt::format("dies.{} measures {:.4g} x {:.4g} mm", die.name, die.size.x * 1e3,
                                      die.size.y * 1e3),
                   .mend = "check the die's size; longer dies crack when picked",
                   .where = die.where,
                   .soft = true});
  }
}

void die_slenderness(const Case& c, Judge& judge) {
  for (const Die& die : c.design.dies) {
    if (die.thickness <= 0 || die.attach.kind == AttachKind::hybrid_bond) continue;
    const double ratio = std::max(die.size.x, die.size.y) / die.thickness;
    judge.at_most({.subject = "dies." + die.name,
                   .value = ratio,
                   .limit = 500,
                   .unit = "length/thickness",
                   .why = fmt::format("dies.{} is {:.4g} mm long and {:.4g} um thick", die.name,
                                      std::max(die.size.x, die.size.y) * 1e3, um(die.thickness)),
                   .mend = fmt::format("use at least {:.4g} um, or bond it on a carrier",
                                       um(std::max(die.size.x, die.size.y) / 500)),
                   .where = die.where,
                   .soft = true});
  }
}

/// Sizes as they are built. The file's reader refuses what is impossible; this warns of what is merely
/// unheard of, which is most often a unit: um for mm or mil for mm.
struct Built {
  const char* what;
  double min, max;  // m
};

void built(const Case& c, Judge& judge) {
  const auto range = [&](const std::string& subject, double v, const Built& b, const base::Where& where) {
    if (v <= 0) return;
    const bool near_min = v / b.min < b.max / v;
    Measure m{.subject = subject,
              .value = v * 1e3,
              .limit = (near_min ? b.min : b.max) * 1e3,
              .unit = "mm",
              .why = fmt::format("{} {:.4g} mm, built ones {:.4g} to {:.4g} mm", b.what, v * 1e3, b.min * 1e3,
                                 b.max * 1e3),
              .mend = "check its unit",
              .where = where,
              .soft = true};
    near_min ? judge.at_least(std::move(m)) : judge.at_most(std::move(m));
  };
  const Design& d = c.design;
  if (!d.block) {
    range("body", std::max(d.body_size.x, d.body_size.y), {"longest side of the body", 0.5e-3, 150e-3},
          d.where);
  }
  for (const Die& die : d.dies) {
    range("dies." + die.name, std::min(die.size.x, die.size.y), {"shortest side of the die", 0.15e-3, 120e-3},
          die.where);
  }
  if (d.mold_top) range("mold", d.mold_top->thickness, {"mold thickness", 0.05e-3, 15e-3}, d.mold_top->where);
  if (d.mold_bottom) {
    range("mold_bottom", d.mold_bottom->thickness, {"mold thickness", 0.03e-3, 15e-3}, d.mold_bottom->where);
  }
  if (d.lid) range("lid", d.lid->thickness, {"lid thickness", 0.1e-3, 5e-3}, d.lid->where);
  if (d.heat_sink) {
    range("heat_sink", d.heat_sink->base_thickness, {"base of the heat sink", 0.3e-3, 30e-3},
          d.heat_sink->where);
  }
  for (const Tim& tim : d.tims)
    range("tims." + tim.name, tim.thickness, {"bond line", 0.002e-3, 3e-3}, tim.where);
  if (d.balls) range("balls", d.balls->standoff, {"standoff of the body", 0.015e-3, 1.2e-3}, d.balls->where);
  if (d.board) {
    range("board", std::max(d.board->size.x, d.board->size.y), {"longest side of the board", 5e-3, 700e-3},
          d.board->where);
    double t = 0;
    for (const SubstrateLayer& l : d.board->layers) t += l.thickness;
    range("board", t, {"board thickness", 0.2e-3, 8e-3}, d.board->where);
  }
  if (d.substrate) {
    double t = 0;
    for (const SubstrateLayer& l : d.substrate->layers) t += l.thickness;
    range("substrate", t, {"substrate thickness", 0.01e-3, 8e-3}, d.substrate->where);
  }
  for (const Passive& p : d.passives) {
    range("passives." + p.name, p.height, {"height of the part", 0.03e-3, 12e-3}, p.where);
  }
}

}  // namespace

std::vector<Row> part_rows() {
  return {
      {{"die.in_body", "No die is larger than the body.", "geometry: two bodies cannot fill one place"},
       die_in_body},
      {{"die.thickness",
        "A die is 20 um (hybrid-bonded: 2 um) to 1 mm thick; beyond a factor of two outside it is a failure.",
        "wafers are 775 um thick at 300 mm (SEMI M1); the lower bounds are typical values, medium "
        "confidence"},
       die_thickness},
      {{"die.aspect", "A die is at most ten times as long as wide.", "typical value, low confidence"},
       die_aspect},
      {{"die.slenderness", "A die that is picked and placed is at most 500 times as long as thick.",
        "typical value, low confidence: thinner ones curl when released"},
       die_slenderness},
      {{"units.built",
        "Body, mold, lid, sink, TIM, board, substrate, dies and passives have sizes that are built.",
        "typical values, medium confidence: outside them the unit is most often wrong"},
       built},
  };
}

}  // namespace bondline::rules::detail
