// Whole packages: from the text of a design file to temperatures, with all that a layered block does not
// have: turned dies, effective media, a mold, a board wider than the package, air below it, a heat sink.
#include <gtest/gtest.h>

#include <cmath>

#include "base/file.h"
#include "blocks.h"
#include "design/package/load.h"

namespace bondline {
namespace {

using namespace test;

const char* const kPackage = R"(bondline: design/1
name: test-package
body:
  size: [10 mm, 10 mm]
  mold: {material: EMC-G770, thickness: 0.6 mm}
substrate:
  layers:
    - {name: L2, copper: 18 um, coverage: 60 %}
    - {name: core, dielectric: HL832, thickness: 120 um}
    - {name: L1, copper: 18 um, coverage: 40 %}
dies:
  soc:
    size: [4 mm, 3 mm]
    thickness: 0.2 mm
    at: [0.5 mm, 0.3 mm]
    rotation: ROTATION deg
    attach: {kind: copper_pillar, pitch: 150 um, diameter: 80 um, standoff: 50 um, underfill: UF-8830}
    power: 1.5 W
    limit: {junction: 60 degC}
  side:
    size: [1.5 mm, 1.5 mm]
    thickness: 0.15 mm
    at: [-3.2 mm, -3 mm]
    attach: {kind: wire_bond, wire: {material: Au, diameter: 20 um, loop_height: 100 um}, die_attach: {material: DAF-20, thickness: 20 um}}
    power: 0.1 W
balls: {material: SAC305, pitch: 0.5 mm, diameter: 0.3 mm, standoff: 0.22 mm}
board: {standard: JESD51-9 2s2p}
environment: {ambient: 25 degC, standard: JESD51-2 still air}
)";

Design load(const std::string& rotation) {
  std::string text = kPackage;
  text.replace(text.find("ROTATION"), 8, rotation);
  base::MemoryFiles files;
  return package::load_text(text, "test.yaml", "", files);
}

thermal::SteadyOptions options(double cells) {
  thermal::SteadyOptions o;
  o.cells = cells;
  return o;
}

TEST(SteadyPackage, BalancesHeatAndReportsEveryPart) {
  const auto r = run(load("0"), options(200e3));
  EXPECT_EQ(r.path, "finite volume");
  EXPECT_NEAR(r.heat_in_W, 1.6, 1e-9);
  EXPECT_LE(r.balance, 1e-8);
  EXPECT_LE(std::abs(r.heat_out_W - r.heat_in_W), 1e-8 * r.heat_in_W);
  EXPECT_LE(r.relative_residual, 1e-8);
  EXPECT_LE(r.iterations, 25);
  ASSERT_EQ(r.dies.size(), 2u);
  EXPECT_GT(r.dies[0].max_K, r.dies[1].max_K);
  EXPECT_GT(r.dies[0].max_K, r.dies[0].mean_K);
  EXPECT_GE(r.dies[0].mean_K, r.dies[0].min_K);
  EXPECT_NE(find_part(r.parts, "board"), nullptr);
  EXPECT_NE(find_part(r.parts, "mold"), nullptr);
  EXPECT_GT(r.touch_K, r.case_top_K - 1e-6);
  EXPECT_FALSE(r.media.empty());
  for (const auto& m : r.media)
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_LE(m.lower[axis], m.k[axis] * (1 + 1e-12)) << m.path;
      EXPECT_GE(m.upper[axis], m.k[axis] * (1 - 1e-12)) << m.path;
    }
  double out = 0;
  for (const auto& p : r.paths) out += p.watts;
  EXPECT_NEAR(out, r.heat_out_W, 1e-9);
}

TEST(SteadyPackage, EstimateCoversTheStepToAFinerGrid) {
  const auto coarse = run(load("0"), options(120e3)), fine = run(load("0"), options(900e3));
  const double step = std::abs(coarse.dies[0].max_K - fine.dies[0].max_K);
  EXPECT_LE(step, 2.5 * coarse.dies[0].error_K + 0.05);
}

TEST(SteadyPackage, ATurnedDieLiesBetweenItsStraightPositions) {
  // 0 and 90 degrees are both on the grid; 45 degrees goes by area fraction and may not leave them far
  // behind.
  const double a = run(load("0"), options(150e3)).dies[0].max_K,
               b = run(load("90"), options(150e3)).dies[0].max_K;
  const auto turned = run(load("45"), options(150e3));
  const double rise = a - 298.15;
  EXPECT_NEAR(turned.dies[0].max_K, 0.5 * (a + b), 0.05 * rise);
  EXPECT_NEAR(turned.heat_in_W, 1.6, 1e-9);
  EXPECT_LE(turned.balance, 1e-8);
}

TEST(SteadyPackage, AHotDieGetsAFindingWithAMend) {
  Design d = load("0");
  const auto r = run(d, options(150e3));
  const auto all = thermal::findings(d, r);
  bool seen = false;
  for (const auto& f : all)
    if (f.rule == "thermal.junction" && f.subject == "dies.soc" && f.verdict == package::Verdict::fail) {
      seen = true;
      EXPECT_FALSE(f.mend.empty());
    }
  EXPECT_TRUE(seen);
}

TEST(SteadyPackage, LeakageSettlesWhereItsLawSaysAndRunawayIsAFinding) {
  Design d = load("0");
  package::Leakage leak{0.01, 298.15, 25, {}};
  d.dies[0].power.leakage = leak;
  auto o = options(100e3);
  o.sensitivities = false;
  const auto r = run(d, o);
  const double law = 0.01 * std::exp2((r.dies[0].mean_K - 298.15) / 25);
  EXPECT_NEAR(r.heat_in_W - 1.6, law, 0.02 * law);
  d.dies[0].power.leakage->power = 3;
  d.dies[0].power.leakage->doubles_every = 5;
  const auto beyond = run(d, o);
  ASSERT_TRUE(beyond.runaway);
  EXPECT_TRUE(beyond.runaway->beyond);
  EXPECT_LT(beyond.runaway->leakage_factor, 1);
  EXPECT_GT(beyond.runaway->leakage_factor, 0);
  EXPECT_TRUE(std::isfinite(beyond.dies[0].max_K));
  bool seen = false;
  for (const auto& f : thermal::findings(d, beyond))
    if (f.rule == "thermal.runaway") {
      seen = true;
      EXPECT_EQ(f.verdict, package::Verdict::fail);
      EXPECT_NE(f.why.find("no steady temperature"), std::string::npos);
      EXPECT_FALSE(f.mend.empty());
    }
  EXPECT_TRUE(seen);
}

TEST(SteadyPackage, ConductivityThatFallsWithTemperatureIsReadAtEachPartsOwn) {
  Design d = load("0");
  auto o = options(100e3);
  o.sensitivities = false;
  const double constant_k = run(d, o).dies[0].max_K;
  for (auto& m : d.materials.materials)
    if (m.name == "EMC-G770") {
      auto& k = m.values[std::size_t(package::Property::k_x)]->curve;
      const double k0 = k.value[0];
      k.temperature = {298.15, 398.15};
      k.value = {k0, 0.5 * k0};
      m.values[std::size_t(package::Property::k_y)].reset();
      m.values[std::size_t(package::Property::k_z)].reset();
    }
  const auto r = run(d, o);
  EXPECT_GT(r.dies[0].max_K, constant_k);
  bool noted = false;
  for (const auto& note : r.notes) noted = noted || note.find("EMC-G770") != std::string::npos;
  EXPECT_TRUE(noted);
}

}  // namespace
}  // namespace bondline
