#include "program.h"

namespace bondline::app {
namespace {

TEST(DesignCheck, PassesAndSummarises) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  const Said said = run({"design", "check", file, "--json"});
  EXPECT_EQ(said.status, 0) << said.err;
  const auto document = said.json();
  EXPECT_EQ(document["bondline"]["command"], "design check");
  EXPECT_EQ(document["summary"]["layers"], 1);
  EXPECT_EQ(document["summary"]["dies"], 0);
  EXPECT_EQ(document["summary"]["bodies"], 1);
  EXPECT_EQ(document["summary"]["nets"], 0);
  EXPECT_TRUE(document["findings"].is_array());
}

TEST(DesignCheck, TellsEveryErrorWithItsPlaceAndMend) {
  const Folder folder;
  std::string text = block_text();
  text.replace(text.find("ambient"), 7, "ambiant");
  text.replace(text.find("1 mm, power"), 4, "1 mW");
  const std::string file = folder.write("slab.yaml", text);
  const Said said = run({"design", "check", file, "--json"});
  EXPECT_EQ(said.status, 2);
  EXPECT_TRUE(said.complains(file + ":6:")) << said.err;
  EXPECT_TRUE(said.complains(file + ":7:")) << said.err;
  EXPECT_TRUE(said.complains("ambient")) << said.err;
  const auto errors = said.json()["errors"];
  EXPECT_GE(errors.size(), 2u);
  for (const auto& e : errors) {
    EXPECT_EQ(e["file"], file);
    EXPECT_GT(e["line"].get<int>(), 0);
    EXPECT_FALSE(e["what"].get<std::string>().empty());
  }
}

TEST(DesignCheck, RefusesAFileCutOff) {
  const Folder folder;
  std::string text = block_text();
  text.pop_back();
  const Said said = run({"design", "check", folder.write("cut.yaml", text)});
  EXPECT_EQ(said.status, 2);
  EXPECT_FALSE(said.err.empty());
}

TEST(DesignSchema, IsAJsonSchemaEitherWay) {
  const auto plain = run({"design", "schema"}).json();
  EXPECT_EQ(plain["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(run({"design", "schema", "--json"}).json()["schema"], plain);
}

TEST(DesignImport, MakesADesignFileOfAHotSpotFloorplanThatSolves) {
  const Folder folder;
  const std::string flp = folder.write("chip.flp", "left 5e-3 10e-3 0 0\nright 5e-3 10e-3 5e-3 0\n");
  const std::string ptrace = folder.write("chip.ptrace", "left\tright\n8\t2\n");
  const std::string out = folder / "chip.yaml";
  const Said said = run({"design", "import", flp, ptrace, "--out", out, "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_NEAR(said.json()["summary"]["power_W"].get<double>(), 10, 1e-9);
  EXPECT_TRUE(said.json()["not_carried"].is_array());
  const Said checked = run({"design", "check", out});
  EXPECT_EQ(checked.status, 0) << checked.err << checked.out;
  const Said solved = run({"thermal", "steady", out, "--json", "--cells", "20000"});
  ASSERT_LE(solved.status, 1) << solved.err;
  EXPECT_NEAR(solved.json()["heat_in_W"].get<double>(), 10, 1e-9);
  bool left = false;
  const auto blocks = solved.json()["blocks"];
  for (const auto& [name, block] : blocks.items()) left = left || name.ends_with("left");
  EXPECT_TRUE(left);
}

TEST(DesignImport, TellsWhatIsWrongWithAFile) {
  const Folder folder;
  const Said said =
      run({"design", "import", folder.write("chip.flp", "left 5e-3 oops 0 0\n"), "--out", folder / "d.yaml"});
  EXPECT_EQ(said.status, 2);
  EXPECT_TRUE(said.complains("chip.flp:1")) << said.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "d.yaml"));
}

TEST(DesignExport, WritesEveryFormat) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  for (const char* format : {"vtk", "gltf", "csv"}) {
    const std::string out = folder / format;
    const Said said = run({"design", "export", file, "--format", format, "--out", out, "--json"});
    EXPECT_EQ(said.status, 0) << format << said.err;
    EXPECT_EQ(said.json()["files"][0], out);
    EXPECT_GT(std::filesystem::file_size(out), 20u);
  }
  EXPECT_EQ(run({"design", "export", file, "--format", "dwg", "--out", folder / "x"}).status, 2);
}

}  // namespace
}  // namespace bondline::app
