// What cannot be solved is refused in words that say where and how to mend it.
#include <gtest/gtest.h>

#include <cmath>

#include "blocks.h"

namespace bondline {
namespace {

using namespace test;

Design one_layer() {
  Design d = plain(2e-3, 2e-3);
  add_material(d, material("a", 100));
  auto l = layer("a", "a", 1e-3);
  l.power.uniform = 1;
  d.block->layers = {l};
  d.environment.films = {film(Face::top, 100, 300)};
  return d;
}

std::string refusal(const Design& d, const thermal::SteadyOptions& options) {
  try {
    run(d, options);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}
std::string refusal(const Design& d) {
  auto o = volumes(1000);
  o.path = thermal::Path::automatic;
  return refusal(d, o);
}

TEST(SteadyRefusals, AllAdiabaticHasNoSteadyTemperature) {
  Design d = one_layer();
  d.environment.films.clear();
  EXPECT_NE(refusal(d).find("no outer surface is cooled"), std::string::npos);
  d.environment.films = {film(Face::top, 0, 300), film(Face::bottom, 0, 300)};
  EXPECT_NE(refusal(d).find("film coefficient above zero"), std::string::npos);
}

TEST(SteadyRefusals, NegativeOrNaNFilm) {
  Design d = one_layer();
  d.environment.films[0].h = -5;
  EXPECT_NE(refusal(d).find("h = -5"), std::string::npos);
  d.environment.films[0].h = std::nan("");
  EXPECT_NE(refusal(d), "");
}

TEST(SteadyRefusals, PowerInTheVoidNamesTheSourceAndTheShare) {
  Design d = one_layer();
  package::Assembly a = package::assemble(d);
  a.sources[0].footprint.at = {0.8e-3, 0};
  base::Pool pool(1);
  try {
    thermal::steady(d, a, volumes(1000), pool);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("40 % of the 1 W"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("block.a"), std::string::npos);
  }
  // A smaller second layer leaves void beside it.
  auto top = layer("b", "a", 1e-3);
  top.size = {1e-3, 1e-3};
  top.power.uniform = 2;
  d.block->layers.push_back(top);
  a = package::assemble(d);
  for (auto& s : a.sources)
    if (s.path == "block.b") s.footprint.at = {0.4e-3, 0};
  try {
    thermal::steady(d, a, volumes(1000), pool);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("in the void"), std::string::npos);
  }
}

TEST(SteadyRefusals, PowerThatIsNotANumber) {
  Design d = one_layer();
  d.block->layers[0].power.uniform = std::nan("");
  EXPECT_NE(refusal(d), "");
}

TEST(SteadyRefusals, AFloatingPartIsNamed) {
  Design d = one_layer();
  package::Assembly a = package::assemble(d);
  package::Solid ghost = a.solids[0];
  ghost.path = "block.ghost";
  ghost.part = "ghost";
  ghost.z0 = 2e-3;
  ghost.z1 = 3e-3;
  a.solids.push_back(ghost);
  a.z_max = 3e-3;
  d.environment.films[0].part = "a";
  base::Pool pool(1);
  try {
    thermal::steady(d, a, volumes(2000), pool);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("block.ghost"), std::string::npos) << error.what();
  }
}

TEST(SteadyRefusals, ABillionCellsAreRefusedWithTheForecastBeforeAnythingIsBuilt) {
  auto o = volumes(1e9);
  o.max_bytes = 8e9;
  const std::string text = refusal(one_layer(), o);
  EXPECT_NE(text.find("cells would need"), std::string::npos) << text;
  EXPECT_NE(text.find("8 GB"), std::string::npos) << text;
  auto series = o;
  series.path = thermal::Path::automatic;  // needs no grid, but what was asked for cannot be done
  EXPECT_NE(refusal(ref4l(), series).find("1e+09 cells would need"), std::string::npos);
}

TEST(SteadyRefusals, AMaterialWithoutConductivityIsNamed) {
  Design d = one_layer();
  d.materials.materials[0].values = {};
  EXPECT_NE(refusal(d).find("\"a\""), std::string::npos);
}

TEST(SteadyRefusals, TheSpectralPathSaysWhyItDoesNotApply) {
  Design d = one_layer();
  d.environment.films.push_back(film(Face::west, 10, 300));
  auto o = volumes(1000);
  o.path = thermal::Path::spectral;
  EXPECT_NE(refusal(d, o).find("its sides are cooled"), std::string::npos);
}

}  // namespace
}  // namespace bondline
