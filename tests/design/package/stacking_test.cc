// The stacking rules one by one, on numbers worked out by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "../sample_designs.h"
#include "base/diagnostic.h"
#include "design/package/solids.h"

namespace bondline::package {
namespace {

using samples::mm;
using samples::um;

const Solid& solid(const Assembly& a, const std::string& path) {
  const int i = a.find(path);
  if (i < 0) throw base::Error("no solid " + path, "");
  return a.solids[std::size_t(i)];
}

const Solid& solid(Assembly&&, const std::string&) = delete;  // it would not outlive the line

void expect_between(const Solid& s, double z0, double z1) {
  EXPECT_NEAR(s.z0, z0, 1e-12) << s.path;
  EXPECT_NEAR(s.z1, z1, 1e-12) << s.path;
}

std::string material_of(const Design& d, int index) {
  return d.materials.materials.at(std::size_t(index)).name;
}

TEST(Stacking, SubstratePilesUpFromZeroAndDiesStandOnTheirJoints) {
  const Design d = samples::sip();
  const Assembly a = assemble(d);
  EXPECT_NEAR(a.substrate_top, 220 * um, 1e-12);
  expect_between(solid(a, "substrate.core"), 60 * um, 160 * um);
  expect_between(solid(a, "dies.soc.joint"), 220 * um, 265 * um);
  expect_between(solid(a, "dies.soc"), 265 * um, 415 * um);
  expect_between(solid(a, "dies.dram.joint"), 415 * um, 435 * um);
  expect_between(solid(a, "dies.dram"), 435 * um, 535 * um);
  expect_between(solid(a, "mold"), 220 * um, 720 * um);
}

TEST(Stacking, BottomSideGrowsDownwards) {
  const Assembly a = assemble(samples::sip());
  expect_between(solid(a, "dies.pmic.joint"), -50 * um, 0);
  expect_between(solid(a, "dies.pmic"), -150 * um, -50 * um);
  expect_between(solid(a, "passives.c3.joint"), -20 * um, 0);
  expect_between(solid(a, "balls"), -200 * um, 0);
  EXPECT_NEAR(solid(a, "board.B1").z1, -200 * um, 1e-12);
}

TEST(Stacking, JointMetalFractionIsThatOfTheBumpsThatFit) {
  const Design d = samples::sip();
  const Assembly a = assemble(d);
  const Solid& joint = solid(a, "dies.soc.joint");
  // 6.2 mm: floor((6200 - 65) / 130) + 1 = 48; 5.8 mm: 45.
  EXPECT_EQ(joint.fill.count, 48u * 45u);
  EXPECT_EQ(joint.fill.kind, FillKind::cylinders_z);
  EXPECT_NEAR(joint.fill.fraction, 48 * 45 * std::numbers::pi / 4 * 0.065 * 0.065 / (6.2 * 5.8), 1e-12);
  EXPECT_EQ(material_of(d, joint.fill.material), "UF");
  EXPECT_EQ(material_of(d, joint.fill.inclusion), "copper");
}

TEST(Stacking, OpenBumpsStandInMoldWhereTheBodyIsMoldedElseInAir) {
  Design d = samples::sip();
  Assembly a = assemble(d);
  EXPECT_EQ(material_of(d, solid(a, "dies.rf.joint").fill.material), "EMC");
  d.mold_top.reset();
  a = assemble(d);
  EXPECT_EQ(material_of(d, solid(a, "dies.rf.joint").fill.material), "air");
}

TEST(Stacking, ActiveFaceOfABumpedDieLooksAtItsMountOnBothSides) {
  const Assembly a = assemble(samples::sip());
  double soc = 0, pmic = 0, dram = 0;
  for (const HeatSource& s : a.sources) {
    if (s.path == "dies.soc.npu") soc = s.z0;
    if (s.path == "dies.pmic") pmic = s.z0;
    if (s.path == "dies.dram") dram = s.z0;
  }
  EXPECT_NEAR(soc, (265 + 8) * um, 1e-12);  // between silicon and 8 um of wiring
  EXPECT_NEAR(pmic, -50 * um, 1e-12);
  EXPECT_NEAR(dram, 535 * um, 1e-12);
}

TEST(Stacking, HeatPlaceIsKept) {
  Design d = samples::sip();
  d.dies[1].power.place = HeatPlace::volume;
  d.dies[2].power.place = HeatPlace::top_face;
  const Assembly a = assemble(d);
  for (const HeatSource& s : a.sources) {
    const Solid& host = a.solids[std::size_t(s.solid)];
    if (s.path == "dies.dram") {
      EXPECT_EQ(s.z0, host.z0);
      EXPECT_EQ(s.z1, host.z1);
    }
    if (s.path == "dies.rf") {
      EXPECT_EQ(s.z0, host.z1);
    }
  }
}

TEST(Stacking, BlockPowerIsSharedByAreaAndTurnsWithTheDie) {
  Design d = samples::sip();
  d.dies[0].rotation = std::numbers::pi / 2;
  const Assembly a = assemble(d);
  std::vector<HeatSource> npu;
  for (const HeatSource& s : a.sources) {
    if (s.path == "dies.soc.npu") npu.push_back(s);
  }
  ASSERT_EQ(npu.size(), 2u);
  EXPECT_NEAR(npu[0].power / npu[1].power, 2.8 * 4.8 / 1.0, 1e-12);
  EXPECT_NEAR(npu[0].power + npu[1].power, 1.3, 1e-12);
  // Local centre (1.6, 2.6) - (3.1, 2.9) = (-1.5, -0.3); a quarter turn makes it (0.3, -1.5); die at (0, 0.8)
  // mm.
  EXPECT_NEAR(npu[0].footprint.at.x, 0.3 * mm, 1e-12);
  EXPECT_NEAR(npu[0].footprint.at.y, -0.7 * mm, 1e-12);
}

TEST(Stacking, DepopulatedBallsCarryNoMetal) {
  const Design d = samples::sip();
  const Assembly a = assemble(d);
  const int below_pmic = a.at(-3 * mm, -0.5 * mm, -100 * um), elsewhere = a.at(4 * mm, 0, -100 * um);
  ASSERT_GE(below_pmic, 0);
  ASSERT_GE(elsewhere, 0);
  EXPECT_EQ(a.solids[std::size_t(below_pmic)].fill.kind, FillKind::simple);
  const Fill& populated = a.solids[std::size_t(elsewhere)].fill;
  EXPECT_EQ(populated.kind, FillKind::cylinders_z);
  EXPECT_NEAR(populated.fraction, std::numbers::pi / 4 * 0.28 * 0.28 / 0.25, 0.02);
  std::size_t balls = 0;
  for (const Solid& s : a.solids) {
    if (s.role == Role::balls) balls += s.fill.count;
  }
  EXPECT_EQ(balls, d.balls->array.sites.size());
}

TEST(Stacking, LidIsFlatAndTheLowerDiesTimFillsItsGap) {
  const Assembly a = assemble(samples::interposer());
  const double base = solid(a, "dies.interposer").z1;
  const double logic = base + (25 + 700) * um, hbm = base + (25 + 680) * um;
  expect_between(solid(a, "tims.tim1.logic"), logic, logic + 50 * um);
  expect_between(solid(a, "tims.tim1.hbm1"), hbm, logic + 50 * um);
  expect_between(solid(a, "lid"), logic + 50 * um, logic + 1050 * um);
  expect_between(solid(a, "lid.foot.west"), a.substrate_top + 100 * um, logic + 50 * um);
  expect_between(solid(a, "tims.tim2"), logic + 1050 * um, logic + 1150 * um);
  expect_between(solid(a, "heat_sink"), logic + 1150 * um, logic + 5150 * um);
  EXPECT_EQ(a.find("tims.tim1.interposer"), -1);  // it carries others
  EXPECT_EQ(a.contacts.size(), 3u);
}

TEST(Stacking, TimDoesNotBridgeMoreThanFourBondLinesUnlessAskedTo) {
  Design d = samples::interposer();
  for (Die& die : d.dies) {
    if (die.name == "hbm1") die.thickness = 400 * um;
  }
  EXPECT_EQ(assemble(d).find("tims.tim1.hbm1"), -1);
  d.tims[0].on = {"logic", "hbm1", "hbm2"};
  EXPECT_GE(assemble(d).find("tims.tim1.hbm1"), 0);
}

TEST(Stacking, CavityUnderALidIsAirAndUnderAMoldedOneMold) {
  Design d = samples::interposer();
  Assembly a = assemble(d);
  const Vec2 beside = {17 * mm, 0};
  int at = a.at(beside.x, beside.y, a.substrate_top + 500 * um);
  ASSERT_GE(at, 0);
  EXPECT_EQ(a.solids[std::size_t(at)].role, Role::air);
  d.mold_top = Mold{"EMC", 300 * um, Side::top, {}};
  a = assemble(d);
  at = a.at(beside.x, beside.y, a.substrate_top + 200 * um);
  EXPECT_EQ(a.solids[std::size_t(at)].role, Role::mold);
}

TEST(Stacking, LidOnAnOverMoldedPackageRestsOnTheMold) {
  Design d = samples::sip();
  Lid lid;
  lid.material = "Cu";
  lid.thickness = 0.3 * mm;
  d.lid = lid;
  d.tims = {Tim{"tim1", "TIM", 50 * um, {}, 0, {}}};
  const Assembly a = assemble(d);
  expect_between(solid(a, "tims.tim1"), 720 * um, 770 * um);
  expect_between(solid(a, "lid"), 770 * um, 1070 * um);
}

TEST(Stacking, BackMetalAddsToTheDieAndFacesAwayFromTheBumps) {
  const Assembly a = assemble(samples::stack3d());
  const Solid& upper = solid(a, "dies.upper");
  expect_between(solid(a, "dies.upper.back_metal"), upper.z1, upper.z1 + 2 * um);
  expect_between(solid(a, "tims.tim1.upper"), upper.z1 + 2 * um, upper.z1 + 62 * um);
  const Solid& tsv = solid(a, "dies.lower.tsv.core");
  const Solid& lower = solid(a, "dies.lower");
  expect_between(tsv, lower.z0 + 5 * um, lower.z1);  // through the silicon, not the wiring
  EXPECT_NEAR(tsv.fill.liner, 0.2 * um, 1e-15);
  EXPECT_NEAR(tsv.fill.fraction, double(tsv.fill.count) * std::numbers::pi / 4 * 25e-12 / 25e-6, 1e-12);
}

TEST(Stacking, EmbeddedDieIsFlushWithTheFaceItLooksAt) {
  Design d = samples::sip();
  Die tile = samples::die("tile", {2 * mm, 2 * mm}, 60 * um, {0, -3 * mm}, 0.1);
  tile.embedded_in = "core";
  tile.facing = Facing::up;
  d.dies.push_back(tile);
  Assembly a = assemble(d);
  expect_between(solid(a, "dies.tile"), 100 * um, 160 * um);
  EXPECT_EQ(a.at(0, -3 * mm, 150 * um), a.find("dies.tile"));
  d.dies.back().facing = Facing::down;
  a = assemble(d);
  expect_between(solid(a, "dies.tile"), 60 * um, 120 * um);
}

TEST(Stacking, CoinDisplacesTheLayersItPasses) {
  Design d = samples::sip();
  d.substrate->vias.clear();
  Coin coin;
  coin.material = "copper";
  coin.size = {3 * mm, 3 * mm};
  d.substrate->coins = {coin};
  const Assembly a = assemble(d);
  EXPECT_EQ(a.at(0, 0, 100 * um), a.find("substrate.coin"));
  expect_between(solid(a, "substrate.coin"), 0, 220 * um);
}

TEST(Stacking, PlatedViasKeepRingAndCore) {
  const Design d = samples::sip();
  const Assembly a = assemble(d);
  const Solid& in_core = solid(a, "substrate.thermal.core");
  EXPECT_EQ(in_core.fill.kind, FillKind::cylinders_z);
  EXPECT_EQ(in_core.fill.plating, 20 * um);
  EXPECT_EQ(material_of(d, in_core.fill.core), "UF");
  const Solid& in_l2 = solid(a, "substrate.thermal.L2");
  const double drilled = 100 * std::numbers::pi / 4 * 0.1 * 0.1 / 16, ring = 1 - 0.6 * 0.6;
  EXPECT_EQ(in_l2.fill.kind, FillKind::layer_xy);
  EXPECT_NEAR(in_l2.fill.fraction, drilled * ring + (1 - drilled) * 0.8, 1e-12);
  EXPECT_EQ(a.find("substrate.thermal.L1"), -1);  // beyond to_layer
}

TEST(Stacking, ResolvedBumpsAreSquaresOfEqualArea) {
  Design d = samples::sip();
  d.dies[2].attach.bumps.resolve = true;
  const Assembly a = assemble(d);
  int members = 0;
  for (const Solid& s : a.solids) {
    if (!s.resolved_member) continue;
    ++members;
    EXPECT_NEAR(s.footprint.size.x * s.footprint.size.y, std::numbers::pi / 4 * 90 * um * 90 * um, 1e-18);
  }
  EXPECT_EQ(members, 100);  // floor((1800 - 90) / 180) + 1 = 10 each way
  EXPECT_TRUE(solid(a, "dies.rf.joint").yields);
}

TEST(Stacking, BallsThroughABottomMoldStandInIt) {
  Design d = samples::sip();
  d.mold_bottom = Mold{"EMC", 0.16 * mm, Side::bottom, {}};
  const Assembly a = assemble(d);
  expect_between(solid(a, "balls.molded"), -160 * um, 0);
  expect_between(solid(a, "balls"), -200 * um, -160 * um);
  EXPECT_EQ(material_of(d, solid(a, "balls.molded").fill.material), "EMC");
}

TEST(Stacking, ConformalShieldWrapsTheMold) {
  Design d = samples::sip();
  Shield shield;
  shield.material = "Cu";
  shield.thickness = 5 * um;
  d.shield = shield;
  const Assembly a = assemble(d);
  expect_between(solid(a, "shield"), 720 * um, 725 * um);
  EXPECT_EQ(a.at(6 * mm + 2 * um, 0, 300 * um), a.find("shield.east"));
}

TEST(Stacking, BlockLayersHaveTheirOwnFootprintsRegionsAndContacts) {
  const Design d = samples::block();
  const Assembly a = assemble(d);
  expect_between(solid(a, "block.tim"), 1 * mm, 1.02 * mm);
  EXPECT_EQ(a.at(9 * mm, 9 * mm, 0.5 * mm), a.find("block.spreader"));
  EXPECT_EQ(a.at(9 * mm, 9 * mm, 1.1 * mm), -1);
  EXPECT_EQ(a.at(-3.5 * mm, -3.5 * mm, 1.1 * mm), a.find("block.die.tsv"));
  ASSERT_EQ(a.contacts.size(), 1u);
  EXPECT_NEAR(a.contacts[0].z, 1 * mm, 1e-15);
  EXPECT_EQ(a.sources.size(), 6u);  // map cells without power are left out
  EXPECT_NEAR(a.sources[0].footprint.at.x, -1.25 * mm, 1e-12);
  EXPECT_NEAR(a.sources[0].footprint.at.y, -2.5 * mm, 1e-12);
  EXPECT_EQ(a.sources[0].z0, a.sources[0].z1);
}

TEST(Stacking, WindowsOfCopperLayersTakeTheirFillFromTheNeighbour) {
  const Design d = samples::sip();
  const Assembly a = assemble(d);
  const Solid& l1 = solid(a, "substrate.L1");
  EXPECT_EQ(l1.fill.kind, FillKind::layer_xy);
  EXPECT_EQ(material_of(d, l1.fill.material), "ABF");
  EXPECT_NEAR(l1.fill.fraction, 0.45, 1e-15);
  const Solid& plane = solid(a, "board.B2");
  EXPECT_EQ(plane.fill.kind, FillKind::simple);
  EXPECT_EQ(material_of(d, plane.fill.material), "copper");
}

}  // namespace
}  // namespace bondline::package
