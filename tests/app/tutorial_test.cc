// The tutorial tells the truth: every command on it is run and prints what the page shows.
#include "program.h"

#include <cmath>
#include <map>
#include <regex>

namespace bondline::app {
namespace {

const std::string kTop = BONDLINE_SOURCE_DIR;

/// A command of the page and the lines shown below it, without "..." and rules.
struct Shown {
  std::string command;
  std::vector<std::string> lines;
};

std::vector<Shown> shown_on(const std::string& page) {
  std::vector<Shown> all;
  std::istringstream in(page);
  bool inside = false, fenced = false, open = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      open = !open;
      fenced = open && line == "```";
      inside = false;
    } else if (fenced && line.starts_with("$ ")) {
      all.push_back({line.substr(2), {}});
      inside = true;
    } else if (fenced && inside && line.find("...") == std::string::npos) {
      all.back().lines.push_back(line);
    }
  }
  return all;
}

/// Words, those apart that are drawn: rules (U+2500 on) and bars (U+2580 on).
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; in >> word;)
    if (!word.starts_with("\xE2\x94") && !word.starts_with("\xE2\x96")) out.push_back(word);
  return out;
}

/// Alike but for numbers, which may differ as they do between processors and small changes of the grid.
bool alike(const std::string& told, const std::string& said) {
  static const std::regex number(R"([-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?)");
  if (told == said) return true;
  if (std::regex_replace(told, number, "#") != std::regex_replace(said, number, "#")) return false;
  std::sregex_iterator a(told.begin(), told.end(), number), b(said.begin(), said.end(), number), end;
  for (; a != end && b != end; ++a, ++b) {
    const double x = std::stod(a->str()), y = std::stod(b->str());
    if (std::abs(x - y) > std::max(0.15, 0.02 * std::abs(x))) return false;
  }
  return true;
}

bool holds(const std::vector<std::string>& said, const std::vector<std::string>& told) {
  for (std::size_t from = 0; from + told.size() <= said.size(); ++from) {
    std::size_t n = 0;
    while (n < told.size() &&
           (alike(told[n], said[from + n]) || (n + 1 < told.size() && told[n + 1].starts_with("iteration"))))
      ++n;
    if (n == told.size()) return true;
  }
  return false;
}

/// In a folder of its own that sees the examples, as the reader stands at the top of the repository.
class AtTheTop {
 public:
  AtTheTop() : before_(std::filesystem::current_path()) {
    std::filesystem::create_directory_symlink(kTop + "/examples", folder_ / "examples");
    folder_.write("my.yaml", "");
    std::filesystem::current_path(std::filesystem::path(folder_ / "examples").parent_path());
  }
  ~AtTheTop() { std::filesystem::current_path(before_); }

 private:
  Folder folder_;
  std::filesystem::path before_;
};

TEST(Tutorial, EveryCommandPrintsWhatThePageShows) {
  const std::string page = slurp(kTop + "/docs/tutorial.md");
  const AtTheTop here;
  const std::regex echo("echo '(.*)' > ([a-z.]+)"),
      row(R"(\| ([a-z0-9]+\.yaml) \| ([a-z ]+) \| ([a-z ]+) \| (?:([0-9.]+ °C) )?\|)");
  std::map<std::string, Said> ran;
  for (const Shown& shown : shown_on(page)) {
    SCOPED_TRACE(shown.command);
    std::smatch write;
    if (std::regex_match(shown.command, write, echo)) {
      std::ofstream(write[2].str()) << write[1].str() << "\n";
      continue;
    }
    std::vector<std::string> command = words_of(shown.command);
    ASSERT_EQ(command[0], "bondline");
    command.erase(command.begin());
    const Said said = run(command);
    const auto words = words_of(said.out + "\n" + said.err);
    for (const auto& line : shown.lines)
      EXPECT_TRUE(line.find(", hash ") != std::string::npos || holds(words, words_of(line)))
          << line << "\n--- printed:\n"
          << said.out << said.err;
    ran[shown.command.substr(0, shown.command.find(" --"))] = said;
  }
  // The table at the end sums up what was shown.
  int rows = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it, ++rows) {
    const std::string command = "bondline " + (*it)[2].str() + " examples/tutorial/" + (*it)[1].str();
    SCOPED_TRACE(command);
    ASSERT_TRUE(ran.contains(command));
    const Said& said = ran[command];
    const std::string verdict = (*it)[3];
    EXPECT_EQ(said.status, verdict == "bad input" ? 2 : verdict == "pass" ? 0 : 1);
    if ((*it)[4].matched) {
      EXPECT_TRUE(holds(words_of(said.out), words_of("soc 2.5 W " + (*it)[4].str())));
    }
  }
  EXPECT_EQ(rows, 8);
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
