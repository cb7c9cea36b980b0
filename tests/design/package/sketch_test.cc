// The manual's own design file means what it says.
#include "sketch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bondline::package {
namespace {

class Sketch : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    try {
      design = new Design(load_sketch(kSketch));
    } catch (const base::Error& error) {
      FAIL() << error.what();
    }
  }
  static void TearDownTestSuite() { delete design; }
  void SetUp() override { ASSERT_NE(design, nullptr); }
  bool defaulted(const std::string& path) const {
    return std::any_of(design->defaults.begin(), design->defaults.end(),
                       [&](const Default& d) { return d.path == path && !d.source.empty(); });
  }
  bool stored(const std::string& path) const {
    return std::any_of(design->stored.begin(), design->stored.end(),
                       [&](const StoredKey& k) { return k.path == path; });
  }
  static inline Design* design = nullptr;
};

TEST_F(Sketch, KeepsBodyAndSubstrateInMetres) {
  EXPECT_EQ(design->name, "sip-edge-node");
  EXPECT_EQ(design->body_size, (Vec2{12e-3, 12e-3}));
  ASSERT_TRUE(design->mold_top);
  EXPECT_EQ(design->mold_top->material, "EMC-G770");
  EXPECT_DOUBLE_EQ(design->mold_top->thickness, 0.5e-3);
  ASSERT_TRUE(design->substrate);
  EXPECT_NEAR(design->substrate->thickness(), 220e-6, 1e-12);
  EXPECT_EQ(design->substrate->layers.size(), 7u);
  EXPECT_DOUBLE_EQ(design->substrate->line, 25e-6);
  EXPECT_DOUBLE_EQ(design->substrate->space, 25e-6);
}

TEST_F(Sketch, ReadsACoverageMapWithItsTopRowFirst) {
  const SubstrateLayer& layer = design->substrate->layers[2];
  ASSERT_TRUE(layer.coverage_map);
  EXPECT_DOUBLE_EQ(layer.coverage_map->at(0, 0), 0.7);
  EXPECT_DOUBLE_EQ(layer.coverage_map->at(1, 1), 0.6);
  EXPECT_DOUBLE_EQ(layer.coverage, 0.65);
  EXPECT_EQ(layer.fill, "ABF-GX92") << "the dielectric below fills between the traces";
}

TEST_F(Sketch, ResolvesMaterialsByTheirOtherNames) {
  EXPECT_EQ(design->substrate->coins.at(0).material, "Cu");
}

TEST_F(Sketch, PlacesDiesAndTurnsBumpedOnesFaceDown) {
  const Die* soc = design->find_die("soc");
  const Die* dram = design->find_die("dram");
  const Die* pmic = design->find_die("pmic");
  ASSERT_TRUE(soc && dram && pmic);
  EXPECT_EQ(soc->at, (Vec2{0, 0.8e-3}));
  EXPECT_EQ(soc->facing, Facing::down);
  EXPECT_DOUBLE_EQ(soc->process_node, 16e-9);
  EXPECT_EQ(dram->facing, Facing::up);
  EXPECT_EQ(dram->at, soc->at) << "a stacked die lies centred on the one below";
  EXPECT_EQ(pmic->side, Side::bottom);
  EXPECT_EQ(soc->attach.kind, AttachKind::copper_pillar);
  EXPECT_DOUBLE_EQ(soc->attach.standoff, 45e-6);
  EXPECT_EQ(soc->attach.underfill, "UF-8830");
  EXPECT_DOUBLE_EQ(dram->attach.die_attach_thickness, 20e-6);
  EXPECT_TRUE(pmic->attach.underfill.empty());
  ASSERT_TRUE(soc->limit.junction);
  EXPECT_DOUBLE_EQ(*soc->limit.junction, 378.15);
}

