// Bumps, balls, pads, TSVs and vias: that they exist, fit, and look like their kind.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/rules/judge.h"
#include "design/rules/views.h"

namespace bondline::rules::detail {
namespace {

using namespace package;

/// An array and the part it belongs to.
struct Placed {
  std::string subject, members;  // "dies.soc.joint", "bumps"
  const Array* array;
  Vec2 part;
  base::Where where;
};

std::vector<Placed> arrays_of(const Case& c) {
  std::vector<Placed> all;
  for (const Die& die : c.design.dies) {
    if (die.attach.kind != AttachKind::wire_bond && die.embedded_in.empty()) {
      all.push_back({"dies." + die.name + ".joint", "bumps", &die.attach.bumps, die.size, die.attach.where});
    }
    for (std::size_t i = 0; i < die.tsvs.size(); ++i) {
      const TsvField& t = die.tsvs[i];
      const Vec2 size = {t.size.x > 0 ? t.size.x : die.size.x, t.size.y > 0 ? t.size.y : die.size.y};
      all.push_back({fmt::format("dies.{}.tsv.{}", die.name, t.name.empty() ? std::to_string(i + 1) : t.name),
                     "TSVs", &t.vias, size, t.where});
    }
  }
  const auto add_vias = [&](const std::vector<ViaField>& fields, const char* owner) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const ViaField& f = fields[i];
      all.push_back({fmt::format("{}.{}", owner,
                                 !f.name.empty() ? f.name
                                 : i == 0        ? "vias"
                                                 : fmt::format("vias{}", i + 1)),
                     "vias", &f.vias, f.size, f.where});
    }
  };
  if (c.design.substrate) add_vias(c.design.substrate->vias, "substrate");
  if (c.design.board) add_vias(c.design.board->vias, "board");
  if (c.design.balls) {
    all.push_back({"balls", c.design.balls->lands ? "lands" : "balls", &c.design.balls->array,
                   c.design.body_size, c.design.balls->where});
  }
  return all;
}

void members(const Case& c, Judge& judge) {
  for (const Placed& p : arrays_of(c)) {
    // A hybrid bond or a land may be one sheet: no array was asked for.
    if (p.array->diameter <= 0 && p.array->pitch_x <= 0 && p.array->sites.empty()) continue;
    const auto count = double(lay_out(*p.array, p.part, 0).count);
    const bool has_diameter = p.array->diameter > 0;
    judge.at_least(
        {.subject = p.subject,
         .value = has_diameter ? count : 0,
         .limit = 1,
         .unit = p.members,
         .why = has_diameter ? fmt::format("{} has {:.0f} {}", p.subject, count, p.members)
                             : fmt::format("the {} of {} have no diameter", p.members, p.subject),
         .mend = fmt::format("check pitch ({:.4g} um) and diameter ({:.4g} um) against the part's {:.4g} x "
                             "{:.4g} um",
                             um(p.array->pitch_x), um(p.array->diameter), um(p.part.x), um(p.part.y)),
         .where = p.where});
  }
}

void array_fits(const Case& c, Judge& judge) {
  for (const Placed& p : arrays_of(c)) {
    const ArrayLayout layout = lay_out(*p.array, p.part, 0);
    if (layout.count == 0) continue;
    double out = std::max(layout.extent.x - p.part.x, layout.extent.y - p.part.y) / 2;
    for (const Vec2& s : p.array->sites) {
      out = std::max({out, std::abs(s.x) + 0.5 * p.array->diameter - 0.5 * p.part.x,
                      std::abs(s.y) + 0.5 * p.array->diameter - 0.5 * p.part.y});
    }
    judge.at_most(
        {.subject = p.subject,
         .value = std::max(0.0, um(out)),
         .limit = 0,
         .unit = "um",
         .why = fmt::format("the {} of {} span {:.4g} x {:.4g} um on a part of {:.4g} x {:.4g} um", p.members,
                            p.subject, um(layout.extent.x), um(layout.extent.y), um(p.part.x), um(p.part.y)),
         .mend = fmt::format("use fewer columns or rows or a smaller pitch: they stick out by {:.4g} um",
                             um(out)),
         .where = p.where});
  }
}

