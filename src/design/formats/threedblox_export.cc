// The dies and the substrate as .3dbx and .3dbv. Plain text is written by hand so that it reads like the
// published examples.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "design/formats/not_carried.h"
#include "design/formats/threedblox.h"
#include "design/package/solids.h"

namespace bondline::formats {
namespace {

using package::Role;
using package::Solid;

std::string um(double metres) {
  return fmt::format("{:.10g}", std::round(metres * 1e12) / 1e6);
}

std::string header(const std::string& include) {
  std::string out = "Header:\n  version: 2.5\n  unit: micron\n  precision: 1000\n";
  if (!include.empty()) out += "  include:\n    - " + include + "\n";
  return out + "\n";
}

struct Chiplet {
  std::string name, type;
  package::Vec2 size;
  double z0 = 0, z1 = 0;
  package::Rect outline;  ///< placed
  int turns = 0;
  bool front_down = false;
  const package::Die* die = nullptr;
};

std::string definition(const Chiplet& c) {
  std::string out = fmt::format(
      "  {}:\n    type: {}\n    design_area: [{}, {}]\n    shrink: 1\n    tsv: {}\n    thickness: {}\n    "
      "offset: [0, 0]\n    regions:\n",
      c.name, c.type, um(c.size.x), um(c.size.y), c.die && !c.die->tsvs.empty() ? "true" : "false",
      um(c.z1 - c.z0));
  for (const char* side : {"front", "back"}) {
    out += fmt::format("      {}_reg:\n        side: {}\n", side, side);
    if (c.die && !c.die->attach.bumps.sites.empty() && (std::string_view(side) == "front") == c.front_down)
      out += fmt::format("        bmap: {}.bmap\n", c.name);
    out += fmt::format(
        "        coords:\n          - [0, 0]\n          - [{0}, 0]\n          - [{0}, {1}]\n          - [0, "
        "{1}]\n",
        um(c.size.x), um(c.size.y));
  }
  return out;
}

}  // namespace

ExportResult export_threedblox(const package::Design& design) {
  ExportResult result;
  const package::Assembly assembly = package::assemble(design);
  std::vector<Chiplet> chiplets;
  Chiplet substrate{"substrate", "substrate"};
  for (const Solid& s : assembly.solids) {
    if (s.role != Role::substrate_layer) continue;
    if (substrate.z1 <= substrate.z0) substrate.z0 = s.z0;
    substrate.size = s.footprint.size;
    substrate.outline = s.footprint.bounds();
    substrate.z0 = std::min(substrate.z0, s.z0);
    substrate.z1 = std::max(substrate.z1, s.z1);
  }
  if (substrate.z1 > substrate.z0) chiplets.push_back(substrate);
  for (const auto& die : design.dies) {
    const int i = assembly.find("dies." + die.name);
    if (i < 0) continue;
    const Solid& s = assembly.solids[std::size_t(i)];
    Chiplet c{clean_name(die.name), die.interposer ? "rdl" : "die", die.size, s.z0, s.z1,
              s.footprint.bounds()};
    if (!s.footprint.axis_parallel())
      result.not_carried.push_back(fmt::format(
          "die \"{}\" is turned by {:g} degrees; 3Dblox knows quarter turns, the nearest is written",
          die.name, die.rotation * 180 / std::numbers::pi));
    c.turns = int(((std::lround(die.rotation / (std::numbers::pi / 2)) % 4) + 4) % 4);
    // `facing` is as the substrate sees it: on the bottom side, down looks up.
    c.front_down = (die.facing == package::Facing::down) == (die.side == package::Side::top);
    c.die = &die;
    chiplets.push_back(c);
  }
  if (!design.dies.empty() || design.substrate) describe_not_carried(design, result.not_carried);
  if (design.block) result.not_carried.push_back("the plain block: 3Dblox has no layers without chiplets");

  const std::string name = clean_name(design.name.empty() ? "design" : design.name);
  std::string dbv = header("") + "ChipletDef:\n", dbx = header(name + ".3dbv");
  dbx += "Design:\n  name: " + name + "\n\nChipletInst:\n";
  for (const auto& c : chiplets) {
    dbv += definition(c);
    dbx += fmt::format("  {0}:\n    reference: {0}\n", c.name);
  }
  dbx += "\nStack:\n";
  for (const auto& c : chiplets)
    dbx += fmt::format("  {}:\n    loc: [{}, {}]\n    z: {}\n    orient: {}R{}\n", c.name,
                       um(c.outline.x0 - assembly.extent.x0), um(c.outline.y0 - assembly.extent.y0), um(c.z0),
                       c.front_down ? "MZ_" : "", 90 * c.turns);
  std::string connections;
  for (const auto& c : chiplets) {
    if (!c.die) continue;
    const std::string below = c.die->stacked_on.empty() ? "substrate" : clean_name(c.die->stacked_on);
    for (const auto& other : chiplets) {
      if (other.name != below || &other == &c) continue;
      const bool upper = c.z0 >= other.z1;  // a bottom-side die hangs below
      const auto face = [](const Chiplet& part, bool looks_up) {
        return part.front_down == looks_up ? "back_reg" : "front_reg";
      };
      const Chiplet &high = upper ? c : other, &low = upper ? other : c;
      connections +=
          fmt::format("  {}_to_{}:\n    top: {}.regions.{}\n    bot: {}.regions.{}\n    thickness: {}\n",
                      high.name, low.name, high.name, face(high, false), low.name, face(low, true),
                      um(std::max(0.0, high.z0 - low.z1)));
    }
    if (c.die->attach.bumps.sites.empty()) continue;
    std::string bumps;
    std::size_t n = 0;
    for (const auto& site : c.die->attach.bumps.sites)
      bumps +=
          fmt::format("b{} BUMP {} {} - -\n", ++n, um(site.x + 0.5 * c.size.x), um(site.y + 0.5 * c.size.y));
    result.others.push_back({c.name + ".bmap", bumps});
  }
  if (!connections.empty()) dbx += "\nConnection:\n" + connections;
  result.bytes = dbx;
  result.others.insert(result.others.begin(), {name + ".3dbv", dbv});
  return result;
}

}  // namespace bondline::formats
