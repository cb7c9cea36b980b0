#include "design/signoff/fill_handoff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "design/package/array_layout.h"

namespace bondline::signoff {
namespace {

using handoff::GoldenFeature;
using handoff::Handoff;
using handoff::Region;
using handoff::TagLimit;
using package::Assembly;
using package::Design;
using package::Footprint;
using package::Solid;

const thermal::PartTemperature* find(const std::vector<thermal::PartTemperature>& parts,
                                     const std::string& path) {
  for (const auto& part : parts) {
    if (part.path == path) return &part;
  }
  return nullptr;
}

/// The alarm stands at the limit; the warning half way between it and the predicted maximum, so that a part
/// that runs hotter than it was signed off for is seen before it fails.
TagLimit temperature_limit(const std::string& tag, double limit, const thermal::PartTemperature* predicted,
                           const base::Where& where) {
  TagLimit out;
  out.tag = tag;
  out.quantity = "temperature";
  out.unit = "K";
  out.high_alarm = limit;
  out.why = fmt::format("highest allowed: {:.1f} degC", limit - 273.15);
  if (predicted != nullptr && predicted->max_K < limit) {
    out.high_warn = 0.5 * (limit + predicted->max_K);
    out.why += fmt::format("; signed off at {:.1f} degC, warning half way", predicted->max_K - 273.15);
  }
  out.source = base::to_text(where);
  return out;
}

void add_limits(Handoff& out, const Design& design, const SignOff& result) {
  for (const auto& die : design.dies) {
    if (die.interposer && !die.limit.junction) continue;
    const std::string tag = die.name + ".junction";
    out.tags.push_back(tag);
    if (!die.limit.junction) continue;
    out.limits.push_back(temperature_limit(tag, *die.limit.junction,
                                           find(result.thermal.dies, "dies." + die.name), die.limit.where));
  }
  if (design.block) {
    for (const auto& layer : design.block->layers) {
      if (!layer.limit) continue;
      const std::string tag = layer.name + ".junction";
      out.tags.push_back(tag);
      out.limits.push_back(temperature_limit(
          tag, *layer.limit, find(result.thermal.blocks, "block." + layer.name), layer.where));
    }
  }
  const auto whole = [&](const char* tag, const std::optional<double>& limit, double predicted_K) {
    if (!limit) return;
    thermal::PartTemperature predicted;
    predicted.max_K = predicted_K;
    out.tags.push_back(tag);
    out.limits.push_back(
        temperature_limit(tag, *limit, predicted_K > 0 ? &predicted : nullptr, design.limits.where));
  };
  const auto* board = find(result.thermal.parts, "board");
  whole("case.top", design.limits.case_top, result.thermal.case_top_K);
  whole("board.temperature", design.limits.board, board == nullptr ? 0 : board->max_K);
  whole("touch.temperature", design.limits.touch, result.thermal.touch_K);
}

/// Names of nets with an end at "PART.pin".
std::vector<std::string> nets_of(const Design& design, const std::string& part) {
  std::vector<std::string> out;
  for (const auto& net : design.nets) {
    for (const std::string& end : {net.from, net.to}) {
      if (end.substr(0, end.find('.')) != part) continue;
      out.push_back(net.name);
      break;
    }
  }
  return out;
}

Region region(const Solid& solid, const std::string& name, const char* kind, package::Side side,
              const Design& design) {
  Region out;
  out.name = name;
  out.kind = kind;
  out.side = side == package::Side::top ? "top" : "bottom";
  out.x = solid.footprint.at.x, out.y = solid.footprint.at.y;
  out.width = solid.footprint.size.x, out.height = solid.footprint.size.y;
  out.rotation = solid.footprint.rotation;
  out.z = side == package::Side::top ? solid.z1 : solid.z0;
  out.nets = nets_of(design, name);
  return out;
}

void add_regions(Handoff& out, const Design& design, const Assembly& assembly) {
  const auto add = [&](const std::string& path, const std::string& name, const char* kind,
                       package::Side side) {
    const int at = assembly.find(path);
    if (at >= 0) out.regions.push_back(region(assembly.solids[std::size_t(at)], name, kind, side, design));
  };
  for (const auto& die : design.dies) {
    if (die.embedded_in.empty()) add("dies." + die.name, die.name, "die", die.side);
  }
  for (const auto& passive : design.passives)
    add("passives." + passive.name, passive.name, "passive", passive.side);
  if (design.lid) add("lid", "lid", "lid", package::Side::top);
  if (design.mold_top) add("mold", "mold", "mold", package::Side::top);
  // Sections are keyed by name: a passive called as a die keeps its place under its kind's name.
  std::set<std::string> seen;
  for (auto& r : out.regions) {
    const std::string base = r.name;
    for (int n = 2; !seen.insert(r.name).second; ++n) r.name = fmt::format("{}.{}", base, n);
  }
}

/// Members of an array in body coordinates; none where there are too many to list.
std::vector<GoldenFeature> members(const package::Array& array, const Footprint& part,
                                   const std::string& prefix, const char* kind, double height) {
  std::vector<GoldenFeature> out;
  if (!(array.diameter > 0)) return out;
  const auto layout = package::lay_out(array, part.size);
  for (const auto& site : layout.sites) {
    const package::Vec2 at = part.to_body(site);
    out.push_back({fmt::format("{}.{}", prefix, out.size() + 1), kind, at.x, at.y, array.diameter, height});
  }
  return out;
}

void add_golden(Handoff& out, const Design& design, const Assembly& assembly) {
  const auto append = [&](std::vector<GoldenFeature> more) {
    out.golden.insert(out.golden.end(), more.begin(), more.end());
  };
  if (design.balls) {
    auto balls =
        members(design.balls->array, {{0, 0}, design.body_size, 0}, "ball", "ball", design.balls->standoff);
    if (!balls.empty()) {
      Region area;
      area.name = "balls", area.kind = "ball", area.side = "bottom";
      double x0 = balls[0].x, x1 = x0, y0 = balls[0].y, y1 = y0;
      for (const auto& b : balls) {
        x0 = std::min(x0, b.x), x1 = std::max(x1, b.x);
        y0 = std::min(y0, b.y), y1 = std::max(y1, b.y);
      }
      area.x = 0.5 * (x0 + x1), area.y = 0.5 * (y0 + y1);
      area.width = x1 - x0 + balls[0].diameter, area.height = y1 - y0 + balls[0].diameter;
      area.z = -design.balls->standoff;
      out.regions.push_back(area);
    }
    append(std::move(balls));
  }
  for (const auto& die : design.dies) {
    const int solid = assembly.find("dies." + die.name);
    if (solid < 0 || die.attach.kind == package::AttachKind::wire_bond) continue;
    append(members(die.attach.bumps, assembly.solids[std::size_t(solid)].footprint, die.name + ".bump",
                   "bump", die.attach.standoff));
  }
}

}  // namespace

Handoff make_handoff(const Design& design, const Assembly& assembly, const SignOff& result,
                     const std::string& made_by) {
  Handoff out;
  out.design_name = design.name.empty() ? "unnamed" : design.name;
  out.design_hash = design.content_hash;
  out.made_by = made_by;
  out.verdict = package::to_text(result.verdict);
  add_limits(out, design, result);
  add_regions(out, design, assembly);
  add_golden(out, design, assembly);
  return out;
}

}  // namespace bondline::signoff
