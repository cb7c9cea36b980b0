// Streams carry heat off at once: a package with channels keeps its heat account and ends at its steady
// state.
#include <gtest/gtest.h>

#include "design/thermal/transient/impedance/impedance.h"
#include "time_blocks.h"

namespace bondline::test {
namespace {

using thermal::Path;

/// A slab heated below a layer of channels.
Design cooled(package::ChannelModel model) {
  package::Channels c;
  c.model = model;
  c.width = c.wall = 100e-6;
  c.count = 6;
  c.first_wall = c.last_wall = 50e-6;
  c.height = 200e-6;
  c.coolant.heat_capacity = 4.17e6;
  c.flow = 1.2e-7;
  c.inlet = 290;
  c.h_side = c.h_top = c.h_bottom = 2e4;
  Design d = plain(c.count * 200e-6, 6e-3);
  add_material(d, solid_material("si", 130, 1.63e6));
  auto lower = layer("lower", "si", 100e-6), cavity = layer("cavity", "si", 200e-6);
  lower.power.uniform = 2;
  cavity.channels = c;
  d.block->layers = {lower, cavity, layer("upper", "si", 50e-6)};
  return d;
}

TEST(CoolantInTime, EndsAtTheSteadyStateAndKeepsItsHeat) {
  for (const auto model : {package::ChannelModel::resolved, package::ChannelModel::averaged}) {
    const Design d = cooled(model);
    const auto r = run_in_time(d, at_times({0, 1e-3, 10}, Path::finite_volume, 3e3));
    const auto s = run(d, volumes(3e3, true));
    const auto* part = find_part(s.blocks, "block.lower");
    ASSERT_NE(part, nullptr);
    const auto& h = find_history(r, "block.lower");
    EXPECT_LT(h.mean_K[1], part->mean_K - 0.5);
    EXPECT_NEAR(h.mean_K[0], 290, 1e-6);  // the inlet's temperature, not the ambient's
    EXPECT_NEAR(h.mean_K[2], part->mean_K, 0.005 * (part->mean_K - 290));
    EXPECT_NEAR(h.max_K[2], part->max_K, 0.01 * (part->max_K - 290));
    EXPECT_LT(r.heat.balance, 1e-8);
  }
}

TEST(CoolantInTime, ImpedanceIsWhatStepsInTimeShow) {
  for (const auto model : {package::ChannelModel::resolved, package::ChannelModel::averaged}) {
    const Design d = cooled(model);
    auto o = at_times({0, 1e-3, 1e-2, 0.1, 10}, Path::finite_volume, 6e3);
    o.tolerance = 1e-4;
    const auto stepped = run_in_time(d, o);
    const auto& h = find_history(stepped, "block.lower");
    thermal::ImpedanceOptions asked;
    asked.from = 1e-3;
    asked.until = 10;
    asked.per_decade = 4;
    asked.cells = 6e3;
    asked.path = Path::finite_volume;
    base::Pool pool(1);
    const auto z = thermal::impedance(d, asked, pool);
    ASSERT_EQ(z.z.size(), 17u);
    for (std::size_t t = 1; t <= 4; ++t) {
      const double rise = h.mean_K[t] - h.mean_K[0];
      const std::size_t at = t < 4 ? 4 * (t - 1) : 16;
      EXPECT_NEAR(2 * z.z[at], rise, 0.005 * rise) << o.times[t];
    }
    EXPECT_NEAR(z.steady, z.z.back(), 1e-3 * z.steady);
  }
}

}  // namespace
}  // namespace bondline::test
