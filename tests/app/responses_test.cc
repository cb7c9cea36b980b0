// thermal resistance and maps on every example, thermal compact on a few.
#include <algorithm>

#include "program.h"

namespace bondline::app {
namespace {

std::vector<std::string> examples() {
  std::vector<std::string> files;
  for (const auto& folder : std::filesystem::directory_iterator(BONDLINE_SOURCE_DIR "/examples"))
    if (std::filesystem::exists(folder.path() / "design.yaml"))
      files.push_back((folder.path() / "design.yaml").string());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(ThermalResponses, ResistancesOfEveryExampleArePositive) {
  ASSERT_GE(examples().size(), 8u);
  for (const auto& file : examples()) {
    const Said said = run({"thermal", "resistance", file, "--cells", "6000", "--json", "--threads", "1"});
    ASSERT_EQ(said.status, 0) << file << said.err;
    const auto d = said.json();
    const auto& mean = d["R_mean"];
    ASSERT_GT(mean.size(), 0u) << file;
    for (std::size_t i = 0; i < mean.size(); ++i)
      for (std::size_t j = 0; j < mean.size(); ++j) EXPECT_GT(mean[i][j].get<double>(), 0) << file;
  }
}

TEST(ThermalResponses, MapsOfEveryExampleKeepTheHeat) {
  const Folder folder;
  const std::string maps = folder.write("maps.csv", "name\nas designed\n");
  for (const auto& file : examples()) {
    const Said said =
        run({"thermal", "maps", file, "--maps", maps, "--cells", "6000", "--json", "--threads", "1"});
    if (said.status == 2) {  // beyond what the package carries
      EXPECT_TRUE(said.complains("leak")) << file << said.err;
      continue;
    }
    ASSERT_EQ(said.status, 0) << file << said.err;
    const auto map = said.json()["maps"][0];
    EXPECT_EQ(map["name"], "as designed");
    if (file.find("microchannel") == std::string::npos) {  // heat that streams take is not accounted by map
      EXPECT_LT(map["balance"].get<double>(), 1e-7) << file;
    }
    EXPECT_GT(map["heat_in_W"].get<double>(), 0) << file;
  }
}

TEST(ThermalResponses, CompactModelsHaveTheirNetworkAndCoolantIsRefusedWithAWayOut) {
  for (const char* name : {"burst", "leaky-accelerator", "tutorial"}) {
    const std::string file = std::string(BONDLINE_SOURCE_DIR "/examples/") + name + "/design.yaml";
    const Said said = run({"thermal", "compact", file, "--cells", "5000", "--json", "--threads", "1"});
    ASSERT_EQ(said.status, 0) << file << said.err;
    const auto d = said.json();
    EXPECT_GT(d["links"].size(), 1u) << file;
    for (const auto& link : d["links"]) EXPECT_GT(link["resistance_K_W"].get<double>(), 0) << file;
  }
  const Said cooled = run({"thermal", "compact", BONDLINE_SOURCE_DIR "/examples/microchannel/design.yaml"});
  EXPECT_EQ(cooled.status, 2);
  EXPECT_TRUE(cooled.complains("without its channels")) << cooled.err;
}

}  // namespace
}  // namespace bondline::app
