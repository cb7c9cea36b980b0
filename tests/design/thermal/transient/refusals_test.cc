// Bad input is refused in words, never computed.
#include <gtest/gtest.h>

#include "time_blocks.h"

namespace bondline::test {
namespace {

Design good() {
  return plate(0.004, 0.004, 0.5e-3, 100, 1.6e6, 1000, 1);
}

std::string refusal(const Design& d, thermal::TransientOptions o) {
  try {
    run_in_time(d, o);
  } catch (const base::Error& e) {
    return e.what();
  }
  return "";
}

thermal::TransientOptions span(double until, double dt) {
  thermal::TransientOptions o;
  o.until = until;
  o.dt = dt;
  o.cells = 1000;
  return o;
}

TEST(TransientRefusals, SpansOfTimeThatAreNone) {
  const double nan = std::nan("");
  EXPECT_NE(refusal(good(), span(1, 0)).find("--dt"), std::string::npos);
  EXPECT_NE(refusal(good(), span(1, -1)).find("--dt"), std::string::npos);
  EXPECT_NE(refusal(good(), span(1, nan)).find("--dt"), std::string::npos);
  EXPECT_NE(refusal(good(), span(0, 1)).find("--until"), std::string::npos);
  EXPECT_NE(refusal(good(), span(nan, 1)).find("--until"), std::string::npos);
  EXPECT_NE(refusal(good(), span(INFINITY, 1)).find("--until"), std::string::npos);
  EXPECT_NE(refusal(good(), span(1, 2)).find("longer"), std::string::npos);
  EXPECT_NE(refusal(good(), span(1, 1e-9)).find("results"), std::string::npos);
  EXPECT_NE(refusal(good(), at_times({0.1, 0.1})).find("time"), std::string::npos);
  EXPECT_NE(refusal(good(), at_times({-1, 0.1})).find("time"), std::string::npos);
  EXPECT_EQ(refusal(good(), span(1, 0.5)), "");
}

TEST(TransientRefusals, MaterialWithoutHeatCapacityIsNamed) {
  Design d = good();
  for (auto& m : d.materials.materials) m.values[std::size_t(package::Property::specific_heat)].reset();
  const std::string text = refusal(d, span(1, 0.5));
  EXPECT_NE(text.find("\"stuff\""), std::string::npos) << text;
  EXPECT_NE(text.find("specific heat"), std::string::npos) << text;
  EXPECT_NE(text.find("materials:"), std::string::npos) << text;
}

TEST(TransientRefusals, TraceOfNotANumberAndOfNoInterval) {
  Design d = good();
  d.block->layers[0].power.trace = trace(0.1, {""}, {{1}, {std::nan("")}});
  EXPECT_NE(refusal(d, span(1, 0.5)).find("trace"), std::string::npos);
  d.block->layers[0].power.trace = trace(0, {""}, {{1}, {2}});
  EXPECT_NE(refusal(d, span(1, 0.5)).find("interval"), std::string::npos);
  d.block->layers[0].power.trace = trace(1e-9, {""}, {{1}, {2}});
  EXPECT_NE(refusal(d, span(1, 0.5)).find("samples"), std::string::npos);
}

TEST(TransientRefusals, OptionsOutOfRange) {
  auto o = span(1, 0.5);
  o.tolerance = 0;
  EXPECT_NE(refusal(good(), o).find("tolerance"), std::string::npos);
  o = span(1, 0.5);
  o.initial = thermal::Initial::temperature;
  EXPECT_NE(refusal(good(), o).find("initial"), std::string::npos);
  o = span(1, 0.5);
  o.cells = 0;
  EXPECT_NE(refusal(good(), o).find("cells"), std::string::npos);
}

TEST(TransientRefusals, WorkloadsOfDifferentPackages) {
  const Design a = good();
  Design b = good();
  b.block->layers[0].thickness *= 2;
  base::Pool pool(1);
  EXPECT_THROW(thermal::transient_many({&a, &b}, span(1, 0.5), pool), base::Error);
}

}  // namespace
}  // namespace bondline::test
