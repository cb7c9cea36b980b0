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
    EXPECT_TRUE(said.complains("is no number from 1 to 1e+12; see bondline thermal steady --help")) << said.err;
  }
  const Said said = run({"thermal", "steady", file, "--cells", "1e12"});
  EXPECT_EQ(said.status, 2);
  EXPECT_TRUE(said.complains("1e+12 cells would need")) << said.err;
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
