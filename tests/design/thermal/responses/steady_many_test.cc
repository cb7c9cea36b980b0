#include <gtest/gtest.h>

#include <random>

#include "../../sample_designs.h"
#include "../blocks.h"
#include "design/thermal/responses/responses.h"

namespace bondline::test {
namespace {

thermal::SteadyOptions plainly(double cells) {
  thermal::SteadyOptions o;
  o.cells = cells;
  o.path = thermal::Path::finite_volume;
  o.estimate_error = o.sensitivities = false;
  return o;
}
thermal::ResponseOptions many(double cells) {
  thermal::ResponseOptions o;
  o.cells = cells;
  return o;
}

/// One map by itself: all sources keep one ratio, so that its own right-hand side is solved for.
thermal::MapTemperatures alone(const Design& d, const thermal::PowerMap& map, double cells,
                               base::Pool& pool) {
  const auto result = thermal::steady_many(d, package::assemble(d), {map}, many(cells), pool);
  EXPECT_LE(result.solves, 2);  // and the ambients
  return result.maps.at(0);
}

void expect_same(const std::vector<thermal::PartTemperature>& a,
                 const std::vector<thermal::PartTemperature>& b, double within, const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t n = 0; n < a.size(); ++n) {
    EXPECT_EQ(a[n].path, b[n].path);
    EXPECT_NEAR(a[n].max_K, b[n].max_K, within) << what << " " << a[n].path;
    EXPECT_NEAR(a[n].mean_K, b[n].mean_K, within) << what << " " << a[n].path;
  }
}

Design sip() {
  Design d = samples::sip();
  d.dies[0].power.trace.reset();
  return d;
}

std::vector<thermal::PowerMap> random_maps(int count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<thermal::PowerMap> maps;
  for (int m = 0; m < count; ++m) {
    thermal::PowerMap map{"map " + std::to_string(m), {}};
    for (const char* name : {"soc.npu", "soc.cpu", "rf"})
      map.watts[name] = 2 * double(random() >> 11) * 0x1p-53;
    maps.push_back(map);
  }
  return maps;
}

TEST(SteadyMany, GivesWhatEachMapGivesAloneFromOneSolvePerVaryingSource) {
  base::Pool pool(2);
  const Design d = sip();
  const auto maps = random_maps(12, 1);
  const double cells = 20e3;
  const auto result = thermal::steady_many(d, package::assemble(d), maps, many(cells), pool);
  ASSERT_EQ(result.maps.size(), maps.size());
  EXPECT_EQ(result.spanned_by, "sources");
  EXPECT_EQ(result.solves, 4);  // three that vary, and all others together
  for (std::size_t m = 0; m < maps.size(); m += 4) {
    const auto one = alone(d, maps[m], cells, pool);
    expect_same(result.maps[m].dies, one.dies, 1e-5, maps[m].name);
    expect_same(result.maps[m].blocks, one.blocks, 1e-5, maps[m].name);
    EXPECT_NEAR(result.maps[m].heat_in_W, one.heat_in_W, 1e-12 * one.heat_in_W);
    EXPECT_LT(result.maps[m].balance, 1e-7);
    for (std::size_t p = 0; p < one.dies.size(); ++p)
      EXPECT_NEAR(result.maps[m].dies[p].power_W, one.dies[p].power_W, 1e-12);
  }
}

TEST(SteadyMany, GivesEveryMapOfManyIndependentSourcesWhatItGivesAlone) {
  base::Pool pool(2);
  Design d = sip();
  package::Die& soc = d.dies[0];
  soc.power = {};
  for (int q = 0; q < 16; ++q) {
    const double w = soc.size.x / 4, h = soc.size.y / 4, x = q % 4 * w, y = q / 4 * h;
    package::FloorplanBlock tile;
    tile.name = "t" + std::to_string(q);
    tile.rects = {{x, y, x + w, y + h}};
    tile.power = 0.1;
    soc.power.blocks.push_back(tile);
  }
  std::mt19937_64 random(9);
  std::vector<thermal::PowerMap> maps;
  for (int m = 0; m < 18; ++m) {
    thermal::PowerMap& map = maps.emplace_back();
    map.name = std::to_string(m);
    for (int q = 0; q < 16; ++q)
      map.watts["soc.t" + std::to_string(q)] = m % 3 == 0 && q % 5 ? 0 : double(random() >> 11) * 0x1p-53;
  }
  const auto result = thermal::steady_many(d, package::assemble(d), maps, many(15e3), pool);
  EXPECT_EQ(result.spanned_by, "sources");
  EXPECT_EQ(result.solves, 17);  // sixteen at once, and the sources that keep their power
  for (std::size_t m = 0; m < maps.size(); ++m) {
    const auto one = alone(d, maps[m], 15e3, pool);
    expect_same(result.maps[m].dies, one.dies, 1e-5, maps[m].name);
    expect_same(result.maps[m].blocks, one.blocks, 1e-5, maps[m].name);
    EXPECT_NEAR(result.maps[m].heat_in_W, one.heat_in_W, 1e-12 * one.heat_in_W);
    EXPECT_LT(result.maps[m].balance, 1e-7);
  }
}

TEST(SteadyMany, GivesWhatSteadyGivesForTheDesignsOwnPowers) {
  base::Pool pool(2);
  const Design d = sip();
  const auto assembly = package::assemble(d);
  const double cells = 20e3;
  const auto whole = thermal::steady(d, assembly, plainly(cells), pool);
  // The third map is the design's own; the others make it one of many.
  auto maps = random_maps(7, 5);
  maps[2].watts.clear();
  const auto result = thermal::steady_many(d, assembly, maps, many(cells), pool);
  ASSERT_EQ(result.cells, whole.cells);
  EXPECT_EQ(result.solves, 4);
  expect_same(result.maps[2].dies, whole.dies, 1e-5, "designed");
  expect_same(result.maps[2].blocks, whole.blocks, 1e-5, "designed");
}

TEST(SteadyMany, SolvesForTheMapsWhereTheyAreFewer) {
  base::Pool pool(2);
  const Design d = sip();
  const auto maps = random_maps(2, 2);
  const auto result = thermal::steady_many(d, package::assemble(d), maps, many(20e3), pool);
  EXPECT_EQ(result.spanned_by, "maps");
  EXPECT_EQ(result.solves, 2);
  for (std::size_t m = 0; m < maps.size(); ++m) {
    const auto one = alone(d, maps[m], 20e3, pool);
    expect_same(result.maps[m].dies, one.dies, 1e-5, maps[m].name);
  }
}

TEST(SteadyMany, KeepsAmbientsThatDiffer) {
  base::Pool pool(1);
  Design d = sip();
  d.environment.films[0].ambient = 340;
  const auto maps = random_maps(6, 3);
  const auto result = thermal::steady_many(d, package::assemble(d), maps, many(15e3), pool);
  EXPECT_EQ(result.solves, 5);  // and one for the ambients
  expect_same(result.maps[5].dies, alone(d, maps[5], 15e3, pool).dies, 1e-5, "ambients");
}

TEST(SteadyMany, ClosesEveryMapsOwnLeakageLoopAndNamesTheOneThatRunsAway) {
  base::Pool pool(1);
  Design d = sip();
  package::Leakage leak;
  leak.power = 0.05, leak.at = 330, leak.doubles_every = 40;
  d.dies[0].power.leakage = leak;
  auto maps = random_maps(8, 4);
  for (auto& map : maps)
    for (auto& [name, watts] : map.watts) watts *= 0.1;
  const auto result = thermal::steady_many(d, package::assemble(d), maps, many(15e3), pool);
  for (const std::size_t m : {0u, 5u}) {
    const auto& soc = result.maps[m].dies[0];
    // The law at the mean it led to is the power it took.
    double listed = 0;
    for (const auto& [name, watts] : maps[m].watts)
      if (name.rfind("soc.", 0) == 0) listed += watts;
    const double leaked = soc.power_W - listed - d.dies[0].power.uniform;
    EXPECT_NEAR(leaked, leak.power * std::exp2((soc.mean_K - leak.at) / leak.doubles_every), 1e-8 * leaked);
  }
  maps[3].watts["soc.npu"] = 400;
  try {
    thermal::steady_many(d, package::assemble(d), maps, many(15e3), pool);
    FAIL() << "a runaway was not refused";
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("map 3"), std::string::npos) << e.what();
  }
}

TEST(SteadyMany, RefusesNamesThatAreNoSource) {
  base::Pool pool(1);
  const Design d = sip();
  EXPECT_THROW(thermal::steady_many(d, package::assemble(d), {{"a", {{"gpu", 1}}}}, many(5e3), pool),
               base::Error);
  EXPECT_THROW(thermal::steady_many(d, package::assemble(d), {{"a", {{"rf", NAN}}}}, many(5e3), pool),
               base::Error);
}

}  // namespace
}  // namespace bondline::test
