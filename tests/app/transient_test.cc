// thermal transient and thermal impedance as a user runs them, on every example.
#include <filesystem>
#include <set>

#include "program.h"

namespace bondline::app {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> example_designs() {
  std::vector<std::string> out;
  const fs::path top = fs::path(BONDLINE_SOURCE_DIR) / "examples";
  for (const auto& folder : fs::directory_iterator(top))
    if (fs::exists(folder.path() / "design.yaml")) out.push_back((folder.path() / "design.yaml").string());
  for (const auto& file : fs::directory_iterator(top / "validation"))
    if (file.path().extension() == ".yaml") out.push_back(file.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

TEST(ThermalTransient, EveryExampleWarmsKeepsItsHeatAndIsToldInTheContractsKeys) {
  const auto designs = example_designs();
  ASSERT_GE(designs.size(), 9u);
  for (const std::string& file : designs) {
    const Said said =
        run({"thermal", "transient", file, "--until", "30 s", "--dt", "10 s", "--cells", "3000", "--json"});
    ASSERT_LE(said.status, 1) << file << said.err;  // 1: a limit is passed
    const auto d = said.json();
    EXPECT_EQ(d["bondline"]["command"], "thermal transient");
    for (const char* key : {"time", "dies", "blocks", "parts", "heat", "seconds", "findings"})
      EXPECT_TRUE(d.contains(key)) << file << " " << key;
    ASSERT_EQ(d["time"].size(), 4u) << file;
    EXPECT_LT(d["heat"]["balance"].get<double>(), 1e-8) << file;
    EXPECT_GT(d["heat"]["in_J"].get<double>(), 0) << file;
    int parts = 0;
    for (const char* list : {"dies", "blocks"})
      for (const auto& [name, part] : d[list].items()) {
        ASSERT_EQ(part["max_K"].size(), 4u);
        EXPECT_GE(part["max_K"][3].get<double>(), part["mean_K"][3].get<double>() - 1e-6)
            << file << " " << name;
        EXPECT_GT(part["mean_K"][3].get<double>(), part["mean_K"][0].get<double>()) << file << " " << name;
        ++parts;
      }
    EXPECT_GT(parts, 0) << file;
  }
}

TEST(ThermalTransient, PartsAreCalledAsInSteady) {
  for (const char* name : {"sip-edge-node/design", "validation/hot-spot"}) {
    const std::string file = std::string(BONDLINE_SOURCE_DIR) + "/examples/" + name + ".yaml";
    const auto steady = run({"thermal", "steady", file, "--cells", "1000", "--json"}).json();
    const auto time =
        run({"thermal", "transient", file, "--until", "1 ms", "--dt", "1 ms", "--cells", "1000", "--json"})
            .json();
    for (const char* list : {"dies", "blocks"}) {
      std::set<std::string> left, right;
      for (const auto& [part, values] : steady[list].items()) left.insert(part);
      for (const auto& [part, values] : time[list].items()) right.insert(part);
      EXPECT_EQ(left, right) << file;
    }
    EXPECT_FALSE(time["blocks"].empty()) << file;
  }
}

TEST(ThermalTransient, BurstIsFarFromTheSteadyStateOfItsFullLoad) {
  const std::string file = std::string(BONDLINE_SOURCE_DIR) + "/examples/burst/design.yaml";
  const auto once =
      run({"thermal", "transient", file, "--until", "30 s", "--dt", "5 s", "--cells", "5000", "--json"});
  ASSERT_EQ(once.status, 0) << once.err;
  const auto held = run({"thermal", "transient", file, "--until", "1 s", "--dt", "1 s", "--initial", "first",
                         "--cells", "5000", "--json"});
  ASSERT_LE(held.status, 1) << held.err;
  const double burst = once.json()["dies"]["soc"]["peak_K"], steady = held.json()["dies"]["soc"]["max_K"][0];
  const double ambient = 308.15;
  EXPECT_LT(burst - ambient, 0.8 * (steady - ambient));
  EXPECT_GT(burst - ambient, 0.1 * (steady - ambient));
}

TEST(ThermalTransient, WritesItsTableAndItsCurve) {
  const Folder folder;
  const std::string file = std::string(BONDLINE_SOURCE_DIR) + "/examples/validation/slab-1d.yaml";
  const Said said =
      run({"thermal", "transient", file, "--until", "1 s", "--dt", "0.25 s", "--out", folder / "out"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_TRUE(said.says("peak"));
  const std::string table = slurp((folder / "out") + "/transient.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 6);
  EXPECT_NE(slurp((folder / "out") + "/transient.svg").find("<svg"), std::string::npos);
}

TEST(ThermalImpedance, EndsAtTheSteadyResistanceAndHasTheContractsKeys) {
  const std::string file = std::string(BONDLINE_SOURCE_DIR) + "/examples/validation/slab-1d.yaml";
  const Said said = run({"thermal", "impedance", file, "--json", "--from", "1 us"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto d = said.json();
  EXPECT_EQ(d["part"], "block.die");
  EXPECT_NEAR(d["steady_K_W"].get<double>(), 2.3641026, 2e-3);  // by hand, see the file's head
  for (const char* key : {"time", "z_K_W", "z_hottest_K_W", "spectrum", "structure", "fit_error", "notes"})
    EXPECT_TRUE(d.contains(key)) << key;
  EXPECT_NEAR(d["structure"]["resistance_K_W"].back().get<double>(), 2.3641026, 3e-3);
  EXPECT_EQ(run({"thermal", "impedance", file, "--part", "nothing"}).status, 2);
  EXPECT_EQ(run({"thermal", "impedance", file, "--from", "-1"}).status, 2);
}

}  // namespace
}  // namespace bondline::app
