// The tutorial tells the truth: every step it names is run, and its verdict and temperature are those of the
// page's last table.
#include "program.h"

#include <regex>

namespace bondline::app {
namespace {

const std::string kTop = BONDLINE_SOURCE_DIR;

struct Step {
  std::string file, command, verdict;
  double hottest_C = 0;  // 0: none told
};

std::vector<Step> told_steps(const std::string& page) {
  const std::regex row(R"(\| ([a-z0-9]+\.yaml) \| ([a-z ]+) \| ([a-z ]+) \| (?:([0-9.]+) °C )?\|)");
  std::vector<Step> steps;
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it)
    steps.push_back({(*it)[1], (*it)[2], (*it)[3], (*it)[4].matched ? std::stod((*it)[4]) : 0});
  return steps;
}

TEST(Tutorial, EveryStepEndsAsThePageTells) {
  const auto steps = told_steps(slurp(kTop + "/docs/tutorial.md"));
  ASSERT_EQ(steps.size(), 8u);
  for (const Step& step : steps) {
    SCOPED_TRACE(step.file);
    const std::string file = kTop + "/examples/tutorial/" + step.file;
    std::vector<std::string> command;
    std::istringstream words(step.command);
    for (std::string word; words >> word;) command.push_back(word);
    command.insert(command.end(), {file, "--json"});
    const Said said = run(command);
    const auto document = said.json();
    if (step.verdict == "bad input") {
      EXPECT_EQ(said.status, 2);
      EXPECT_FALSE(document["errors"].empty());
      continue;
    }
    EXPECT_EQ(said.status, step.verdict == "pass" ? 0 : 1) << said.err;
    EXPECT_EQ(document["verdict"], step.verdict);
    if (step.hottest_C == 0) continue;
    const auto& soc = document["thermal"]["dies"]["soc"];
    const double hottest_C = soc["max_K"].get<double>() - 273.15;
    // The page's figure is of the default grid; a better grid may move it by as much as this one says it may
    // be wrong.
    EXPECT_NEAR(hottest_C, step.hottest_C, 0.1 + soc["error_K"].get<double>());
  }
}

TEST(Tutorial, FilesStandOnThePageAsTheyAre) {
  const std::string page = slurp(kTop + "/docs/tutorial.md");
  for (const char* name : {"step1", "step2", "design"}) {
    const std::string text = slurp(kTop + "/examples/tutorial/" + name + ".yaml");
    ASSERT_FALSE(text.empty()) << name;
    EXPECT_NE(page.find("```yaml\n" + text + "```"), std::string::npos)
        << name << ".yaml differs from docs/tutorial.md";
  }
}

TEST(Tutorial, MistakesOfTheFirstStepAreNamedAllAtOnce) {
  const Said said = run({"design", "check", kTop + "/examples/tutorial/step1.yaml"});
  for (const char* what : {"did you mean \"thickness\"", "has no unit", "dies without a substrate"})
    EXPECT_TRUE(said.complains(what)) << said.err;
}

TEST(FrontPage, TableOfTheExampleIsWhatTheProgramSays) {
  const std::string page = slurp(kTop + "/README.md");
  const auto document = run({"signoff", kTop + "/examples/sip-edge-node/design.yaml", "--json"}).json();
  const auto& dies = document["thermal"]["dies"];
  ASSERT_EQ(dies.size(), 5u);
  for (const auto& [name, die] : dies.items()) {
    std::smatch told;
    ASSERT_TRUE(std::regex_search(page, told, std::regex("\\n" + name + R"( .*W +([0-9.]+) °C)"))) << name;
    EXPECT_NEAR(die["max_K"].get<double>() - 273.15, std::stod(told[1]), 0.1 + die["error_K"].get<double>())
        << name;
  }
}

}  // namespace
}  // namespace bondline::app
