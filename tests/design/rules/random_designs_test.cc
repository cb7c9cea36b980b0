// Dies thrown about at random: whatever the design, all power is placed, every number of every Finding is
// finite, and the overlap rule agrees with points sampled inside the dies.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "../sample_designs.h"
#include "design/rules/rules.h"

namespace bondline::rules {
namespace {

using namespace package;
using samples::mm;
using samples::um;

Design thrown_about(std::mt19937& rng) {
  Design d = samples::sip();
  std::uniform_real_distribution<double> at(-7 * mm, 7 * mm), angle(-3.2, 3.2), size(0.3 * mm, 6 * mm),
      thin(20 * um, 600 * um);
  std::bernoulli_distribution coin(0.3);
  for (Die& die : d.dies) {
    die.at = {at(rng), at(rng)};
    if (coin(rng)) die.rotation = angle(rng);
    if (coin(rng)) die.thickness = thin(rng);
    if (coin(rng)) die.attach.bumps.resolve = die.attach.bumps.pitch_x > 150 * um;
    if (coin(rng) && die.power.blocks.empty()) die.size = {size(rng), size(rng)};
    if (coin(rng)) die.side = Side::bottom;
    if (coin(rng)) die.facing = die.facing == Facing::up ? Facing::down : Facing::up;
    if (coin(rng)) die.attach.bumps.peripheral_rows = 2;
  }
  if (coin(rng)) d.mold_top.reset();
  if (coin(rng)) d.balls.reset();
  return d;
}

TEST(RandomDesigns, PlaceAllPowerAndAnswerFiniteNumbers) {
  std::mt19937 rng(11);
  for (int n = 0; n < 300; ++n) {
    const Design d = thrown_about(rng);
    const Assembly a = assemble(d);
    double placed = 0, asked = 0;
    for (const HeatSource& s : a.sources) placed += s.power;
    for (const Die& die : d.dies) asked += die.power.steady_total();
    EXPECT_NEAR(placed, asked, 1e-12);
    for (const Solid& s : a.solids) {
      EXPECT_LT(s.z0, s.z1) << s.path;
      EXPECT_TRUE(std::isfinite(s.fill.fraction) && s.fill.fraction >= 0 && s.fill.fraction <= 1) << s.path;
    }
    for (const Finding& f : check(d, a)) {
      EXPECT_TRUE(!f.value || std::isfinite(*f.value)) << f.rule;
      EXPECT_TRUE(!f.margin || std::isfinite(*f.margin)) << f.rule;
      EXPECT_EQ(f.verdict == Verdict::pass, f.mend.empty()) << f.rule << ": " << f.why;
    }
  }
}

TEST(RandomDesigns, OverlapRuleAgreesWithSampledPoints) {
  std::mt19937 rng(12);
  std::uniform_real_distribution<double> unit(-0.5, 0.5);
  int overlapping = 0, clear = 0;
  for (int n = 0; n < 200; ++n) {
    const Design d = thrown_about(rng);
    const Assembly a = assemble(d);
    std::vector<const Solid*> dies;
    for (const Solid& s : a.solids) {
      if (s.role == Role::die) dies.push_back(&s);
    }
    bool shared = false;
    for (const Solid* p : dies) {
      for (const Solid* q : dies) {
        if (p == q || std::min(p->z1, q->z1) - std::max(p->z0, q->z0) <= 1e-9) continue;
        for (int k = 0; k < 400 && !shared; ++k) {
          const Vec2 local = {unit(rng) * p->footprint.size.x, unit(rng) * p->footprint.size.y};
          shared = q->footprint.contains(p->footprint.to_body(local));
        }
      }
    }
    bool told = false;
    for (const Finding& f : check(d, a)) told |= f.rule == "geometry.overlap" && f.verdict == Verdict::fail;
    // Sampling may miss a sliver (then nothing is claimed), but what it finds the rule must tell.
    if (shared) {
      EXPECT_TRUE(told) << "design " << n;
      ++overlapping;
    } else if (!told) {
      ++clear;
    }
  }
  EXPECT_GT(overlapping, 20);
  EXPECT_GT(clear, 20);
}

}  // namespace
}  // namespace bondline::rules
