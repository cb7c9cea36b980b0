// The design file of the manual's first page and the files it names, in memory; and helpers that load texts.
#pragma once
#include <string>

#include "base/file.h"
#include "design/package/load.h"

namespace bondline::package {

inline const char* const kSketch = R"(bondline: design/1
name: sip-edge-node
description: Edge-AI node, 12 x 12 mm, double-sided, flip-chip processor with wire-bonded memory

body: {size: [12 mm, 12 mm], mold: {material: EMC-G770, thickness: 0.50 mm}}

substrate:
  material_class: organic 25/25            # line/space class: sets rules, can be overridden
  layers:                                  # bottom to top
    - {name: L4, copper: 15 um, coverage: 60 %}
    - {name: D3, dielectric: ABF-GX92, thickness: 30 um}
    - {name: L3, copper: 15 um, coverage: maps/l3.csv}
    - {name: core, dielectric: HL832, thickness: 100 um}
    - {name: L2, copper: 15 um, coverage: 80 %}
    - {name: D1, dielectric: ABF-GX92, thickness: 30 um}
    - {name: L1, copper: 15 um, coverage: 45 %}
  coin: {material: copper, at: [0, 0], size: [3 mm, 3 mm]}

dies:
  soc:
    size: [6.2 mm, 5.8 mm]
    thickness: 0.15 mm
    at: [0 mm, 0.8 mm]                     # centre of the die, from the centre of the body
    process: 16 nm
    attach: {kind: copper_pillar, pitch: 130 um, standoff: 45 um, underfill: UF-8830}
    power: {blocks: soc.flp, trace: soc.ptrace, leakage: {at: 25 degC, power: 0.3 W, doubles_every: 20 K}}
    limit: {junction: 105 degC}
  dram:
    stacked_on: soc
    size: [4.5 mm, 4.0 mm]
    thickness: 0.10 mm
    attach:
      kind: wire_bond
      wire: {material: Au, diameter: 20 um, loop_height: 90 um}
      die_attach: {material: DAF-20, thickness: 20 um}
    power: 0.45 W
  pmic:
    side: bottom                           # inside the ball standoff: must stay below it
    size: [2.0 mm, 2.0 mm]
    thickness: 0.10 mm
    at: [-3 mm, 2 mm]
    attach: {kind: flip_chip, pitch: 200 um, standoff: 50 um}
    power: 0.35 W

balls: {material: SAC305, pitch: 0.5 mm, diameter: 0.28 mm, standoff: 0.20 mm, map: balls.csv}
board: {standard: JESD51-9 2s2p}
environment: {ambient: 55 degC, standard: JESD51-2 still air, mission: industrial-10y}

nets:                                      # enough for signal, power and test questions
  DQ0: {class: LPDDR4, from: soc.DQ0, to: dram.DQ0}
flow: flows/single-roof.yaml               # process steps, yields, costs, suppliers
limits: {warpage: {between: [25 degC, 260 degC], max: 80 um}, life: {cycles: 1000, profile: JESD22-A104 G}}
materials:
  EMC-G770: {cte_1: 7 ppm/K, cte_2: 30 ppm/K, Tg: 150 degC, E: {25 degC: 25 GPa, 260 degC: 0.6 GPa}, source: vendor sheet 2023, confidence: medium}
)";

inline void put(base::Files& files, const std::string& path, const std::string& text) {
  files.write_atomic(path, text);
}

inline void put_sketch_files(base::Files& files) {
  put(files, "d/maps/l3.csv", "0.5,0.6\n0.7,0.8\n");
  put(files, "d/soc.flp", "# a floorplan\ncore0\t0.0031\t0.0058\t0\t0\ncore1\t0.0031\t0.0058\t0.0031\t0\n");
  put(files, "d/soc.ptrace", "core0 core1\n1.0 2.0\n3.0 2.0\n");
  put(files, "d/balls.csv", "x [mm],y [mm],net\n-5,-5,VSS\n5,5,VDD\n0,5,DQ0\n");
  put(files, "d/flows/single-roof.yaml", "steps: []\n");
}

/// Loads `text` as d/design.yaml with the sketch's side files beside it.
inline Design load_sketch(const std::string& text, const LoadOptions& options = {}) {
  base::MemoryFiles files;
  put_sketch_files(files);
  return load_text(text, "d/design.yaml", "d", files, options);
}

/// Every complaint about `text`, a line each; "" when it loads.
inline std::string complaints(const std::string& text, base::Files& files) {
  try {
    load_text(text, "d/design.yaml", "d", files);
    return "";
  } catch (const base::Error& error) {
    return error.what();
  }
}
inline std::string complaints(const std::string& text) {
  base::MemoryFiles files;
  put_sketch_files(files);
  return complaints(text, files);
}

/// `text` with the first `what` replaced.
inline std::string with(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? "no such text: " + what : text.replace(at, what.size(), by);
}

}  // namespace bondline::package
