#include "handoff/handoff.h"
#include "program.h"

namespace bondline::app {
namespace {

TEST(SignOffCommand, WritesItsFilesAndJudges) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text(", limit: 60 degC"));
  const std::string out = folder / "report";
  const Said said = run({"signoff", file, "--out", out, "--cells", "5000"});
  EXPECT_EQ(said.status, 0) << said.err << said.out;
  EXPECT_TRUE(said.says("PASS")) << said.out;
  for (const char* name : {"report.json", "handoff.json", "layer-die.png", "section.png"}) {
    EXPECT_TRUE(std::filesystem::exists(out + "/" + name)) << name;
  }
  base::Diagnostics problems;
  const auto handoff = handoff::read(slurp(out + "/handoff.json"), "handoff.json", problems);
  ASSERT_TRUE(handoff) << base::Error(problems).what();
  EXPECT_EQ(handoff->verdict, "pass");
  EXPECT_EQ(nlohmann::json::parse(slurp(out + "/report.json"))["verdict"], "pass");
}

TEST(SignOffCommand, JsonHasTheContractsKeysAndNothingElseOnStdout) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text(", limit: 30 degC"));
  const Said said = run({"signoff", file, "--json", "--cells", "5000"});
  EXPECT_EQ(said.status, 1) << said.err;
  const auto document = said.json();  // throws if anything else stands there
  EXPECT_EQ(document["bondline"]["command"], "signoff");
  EXPECT_EQ(document["verdict"], "fail");
  EXPECT_TRUE(document["findings"].is_array());
  EXPECT_GE(document["analyses"]["thermal.steady"]["seconds"].get<double>(), 0);
}

TEST(SignOffCommand, WritesNothingWithoutOut) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  run({"signoff", file, "--cells", "5000"});
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder / "")) ++files;
  EXPECT_EQ(files, 1u);
}

TEST(SignOffCommand, AFolderThatCannotBeMadeIsBadInput) {
  const Folder folder;
  const std::string file = folder.write("slab.yaml", block_text());
  const Said said = run({"signoff", file, "--out", file + "/below", "--cells", "5000"});
  EXPECT_EQ(said.status, 2);
  EXPECT_TRUE(said.complains("below")) << said.err;
}

}  // namespace
}  // namespace bondline::app
