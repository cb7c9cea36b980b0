// Small designs for the tests of this room, written as a user writes them.
#pragma once
#include <string>

#include "design/package/load.h"

namespace bondline::signoff {

/// A bumped die in a molded body on a board; `edit` may replace text in it.
inline std::string package_text() {
  return R"(bondline: design/1
name: two-dies
description: a processor and a memory side by side
body: {size: [10 mm, 8 mm], mold: {material: EMC-G770, thickness: 0.5 mm}}
substrate:
  layers:
    - {name: L2, copper: 15 um, coverage: 60 %}
    - {name: core, dielectric: HL832, thickness: 100 um}
    - {name: L1, copper: 15 um, coverage: 50 %}
dies:
  soc:
    size: [4 mm, 4 mm]
    thickness: 0.15 mm
    at: [-2 mm, 0 mm]
    attach: {kind: copper_pillar, pitch: 130 um, diameter: 65 um, standoff: 45 um, underfill: UF-8830}
    power: 1.2 W
    limit: {junction: 105 degC}
  dram:
    size: [3 mm, 3 mm]
    thickness: 0.15 mm
    at: [3 mm, 0 mm]
    attach: {kind: flip_chip, pitch: 200 um, diameter: 90 um, standoff: 60 um, underfill: UF-8830}
    power: 0.2 W
    limit: {junction: 95 degC}
balls: {material: SAC305, pitch: 0.5 mm, diameter: 0.28 mm, standoff: 0.20 mm}
board: {standard: JESD51-9 2s2p}
environment: {ambient: 35 degC, standard: JESD51-2 still air}
nets:
  DQ0: {class: LPDDR4, from: soc.DQ0, to: dram.DQ0}
)";
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

inline package::Design load(const std::string& text) {
  base::MemoryFiles files;
  return package::load_text(text, "design.yaml", ".", files);
}

}  // namespace bondline::signoff
