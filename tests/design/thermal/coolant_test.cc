// Channels and pins: exact answers, balance, limits, derivatives.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "blocks.h"
#include "design/thermal/coolant/channels_held.h"

namespace bondline {
namespace {

using namespace test;

constexpr double kHeat = 4.17e6;  // J/(m3 K) of the test's coolant

package::Channels channels(double flow, double h, int count) {
  package::Channels c;
  c.width = 100e-6;
  c.wall = 100e-6;
  c.count = count;
  c.first_wall = c.last_wall = 50e-6;
  c.coolant.heat_capacity = kHeat;
  c.flow = flow;
  c.inlet = 290;
  c.h_side = c.h_top = c.h_bottom = h;
  return c;
}

/// Two plates of 50 um around a cavity of 200 um, `count` channels of 100 um; `watts` on the lower plate.
Design cooled(const package::Channels& c, double watts, double length = 10e-3, double k = 130) {
  Design d = plain(c.count * 200e-6, length);
  add_material(d, material("si", k));
  auto lower = layer("lower", "si", 50e-6), cavity = layer("cavity", "si", 200e-6);
  lower.power.uniform = watts;
  cavity.channels = c;
  cavity.channels->height = 200e-6;
  d.block->layers = {lower, cavity, layer("upper", "si", 50e-6)};
  return d;
}

thermal::SteadyResult solve(const Design& d, double cells = 20e3) {
  auto o = volumes(cells);
  o.relative_residual = 1e-10;
  return run(d, o);
}

TEST(Coolant, RiseIsHeatOverCapacityRateAndNothingIsLost) {
  for (const auto model : {package::ChannelModel::resolved, package::ChannelModel::averaged}) {
    auto c = channels(2e-7, 2e4, 10);
    c.model = model;
    const auto r = solve(cooled(c, 3));
    ASSERT_EQ(r.coolants.size(), 1u);
    EXPECT_NEAR(r.coolants[0].rise_K, 3 / (2e-7 * kHeat), 1e-7);
    EXPECT_NEAR(r.coolants[0].heat_W, 3, 1e-8);
    EXPECT_LE(r.balance, 1e-8);
    EXPECT_NEAR(r.coolants[0].outlet_K, 290 + 3 / (2e-7 * kHeat), 1e-7);
  }
}

// Both plates heated alike make each wall cell send the same heat at every place but near the ends: with
// walls that conduct well across and less along, T = v + q / (h P), v = inlet + q y / C. What the walls
// resist (fin and plates: 0.4 % of the film's drop) and carry along stays within 0.03 K of 3.3 K.
TEST(Coolant, EvenHeatFollowsTheRiseOfTheCoolantByTheFilmsDrop) {
  const double h = 2e4, flow = 2e-7, watts = 4, length = 10e-3;
  Design d = cooled(channels(flow, h, 10), 0, length);
  d.materials = {};
  add_material(d, material("si", 5e3, 50, 5e3));
  d.block->layers[0].power.uniform = d.block->layers[2].power.uniform = watts / 2;
  auto o = volumes(20e3);
  for (const double y : {-4e-3, 0.0, 3e-3}) o.probes.push_back({0, y, 25e-6});
  const auto r = run(d, o);
  const double perimeter = 10 * 2 * (100e-6 + 200e-6), rate = flow * kHeat;
  for (std::size_t p = 0; p < 3; ++p) {
    const double y = o.probes[p].y + length / 2;
    EXPECT_NEAR(r.probes_K[p], 290 + watts * y / length / rate + watts / (h * perimeter * length), 0.03);
  }
}

TEST(Coolant, WallOfOneTemperatureIsApproachedExponentially) {
  // The plates are held at 350 K by films without end, walls conduct endlessly well.
  const double h = 1e4, flow = 1e-7;
  Design d = cooled(channels(flow, h, 5), 0, 10e-3, 1e7);
  d.environment.films = {film(Face::bottom, 1e9, 350), film(Face::top, 1e9, 350)};
  const auto r = solve(d);
  const double units = h * 5 * 2 * 300e-6 * 10e-3 / (flow * kHeat);
  EXPECT_NEAR(r.coolants[0].outlet_K, 350 - 60 * std::exp(-units), 2e-3);
}

TEST(Coolant, WithoutFlowTheFilmsOnlyJoinTheWalls) {
  // One dimension: heat through the lower plate, film, film, upper plate, film to the air; walls insulate.
  const double h = 2e3, out = 1e4, watts = 1;
  auto c = channels(1e-16, h, 5);
  c.model = package::ChannelModel::averaged;
  Design d = cooled(c, watts);
  add_material(d, material("wall", 1e-6));
  d.block->layers[1].material = "wall";
  d.block->layers[1].channels->h_side = 0.0;
  d.environment.films = {film(Face::top, out, 300)};
  const auto r = solve(d);
  const double area = 5 * 200e-6 * 10e-3;
  const double drop = watts / area * (1 / out + 50e-6 / 130 + 2 / (0.5 * h) + 50e-6 / 130 / 3);
  EXPECT_NEAR(find_part(r.blocks, "block.lower")->mean_K, 300 + drop, 0.01 * drop);
  EXPECT_NEAR(r.coolants[0].heat_W, 0, 1e-6);
}

TEST(Coolant, EndlessFlowIsAFilmAtTheInlet) {
  auto fast = channels(1e3, 2e4, 5);
  const auto r = solve(cooled(fast, 2));
  EXPECT_NEAR(r.coolants[0].rise_K, 0, 1e-6);
  EXPECT_NEAR(r.blocks[0].max_K - r.blocks[0].min_K, 0, 0.6);  // no place downstream is warmer
  EXPECT_NEAR(r.coolants[0].heat_W, 2, 1e-8);
}

TEST(Coolant, AveragedWallsAgreeWithResolvedOnes) {
  auto c = channels(3e-7, 2e4, 20);
  const auto resolved = solve(cooled(c, 8), 60e3);
  c.model = package::ChannelModel::averaged;
  const auto averaged = solve(cooled(c, 8), 60e3);
  const double rise = resolved.blocks[0].mean_K - 290;
  EXPECT_NEAR(averaged.blocks[0].mean_K - 290, rise, 0.02 * rise);
  EXPECT_NEAR(averaged.blocks[2].mean_K, resolved.blocks[2].mean_K, 0.02 * rise);
}

TEST(Coolant, FlowsTheWayItIsTold) {
  for (const Face to : {Face::north, Face::south, Face::east, Face::west}) {
    auto c = channels(1e-7, 2e4, 10);
    c.flow_to = to;
    Design d = cooled(c, 2, 2e-3);
    auto o = volumes(20e3);
    o.probes = {{0, -0.9e-3, 25e-6}, {0, 0.9e-3, 25e-6}, {-0.9e-3, 0, 25e-6}, {0.9e-3, 0, 25e-6}};
    const auto r = run(d, o);
    const double north = r.probes_K[1] - r.probes_K[0], east = r.probes_K[3] - r.probes_K[2];
    const double rise = 2 / (1e-7 * kHeat);
    // Silicon evens out some of the rise over 2 mm.
    const double along = to == Face::north   ? north
                         : to == Face::south ? -north
                         : to == Face::east  ? east
                                             : -east;
    const double across = to == Face::north || to == Face::south ? east : north;
    EXPECT_GT(along, 0.3 * rise);
    EXPECT_LT(along, rise);
    EXPECT_LT(std::abs(across), 0.02 * rise);
  }
}

TEST(Coolant, ErrorFallsWithTheSquareOfTheSpacing) {
  Design d = cooled(channels(1e-7, 2e4, 4), 0, 4e-3);
  d.block->layers[0].power.blocks = {block("hot", {0, 1e-3, 0.8e-3, 2e-3}, 1)};
  auto o = volumes(3e3);
  o.estimate_error = false;
  std::vector<double> t;
  for (const double cells : {4e3, 32e3, 256e3}) {
    o.cells = cells;
    t.push_back(find_part(run(d, o).blocks, "block.lower")->mean_K);
  }
  EXPECT_LT(std::abs(t[2] - t[1]), 0.5 * std::abs(t[1] - t[0]));
}

TEST(Coolant, CorrelatedFilmAndPressureOfWaterInASquareDuct) {
  auto c = channels(1e-7, 0, 10);
  c.coolant = {};
  c.coolant.name = "water";
  c.h_side = c.h_top = c.h_bottom = std::nullopt;
  Design d = cooled(c, 0.5);
  d.block->layers[1].thickness = 100e-6;
  d.block->layers[1].channels->height = 100e-6;
  const auto r = solve(d);
  const auto& w = r.coolants[0];
  EXPECT_NEAR(w.velocity_m_s, 1e-7 / (10 * 1e-8), 1e-9);
  EXPECT_GT(w.reynolds, 80);  // v D / nu = 1 x 1e-4 / 1e-6
  EXPECT_LT(w.reynolds, 130);
  EXPECT_GT(w.nusselt, 3.6);  // 3.61 developed (Shah and London 1978), a little more with the inlet
  EXPECT_LT(w.nusselt, 4.6);
  EXPECT_NEAR(w.pump_W, w.pressure_drop_Pa * 1e-7, 1e-12);
  EXPECT_GT(w.pressure_drop_Pa, 2 * 14.2 / w.reynolds * 1000 * 1e-2 / 1e-4);  // developed part alone
}

TEST(Coolant, WallAboveTheBoilingPointIsDoubted) {
  auto c = channels(2e-8, 2e4, 10);
  c.coolant.boiling = 330;
  const Design d = cooled(c, 4);
  const auto r = solve(d);
  bool warned = false;
  for (const auto& f : thermal::findings(d, r))
    if (f.rule == "thermal.coolant") warned = f.verdict == package::Verdict::warn && *f.margin < 0;
  EXPECT_TRUE(warned);
}

TEST(Coolant, PinsAndPerFootprintExchangeConserveHeat) {
  package::Channels pins;
  pins.pins = true;
  pins.diameter = 50e-6;
  pins.pitch = 100e-6;
  pins.velocity = 1;
  pins.inlet = 300;
  pins.coolant.name = "water";
  for (const bool per_base : {false, true}) {
    if (per_base) pins.base_top = pins.base_bottom = 5e4;
    Design d = plain(5e-3, 5e-3);
    add_material(d, material("si", 130));
    auto lower = layer("lower", "si", 50e-6), cavity = layer("cavity", "si", 100e-6);
    lower.power.uniform = 10;
    cavity.channels = pins;
    cavity.channels->height = 100e-6;
    d.block->layers = {lower, cavity, layer("upper", "si", 50e-6)};
    const auto r = solve(d);
    EXPECT_LE(r.balance, 1e-8);
    EXPECT_NEAR(r.coolants[0].heat_W, 10, 1e-7);
    EXPECT_GT(r.coolants[0].pressure_drop_Pa, 0);
  }
}

double slope(const thermal::SteadyResult& r, const std::string& parameter) {
  for (const auto& s : r.sensitivities)
    if (s.parameter == parameter) return s.dT_dp;
  return std::nan("");
}

TEST(Coolant, DerivativesMatchDifferencesOfSolves) {
  struct Case {
    const char* parameter;
    double value;
    std::function<void(Design&, double)> set;
  };
  const auto set_k = [](Design& d, const char* name, double k) {
    for (auto& m : d.materials.materials)
      if (m.name == name) m = material(name, k);
  };
  const std::vector<Case> cases = {
      {"block.cavity.channels.flow", 1e-7,
       [](Design& d, double v) { d.block->layers[1].channels->flow = v; }},
      {"block.cavity.channels.inlet", 290,
       [](Design& d, double v) { d.block->layers[1].channels->inlet = v; }},
      {"block.cavity.channels.h", 2e4,
       [](Design& d, double v) {
         auto& c = *d.block->layers[1].channels;
         c.h_side = c.h_top = c.h_bottom = v;
       }},
      {"materials.si.k", 130, [&](Design& d, double v) { set_k(d, "si", v); }},
      {"materials.wall.k", 60, [&](Design& d, double v) { set_k(d, "wall", v); }},
  };
  for (const auto model : {package::ChannelModel::resolved, package::ChannelModel::averaged}) {
    auto c = channels(1e-7, 2e4, 6);
    c.model = model;
    Design d = cooled(c, 0, 3e-3);
    add_material(d, material("wall", 60));
    d.block->layers[1].material = "wall";
    d.block->layers[0].power.blocks = {block("hot", {0, 1e-3, 0.8e-3, 2e-3}, 1)};
    d.block->layers[0].limit = 310;
    auto o = volumes(12e3);
    o.sensitivities = true;
    o.estimate_error = false;  // derivatives of the grid that is solved
    o.relative_residual = 1e-12;
    const auto r = run(d, o);
    o.sensitivities = false;
    const auto peak = [&](const Design& x) { return find_part(run(x, o).blocks, "block.lower")->max_K; };
    for (const Case& one : cases) {
      const auto central = [&](double e) {
        Design up = d, down = d;
        one.set(up, one.value * (1 + e));
        one.set(down, one.value * (1 - e));
        return (peak(up) - peak(down)) / (2 * e * one.value);
      };
      const double e = one.value == 290 ? 1e-3 : 1e-2;
      const double difference = (4 * central(e / 2) - central(e)) / 3;  // of fourth order
      EXPECT_NEAR(slope(r, one.parameter), difference, 1e-6 * std::abs(difference))
          << one.parameter << (model == package::ChannelModel::resolved ? " resolved" : " averaged");
    }
  }
}

TEST(Coolant, TooCoarseAGridForItsChannelsIsRefused) {
  auto o = volumes(300);
  o.estimate_error = false;
  auto c = channels(1e-7, 2e4, 60);
  c.model = package::ChannelModel::resolved;
  try {
    run(cooled(c, 1), o);
    FAIL() << "solved on a grid that cannot hold the channels";
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("too coarse"), std::string::npos) << e.what();
  }
}

TEST(Coolant, ChannelsLeftToTheProgramAreAveragedWhereTheGridCannotHoldThem) {
  auto o = volumes(300);
  o.estimate_error = false;
  Design d = cooled(channels(1e-7, 2e4, 60), 1), asked = d;
  const auto solve_held = [&](const Design& held) { return run(held, o); };
  std::vector<package::Finding> told;
  const auto r = thermal::with_channels_held(d, told, solve_held);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].rule, "thermal.coolant");
  EXPECT_EQ(told[0].verdict, package::Verdict::info);
  EXPECT_NE(told[0].why.find("60 channels"), std::string::npos) << told[0].why;
  ASSERT_EQ(r.coolants.size(), 1u);
  EXPECT_EQ(r.coolants[0].model, "averaged");
  EXPECT_NEAR(r.coolants[0].rise_K, 1 / (1e-7 * kHeat), 1e-6);
  asked.block->layers[1].channels->model = package::ChannelModel::resolved;  // by name: refused as before
  told.clear();
  EXPECT_THROW(thermal::with_channels_held(asked, told, solve_held), thermal::ChannelsNotHeld);
  EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace bondline
