// One passing and one failing design per rule. The failing one differs from a sound sample in the one thing
// the rule is about, and the Finding must name the part and the numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <ostream>
#include <set>

#include "../sample_designs.h"
#include "design/rules/rules.h"

namespace bondline::rules {
namespace {

using namespace package;
using samples::mm;
using samples::um;

struct Broken {
  const char* rule;
  Design (*sound)();
  std::function<void(Design&)> spoil;
  const char* subject;
  Verdict verdict;
  double value;  ///< in the Finding's unit; NaN: the rule gives none
};

/// What a failing case is called in the test's output.
void PrintTo(const Broken& b, std::ostream* out) {
  *out << b.rule;
}

const double kNone = std::nan("");

Die& die_named(Design& d, const std::string& name) {
  for (Die& die : d.dies) {
    if (die.name == name) return die;
  }
  throw std::out_of_range(name);
}

Design with_embedded() {
  Design d = samples::sip();
  Die tile = samples::die("tile", {2 * mm, 2 * mm}, 80 * um, {0, -3 * mm}, 0.1);
  tile.embedded_in = "core";
  d.dies.push_back(tile);
  return d;
}

Design with_shield() {
  Design d = samples::sip();
  Shield shield;
  shield.material = "Cu";
  shield.thickness = 5 * um;
  d.shield = shield;
  return d;
}

Design fine_substrate() {
  Design d = samples::stack3d();
  d.substrate->line = d.substrate->space = 15 * um;
  return d;
}

/// Two wire-bonded dies, the upper smaller.
Design wire_stack() {
  Design d = samples::sip();
  d.dies.resize(1);
  d.dies[0] = samples::die("low", {6 * mm, 5 * mm}, 100 * um, {0, 0}, 0.3);
  samples::wired(d.dies[0], 80 * um, 20 * um);
  Die up = samples::die("up", {4 * mm, 3 * mm}, 100 * um, {0, 0}, 0.2);
  up.stacked_on = "low";
  samples::wired(up, 80 * um, 20 * um);
  d.dies.push_back(up);
  return d;
}

std::vector<Broken> broken_designs() {
  return {
      {"geometry.overlap", &samples::sip,
       [](Design& d) {
         die_named(d, "rf").at = {-3.9 * mm, 4.2 * mm};
       },
       "dies.rf", Verdict::fail, 100},
      {"geometry.outside_body", &samples::sip, [](Design& d) { die_named(d, "rf").at.x = -5.3 * mm; },
       "dies.rf", Verdict::fail, 200},
      {"geometry.on_board", &samples::sip,
       [](Design& d) {
         d.board->size = {11 * mm, 50 * mm};
       },
       "body", Verdict::fail, 500},
      {"geometry.support", &samples::interposer, [](Design& d) { die_named(d, "hbm1").at.y = 12 * mm; },
       "dies.hbm1", Verdict::fail, kNone},
      {"geometry.overhang", &samples::sip, [](Design& d) { die_named(d, "dram").at.x = 2.1 * mm; },
       "dies.dram", Verdict::warn, 1250},
      {"geometry.die_spacing", &samples::sip,
       [](Design& d) {
         die_named(d, "rf").at = {-4.02 * mm, 4.2 * mm};
       },
       "dies.rf", Verdict::warn, 20},
      {"geometry.lid_contact", &samples::interposer, [](Design& d) { d.tims[0].on = {"hbm1"}; }, "dies.hbm2",
       Verdict::warn, kNone},
      {"geometry.tim_bond_line", &samples::interposer,
       [](Design& d) { die_named(d, "hbm2").thickness = 600 * um; }, "tims.tim1.hbm2", Verdict::warn, 150},
      {"geometry.shield", &with_shield, [](Design& d) { d.mold_top.reset(); }, "shield", Verdict::fail,
       kNone},
      {"geometry.embedded_fits", &with_embedded, [](Design& d) { die_named(d, "tile").thickness = 150 * um; },
       "dies.tile", Verdict::fail, 150},
      {"geometry.wire_cover", &samples::sip,
       [](Design& d) { die_named(d, "dram").attach.wire.loop_height = 200 * um; }, "dies.dram", Verdict::fail,
       515},
      {"geometry.wire_under_die", &wire_stack,
       [](Design& d) {
         die_named(d, "up").size = {6 * mm, 5 * mm};
       },
       "dies.up", Verdict::fail, 80},
      {"geometry.mold_cover", &samples::sip, [](Design& d) { d.passives[0].height = 0.55 * mm; },
       "passives.c1", Verdict::fail, 570},
      {"geometry.mold_clearance", &samples::sip, [](Design& d) { d.mold_top->thickness = 340 * um; },
       "passives.c1", Verdict::warn, 20},
      {"geometry.standoff", &samples::sip, [](Design& d) { die_named(d, "pmic").thickness = 200 * um; },
       "dies.pmic", Verdict::fail, 250},
      {"geometry.balls_clear", &samples::sip,
       [](Design& d) {
         die_named(d, "pmic").at = {3 * mm, 2 * mm};
       },
       "dies.pmic", Verdict::fail, 25},
      {"joint.members", &samples::sip,
       [](Design& d) {
         die_named(d, "rf").attach.bumps.pitch_x = die_named(d, "rf").attach.bumps.diameter = 2 * mm;
       },
       "dies.rf.joint", Verdict::fail, 0},
      {"joint.array_fits", &samples::sip,
       [](Design& d) {
         Array& bumps = die_named(d, "rf").attach.bumps;
         bumps.columns = bumps.rows = 11;
       },
       "dies.rf.joint", Verdict::fail, 45},
      {"joint.apart", &samples::sip, [](Design& d) { die_named(d, "rf").attach.bumps.diameter = 190 * um; },
       "dies.rf.joint", Verdict::fail, 180},
      {"joint.pitch_range", &samples::sip,
       [](Design& d) {
         Array& bumps = die_named(d, "soc").attach.bumps;
         bumps.pitch_x = bumps.pitch_y = 1.3 * mm;
       },
       "dies.soc.joint", Verdict::fail, 1300},
      {"joint.shape", &samples::sip, [](Design& d) { d.balls->standoff = 0.3 * mm; }, "balls", Verdict::fail,
       0.3 / 0.28},
      {"joint.tsv_aspect", &samples::stack3d, [](Design& d) { d.dies[0].tsvs[0].vias.diameter = 2 * um; },
       "dies.lower.tsv.core", Verdict::fail, 25},
      {"stackup.via_aspect", &samples::sip, [](Design& d) { d.substrate->vias[0].vias.diameter = 10 * um; },
       "substrate.thermal", Verdict::warn, 13},
      {"stackup.escape", &fine_substrate, [](Design& d) { d.substrate->line = d.substrate->space = 25 * um; },
       "dies.lower.joint", Verdict::warn, 65},
      {"die.in_body", &samples::sip, [](Design& d) { die_named(d, "soc").size.x = 62 * mm; }, "dies.soc",
       Verdict::fail, 62},
      {"die.thickness", &samples::sip, [](Design& d) { die_named(d, "rf").thickness = 5 * um; }, "dies.rf",
       Verdict::fail, 5},
      {"die.aspect", &samples::sip,
       [](Design& d) {
         die_named(d, "rf").size = {0.2 * mm, 2.4 * mm};
       },
       "dies.rf", Verdict::warn, 12},
      {"die.slenderness", &samples::interposer,
       [](Design& d) { die_named(d, "interposer").thickness = 50 * um; }, "dies.interposer", Verdict::warn,
       600},
      {"units.built", &samples::interposer, [](Design& d) { d.lid->thickness = 12 * mm; }, "lid",
       Verdict::warn, 12},
      {"power.inside_part", &samples::sip,
       [](Design& d) { die_named(d, "soc").power.blocks[1].rects[0].x1 = 6.3 * mm; }, "dies.soc.cpu",
       Verdict::fail, 100},
      {"power.accounted", &samples::sip,
       [](Design& d) { die_named(d, "soc").power.trace->blocks[0] = "cpu7"; }, "dies.soc", Verdict::fail,
       0.4},
      {"power.some", &samples::sip, [](Design& d) { die_named(d, "rf").power.uniform = 0; }, "dies.rf",
       Verdict::info, kNone},
      {"power.density", &samples::sip, [](Design& d) { die_named(d, "rf").power.uniform = 250; }, "dies.rf",
       Verdict::fail, 250 / 0.0324},
      {"power.blocks_apart", &samples::sip,
       [](Design& d) { die_named(d, "soc").power.blocks[1].rects[0].x0 = 2.0 * mm; }, "dies.soc.cpu",
       Verdict::warn, kNone},
  };
}

std::vector<Finding> of_rule(const Design& d, const std::string& rule) {
  std::vector<Finding> out;
  for (Finding& f : check(d, assemble(d))) {
    if (f.rule == rule) out.push_back(std::move(f));
  }
  return out;
}

std::string told(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings)
    text += std::string(to_text(f.verdict)) + " " + f.subject + ": " + f.why + "\n";
  return text;
}

class EachRule : public testing::TestWithParam<Broken> {};

TEST_P(EachRule, HoldsForASoundDesign) {
  const Broken& b = GetParam();
  const auto findings = of_rule(b.sound(), b.rule);
  ASSERT_EQ(findings.size(), 1u) << told(findings);
  EXPECT_EQ(findings[0].verdict, Verdict::pass) << told(findings);
  EXPECT_FALSE(findings[0].why.empty());
  EXPECT_TRUE(findings[0].mend.empty());
}

TEST_P(EachRule, IsBrokenByASpoiledOne) {
  const Broken& b = GetParam();
  Design d = b.sound();
  b.spoil(d);
  const auto findings = of_rule(d, b.rule);
  const Finding* hit = nullptr;
  for (const Finding& f : findings) {
    if (f.subject == b.subject && f.verdict == b.verdict && !hit) hit = &f;
  }
  ASSERT_NE(hit, nullptr) << told(findings);
  EXPECT_FALSE(hit->why.empty());
  EXPECT_FALSE(hit->mend.empty());
  EXPECT_FALSE(hit->source.empty());
  if (!std::isnan(b.value)) {
    ASSERT_TRUE(hit->value.has_value());
    EXPECT_NEAR(*hit->value, b.value, 1e-6 * (1 + std::abs(b.value)));
    EXPECT_NE(b.verdict == Verdict::fail && *hit->margin > 0, true);
  }
}

TEST(EveryRule, IsTestedHere) {
  std::set<std::string> tested, listed;
  for (const Broken& b : broken_designs()) tested.insert(b.rule);
  for (const Rule& r : all_rules()) listed.insert(r.id);
  EXPECT_EQ(tested, listed);
}

INSTANTIATE_TEST_SUITE_P(Book, EachRule, testing::ValuesIn(broken_designs()), [](const auto& broken) {
  std::string name = broken.param.rule;
  for (char& c : name) {
    if (c == '.') c = '_';
  }
  return name;
});

}  // namespace
}  // namespace bondline::rules
