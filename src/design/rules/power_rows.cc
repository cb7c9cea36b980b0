// Power: that all of it lands on something, inside its part, at fluxes that exist.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/rules/judge.h"
#include "design/rules/plane.h"

namespace bondline::rules::detail {
namespace {

using namespace package;

void inside_part(const Case& c, Judge& judge) {
  for (const HeatSource& s : c.assembly.sources) {
    if (s.solid < 0) {
      judge.say(Verdict::fail, s.path, fmt::format("{} heats nothing", s.path), "give it a part", s.where);
      continue;
    }
    const Solid& host = c.assembly.solids[static_cast<std::size_t>(s.solid)];
    const double out = sticks_out(s.footprint, host.footprint);
    const bool outside = s.footprint.overlap_area(host.footprint) <= 0;
    judge.at_most(
        {.subject = s.path,
         .value = std::max(0.0, um(out)),
         .limit = 1e-3,  // 1 nm: floorplans are written with rounded numbers
         .unit = "um",
         .why = outside   ? fmt::format("{} ({:.4g} W) lies wholly outside {}", s.path, s.power, host.path)
                : out > 0 ? fmt::format("{} ({:.4g} W) sticks {:.4g} um out of {}", s.path, s.power, um(out),
                                        host.path)
                          : fmt::format("{} lies inside {}", s.path, host.path),
         .mend =
             fmt::format("move or shrink its rectangle by {:.4g} um (rectangles count from the lower left "
                         "corner of the die, before rotation)",
                         um(out)),
         .where = s.where});
  }
}

/// What the design says it burns, apart from how the assembly placed it.
double written(const Power& p) {
  double watts = p.uniform;
  for (const FloorplanBlock& b : p.blocks) watts += b.power;
  if (p.map) {
    for (double cell : p.map->value) watts += cell;
  }
  if (p.trace) {
    for (const auto& sample : p.trace->watts) {
      for (double w : sample) watts += w / double(p.trace->watts.size());
    }
  }
  return watts;
}

double placed_on(const Case& c, const std::string& path) {
  double watts = 0;
  for (const HeatSource& s : c.assembly.sources) {
    if (s.solid >= 0 && c.assembly.solids[static_cast<std::size_t>(s.solid)].path == path) watts += s.power;
  }
  return watts;
}

void accounted(const Case& c, Judge& judge) {
  const auto each = [&](const std::string& path, const Power& power) {
    const double asked = written(power), placed = placed_on(c, path);
    if (asked == 0 && placed == 0) return;
    std::string lost;
    if (power.trace) {
      for (const std::string& name : power.trace->blocks) {
        const bool known =
            name.empty() || std::any_of(power.blocks.begin(), power.blocks.end(),
                                        [&](const FloorplanBlock& b) { return b.name == name; });
        if (!known) lost += (lost.empty() ? "" : ", ") + name;
      }
    }
    for (const FloorplanBlock& b : power.blocks) {
      double area = 0;
      for (const Rect& r : b.rects) area += r.area();
      if (area <= 0) lost += (lost.empty() ? "" : ", ") + b.name;
    }
    judge.at_most({.subject = path,
                   .value = std::abs(asked - placed),
                   .limit = 1e-9 * std::abs(asked),
                   .unit = "W",
                   .why = fmt::format("of {:.6g} W written for {} {:.6g} W land on it", asked, path, placed),
                   .mend = lost.empty() ? "give every block an area"
                                        : fmt::format("these have no block or no area: {}", lost),
                   .where = power.where});
  };
  for (const Die& die : c.design.dies) each("dies." + die.name, die.power);
  if (c.design.block) {
    for (std::size_t i = 0; i < c.design.block->layers.size(); ++i) {
      const BlockLayer& l = c.design.block->layers[i];
      each("block." + (l.name.empty() ? std::to_string(i + 1) : l.name), l.power);
    }
  }
}

void some(const Case& c, Judge& judge) {
  for (const Die& die : c.design.dies) {
    if (die.interposer) continue;
    const double watts = written(die.power);
    const bool leaks = die.power.leakage && die.power.leakage->power > 0;
    if (watts < 0) {
      judge.say(Verdict::fail, "dies." + die.name, fmt::format("dies.{} burns {:.4g} W", die.name, watts),
                "a die cannot cool itself: write its power above zero", die.power.where);
    } else if (watts == 0 && !leaks) {
      judge.say(Verdict::info, "dies." + die.name,
                fmt::format("dies.{} has no power: it is only heated by others", die.name),
                "write its power, or interposer: true if it needs none", die.where);
    } else {
      judge.say(Verdict::pass, "dies." + die.name, fmt::format("dies.{} burns {:.4g} W", die.name, watts), "",
                die.where);
    }
  }
}

constexpr double kChipFlux = 1e7;  // W/m2 (1 kW/cm2)
constexpr double kSpotFlux = 5e7;  // W/m2 (5 kW/cm2)

void density(const Case& c, Judge& judge) {
  const auto each = [&](const std::string& subject, double watts, double area, double limit,
                        const base::Where& where) {
    if (watts <= 0 || area <= 0) return;
    judge.at_most({.subject = subject,
                   .value = watts / area * 1e-4,
                   .limit = limit * 1e-4,
                   .unit = "W/cm2",
                   .why = fmt::format("{} burns {:.4g} W on {:.4g} mm2: {:.4g} W/cm2", subject, watts,
                                      area * 1e6, watts / area * 1e-4),
                   .mend = "check the units of power and size",
                   .where = where});
  };
  for (const Die& die : c.design.dies) {
    each("dies." + die.name, written(die.power), die.size.x * die.size.y, kChipFlux, die.where);
  }
  for (const HeatSource& s : c.assembly.sources) {
    if (s.solid < 0 || c.assembly.solids[static_cast<std::size_t>(s.solid)].role != Role::die) continue;
    each(s.path, s.power, s.footprint.size.x * s.footprint.size.y, kSpotFlux, s.where);
  }
}

void blocks_apart(const Case& c, Judge& judge) {
  const auto each = [&](const std::string& path, const Power& power) {
    for (std::size_t i = 0; i < power.blocks.size(); ++i) {
      for (std::size_t j = i + 1; j < power.blocks.size(); ++j) {
        double shared = 0, smaller = 0;
        for (const Rect& a : power.blocks[i].rects) {
          for (const Rect& b : power.blocks[j].rects) {
            const double w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0),
                         h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
            if (w > 1e-9 && h > 1e-9) {
              shared += w * h;
              smaller = std::max(smaller, w * h / std::min(a.area(), b.area()));
            }
          }
        }
        judge.at_most({.subject = path + "." + power.blocks[j].name,
                       .value = 100 * smaller,
                       .limit = 0,
                       .unit = "%",
                       .why = fmt::format("blocks {} and {} share {:.4g} mm2", power.blocks[i].name,
                                          power.blocks[j].name, shared * 1e6),
                       .mend = "correct their rectangles: shared silicon would be heated twice",
                       .where = power.blocks[j].where,
                       .soft = true});
      }
    }
  };
  for (const Die& die : c.design.dies) each("dies." + die.name, die.power);
  if (c.design.block) {
    for (const BlockLayer& l : c.design.block->layers) each("block." + l.name, l.power);
  }
}

}  // namespace

std::vector<Row> power_rows() {
  return {
      {{"power.inside_part", "Every heat source lies inside the part it heats.",
        "energy: heat needs matter to enter"},
       inside_part},
      {{"power.accounted",
        "All power written for a part lands on it: no block without area, no trace without a block.",
        "energy is conserved"},
       accounted},
      {{"power.some", "Every die but an interposer has power (none is told as info); none is negative.",
        "energy: a die is not a heat sink"},
       some},
      {{"power.density", "At most 1 kW/cm2 over a die and 5 kW/cm2 in a block.",
        "DARPA ICECool goals (Bar-Cohen et al. 2013): 1 kW/cm2 chips with 5 kW/cm2 spots; beyond them a unit "
        "is wrong"},
       density},
      {{"power.blocks_apart", "Blocks of a floorplan do not overlap.",
        "geometry: two bodies cannot fill one place"},
       blocks_apart},
  };
}

}  // namespace bondline::rules::detail