void apart(const Case& c, Judge& judge) {
  for (const Placed& p : arrays_of(c)) {
    const ArrayLayout layout = lay_out(*p.array, p.part, 0);
    if (layout.count < 2) continue;
    double pitch = std::min(layout.pitch_x, layout.pitch_y);
    if (!p.array->sites.empty()) {
      // A map is judged by its nearest two members (found by sorting: neighbours within a pitch in x).
      std::vector<Vec2> s = p.array->sites;
      std::sort(s.begin(), s.end(), [](Vec2 a, Vec2 b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
      double nearest = 1e300;
      for (std::size_t i = 0; i < s.size(); ++i) {
        for (std::size_t j = i + 1;
             j < s.size() && s[j].x - s[i].x < std::min(nearest, 2 * p.array->diameter); ++j) {
          nearest = std::min(nearest, std::hypot(s[j].x - s[i].x, s[j].y - s[i].y));
        }
      }
      pitch = nearest < 1e300 ? nearest : std::max(pitch, 2 * p.array->diameter);
    }
    const double gap = pitch - p.array->diameter;
    judge.at_least(
        {.subject = p.subject,
         .value = um(pitch),
         .limit = um(p.array->diameter),
         .unit = "um",
         .why = fmt::format("the {} of {} are {:.4g} um wide and stand {:.4g} um apart centre to centre",
                            p.members, p.subject, um(p.array->diameter), um(pitch)),
         .mend = fmt::format("they touch: widen the pitch by more than {:.4g} um or shrink the diameter",
                             um(-gap)),
         .where = p.where,
         .warn_below = um(0.1 * p.array->diameter)});
  }
}

/// What is built with each kind of joint. Outside is a warning, by more than a factor of three a failure:
/// then it is another technology or another unit.
struct PitchRange {
  AttachKind kind;
  const char* name;
  double min, max;
  const char* basis;
};
constexpr PitchRange kPitches[] = {
    {AttachKind::flip_chip, "flip chip (solder bumps)", 80e-6, 500e-6,
     "C4 arrays about 100-250 um, wafer-level parts to 500 um"},
    {AttachKind::copper_pillar, "copper pillars", 30e-6, 250e-6, "copper pillars about 40-150 um"},
    {AttachKind::micro_bump, "micro-bumps", 10e-6, 100e-6,
     "55 um on HBM (JESD235), about 20 um where hybrid bonds take over"},
    {AttachKind::hybrid_bond, "hybrid bonds", 0.4e-6, 20e-6,
     "0.4 um (Chew, De Vos and Beyne 2024) to about 10 um"},
};

void judge_range(Judge& judge, const std::string& subject, const char* name, double pitch, double min,
                 double max, const char* basis, const base::Where& where) {
  const bool low = pitch<min, high = pitch> max;
  const double limit = low || (!high && pitch / min < max / pitch) ? min : max;
  Measure m{.subject = subject,
            .value = um(pitch),
            .limit = um(limit),
            .unit = "um",
            .why = fmt::format("{} at a pitch of {:.4g} um; built ones have {:.4g} to {:.4g} um ({})", name,
                               um(pitch), um(min), um(max), basis),
            .mend = "check the unit of the pitch, or choose the kind of joint that is made at this pitch",
            .where = where,
            .soft = pitch > min / 3 && pitch < max * 3};
  limit == min ? judge.at_least(std::move(m)) : judge.at_most(std::move(m));
}

void pitch_range(const Case& c, Judge& judge) {
  for (const Die& die : c.design.dies) {
    const double pitch = die.attach.bumps.pitch_x;
    if (die.attach.kind == AttachKind::wire_bond || !die.embedded_in.empty() || pitch <= 0) continue;
    for (const PitchRange& r : kPitches) {
      if (r.kind == die.attach.kind) {
        judge_range(judge, "dies." + die.name + ".joint", r.name, pitch, r.min, r.max, r.basis,
                    die.attach.where);
      }
    }
  }
  if (c.design.balls && c.design.balls->array.pitch_x > 0) {
    judge_range(judge, "balls", c.design.balls->lands ? "lands" : "balls", c.design.balls->array.pitch_x,
                0.25e-3, 2.0e-3, "JEDEC JEP95 families of 0.3 to 1.27 mm, and wider", c.design.balls->where);
  }
}

/// Height over diameter of the members.
void standoff_shape(const Case& c, Judge& judge) {
  const auto judge_shape = [&](const std::string& subject, double standoff, double diameter, double max,
                               const char* what, const base::Where& where) {
    if (diameter <= 0 || standoff <= 0) return;
    judge.at_most(
        {.subject = subject,
         .value = standoff / diameter,
         .limit = max,
         .unit = "height/diameter",
         .why = fmt::format("{} {:.4g} um high and {:.4g} um wide", what, um(standoff), um(diameter)),
         .mend = fmt::format("lower the standoff to {:.4g} um or widen the diameter to {:.4g} um",
                             um(max * diameter), um(standoff / max)),
         .where = where});
  };
  for (const Die& die : c.design.dies) {
    const Attach& a = die.attach;
    const std::string subject = "dies." + die.name + ".joint";
    if (!die.embedded_in.empty()) continue;
    // Soldered between pads of its own width, a ball is lower than it was wide; plated pillars stand taller.
    if (a.kind == AttachKind::flip_chip)
      judge_shape(subject, a.standoff, a.bumps.diameter, 1.0, "solder bumps", a.where);
    if (a.kind == AttachKind::copper_pillar || a.kind == AttachKind::micro_bump) {
      judge_shape(subject, a.standoff, a.bumps.diameter, 2.0, "pillars with their solder", a.where);
    }
    if (a.kind == AttachKind::hybrid_bond)
      judge_shape(subject, a.standoff, a.bumps.diameter, 5.0, "hybrid pads", a.where);
  }
  if (c.design.balls && !c.design.balls->lands) {
    judge_shape("balls", c.design.balls->standoff, c.design.balls->array.diameter, 1.0, "balls",
                c.design.balls->where);
  }
}

void tsv_aspect(const Case& c, Judge& judge) {
  for (const Die& die : c.design.dies) {
    for (std::size_t i = 0; i < die.tsvs.size(); ++i) {
      const TsvField& t = die.tsvs[i];
      if (t.vias.diameter <= 0) continue;
      const double aspect = die.thickness / t.vias.diameter;
      judge.at_most({.subject = fmt::format("dies.{}.tsv.{}", die.name,
                                            t.name.empty() ? std::to_string(i + 1) : t.name),
                     .value = aspect,
                     .limit = 20,
                     .unit = "depth/diameter",
                     .why = fmt::format("TSVs of {:.4g} um through {:.4g} um of silicon: {:.3g} to 1",
                                        um(t.vias.diameter), um(die.thickness), aspect),
                     .mend = fmt::format("thin the die to {:.4g} um or widen the TSVs to {:.4g} um",
                                         um(10 * t.vias.diameter), um(die.thickness / 10)),
                     .where = t.where,
                     .warn_below = 8});
    }
  }
}

void via_aspect(const Case& c, Judge& judge) {
  const auto each = [&](const std::vector<ViaField>& fields, const std::vector<SubstrateLayer>& layers,
                        const char* owner) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const ViaField& f = fields[i];
      if (f.vias.diameter <= 0) continue;
      const std::string subject = fmt::format("{}.{}", owner,
                                              !f.name.empty() ? f.name
                                              : i == 0        ? "vias"
                                                              : fmt::format("vias{}", i + 1));
      double low = 1e300, high = -1e300;
      for (const Solid& s : c.assembly.solids) {
        if (s.role == Role::via_field && s.path.rfind(subject + ".", 0) == 0) {
          low = std::min(low, s.z0);
          high = std::max(high, s.z1);
        }
      }
      if (high <= low || layers.empty()) continue;
      judge.at_most(
          {.subject = subject,
           .value = (high - low) / f.vias.diameter,
           .limit = 10,
           .unit = "depth/diameter",
           .why = fmt::format("vias drilled {:.4g} um wide through {:.4g} um", um(f.vias.diameter),
                              um(high - low)),
           .mend = fmt::format("drill at least {:.4g} um, or stop at an inner layer", um((high - low) / 10)),
           .where = f.where,
           .soft = true});
    }
  };
  if (c.design.substrate) each(c.design.substrate->vias, c.design.substrate->layers, "substrate");
  if (c.design.board) each(c.design.board->vias, c.design.board->layers, "board");
}