TEST_F(Sketch, AddsTheMeanOfTheTraceToTheBlocks) {
  const Power& power = design->find_die("soc")->power;
  ASSERT_EQ(power.blocks.size(), 2u);
  EXPECT_DOUBLE_EQ(power.steady_of_block(0), 2);
  EXPECT_DOUBLE_EQ(power.steady_of_block(1), 2);
  EXPECT_DOUBLE_EQ(power.steady_total(), 4);
  ASSERT_TRUE(power.trace);
  EXPECT_DOUBLE_EQ(power.trace->interval, 0.01);
  ASSERT_TRUE(power.leakage);
  EXPECT_DOUBLE_EQ(power.leakage->doubles_every, 20);
  EXPECT_DOUBLE_EQ(design->find_die("dram")->power.steady_total(), 0.45);
}

TEST_F(Sketch, ReadsTheBallMapInItsHeadersUnit) {
  ASSERT_TRUE(design->balls);
  ASSERT_EQ(design->balls->array.sites.size(), 3u);
  EXPECT_DOUBLE_EQ(design->balls->array.sites[0].x, -5e-3);
}

TEST_F(Sketch, BuildsTheStandardBoard) {
  ASSERT_TRUE(design->board);
  EXPECT_EQ(design->board->size, (Vec2{101.5e-3, 114.5e-3}));
  EXPECT_NEAR(design->board->thickness(), 1.6e-3, 1e-12);
  EXPECT_EQ(design->board->layers.size(), 7u);
  EXPECT_TRUE(defaulted("board.layers"));
}

TEST_F(Sketch, CoolsEveryFaceInStillAirAndSaysSo) {
  ASSERT_EQ(design->environment.films.size(), 6u);
  for (const Film& film : design->environment.films) {
    EXPECT_GT(film.h, 5);
    EXPECT_LT(film.h, 20);
    EXPECT_DOUBLE_EQ(film.ambient, 328.15);
    EXPECT_TRUE(film.from.defaulted);
  }
  EXPECT_GT(design->environment.films[0].h, design->environment.films[1].h)
      << "warm faces up cool better than faces down";
  EXPECT_TRUE(defaulted("environment.films.top"));
}

TEST_F(Sketch, OverridesAMaterialPropertyByProperty) {
  const Material* emc = design->materials.find("EMC-G770");
  ASSERT_TRUE(emc);
  EXPECT_DOUBLE_EQ(emc->at(Property::cte_1, 300), 7e-6);
  EXPECT_EQ(emc->find(Property::cte_1)->from.source, "vendor sheet 2023");
  EXPECT_DOUBLE_EQ(emc->at(Property::k_x, 300), 0.9) << "what the file leaves out stays as shipped";
  EXPECT_NE(emc->find(Property::k_x)->from.source, "vendor sheet 2023");
  EXPECT_DOUBLE_EQ(emc->at(Property::E_x, 298.15), 25e9);
}

TEST_F(Sketch, ReportsWhatIsStoredAndNotYetUsed) {
  for (const char* path :
       {"flow", "nets", "limits.warpage", "limits.life", "environment.mission", "materials.EMC-G770.Tg"})
    EXPECT_TRUE(stored(path)) << path;
  EXPECT_FALSE(stored("dies.soc.power"));
  EXPECT_TRUE(design->sections.count("limits.warpage"));
  EXPECT_EQ(design->sections.at("flow").text, "flows/single-roof.yaml");
  ASSERT_EQ(design->nets.size(), 1u);
  EXPECT_EQ(design->nets[0].to, "dram.DQ0");
}

TEST_F(Sketch, HashesTheFileAndEverythingItNames) {
  EXPECT_EQ(design->content_hash.size(), 64u);
  EXPECT_EQ(load_sketch(kSketch).content_hash, design->content_hash);
  base::MemoryFiles files;
  put_sketch_files(files);
  put(files, "d/soc.ptrace", "core0 core1\n1.0 2.0\n3.0 2.5\n");
  EXPECT_NE(load_text(kSketch, "d/design.yaml", "d", files).content_hash, design->content_hash);
}

}  // namespace
}  // namespace bondline::package
