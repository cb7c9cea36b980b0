// Adjoint derivatives against differences of whole solves.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "blocks.h"

namespace bondline {
namespace {

using namespace test;

Design stack(package::HeatPlace place) {
  Design d = plain(6e-3, 5e-3);
  add_material(d, material("cu", 380));
  add_material(d, material("glue", 1.5));
  add_material(d, material("si", 120));
  auto die = layer("die", "si", 250e-6);
  die.power.blocks = {block("hot", {1e-3, 1e-3, 3e-3, 2.5e-3}, 6)};
  die.power.place = place;
  die.limit = 310;
  auto glue = layer("glue", "glue", 40e-6);
  glue.contact_below = 3e-6;
  d.block->layers = {layer("base", "cu", 0.8e-3), glue, die};
  d.environment.films = {film(Face::bottom, 8e3, 300), film(Face::top, 500, 300), film(Face::east, 900, 300)};
  return d;
}

/// The same grid for both sides: no error estimate, no refinement from the changed numbers.
thermal::SteadyResult solve(const Design& d) {
  auto o = volumes(30e3);
  o.sensitivities = true;
  o.relative_residual = 1e-11;
  return run(d, o);
}

double peak(const Design& d) {
  return find_part(solve(d).blocks, "block.die")->max_K;
}

double slope(const thermal::SteadyResult& r, const std::string& parameter) {
  for (const auto& s : r.sensitivities)
    if (s.subject == "block.die" && s.parameter == parameter) return s.dT_dp;
  return std::nan("");
}

struct Case {
  const char* parameter;
  double value;
  std::function<void(Design&, double)> set;
};

void set_k(Design& d, const std::string& name, double k) {
  for (auto& m : d.materials.materials)
    if (m.name == name) m = material(name, k);
}

class Adjoint : public testing::TestWithParam<package::HeatPlace> {};

TEST_P(Adjoint, DerivativesMatchDifferencesOfSolves) {
  const Design d = stack(GetParam());
  const auto r = solve(d);
  const std::vector<Case> cases = {
      {"materials.si.k", 120, [](Design& x, double v) { set_k(x, "si", v); }},
      {"materials.glue.k", 1.5, [](Design& x, double v) { set_k(x, "glue", v); }},
      {"materials.cu.k", 380, [](Design& x, double v) { set_k(x, "cu", v); }},
      {"environment.bottom.h", 8e3, [](Design& x, double v) { x.environment.films[0].h = v; }},
      {"environment.top.h", 500, [](Design& x, double v) { x.environment.films[1].h = v; }},
      {"environment.east.h", 900, [](Design& x, double v) { x.environment.films[2].h = v; }},
      {"block.glue.contact_resistance", 3e-6,
       [](Design& x, double v) { x.block->layers[1].contact_below = v; }},
  };
  for (const Case& c : cases) {
    const double e = 1e-3;
    Design up = d, down = d;
    c.set(up, c.value * (1 + e));
    c.set(down, c.value * (1 - e));
    const double difference = (peak(up) - peak(down)) / (2 * e * c.value);
    EXPECT_NEAR(slope(r, c.parameter), difference, 1e-4 * std::abs(difference) + 1e-9) << c.parameter;
  }
  EXPECT_NEAR(slope(r, "environment.ambient"), 1, 1e-7);
}

TEST_P(Adjoint, ThicknessOfAFullLayerMatchesAStretchedGrid) {
  const Design d = stack(GetParam());
  const auto r = solve(d);
  const double e = 1e-3;
  for (const std::size_t l : {0u, 1u}) {
    Design up = d, down = d;
    up.block->layers[l].thickness *= 1 + e;
    down.block->layers[l].thickness *= 1 - e;
    const double t = d.block->layers[l].thickness;
    const double difference = (peak(up) - peak(down)) / (2 * e * t);
    EXPECT_NEAR(slope(r, "block." + d.block->layers[l].name + ".thickness"), difference,
                2e-3 * std::abs(difference));
  }
}

INSTANTIATE_TEST_SUITE_P(Places, Adjoint,
                         testing::Values(package::HeatPlace::volume, package::HeatPlace::top_face,
                                         package::HeatPlace::bottom_face));

TEST(AdjointOfTwoBlocks, StepsOfHeatDensityAreDifferentiatedToo) {
  Design d = stack(package::HeatPlace::volume);
  d.block->layers[2].power.blocks.push_back(block("warm", {3.3e-3, 2.2e-3, 5.1e-3, 4.4e-3}, 2));
  const auto r = solve(d);
  const double e = 1e-3;
  Design up = d, down = d;
  set_k(up, "si", 120 * (1 + e));
  set_k(down, "si", 120 * (1 - e));
  const double difference = (peak(up) - peak(down)) / (2 * e * 120);
  EXPECT_NEAR(slope(r, "materials.si.k"), difference, 1e-4 * std::abs(difference));
}

}  // namespace
}  // namespace bondline