void escape(const Case& c, Judge& judge) {
  if (!c.design.substrate || c.design.substrate->layers.empty()) return;
  const Substrate& s = *c.design.substrate;
  for (const DieView& v : views_of(c.design, c.assembly)) {
    if (v.below || v.embedded || !v.bumped() || v.die->attach.kind == AttachKind::hybrid_bond) continue;
    const SubstrateLayer& layer = v.side == Side::top ? s.layers.back() : s.layers.front();
    const double line = layer.line > 0 ? layer.line : s.line, space = layer.space > 0 ? layer.space : s.space;
    const Array& bumps = v.die->attach.bumps;
    if (line <= 0 || space <= 0 || bumps.pitch_x <= 0 || bumps.peripheral_rows == 1) continue;
    const double pitch = bumps.pitch_y > 0 ? std::min(bumps.pitch_x, bumps.pitch_y) : bumps.pitch_x;
    const double between = pitch - bumps.diameter, needs = line + 2 * space;
    judge.at_least(
        {.subject = v.path + ".joint",
         .value = um(between),
         .limit = um(needs),
         .unit = "um",
         .why = fmt::format("{:.4g} um lie between pads of {:.4g} um at a pitch of {:.4g} um; one {:.4g} um "
                            "trace with {:.4g} um spaces needs {:.4g} um",
                            um(between), um(bumps.diameter), um(pitch), um(line), um(space), um(needs)),
         .mend =
             fmt::format("inner rows need a via in every pad; else use line/space of {:.3g} um, or a pitch "
                         "of {:.4g} um",
                         um(between / 3), um(bumps.diameter + needs)),
         .where = v.die->attach.where,
         .soft = true});
  }
}

}  // namespace

