// Data-sheet figures against hand calculations: series resistances, and a board as an annular fin.
#include "design/thermal/jedec/jedec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "../blocks.h"

namespace bondline {
namespace {

using namespace test;

constexpr double kSide = 10e-3, kDieThick = 0.5e-3, kGlue = 50e-6, kCarrier = 0.4e-3;
constexpr double kDieK = 100, kGlueK = 1, kCarrierK = 1, kBoardK = 20;
constexpr double kArea = kSide * kSide;

/// A die as large as its carrier; heat flows straight through both (next to none sideways), so series
/// resistances are exact. Copper and laminate of the board conduct alike, so the board is a plain plate.
Design flat_package(double watts = 2) {
  Design d;
  d.name = "flat";
  d.body_size = {kSide, kSide};
  add_material(d, material("die", 0.01, 0.01, kDieK));
  add_material(d, material("glue", 0.01, 0.01, kGlueK));
  add_material(d, material("carrier", 0.01, 0.01, kCarrierK));
  add_material(d, material("Cu", kBoardK));
  add_material(d, material("FR-4", kBoardK));
  package::SubstrateLayer layer;
  layer.name = "carrier";
  layer.material = "carrier";
  layer.thickness = kCarrier;
  d.substrate.emplace();
  d.substrate->layers = {layer};
  package::Die die;
  die.name = "one";
  die.size = {kSide, kSide};
  die.thickness = kDieThick;
  die.material = "die";
  die.facing = package::Facing::down;
  die.attach.kind = package::AttachKind::wire_bond;
  die.attach.die_attach = "glue";
  die.attach.die_attach_thickness = kGlue;
  die.power.uniform = watts;
  die.power.place = package::HeatPlace::bottom_face;
  d.dies = {die};
  return d;
}

thermal::JedecResult figures(const Design& d, double cells = 60e3) {
  base::Pool pool(2);
  thermal::JedecOptions o;
  o.cells = cells;
  return thermal::jedec(d, o, pool);
}

const thermal::JedecCase& case_of(const thermal::JedecResult& r, const std::string& name) {
  for (const auto& c : r.cases)
    if (c.name == name) return c;
  throw std::runtime_error("no case " + name);
}

double below() {
  return (kGlue / kGlueK + kCarrier / kCarrierK) / kArea;
}

/// A disc of the package's area on a plate of conductivity times thickness kt: from the middle's
/// temperature to the mean over the rim, uniform flux; and from the plate's mean through its thickness to its
/// top (q t / 3 k).
constexpr double kBoardThick = 1.6e-3, kKt = kBoardK * kBoardThick;
double under_the_package() {
  return 1 / (4 * std::numbers::pi * kKt) + kBoardThick / (3 * kBoardK * kArea);
}

TEST(Jedec, CaseResistancesOfAFlatPackageAreItsSeriesResistances) {
  const auto r = figures(flat_package());
  ASSERT_TRUE(r.theta_jc_top && r.theta_jc_bottom);
  EXPECT_NEAR(*r.theta_jc_top, kDieThick / kDieK / kArea, 1e-6);
  EXPECT_NEAR(*r.theta_jc_bottom, below(), 1e-6 * below());
}

TEST(Jedec, BoardResistanceIsThatOfASpreadingDisc) {
  const auto r = figures(flat_package());
  ASSERT_TRUE(r.theta_jb);
  // TB lies 6 mm from the middle; the disc of the package's area ends at 5.64 mm.
  const double rim = kSide / std::sqrt(std::numbers::pi), at = 0.5 * kSide + 1e-3;
  const double hand = below() + under_the_package() + std::log(at / rim) / (2 * std::numbers::pi * kKt);
  EXPECT_NEAR(*r.theta_jb, hand, 0.04 * hand);
}

TEST(Jedec, StillAirIsAnAnnularFin) {
  const auto r = figures(flat_package());
  ASSERT_TRUE(r.theta_ja && r.psi_jb && r.psi_jt);
  const auto& c = case_of(r, "still_air_2s2p");
  double top = 0, bottom = 0;
  for (const auto& film : c.films) {
    if (film.name == "environment.top") top = film.h;
    if (film.name == "environment.bottom") bottom = film.h;
  }
  ASSERT_GT(top, 2);
  ASSERT_GT(bottom, 2);
  // Annular fin with an insulated rim (Incropera 2007, section 3.6.4); the board of 76.2 x 114.3 mm as a disc
  // of its area.
  const double a = kSide / std::sqrt(std::numbers::pi), b = std::sqrt(76.2e-3 * 114.3e-3 / std::numbers::pi);
  const double m = std::sqrt((top + bottom) / kKt);
  const auto I = [](int n, double x) { return std::cyl_bessel_i(n, x); };
  const auto K = [](int n, double x) { return std::cyl_bessel_k(n, x); };
  const auto profile = [&](double r0) { return I(0, m * r0) * K(1, m * b) + K(0, m * r0) * I(1, m * b); };
  const double fin = 2 * std::numbers::pi * a * kKt * m *
                     (K(1, m * a) * I(1, m * b) - I(1, m * a) * K(1, m * b)) / profile(a);
  const double air = 1 / (fin + (top + bottom) * kArea);
  const double hand = below() + under_the_package() + air;
  EXPECT_NEAR(*r.theta_ja, hand, 0.04 * hand);
  // Of a watt, the share through the carrier is what the package's own top does not give off.
  const double beside = air * profile(0.5 * kSide + 1e-3) / profile(a);
  EXPECT_NEAR(*r.psi_jb, hand - beside, 0.06 * (hand - beside));
  EXPECT_LT(*r.psi_jt, 0.05 * hand);
  EXPECT_GT(*r.psi_jt, 0);
}

TEST(Jedec, TheBoardOfOneSignalLayerIsWorseWherePlanesWouldSpread) {
  Design d = flat_package();
  d.materials.materials[std::size_t(d.materials.index_of("Cu"))] = material("Cu", 390);
  d.materials.materials[std::size_t(d.materials.index_of("FR-4"))] = material("FR-4", 0.35);
  const auto r = figures(d, 20e3);
  ASSERT_TRUE(r.theta_ja && r.theta_ja_1s);
  EXPECT_GT(*r.theta_ja_1s, 1.3 * *r.theta_ja);
}

TEST(Jedec, DescribesThePackageWithoutItsSinkBoardLeakageOrPowerLevel) {
  const Design bare = flat_package(2);
  Design dressed = flat_package(2);
  add_material(dressed, material("metal", 200));
  package::HeatSink sink;
  sink.material = "metal";
  sink.size = {30e-3, 30e-3};
  sink.base_thickness = 2e-3;
  sink.film = 1000;
  dressed.heat_sink = sink;
  dressed.tims = {package::Tim{"tim1", "glue", 50e-6, {}, 0, {}}};
  dressed.dies[0].power.leakage = package::Leakage{50, 300, 10, {}};
  dressed.environment.films = {film(Face::top, 500, 350)};
  const auto a = figures(bare, 20e3), b = figures(dressed, 20e3);
  EXPECT_DOUBLE_EQ(*a.theta_ja, *b.theta_ja);
  EXPECT_DOUBLE_EQ(*a.theta_jc_top, *b.theta_jc_top);
  // What was left out of `dressed` alone, and of both that the 1s board is an upper bound.
  EXPECT_EQ(a.notes.size(), 1u);
  EXPECT_EQ(b.notes.size(), 3u);
  // A package that would glow without its sink is tested at less heat.
  const auto hot = figures(flat_package(300), 20e3);
  const auto& c = case_of(hot, "still_air_2s2p");
  EXPECT_LT(c.power_W, 10);
  EXPECT_LT(c.junction_K - c.reference_K, 50.5);
  EXPECT_GT(c.junction_K - c.reference_K, 35);
}

TEST(Jedec, DieMatrixIsReciprocalAndAddsUpToTheField) {
  Design d = flat_package();
  for (const char* name : {"die", "glue", "carrier"})
    d.materials.materials[std::size_t(d.materials.index_of(name))] = material(name, 20);
  d.dies[0].size = {4e-3, 8e-3};
  d.dies[0].at = {-2.5e-3, 0};
  package::Die two = d.dies[0];
  two.name = "two";
  two.size = {3e-3, 4e-3};
  two.at = {2.5e-3, 1e-3};
  two.power.uniform = 0.5;
  d.dies.push_back(two);
  const auto r = figures(d, 30e3);
  ASSERT_TRUE(r.matrix);
  ASSERT_EQ(r.matrix->dies, (std::vector<std::string>{"dies.one", "dies.two"}));
  const auto& m = r.matrix->theta;
  EXPECT_NEAR(m[0][1], m[1][0], 1e-6 * m[0][1]);
  EXPECT_GT(m[0][0], m[0][1]);
  EXPECT_GT(m[1][1], m[0][1]);
  // Both on: the hottest mean is near theta_JA of all heat (which counts the hottest point).
  const double mean = (m[0][0] * 2 + m[0][1] * 0.5) / 2.5;
  EXPECT_LT(mean, *r.theta_ja);
  EXPECT_GT(mean, 0.7 * *r.theta_ja);
}

TEST(Jedec, WhatDoesNotApplySaysWhy) {
  Design large = flat_package();
  large.body_size = {60e-3, 60e-3};
  const auto r = figures(large, 5e3);
  EXPECT_FALSE(r.theta_ja);
  EXPECT_TRUE(r.theta_jc_top);
  EXPECT_NE(case_of(r, "still_air_2s2p").why_not.find("60.0 x 60.0 mm"), std::string::npos);
  const auto none = figures(ref4l());
  ASSERT_EQ(none.cases.size(), 1u);
  EXPECT_FALSE(none.theta_jc_top);
  const auto told = thermal::findings(ref4l(), none);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].rule, "thermal.jedec");
  EXPECT_EQ(told[0].verdict, package::Verdict::info);
}

}  // namespace
}  // namespace bondline
