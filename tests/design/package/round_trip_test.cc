// A written design file reads back to the Design it came from.
#include <gtest/gtest.h>

#include <random>

#include <fmt/format.h>

#include "sketch.h"

namespace bondline::package {
namespace {

/// Everything a design file can say, once.
const char* const kEverything = R"(bondline: design/1
name: everything
body: {size: [20 mm, 18 mm], mold: {thickness: 0.8 mm}, mold_bottom: {material: EMC-generic, thickness: 0.2 mm}}
substrate:
  material_class: organic 15/15
  size: [20 mm, 18 mm]
  layers:
    - {name: L2, copper: 15 um, coverage: [[0.2, 0.4], [0.6, 0.8]], line: 20 um, space: 20 um}
    - {name: cavity, dielectric: HL832, thickness: 150 um}
    - {name: L1, copper: 15 um, coverage: 45 %, conductor: Cu, fill: solder-mask}
  coins: {a: {size: 2 mm, at: [4 mm, 0], from: L2, to: cavity}, b: {material: Mo, size: [1 mm, 1 mm], at: [-4 mm, 0]}}
  vias: {field: {at: [6 mm, 6 mm], size: 2 mm, pitch: 300 um, diameter: 150 um, plating: 20 um, fill: FR-4}}
dies:
  interposer: {size: [10 mm, 10 mm], thickness: 100 um, interposer: true, rotation: 90 deg, attach: {kind: copper_pillar, contact_resistance: 1e-6 m2 K/W},
    tsvs: {core: {size: 8 mm, pitch: 50 um, diameter: 10 um, liner: 0.5 um}}}
  logic:
    size: [5 mm, 5 mm]
    thickness: 200 um
    rotation: 12.5 deg
    stacked_on: interposer
    attach: {kind: micro_bump, pitch: [45 um, 55 um], peripheral_rows: 3, centre_gap: [1 mm, 1 mm], resolve: true}
    back_metal: {material: Au, thickness: 1 um}
    beol: {material: BEOL, thickness: 8 um}
    power:
      uniform: 0.1 W
      blocks: {c0: {at: [-1 mm, 0], size: [2 mm, 4 mm], power: 1.5 W}, c1: {rects: [[3 mm, 1 mm, 1 mm, 1 mm], [3 mm, 3 mm, 1 mm, 1 mm]], material: SiO2}}
      map: [[0.1 W, 0.2 W], [0.3 W, 0.4 W]]
      trace: {interval: 1 ms, samples: {c0: [0.5 W, 1 W], c1: [1 W, 0 W]}}
      leakage: {power: 20 mW}
      place: top
    limit: {junction: 95 degC, gradient: 15 K}
    test: {bist: true}
  memory: {size: [4 mm, 4 mm], thickness: 50 um, stacked_on: logic, attach: {kind: hybrid_bond, pitch: 5 um}, power: {trace: {total: [1 W, 3 W]}}}
  hidden: {size: [2 mm, 2 mm], thickness: 100 um, embedded_in: cavity, at: [7 mm, -6 mm]}
  below: {side: bottom, size: [2 mm, 2 mm], thickness: 80 um, attach: {kind: flip_chip, sites: [[0.5 mm, 0], [-0.5 mm, 0]]}}
passives:
  C: {kind: capacitor, case: 0201, places: [[8 mm, 8 mm], [-8 mm, 8 mm]], value: 100 nF}
  L: {kind: inductor, size: [2 mm, 1.6 mm], height: 1 mm, at: [8 mm, 0], rotation: 90 deg, power: 50 mW, value: 1 uH, side: bottom}
lid: {thickness: 0.5 mm, size: [18 mm, 16 mm], foot_width: 1 mm}
tims: {tim1: {material: TIM-gel, thickness: 50 um, on: [logic], contact_resistance: 2e-6 m2 K/W}, tim2: {material: TIM-grease, thickness: 80 um}}
heat_sink: {size: 40 mm, base_thickness: 3 mm, resistance: 1.2 K/W, ambient: 40 degC}
shield: {material: Stainless-304, thickness: 0.15 mm, kind: can, height: 2 mm}
balls: {pitch: [0.5 mm, 0.65 mm], columns: 20, rows: 18, underfill: underfill-generic}
board:
  size: [60 mm, 50 mm]
  at: [1 mm, -2 mm]
  layers: [{name: bottom, copper: 35 um, coverage: 0.3}, {name: core, dielectric: FR-4, thickness: 1.5 mm}, {name: top, copper: 35 um, coverage: 0.25}]
  vias: {under: {size: 5 mm, pitch: 1 mm, diameter: 0.3 mm, plating: 25 um}}
environment:
  ambient: 35 degC
  films: [{face: sides, h: 8 W/(m2 K)}, {face: top, part: lid, h: inf, ambient: 60 degC, source: bench, year: 2024, confidence: high}]
  cold_plate: {face: bottom, h: 5000 W/(m2 K), temperature: 20 degC}
  coolant: {name: water, flow: 1 L/min, inlet: 20 degC}
  mission: office
limits: {case: 85 degC, board: 90 degC, touch: 55 degC, warpage: {max: 80 um}}
nets: {VDD: {class: supply, from: logic.VDD, to: [balls.A1, balls.A2], voltage: 0.8 V}}
supply: {logic: {price: 12.5}}
materials:
  special:
    also: [mine]
    description: a made-up laminate
    k: {x: 10 W/(m K), z: {25 degC: 1 W/(m K), 150 degC: 2 W/(m K)}, source: test, year: 2020, confidence: high}
    E: {value: 3 GPa, source: other}
    density: 2000 kg/m3
    viscoelastic: {terms: [{share: 0.3, tau: 1 s}, {share: 0.2, tau: 100 s}], reference_temperature: 150 degC, wlf_c1: 17, wlf_c2: 52 K}
    constants: {anand_s0: 12.41 MPa, anand_Q: {value: 9400 K, source: somewhere, confidence: low}}
    source: bench 7
interfaces: [{between: [Cu, EMC-generic], toughness: {25 degC: 30 J/m2, 150 degC: 10 J/m2}, resistance: 1e-6 m2 K/W}]
)";

const char* const kBlock = R"(bondline: design/1
name: layered
block:
  size: [10 mm, 10 mm]
  layers:
    - {name: sink, material: Cu, thickness: 6.9 mm, size: [20 mm, 20 mm], limit: 60 degC}
    - {name: tim, material: TIM-grease, thickness: 20 um, contact_below: 1e-6 m2 K/W}
    - {name: die, material: Si, thickness: 150 um, at: [0.1 mm, 0], power: {blocks: {b: {rect: [0, 0, 2.5 mm, 2.5 mm], power: 20 W}}, place: bottom},
       regions: [{name: oxide, material: SiO2, rect: [5 mm, 5 mm, 1 mm, 1 mm]}]}
environment: {ambient: 318.15 K, films: {top: 1e5 W/(m2 K)}}
)";

