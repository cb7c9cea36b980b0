#include "program.h"

namespace bondline::app {
namespace {

TEST(ThermalSteady, MatchesTheExactSlabAndHasTheContractsKeys) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  for (const char* path : {"fv", "spectral", "auto"}) {
    const Said said = run({"thermal", "steady", file, "--json", "--path", path, "--cells", "5000",
                           "--threads", "1", "--probe", "0 mm,0 mm,0 mm", "--probe", "0,0,1e-3"});
    ASSERT_EQ(said.status, 0) << said.err;
    const auto d = said.json();
    EXPECT_EQ(d["bondline"]["command"], "thermal steady");
    for (const char* key :
         {"dies", "blocks", "parts", "probes", "cells", "heat_in_W", "heat_out_W", "balance", "paths",
          "iterations", "seconds", "error_estimate_K", "sensitivities", "notes", "findings"}) {
      EXPECT_TRUE(d.contains(key)) << key;
    }
    EXPECT_TRUE(d["dies"].is_object());
    EXPECT_NEAR(d["blocks"]["die"]["max_K"].get<double>(), 309.15, 1e-3) << path;
    EXPECT_NEAR(d["probes"][0]["T_K"].get<double>(), 309.15, 0.02) << path;
    EXPECT_NEAR(d["probes"][1]["T_K"].get<double>(), 308.15, 0.02) << path;
    EXPECT_NEAR(d["heat_out_W"].get<double>(), 10, 1e-6) << path;
  }
}

TEST(ThermalSteady, ALimitMissedIsExitStatusOne) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text(", limit: 35 degC"));
  const Said said = run({"thermal", "steady", file, "--json", "--cells", "5000"});
  EXPECT_EQ(said.status, 1) << said.err;
  bool failed = false;
  const auto document = said.json();
  for (const auto& f : document["findings"]) {
    if (f["verdict"] != "fail") continue;
    failed = true;
    EXPECT_NEAR(f["margin"].get<double>(), -1, 0.01);
    EXPECT_EQ(f["unit"], "degC");
  }
  EXPECT_TRUE(failed);
}

TEST(ThermalSteady, RunawayIsAFindingWithItsThresholdAndAWayOut) {
  const std::string file = BONDLINE_SOURCE_DIR "/examples/leaky-accelerator/design.yaml";
  const Said said = run({"thermal", "steady", file, "--json", "--cells", "20000"});
  ASSERT_EQ(said.status, 1) << said.err;
  const auto d = said.json();
  ASSERT_TRUE(d["runaway"]["beyond"].get<bool>());
  const double carried = d["runaway"]["leakage_factor"].get<double>();
  EXPECT_GT(carried, 0.5);
  EXPECT_LT(carried, 1);
  EXPECT_NEAR(d["runaway"]["gain"].get<double>(), 1 / carried, 1e-9);
  EXPECT_LT(d["balance"].get<double>(), 1e-8);
  int told = 0;
  for (const auto& f : d["findings"]) {
    if (f["rule"] != "thermal.runaway") continue;
    ++told;
    EXPECT_EQ(f["verdict"], "fail");
    EXPECT_EQ(f["subject"], "dies.accel");
    EXPECT_NE(f["mend"].get<std::string>().find("heat_sink.fins"), std::string::npos) << f["mend"];
  }
  EXPECT_EQ(told, 1);
  ASSERT_EQ(d["films_by_law"].size(), 1u);
  EXPECT_TRUE(d["films_by_law"][0]["valid"].get<bool>());
}

