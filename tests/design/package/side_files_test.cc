// Floorplans, traces and maps: what they mean and what is wrong with them.
#include "design/package/side_files.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "sketch.h"

namespace bondline::package {
namespace {

std::string problems_with(const std::string& file, const std::string& content) {
  base::MemoryFiles files;
  put_sketch_files(files);
  put(files, file, content);
  return complaints(kSketch, files);
}

TEST(Floorplan, OutsideTheDieSaysHowFar) {
  const std::string all =
      problems_with("d/soc.flp", "core0 0.0031 0.0058 0 0\ncore1 0.0031 0.0058 0.0032 0\n");
  EXPECT_NE(all.find("d/soc.flp:2:1"), std::string::npos) << all;
  EXPECT_NE(all.find("block \"core1\" reaches 100 um outside dies.soc"), std::string::npos) << all;
}

TEST(Floorplan, MayStickOutByARoundingError) {
  EXPECT_EQ(problems_with("d/soc.flp", "core0 0.0031 0.0058 0 0\ncore1 0.0031 0.0058 0.0031000000001 0\n"),
            "");
}

TEST(Floorplan, OverlapsSayHowMuch) {
  const std::string all =
      problems_with("d/soc.flp", "core0 0.0031 0.0058 0 0\ncore1 0.0031 0.0058 0.0030 0\n");
  EXPECT_NE(all.find("block \"core1\" overlaps \"core0\" by 100 um x 5.8 mm"), std::string::npos) << all;
}

TEST(Floorplan, RefusesWhatIsNoNumber) {
  for (const char* bad :
       {"core0 nan 0.0058 0 0\n", "core0 0.0031 inf 0 0\n", "core0 -1 0.0058 0 0\n", "core0 0 0.0058 0 0\n",
        "core0 1 2 3\n", "core0 1e-3 1e-3 0 0\ncore0 1e-3 1e-3 2e-3 0\n", ""})
    EXPECT_NE(problems_with("d/soc.flp", bad).find("d/soc.flp"), std::string::npos) << bad;
}

TEST(Trace, NamingAnUnknownBlockSaysTheNearest) {
  const std::string all = problems_with("d/soc.ptrace", "core0 cor1\n1 2\n");
  EXPECT_NE(all.find("d/soc.ptrace:1:"), std::string::npos) << all;
  EXPECT_NE(all.find("block \"cor1\""), std::string::npos) << all;
  EXPECT_NE(all.find("did you mean \"core1\"?"), std::string::npos) << all;
}

TEST(Trace, RefusesNaNNegativeAndShortRows) {
  EXPECT_NE(problems_with("d/soc.ptrace", "core0 core1\n1 nan\n").find("d/soc.ptrace:2:3"),
            std::string::npos);
  EXPECT_NE(problems_with("d/soc.ptrace", "core0 core1\n1 -2\n").find("d/soc.ptrace:2:3"), std::string::npos);
  EXPECT_NE(problems_with("d/soc.ptrace", "core0 core1\n1 2\n1\n").find("d/soc.ptrace:3:1"),
            std::string::npos);
  EXPECT_NE(problems_with("d/soc.ptrace", "core0 core1\n").find("no sample"), std::string::npos);
}

TEST(Trace, WithoutAFinalNewlineKeepsItsLastSample) {
  base::Diagnostics out;
  const PowerTrace trace = read_power_trace("a b\n1 2\n3 4", "t.ptrace", out);
  EXPECT_TRUE(out.empty());
  ASSERT_EQ(trace.watts.size(), 2u);
  EXPECT_DOUBLE_EQ(trace.mean(1), 3);
}

TEST(GridMap, RefusesRaggedRowsAndValuesOutOfRange) {
  EXPECT_NE(problems_with("d/maps/l3.csv", "0.5,0.6\n0.7\n").find("d/maps/l3.csv:2:1"), std::string::npos);
  EXPECT_NE(problems_with("d/maps/l3.csv", "0.5,1.6\n").find("d/maps/l3.csv:1:5"), std::string::npos);
  EXPECT_EQ(problems_with("d/maps/l3.csv", "# percent\n50 %, 60 %\n"), "");
}

TEST(Sites, TakeMicrometresWhenNothingSaysOtherwise) {
  base::Diagnostics out;
  const SiteMap bare = read_sites("100,200,VDD\n-100,200,VSS", "b.csv", out);
  ASSERT_EQ(bare.sites.size(), 2u);
  EXPECT_TRUE(bare.unit_assumed);
  EXPECT_DOUBLE_EQ(bare.sites[1].at.x, -100e-6);
  EXPECT_EQ(bare.sites[1].net, "VSS");
  const SiteMap headed = read_sites("net;y (mm);x_um\nVDD;0.5;250\n", "b.csv", out);
  EXPECT_FALSE(headed.unit_assumed);
  EXPECT_DOUBLE_EQ(headed.sites.at(0).at.x, 250e-6);
  EXPECT_DOUBLE_EQ(headed.sites.at(0).at.y, 0.5e-3);
  EXPECT_EQ(headed.sites.at(0).net, "VDD");
  EXPECT_TRUE(out.empty());
}

TEST(Hotspot, ExampleFloorplanAndTraceLoadOntoTheirDie) {
  const char* data = std::getenv("BONDLINE_DATA");
  const std::string folder =
      std::string(data ? data : BONDLINE_SOURCE_DIR "/../shared/data") + "/thermal/hotspot_ex1";
  if (!base::disk().exists(folder + "/ev6.flp")) GTEST_SKIP() << "no " << folder;
  const std::string text =
      "bondline: design/1\nblock: {size: [16 mm, 16 mm], layers: [{name: die, material: Si, thickness: 150 "
      "um, power: {blocks: ev6.flp, trace: gcc.ptrace}}]}\n";
  try {
    const Design design = load_text(text, folder + "/d.yaml", folder, base::disk());
    const Power& power = design.block->layers.at(0).power;
    EXPECT_EQ(power.blocks.size(), 30u);
    EXPECT_GT(power.steady_total(), 10);
  } catch (const base::Error& error) {
    FAIL() << error.what();
  }
}

}  // namespace
}  // namespace bondline::package
