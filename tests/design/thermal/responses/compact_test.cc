#include "design/thermal/responses/compact.h"

#include <gtest/gtest.h>

#include "../../sample_designs.h"
#include "../blocks.h"
#include "design/thermal/responses/network.h"

namespace bondline::test {
namespace {

TEST(CompactNetwork, FindsTheConductancesOfANetworkItWasGivenAnswersOf) {
  using namespace thermal;
  const std::vector<CompactNode> nodes = {{"j", 0}, {"top", 1e-4}, {"bottom", 1e-4}};
  const std::vector<CompactLink> truth = {{0, 1, 2.0}, {0, 2, 0.3}, {1, 2, 0.05}};
  std::vector<detail::NetworkTruth> said;
  for (const double top : {10.0, 1e3, 1e5})
    for (const double bottom : {10.0, 1e3, 1e5}) {
      detail::NetworkTruth t;
      t.h = {0, top, bottom};
      const auto rise = detail::network_rises(nodes, truth, t.h, {1, 0, 0});
      t.rise = {rise[0]};
      t.share = {top * 1e-4 * rise[1], bottom * 1e-4 * rise[2]};
      EXPECT_NEAR(t.share[0] + t.share[1], 1, 1e-12);
      said.push_back(t);
    }
  const auto found = detail::fit_network(nodes, 1, said);
  ASSERT_EQ(found.size(), 3u);
  for (std::size_t l = 0; l < 3; ++l)
    EXPECT_NEAR(found[l].conductance, truth[l].conductance, 1e-4 * truth[l].conductance);
}

// Two dies whose heat enters at a bare face each: junction and face are one, and the fit would drive their
// links to infinity, beside which every other link seems to carry nothing.
TEST(CompactNetwork, JunctionsOnABareFaceKeepTheirOtherLinks) {
  using namespace thermal;
  const std::vector<CompactNode> nodes = {
      {"a", 0}, {"b", 0}, {"bottom.a", 1e-4}, {"bottom.b", 1e-4}, {"top", 4e-4}};
  const std::vector<CompactLink> truth = {{0, 2, 1e9}, {1, 3, 1e9}, {0, 4, 0.8}, {1, 4, 0.5}, {0, 1, 0.2}};
  std::vector<detail::NetworkTruth> said;
  for (const double top : {10.0, 1e3, 1e4})
    for (const double bottom : {10.0, 1e3, 1e4}) {
      detail::NetworkTruth t;
      t.h = {0, 0, bottom, bottom, top};
      for (const bool first : {true, false}) {
        const auto rise = detail::network_rises(nodes, truth, t.h, {double(first), double(!first), 0, 0, 0});
        t.rise.insert(t.rise.end(), {rise[0], rise[1]});
        t.share.insert(t.share.end(),
                       {bottom * 1e-4 * rise[2], bottom * 1e-4 * rise[3], top * 4e-4 * rise[4]});
      }
      said.push_back(t);
    }
  const auto found = detail::fit_network(nodes, 2, said);
  for (const auto& t : said) {
    const auto e = detail::network_errors(nodes, found, 2, t);
    EXPECT_LT(e.junction, 1e-3);
    EXPECT_LT(e.flow, 1e-3);
  }
  // A junction that hangs on nothing has no rise: that is no error of zero.
  const auto torn = detail::network_errors(nodes, {{1, 3, 1}, {1, 4, 1}}, 2, said.front());
  EXPECT_FALSE(torn.junction < 1);
}

TEST(CompactNetwork, OfAMemoryOnAProcessorHoldsItsStatedErrorOverFilmsItNeverSaw) {
  base::Pool pool(2);
  thermal::CompactOptions options;
  options.cells = 8e3;
  const auto network = thermal::delphi_network(samples::sip(), options, pool);
  ASSERT_GE(network.nodes.size(), 4u + 4u);
  for (const auto& link : network.links) EXPECT_GT(link.conductance, 0);
  EXPECT_LT(network.fit_error, 0.15);
  EXPECT_LT(network.check_error, 0.15);
  int kept_out = 0;
  for (const auto& point : network.points) kept_out += !point.fitted;
  EXPECT_GE(kept_out, 8);
  // Heat is conserved: what the junctions give leaves through the films.
  const thermal::FilmSet films{37, 420, 20};
  const std::vector<double> watts = {1, 0.5, 0.2, 0.1};
  const auto rises = network.rises(films, watts);
  double out = 0;
  for (std::size_t n = 4; n < network.nodes.size(); ++n) {
    const auto& node = network.nodes[n];
    const double h = node.name[0] == 't' ? films.top : node.name[0] == 'b' ? films.bottom : films.sides;
    out += h * node.area * rises[n];
  }
  EXPECT_NEAR(out, 1.8, 1e-9);
  const std::string spice = thermal::to_spice(network, "sip-1");
  EXPECT_NE(spice.find(".subckt sip_1 soc_junction"), std::string::npos) << spice;
}

TEST(TwoResistor, OfASlabIsItsOwnResistanceAndTheBoardIsAskedForWhereThereIsNone) {
  Design d = plain(0.01, 0.01);
  add_material(d, material("glue", 1));
  add_material(d, material("si", 100));
  auto die = layer("die", "si", 0.3e-3);
  die.power.place = package::HeatPlace::bottom_face;
  die.power.uniform = 7;
  d.block->layers = {die, layer("glue", "glue", 50e-6)};
  d.environment.films = {film(Face::top, 2000, 320)};
  base::Pool pool(1);
  thermal::CompactOptions options;
  options.cells = 3e3;
  const auto two = thermal::two_resistor(d, options, pool);
  EXPECT_NEAR(two.theta_jc_top, 0.3e-3 / (100 * 1e-4) + 50e-6 / 1e-4, 1e-6);
  EXPECT_TRUE(std::isnan(two.theta_jb));
  EXPECT_FALSE(two.notes.empty());
}

TEST(TwoResistor, OfAPackageOnItsBoardIsPositiveAndDoesNotDependOnItsFilms) {
  base::Pool pool(2);
  thermal::CompactOptions options;
  options.cells = 10e3;
  Design d = samples::sip();
  const auto two = thermal::two_resistor(d, options, pool);
  EXPECT_GT(two.theta_jc_top, 1);
  EXPECT_LT(two.theta_jc_top, 100);
  EXPECT_GT(two.theta_jb, 1);
  EXPECT_LT(two.theta_jb, 100);
  d.environment.films[0].h = 5000;
  for (auto& die : d.dies) {
    die.power.uniform *= 3;
    for (auto& block : die.power.blocks) block.power *= 3;
    die.power.trace.reset();
  }
  Design e = samples::sip();
  for (auto& die : e.dies) die.power.trace.reset();
  EXPECT_NEAR(thermal::two_resistor(d, options, pool).theta_jb,
              thermal::two_resistor(e, options, pool).theta_jb, 1e-5);
}

}  // namespace
}  // namespace bondline::test
