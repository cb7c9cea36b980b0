#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "design/signoff/fill_handoff.h"
#include "sample.h"

namespace bondline::signoff {
namespace {

handoff::Handoff handoff_of(const std::string& text, const SignOff& result = {}) {
  const auto design = load(text);
  return make_handoff(design, package::assemble(design), result, "bondline test");
}

const handoff::Region* region(const handoff::Handoff& h, const std::string& name) {
  for (const auto& r : h.regions) {
    if (r.name == name) return &r;
  }
  return nullptr;
}

std::size_t count(const handoff::Handoff& h, const std::string& prefix) {
  return std::size_t(std::count_if(h.golden.begin(), h.golden.end(),
                                   [&](const auto& g) { return g.name.rfind(prefix, 0) == 0; }));
}

TEST(SignOffHandoff, LimitsComeFromTheDesignInKelvin) {
  SignOff result;
  thermal::PartTemperature soc;
  soc.path = "dies.soc", soc.max_K = 358.15;
  result.thermal.dies = {soc};
  const auto h = handoff_of(package_text(), result);
  ASSERT_EQ(h.limits.size(), 2u);
  EXPECT_EQ(h.limits[0].tag, "soc.junction");
  EXPECT_EQ(h.limits[0].unit, "K");
  EXPECT_NEAR(*h.limits[0].high_alarm, 378.15, 1e-9);
  EXPECT_NEAR(*h.limits[0].high_warn, 368.15, 1e-9);  // half way from 85 to 105 degC
  EXPECT_FALSE(h.limits[1].high_warn);                // nothing predicted for dram
  EXPECT_EQ(h.tags, (std::vector<std::string>{"soc.junction", "dram.junction"}));
}

TEST(SignOffHandoff, RegionsStandWhereTheirPartsStand) {
  const auto h = handoff_of(package_text());
  const auto* soc = region(h, "soc");
  ASSERT_NE(soc, nullptr);
  EXPECT_EQ(soc->kind, "die");
  EXPECT_EQ(soc->side, "top");
  EXPECT_NEAR(soc->x, -2e-3, 1e-12);
  EXPECT_NEAR(soc->width, 4e-3, 1e-12);
  // Substrate 15 + 100 + 15 um, standoff 45 um, die 150 um.
  EXPECT_NEAR(soc->z, 325e-6, 1e-9);
  EXPECT_EQ(soc->nets, std::vector<std::string>{"DQ0"});
  ASSERT_NE(region(h, "mold"), nullptr);
  const auto* balls = region(h, "balls");
  ASSERT_NE(balls, nullptr);
  EXPECT_EQ(balls->side, "bottom");
}

TEST(SignOffHandoff, GoldenFeaturesAreTheBallsAndBumpsOnTheirPitch) {
  const auto h = handoff_of(package_text());
  // As many balls of 0.28 mm at 0.5 mm as fit 10 x 8 mm with their whole diameter: 20 x 16.
  EXPECT_EQ(count(h, "ball."), 320u);
  // 65 um at 130 um on 4 x 4 mm: floor((4000 - 65) / 130) + 1 = 31 in a row.
  EXPECT_EQ(count(h, "soc.bump."), 961u);
  for (const auto& g : h.golden) {
    if (g.kind != "ball") continue;
    EXPECT_NEAR(g.diameter, 0.28e-3, 1e-12);
    EXPECT_NEAR(g.height, 0.20e-3, 1e-12);
    EXPECT_LE(std::abs(g.x) + 0.14e-3, 5e-3 + 1e-9);
    EXPECT_LE(std::abs(g.y) + 0.14e-3, 4e-3 + 1e-9);
  }
  EXPECT_NEAR(h.golden[1].x - h.golden[0].x + h.golden[1].y - h.golden[0].y, 0.5e-3, 1e-9);
}

TEST(SignOffHandoff, CanBeWrittenAndRead) {
  base::Diagnostics problems;
  const std::string text = handoff::write([] {
    SignOff result;
    result.verdict = package::Verdict::pass;
    return handoff_of(package_text(), result);
  }());
  EXPECT_TRUE(handoff::read(text, "handoff.json", problems)) << base::Error(problems).what();
}

TEST(SignOffHandoff, DisciplinesNotYetThereLeaveTheirSectionsEmpty) {
  const auto h = handoff_of(package_text());
  EXPECT_TRUE(h.models.empty());
  EXPECT_TRUE(h.life.empty());
  EXPECT_TRUE(h.tests.empty());
}

}  // namespace
}  // namespace bondline::signoff
