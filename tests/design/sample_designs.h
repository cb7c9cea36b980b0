// Realistic packages as C++ values, for tests that must not depend on the file reader: dimensions are those
// of published classes of parts (FC-CSP SiP, 2.5D with HBM, hybrid-bonded stack, DBC power module), materials
// are round numbers.
#pragma once
#include <numbers>
#include <string>

#include "design/package/design.h"

namespace bondline::samples {

using namespace package;

inline constexpr double um = 1e-6, mm = 1e-3;

inline Material material(const std::string& name, double k, double density = 2000, double cp = 900) {
  Material m;
  m.name = name;
  const auto set = [&](Property p, double v) {
    m.values[std::size_t(p)] = PropertyValue{{{}, {v}}, {"test", 2024}};
  };
  set(Property::k_x, k);
  set(Property::density, density);
  set(Property::specific_heat, cp);
  return m;
}

/// k in W/(m K); sorted by name as a library must be.
inline MaterialLibrary materials() {
  MaterialLibrary library;
  library.materials = {material("ABF", 0.4),
                       material("AlN", 170, 3300),
                       material("Au", 310, 19300, 130),
                       material("Cu", 390, 8960, 385),
                       material("DAF", 0.3),
                       material("EMC", 0.9),
                       material("FR4", 0.35),
                       material("SAC305", 58, 7400, 230),
                       material("Si", 130, 2330, 700),
                       material("SiO2", 1.4, 2200, 740),
                       material("SinteredAg", 200, 8500, 235),
                       material("TIM", 4),
                       material("UF", 0.5),
                       material("air", 0.026, 1.18, 1005),
                       material("ceramic", 3),
                       material("copper", 390, 8960, 385),
                       material("wiring", 1.5)};
  return library;
}

inline SubstrateLayer copper(const std::string& name, double thickness, double coverage) {
  SubstrateLayer l;
  l.name = name;
  l.kind = LayerKind::copper;
  l.material = "copper";
  l.thickness = thickness;
  l.coverage = coverage;
  return l;
}

inline SubstrateLayer dielectric(const std::string& name, double thickness, const std::string& of = "ABF") {
  SubstrateLayer l;
  l.name = name;
  l.material = of;
  l.thickness = thickness;
  return l;
}

inline Die die(const std::string& name, Vec2 size, double thickness, Vec2 at, double watts) {
  Die d;
  d.name = name;
  d.size = size;
  d.thickness = thickness;
  d.at = at;
  d.power.uniform = watts;
  return d;
}

inline void bumped(Die& d, AttachKind kind, double pitch, double diameter, double standoff,
                   const std::string& underfill, const std::string& of = "SAC305") {
  d.facing = Facing::down;
  d.attach.kind = kind;
  d.attach.standoff = standoff;
  d.attach.underfill = underfill;
  d.attach.bumps.pitch_x = d.attach.bumps.pitch_y = pitch;
  d.attach.bumps.diameter = diameter;
  d.attach.bumps.material = of;
}

inline void wired(Die& d, double loop, double die_attach_thickness, const std::string& die_attach = "DAF") {
  d.facing = Facing::up;
  d.attach.kind = AttachKind::wire_bond;
  d.attach.wire.diameter = 20 * um;
  d.attach.wire.loop_height = loop;
  d.attach.wire.length = 1 * mm;
  d.attach.wire.count = 80;
  d.attach.die_attach = die_attach;
  d.attach.die_attach_thickness = die_attach_thickness;
}

inline void board_below(Design& design, Vec2 size) {
  Board board;
  board.standard = "JESD51-9 2s2p";
  board.size = size;
  board.layers = {copper("B4", 70 * um, 0.2), dielectric("D3", 250 * um, "FR4"),
                  copper("B3", 35 * um, 1),   dielectric("D2", 800 * um, "FR4"),
                  copper("B2", 35 * um, 1),   dielectric("D1", 250 * um, "FR4"),
                  copper("B1", 70 * um, 0.2)};
  design.board = board;
}

inline Design empty(const std::string& name, Vec2 body) {
  Design d;
  d.name = name;
  d.body_size = body;
  d.materials = materials();
  d.environment.films = {{Face::top, "", 10, 298.15, {}}, {Face::bottom, "", 10, 298.15, {}}};
  return d;
}

/// 12 x 12 mm double-sided SiP on its board: flip-chip processor with a floorplan, wire-bonded memory on it,
/// a PMIC in the ball standoff (balls depopulated there by an explicit map), passives, over-mold.
inline Design sip() {
  Design d = empty("sip", {12 * mm, 12 * mm});
  d.mold_top = Mold{"EMC", 0.5 * mm, Side::top, {}};
  Substrate s;
  s.line = s.space = 25 * um;
  s.layers = {copper("L4", 15 * um, 0.6),   dielectric("D3", 30 * um),  copper("L3", 15 * um, 0.7),
              dielectric("core", 100 * um), copper("L2", 15 * um, 0.8), dielectric("D1", 30 * um),
              copper("L1", 15 * um, 0.45)};
  ViaField thermal;
  thermal.name = "thermal";
  thermal.at = {0, 0.8 * mm};
  thermal.size = {4 * mm, 4 * mm};
  thermal.vias.pitch_x = thermal.vias.pitch_y = 0.4 * mm;
  thermal.vias.diameter = 0.1 * mm;
  thermal.vias.material = "copper";
  thermal.plating = 20 * um;
  thermal.fill = "UF";
  thermal.from_layer = "L3";
  thermal.to_layer = "L2";
  s.vias = {thermal};
  d.substrate = s;

  Die soc = die("soc", {6.2 * mm, 5.8 * mm}, 0.15 * mm, {0, 0.8 * mm}, 0.4);
  bumped(soc, AttachKind::copper_pillar, 130 * um, 65 * um, 45 * um, "UF", "copper");
  soc.beol_thickness = 8 * um;
  soc.beol_material = "wiring";
  FloorplanBlock npu, cpu;
  npu.name = "npu";
  npu.rects = {{0.2 * mm, 0.2 * mm, 3.0 * mm, 5.0 * mm}, {3.0 * mm, 0.2 * mm, 4.0 * mm, 1.2 * mm}};
  npu.power = 1.3;
  cpu.name = "cpu";
  cpu.rects = {{4.2 * mm, 2.0 * mm, 6.0 * mm, 5.5 * mm}};
  cpu.power = 0.5;
  soc.power.blocks = {npu, cpu};
  PowerTrace trace;
  trace.interval = 1e-3;
  trace.blocks = {"cpu", ""};
  trace.watts = {{0.2, 0.0}, {0.6, 0.2}};
  soc.power.trace = trace;
  soc.limit.junction = 378.15;

  Die dram = die("dram", {4.5 * mm, 4.0 * mm}, 0.10 * mm, {0, 0.8 * mm}, 0.45);
  dram.stacked_on = "soc";
  wired(dram, 90 * um, 20 * um);
  Die rf = die("rf", {1.8 * mm, 1.8 * mm}, 0.12 * mm, {-4.6 * mm, 4.2 * mm}, 0.25);
  rf.rotation = 0.5 * std::numbers::pi;
  bumped(rf, AttachKind::flip_chip, 180 * um, 90 * um, 60 * um, "");
  Die pmic = die("pmic", {2 * mm, 2 * mm}, 0.10 * mm, {-3 * mm, 2 * mm}, 0.35);
  pmic.side = Side::bottom;
  bumped(pmic, AttachKind::flip_chip, 200 * um, 100 * um, 50 * um, "UF");
  d.dies = {soc, dram, rf, pmic};

  const auto passive = [&](const std::string& name, Vec2 at, Side side) {
    Passive p;
    p.name = name;
    p.kind = "capacitor";
    p.case_code = "0201";
    p.size = {0.6 * mm, 0.3 * mm};
    p.height = side == Side::top ? 0.3 * mm : 0.15 * mm;
    p.at = at;
    p.side = side;
    p.material = "ceramic";
    p.solder_thickness = 20 * um;
    return p;
  };
  d.passives = {passive("c1", {4.8 * mm, -4 * mm}, Side::top), passive("c2", {4.8 * mm, -3 * mm}, Side::top),
                passive("c3", {-3 * mm, -0.25 * mm}, Side::bottom)};

  Balls balls;
  balls.standoff = 0.20 * mm;
  balls.array.material = "SAC305";
  balls.array.pitch_x = balls.array.pitch_y = 0.5 * mm;
  balls.array.diameter = 0.28 * mm;
  for (int j = -11; j <= 11; ++j) {
    for (int i = -11; i <= 11; ++i) {
      const Vec2 site = {i * 0.5 * mm, j * 0.5 * mm};
      const bool below_pmic =
          site.x > -4.4 * mm && site.x < -1.6 * mm && site.y > -0.7 * mm && site.y < 3.4 * mm;
      if (!below_pmic) balls.array.sites.push_back(site);
    }
  }
  d.balls = balls;
  board_below(d, {50 * mm, 50 * mm});
  return d;
}

/// 45 x 40 mm 2.5D package: logic and four memory stacks' base dies on a TSV interposer, lid with TIM and
/// sink.
inline Design interposer() {
  Design d = empty("interposer", {45 * mm, 40 * mm});
  Substrate s;
  s.layers = {copper("L4", 20 * um, 0.7),          dielectric("D3", 35 * um),  copper("L3", 20 * um, 0.8),
              dielectric("core", 800 * um, "FR4"), copper("L2", 20 * um, 0.8), dielectric("D1", 35 * um),
              copper("L1", 20 * um, 0.6)};
  d.substrate = s;
  Die base = die("interposer", {30 * mm, 26 * mm}, 0.10 * mm, {0, 0}, 0);
  base.interposer = true;
  bumped(base, AttachKind::flip_chip, 150 * um, 80 * um, 70 * um, "UF");
  TsvField tsv;
  tsv.vias.pitch_x = tsv.vias.pitch_y = 100 * um;
  tsv.vias.diameter = 10 * um;
  tsv.vias.material = "copper";
  tsv.liner_thickness = 0.5 * um;
  tsv.liner_material = "SiO2";
  base.tsvs = {tsv};
  Die logic = die("logic", {20 * mm, 16 * mm}, 0.70 * mm, {0, 0}, 120);
  logic.stacked_on = "interposer";
  bumped(logic, AttachKind::micro_bump, 40 * um, 20 * um, 25 * um, "UF");
  d.dies = {base, logic};
  for (int i = 0; i < 2; ++i) {
    Die hbm = die("hbm" + std::to_string(i + 1), {10 * mm, 4 * mm}, 0.68 * mm,
                  {(i == 0 ? -6 : 6) * mm, 10.4 * mm}, 5);
    hbm.stacked_on = "interposer";
    bumped(hbm, AttachKind::micro_bump, 55 * um, 25 * um, 25 * um, "UF");
    d.dies.push_back(hbm);
  }
  Lid lid;
  lid.material = "Cu";
  lid.thickness = 1 * mm;
  lid.foot_width = 3 * mm;
  lid.adhesive = "UF";
  lid.adhesive_thickness = 0.1 * mm;
  d.lid = lid;
  d.tims = {Tim{"tim1", "TIM", 50 * um, {}, 2e-6, {}}, Tim{"tim2", "TIM", 100 * um, {}, 0, {}}};
  HeatSink sink;
  sink.material = "Cu";
  sink.size = {60 * mm, 60 * mm};
  sink.base_thickness = 4 * mm;
  sink.film = 2000;
  d.heat_sink = sink;
  Balls balls;
  balls.standoff = 0.4 * mm;
  balls.array.material = "SAC305";
  balls.array.pitch_x = balls.array.pitch_y = 0.8 * mm;
  balls.array.diameter = 0.5 * mm;
  d.balls = balls;
  board_below(d, {100 * mm, 100 * mm});
  return d;
}

/// Hybrid-bonded two-die stack with TSVs on a small substrate, exposed top with a TIM and no lid.
inline Design stack3d() {
  Design d = empty("stack3d", {10 * mm, 10 * mm});
  Substrate s;
  s.layers = {copper("L2", 15 * um, 0.6), dielectric("core", 150 * um), copper("L1", 15 * um, 0.6)};
  d.substrate = s;
  Die lower = die("lower", {7 * mm, 7 * mm}, 0.05 * mm, {0, 0}, 3);
  bumped(lower, AttachKind::copper_pillar, 130 * um, 65 * um, 40 * um, "UF", "copper");
  lower.beol_thickness = 5 * um;
  lower.beol_material = "wiring";
  TsvField tsv;
  tsv.name = "core";
  tsv.size = {5 * mm, 5 * mm};
  tsv.vias.pitch_x = tsv.vias.pitch_y = 40 * um;
  tsv.vias.diameter = 5 * um;
  tsv.vias.material = "copper";
  tsv.liner_thickness = 0.2 * um;
  tsv.liner_material = "SiO2";
  lower.tsvs = {tsv};
  Die upper = die("upper", {6 * mm, 6 * mm}, 0.30 * mm, {0, 0}, 8);
  upper.stacked_on = "lower";
  bumped(upper, AttachKind::hybrid_bond, 6 * um, 3 * um, 2 * um, "", "copper");
  upper.attach.pad_dielectric = "SiO2";
  upper.back_metal_thickness = 2 * um;
  upper.back_metal = "Au";
  d.dies = {lower, upper};
  d.tims = {Tim{"tim1", "TIM", 60 * um, {}, 0, {}}};
  Balls balls;
  balls.standoff = 0.25 * mm;
  balls.array.material = "SAC305";
  balls.array.pitch_x = balls.array.pitch_y = 0.65 * mm;
  balls.array.diameter = 0.35 * mm;
  balls.array.peripheral_rows = 3;
  d.balls = balls;
  board_below(d, {60 * mm, 60 * mm});
  return d;
}

/// DBC power module half-bridge: four sintered dies on AlN, cooled from below.
inline Design power_module() {
  Design d = empty("power-module", {40 * mm, 30 * mm});
  Substrate s;
  s.layers = {copper("bottom", 0.3 * mm, 1), dielectric("ceramic", 0.64 * mm, "AlN"),
              copper("top", 0.3 * mm, 1)};
  d.substrate = s;
  for (int i = 0; i < 4; ++i) {
    Die mos = die("m" + std::to_string(i + 1), {5 * mm, 5 * mm}, 0.18 * mm,
                  {(i % 2 ? 8 : -8) * mm, (i / 2 ? 6 : -6) * mm}, 60);
    wired(mos, 1.5 * mm, 50 * um, "SinteredAg");
    mos.attach.wire.material = "Al";
    mos.attach.wire.diameter = 300 * um;
    mos.attach.wire.length = 10 * mm;
    mos.attach.wire.count = 6;
    mos.attach.contact_resistance = 1e-6;
    d.dies.push_back(mos);
  }
  d.mold_top = Mold{"EMC", 4 * mm, Side::top, {}};
  d.environment.films = {{Face::bottom, "", 5000, 338.15, {}}};
  return d;
}

/// A plain layered block with a heated region, a contact and layers of different footprints.
inline Design block() {
  Design d = empty("block", {0, 0});
  Block b;
  b.size = {10 * mm, 10 * mm};
  BlockLayer low, mid, top;
  low.name = "spreader";
  low.material = "Cu";
  low.thickness = 1 * mm;
  low.size = {20 * mm, 20 * mm};
  mid.name = "tim";
  mid.material = "TIM";
  mid.thickness = 20 * um;
  mid.contact_below = 1e-6;
  top.name = "die";
  top.material = "Si";
  top.thickness = 0.15 * mm;
  BlockRegion region;
  region.name = "tsv";
  region.material = "Cu";
  region.rect = {1 * mm, 1 * mm, 2 * mm, 2 * mm};
  top.regions = {region};
  GridMap map;
  map.columns = 4;
  map.rows = 2;
  map.value = {0, 1, 2, 3, 4, 5, 6, 0};
  top.power.map = map;
  top.power.place = HeatPlace::top_face;
  b.layers = {low, mid, top};
  d.block = b;
  return d;
}

}  // namespace bondline::samples
