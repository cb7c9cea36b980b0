#include <gtest/gtest.h>

#include "blocks.h"

namespace bondline {
namespace {

using namespace test;
using package::Verdict;

thermal::SteadyResult result_at(double max_K, double error_K) {
  thermal::SteadyResult r;
  thermal::PartTemperature t;
  t.path = "dies.soc";
  t.max_K = max_K;
  t.min_K = max_K - 8;
  t.mean_K = max_K - 4;
  t.error_K = error_K;
  t.power_W = 3;
  r.dies = {t};
  r.heat_in_W = r.heat_out_W = 3;
  r.paths = {{"heat_sink", 2.1}, {"board bottom", 0.9}};
  thermal::Mend mend;
  mend.subject = "dies.soc";
  mend.text = "raise k of TIM-1 from 3 to 5 W/(m K): -4.1 K";
  r.mends = {mend};
  return r;
}

Design limited(double limit_K) {
  Design d;
  package::Die die;
  die.name = "soc";
  die.limit.junction = limit_K;
  d.dies = {die};
  return d;
}

const package::Finding& junction(const std::vector<package::Finding>& all) {
  for (const auto& f : all)
    if (f.rule == "thermal.junction") return f;
  throw std::runtime_error("no junction finding");
}

TEST(ThermalFindings, ATemperatureAboveAllMeltingPointsIsNotSignedOff) {
  EXPECT_NE(package::worst(thermal::findings(Design(), result_at(1100, 1))), Verdict::unknown);
  const auto all = thermal::findings(Design(), result_at(2.8e5, 1));
  EXPECT_EQ(package::worst(all), Verdict::unknown);
  EXPECT_EQ(all.back().rule, "thermal.plausible");
  EXPECT_EQ(all.back().subject, "dies.soc");
}

TEST(ThermalFindings, OverTheLimitFailsWithNegativeMarginAndAMend) {
  const auto all = thermal::findings(limited(378.15), result_at(385.15, 0.1));
  const auto& f = junction(all);
  EXPECT_EQ(f.verdict, Verdict::fail);
  EXPECT_EQ(f.unit, "degC");
  EXPECT_NEAR(*f.margin, -7, 1e-9);
  EXPECT_NEAR(*f.value, 112, 1e-9);
  EXPECT_NEAR(*f.limit, 105, 1e-9);
  EXPECT_NE(f.mend.find("TIM-1"), std::string::npos);
  EXPECT_NE(f.why.find("70 % of the heat leaves through the heat sink"), std::string::npos) << f.why;
}

TEST(ThermalFindings, AMarginBelowTheGridsErrorIsAWarning) {
  EXPECT_EQ(junction(thermal::findings(limited(378.15), result_at(378.0, 0.5))).verdict, Verdict::warn);
  EXPECT_EQ(junction(thermal::findings(limited(378.15), result_at(377.0, 0.5))).verdict, Verdict::pass);
}

TEST(ThermalFindings, NoLimitIsInfoAndTheHeatPathsAreTold) {
  Design d = limited(378.15);
  d.dies[0].limit.junction.reset();
  const auto all = thermal::findings(d, result_at(385.15, 0.1));
  EXPECT_EQ(junction(all).verdict, Verdict::info);
  bool told = false;
  for (const auto& f : all)
    told = told || (f.rule == "thermal.heat_path" && f.why.find("2.1 W (70 %)") != std::string::npos);
  EXPECT_TRUE(told);
}

TEST(ThermalFindings, GradientIsHottestLessColdest) {
  Design d = limited(400);
  d.dies[0].limit.gradient = 5;
  for (const auto& f : thermal::findings(d, result_at(385.15, 0.1)))
    if (f.rule == "thermal.gradient") {
      EXPECT_EQ(f.verdict, Verdict::fail);
      EXPECT_NEAR(*f.value, 8, 1e-9);
    }
}

}  // namespace
}  // namespace bondline