TEST(ThermalSteady, JedecFiguresOfAPackageAreOrderedAsTheirPathsAre) {
  const std::string file = BONDLINE_SOURCE_DIR "/examples/hbm-interposer/design.yaml";
  const Said said = run({"thermal", "steady", file, "--json", "--cells", "20000", "--jedec"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto d = said.json();
  const auto theta = [&](const char* key) { return d["theta"][key].get<double>(); };
  EXPECT_GT(theta("ja_1s"), theta("ja"));
  EXPECT_GT(theta("ja"), theta("jb"));
  EXPECT_GT(theta("jb"), theta("jc_bottom"));
  EXPECT_GT(theta("jc_bottom"), theta("jc_top"));  // lidded, cooled from above
  EXPECT_GT(theta("jc_top"), 0);
  EXPECT_GT(d["psi"]["jb"].get<double>(), d["psi"]["jt"].get<double>());
  const auto dies = d["jedec"]["matrix"]["dies"].size();
  ASSERT_GE(dies, 2u);
  EXPECT_EQ(d["jedec"]["matrix"]["theta"].size(), dies);
  int told = 0;
  for (const auto& f : d["findings"]) told += f["rule"] == "thermal.theta_ja";
  EXPECT_EQ(told, 1);
}

TEST(ThermalSteady, JedecOfAPlainBlockIsNullAndSaysWhy) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  const Said said = run({"thermal", "steady", file, "--json", "--cells", "5000", "--jedec"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto d = said.json();
  EXPECT_TRUE(d["theta"]["ja"].is_null());
  bool why = false;
  for (const auto& f : d["findings"]) why = why || f["rule"] == "thermal.jedec";
  EXPECT_TRUE(why);
}

TEST(ThermalSteady, ADecksCellsAreTakenAsAskedAndClaimNoError) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  const Said said = run({"thermal", "steady", file, "--json", "--deck-cells", "1 mm,0.5 mm"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto d = said.json();
  EXPECT_TRUE(d["error_estimate_K"].is_null());
  EXPECT_TRUE(d["blocks"]["die"]["error_K"].is_null());
  EXPECT_NEAR(d["blocks"]["die"]["max_K"].get<double>(), 309.15, 1e-3);
  for (const char* wrong : {"1 mm", "1 mm,0 mm", "1 mm,2 K"})
    EXPECT_EQ(run({"thermal", "steady", file, "--deck-cells", wrong}).status, 2) << wrong;
  const Said package = run({"thermal", "steady", BONDLINE_SOURCE_DIR "/examples/tutorial/design.yaml",
                            "--deck-cells", "1 mm,1 mm"});
  EXPECT_EQ(package.status, 2);
  EXPECT_NE(package.err.find("plain blocks"), std::string::npos) << package.err;
}

TEST(ThermalSteady, ProbesThatAreNoneAreRefused) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  EXPECT_EQ(run({"thermal", "steady", file, "--probe", "1,2"}).status, 2);
  EXPECT_EQ(run({"thermal", "steady", file, "--probe", "1 W,2 mm,3 mm"}).status, 2);
  EXPECT_EQ(run({"thermal", "steady", file, "--probe", "a,b,c"}).status, 2);
}

TEST(ThermalSteady, CellsThatAreNoNumberOrTooManyAreRefused) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  for (const char* cells : {"nan", "0", "-5", "many", "1e13"}) {
    const Said said = run({"thermal", "steady", file, "--cells", cells});
    EXPECT_EQ(said.status, 2) << cells;
    EXPECT_TRUE(said.complains("is no number from 1 to 1e+12; see bondline thermal steady --help"))
        << said.err;
  }
  const Said said = run({"thermal", "steady", file, "--cells", "1e12"});
  EXPECT_EQ(said.status, 2);
  EXPECT_TRUE(said.complains("1e+12 cells would need")) << said.err;
}

TEST(ThermalSteady, AColdDieIsNotAsHotAsTheMoldBesideIt) {
  // The sensor gives off 4 mW beside the hot processor: its silicon evens out what the mold does not.
  const Said said = run({"thermal", "steady", BONDLINE_SOURCE_DIR "/examples/sip-edge-node/design.yaml",
                         "--json", "--cells", "100000"});
  const auto d = said.json();
  const auto& imu = d["dies"]["imu"];
  EXPECT_LT(imu["max_K"].get<double>() - imu["mean_K"].get<double>(), 0.5);
  EXPECT_GE(imu["max_K"].get<double>(), imu["mean_K"].get<double>());
}

TEST(ThermalSteady, MendsAreSaidInWordsAndPlainNumbers) {
  const Said said = run(
      {"thermal", "steady", BONDLINE_SOURCE_DIR "/examples/power-module/design.yaml", "--cells", "60000"});
  EXPECT_TRUE(said.says("the film coefficient on surfaces that look down from 6000 to 12000 W/(m2 K)"))
      << said.out;
}

TEST(ThermalSteady, AThinnerBondLineServesAllDiesItCovers) {
  const Folder folder;
  const std::string from = BONDLINE_SOURCE_DIR "/examples/stacked-3d/";
  for (const char* name : {"ccd.flp", "ccd.ptrace"}) folder.write(name, slurp(from + name));
  std::string text = slurp(from + "design.yaml");
  const std::string line = "tim1: {material: In, thickness: 200 um}";
  const auto at = text.find(line);
  ASSERT_NE(at, std::string::npos);
  const auto before = run({"thermal", "steady", folder.write("a.yaml", text), "--json"}).json();
  text.replace(at, line.size(), "tim1: {material: In, thickness: 25 um}");
  const auto after = run({"thermal", "steady", folder.write("b.yaml", text), "--json"}).json();
  bool found = false;
  for (const auto& mend : before["mends"]) {
    if (mend["subject"] != "dies.cache" || mend["parameter"] != "tims.tim1.thickness") continue;
    found = true;
    const double told = mend["predicted_change_K"];
    const double got =
        after["dies"]["cache"]["max_K"].get<double>() - before["dies"]["cache"]["max_K"].get<double>();
    EXPECT_NEAR(got, told, 0.2 * std::abs(told));
  }
  EXPECT_TRUE(found);
}

TEST(ThermalSteady, WritesMapAndField) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  const Said said = run({"thermal", "steady", file, "--cells", "5000", "--map", folder / "hot.png", "--vtk",
                         folder / "hot.vtr"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(slurp(folder / "hot.png").substr(1, 3), "PNG");
  EXPECT_NE(slurp(folder / "hot.vtr").find("temperature_K"), std::string::npos);
}

TEST(ThermalSteady, RefusesABlockThatCannotLoseHeatAndAGridThatCannotBe) {
  const Folder folder;
  std::string text = block_text();
  text.replace(text.find("top: 1e4 W/(m2 K)"), 17, "top: 0");
  EXPECT_EQ(run({"thermal", "steady", folder.write("closed.yaml", text)}).status, 2);
  const std::string file = folder.write("slab.yaml", block_text());
  const Said huge = run({"thermal", "steady", file, "--path", "fv", "--cells", "1e11"});
  EXPECT_EQ(huge.status, 2);
  EXPECT_FALSE(huge.err.empty());
}

TEST(ThermalSteady, SameBitsForAnyNumberOfThreads) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  const auto solve = [&](const char* threads) {
    return run({"thermal", "steady", file, "--json", "--path", "fv", "--cells", "20000", "--threads",
                threads})
        .json()["blocks"];
  };
  EXPECT_EQ(solve("1"), solve("3"));
}

TEST(ThermalSteady, TextFitsAHundredColumns) {
  const Folder folder;
  const Said said = run({"thermal", "steady", folder.write("slab.yaml", block_text()), "--cells", "5000"});
  EXPECT_TRUE(said.says("die")) << said.out;
  EXPECT_TRUE(said.says("Where the heat goes")) << said.out;
  std::istringstream lines(said.out);
  for (std::string line; std::getline(lines, line);) {
    int columns = 0;
    for (unsigned char c : line) columns += (c & 0xC0) != 0x80;
    EXPECT_LE(columns, 100) << line;
  }
}

}  // namespace
}  // namespace bondline::app