void expect_round_trip(const std::string& text) {
  std::string first, second;
  try {
    first = to_design_file(load_sketch(text));
    second = to_design_file(load_sketch(first));
  } catch (const base::Error& error) {
    FAIL() << error.what() << "\n" << first;
  }
  EXPECT_EQ(first, second);
}

TEST(RoundTrip, OfTheSketch) {
  expect_round_trip(kSketch);
}
TEST(RoundTrip, OfEverythingAFileCanSay) {
  expect_round_trip(kEverything);
}
TEST(RoundTrip, OfABlock) {
  expect_round_trip(kBlock);
}

TEST(RoundTrip, LeavesNothingToDefaults) {
  const Design again = load_sketch(to_design_file(load_sketch(kEverything)));
  for (const Default& d : again.defaults) ADD_FAILURE() << d.path << " = " << d.value << " was not written";
}

TEST(RoundTrip, KeepsValuesAndSections) {
  const Design once = load_sketch(kEverything), again = load_sketch(to_design_file(once));
  ASSERT_EQ(again.dies.size(), once.dies.size());
  for (std::size_t i = 0; i < once.dies.size(); ++i) {
    EXPECT_EQ(again.dies[i].at, once.dies[i].at);
    EXPECT_EQ(again.dies[i].rotation, once.dies[i].rotation);
    EXPECT_EQ(again.dies[i].facing, once.dies[i].facing);
    EXPECT_EQ(again.dies[i].power.steady_total(), once.dies[i].power.steady_total());
    EXPECT_EQ(again.dies[i].attach.standoff, once.dies[i].attach.standoff);
    EXPECT_EQ(again.dies[i].attach.bumps.sites, once.dies[i].attach.bumps.sites);
  }
  EXPECT_EQ(again.environment.films.size(), once.environment.films.size());
  EXPECT_EQ(again.nets.at(0).to, once.nets.at(0).to);
  for (const char* section : {"dies.logic.test", "limits.warpage", "supply", "nets"}) {
    ASSERT_TRUE(once.sections.count(section)) << section;
    ASSERT_TRUE(again.sections.count(section)) << section;
    EXPECT_EQ(document::to_yaml(again.sections.at(section)), document::to_yaml(once.sections.at(section)));
  }
  const Material* special = again.materials.find("special");
  ASSERT_TRUE(special);
  EXPECT_DOUBLE_EQ(special->conductivity(423.15)[2], 2);
  EXPECT_EQ(special->viscoelastic->terms.size(), 2u);
  EXPECT_DOUBLE_EQ(special->extra.at("anand_s0").curve.value.at(0), 12.41e6);
}

// Any doubles, not only tidy ones, survive: sizes drawn over five decades, positions with noise in the last
// place.
TEST(RoundTrip, IsExactForArbitraryNumbers) {
  std::mt19937 random(20240917);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 40; ++round) {
    const double w = 1e-3 * (1 + 20 * unit(random)), h = 1e-3 * (1 + 20 * unit(random));
    std::string text =
        fmt::format("bondline: design/1\nname: r\nblock:\n  size: [{} m, {} m]\n  layers:\n", w, h);
    for (int layer = 0; layer < 3; ++layer) {
      const double x = w * unit(random) / 2, y = h * unit(random) / 2, bw = w * unit(random) / 2,
                   bh = h * unit(random) / 2;
      text += fmt::format(
          "    - {{material: Si, thickness: {} m, power: {{blocks: {{b: {{rect: [{} m, {} m, {} m, {} m], "
          "power: {} W}}}}}}}}\n",
          std::pow(10, -8 + 5 * unit(random)), x, y, bw + 1e-9, bh + 1e-9, 100 * unit(random));
    }
    const Design once = load_sketch(text), again = load_sketch(to_design_file(once));
    EXPECT_EQ(once.block->size, again.block->size);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(once.block->layers[i].thickness, again.block->layers[i].thickness);
      const FloorplanBlock &a = once.block->layers[i].power.blocks[0],
                           &b = again.block->layers[i].power.blocks[0];
      EXPECT_EQ(a.power, b.power);
      EXPECT_EQ(a.rects[0].x0, b.rects[0].x0);
      EXPECT_EQ(a.rects[0].x1, b.rects[0].x1);
      EXPECT_EQ(a.rects[0].y1, b.rects[0].y1);
    }
  }
}

}  // namespace
}  // namespace bondline::package
