#include "program.h"

namespace bondline::app {
namespace {

const std::vector<std::vector<std::string>> kCommands{
    {"design", "check"},   {"design", "import"}, {"design", "export"}, {"design", "schema"}, {"signoff"},
    {"thermal", "steady"}, {"handoff", "show"},  {"handoff", "diff"},  {"handoff", "schema"}};

TEST(Usage, EveryCommandHasHelpWithTwoWorkedExamples) {
  for (auto words : kCommands) {
    std::string line = "bondline";
    for (const auto& word : words) line += " " + word;
    words.push_back("--help");
    const Said said = run(words);
    EXPECT_EQ(said.status, 0) << line;
    EXPECT_TRUE(said.err.empty()) << said.err;
    const std::size_t examples = said.out.find("Examples:");
    ASSERT_NE(examples, std::string::npos) << line;
    std::size_t count = 0;
    for (std::size_t at = said.out.find(line, examples); at != std::string::npos;
         at = said.out.find(line, at + 1))
      ++count;
    EXPECT_GE(count, 2u) << said.out;
    EXPECT_TRUE(said.says("--json")) << line;
    EXPECT_TRUE(said.says("--threads")) << line;
  }
}

TEST(Usage, OverviewVersionAndHelp) {
  EXPECT_EQ(run({}).status, 0);
  EXPECT_TRUE(run({}).says("bondline signoff"));
  EXPECT_EQ(run({"--version"}).out.rfind("bondline ", 0), 0u);
  EXPECT_EQ(run({"--help"}).status, 0);
}

TEST(Usage, UnknownWordsAreToldWithTheNearest) {
  const Said noun = run({"desing", "check", "x.yaml"});
  EXPECT_EQ(noun.status, 2);
  EXPECT_TRUE(noun.complains("did you mean \"design\"?")) << noun.err;
  EXPECT_TRUE(noun.out.empty());
  const Said verb = run({"thermal", "stedy", "x.yaml"});
  EXPECT_EQ(verb.status, 2);
  EXPECT_TRUE(verb.complains("did you mean \"steady\"?")) << verb.err;
  const Said option = run({"signoff", "x.yaml", "--cels", "5"});
  EXPECT_EQ(option.status, 2);
  EXPECT_TRUE(option.complains("did you mean --cells?")) << option.err;
}

TEST(Usage, CommandsThatDoNotExistYetAreNotThere) {
  for (const char* noun :
       {"warpage", "life", "electrical", "choose", "cost", "explore", "tool", "model", "inspect"}) {
    EXPECT_EQ(run({noun, "x.yaml"}).status, 2) << noun;
  }
  EXPECT_EQ(run({"thermal", "transient", "x.yaml"}).status, 2);
  EXPECT_EQ(run({"thermal", "steady", "x.yaml", "--jedec"}).status, 2);
}

TEST(Usage, MissingAndMalformedArgumentsAreUsageErrors) {
  EXPECT_EQ(run({"design"}).status, 2);
  EXPECT_EQ(run({"design", "check"}).status, 2);
  EXPECT_EQ(run({"design", "import", "x.flp"}).status, 2);  // no --out
  EXPECT_EQ(run({"thermal", "steady", "x.yaml", "--cells", "many"}).status, 2);
  EXPECT_EQ(run({"thermal", "steady", "x.yaml", "--cells", "-5"}).status, 2);
  EXPECT_EQ(run({"thermal", "steady", "x.yaml", "--threads", "0"}).status, 2);
  EXPECT_EQ(run({"thermal", "steady", "x.yaml", "--path", "magic"}).status, 2);
}

TEST(Usage, UsageErrorsAreOneJsonDocumentToo) {
  const Said said = run({"design", "chekc", "x.yaml", "--json"});
  EXPECT_EQ(said.status, 2);
  const auto document = said.json();
  ASSERT_EQ(document["errors"].size(), 1u);
  EXPECT_EQ(document["errors"][0]["mend"], "did you mean \"check\"?");
  EXPECT_TRUE(document["bondline"].contains("version"));
}

TEST(Usage, MissingFilesAreBadInput) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"design", "check", "/nowhere/x.yaml"},
        {"signoff", "/nowhere/x.yaml"},
        {"thermal", "steady", "/nowhere/x.yaml"},
        {"handoff", "show", "/nowhere/h.json"},
        {"design", "import", "/nowhere/x.flp", "--out", "/nowhere/d.yaml"}}) {
    const Said said = run(words);
    EXPECT_EQ(said.status, 2) << words[0];
    EXPECT_TRUE(said.complains("/nowhere/")) << said.err;
  }
}

}  // namespace
}  // namespace bondline::app