std::vector<Row> joint_rows() {
  const char* kGeometry = "geometry: two bodies cannot fill one place";
  return {
      {{"joint.members", "An array of bumps, balls, TSVs or vias has at least one member with a diameter.",
        "a joint without metal connects nothing"},
       members},
      {{"joint.array_fits", "An array lies inside the part it belongs to.", kGeometry}, array_fits},
      {{"joint.apart", "Members do not touch: the pitch exceeds the diameter (by 10 %, or it is a warning).",
        kGeometry},
       apart},
      {{"joint.pitch_range",
        "The pitch is one the kind of joint is built at: flip chip 80-500 um, copper pillar 30-250 um, "
        "micro-bump 10-100 "
        "um, hybrid bond 0.4-20 um, balls 0.25-2 mm; outside is a warning, beyond a factor of three a "
        "failure.",
        "typical values, medium confidence: JESD235 (HBM, 55 um); Chew, De Vos and Beyne 2024 (hybrid, 0.4 "
        "um); JEDEC "
        "JEP95 ball pitches"},
       pitch_range},
      {{"joint.shape",
        "Joint height over diameter: solder bumps and balls at most 1, pillars 2, hybrid pads 5.",
        "solder between pads as wide as the ball ends lower than the ball was; pillars and pads: typical "
        "values, low "
        "confidence"},
       standoff_shape},
      {{"joint.tsv_aspect", "TSVs are at most 20 times as deep as wide; more than 12 is a warning.",
        "typical values, medium confidence: 10 to 1 is common (10 x 100 um, 5 x 50 um), 20 to 1 "
        "demonstrated"},
       tsv_aspect},
      {{"stackup.via_aspect", "Plated vias are at most 10 times as deep as their drill.",
        "typical value, medium confidence: most fabricators plate 10 to 1 (Burkhert, PCD&F)"},
       via_aspect},
      {{"stackup.escape", "One trace with its spaces passes between the pads of a bumped die.",
        "geometry: pitch - pad >= line + 2 space"},
       escape},
  };
}

}  // namespace bondline::rules::detail
