// What the repository may say of itself, and promises its scripts make.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "run_command.h"

namespace {

namespace fs = std::filesystem;
const fs::path kTop = BONDLINE_SOURCE_DIR;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Tree, EveryPackageIsNamedInDependencies) {
  const std::string page = slurp(kTop / "docs/dependencies.md");
  std::istringstream lines(slurp(kTop / "tools/packages"));
  int packages = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string tier, package;
    words >> tier >> package;
    EXPECT_TRUE(tier == "run" || tier == "test" || tier == "bench") << line;
    EXPECT_NE(page.find("`" + package + "`"), std::string::npos)
        << package << " is missing in docs/dependencies.md";
    ++packages;
  }
  EXPECT_GT(packages, 10);
}

TEST(Tree, InstallerRefusesUnknownTiers) {
  const std::string script = (kTop / "tools/install-packages").string();
  EXPECT_EQ(output_of("sh " + script + " nonsense 2>/dev/null; echo $?"), "2\n");
}

TEST(Tree, EveryRoomSaysWhyItExists) {
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "src")) {
    if (!entry.is_directory()) continue;
    bool code = false;
    for (const auto& file : fs::directory_iterator(entry)) code |= file.path().extension() == ".cc";
    if (code) {
      EXPECT_TRUE(fs::exists(entry.path() / "README.md")) << entry.path() << " has no README.md";
    }
  }
}

TEST(Tree, NobodyAwaitsInACondition) {
  // g++ 12 may put a condition's temporary before the frame's resume address; what resumes the coroutine then
  // calls nonsense.
  const std::regex condition(R"((if|while|switch)\s*\([^;{]*co_await)");
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "src")) {
    if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
    std::istringstream lines(slurp(entry.path()));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.find("co_await") == std::string::npos || line.find("//") < line.find("co_await")) continue;
      std::smatch found;
      if (!std::regex_search(line, found, condition)) continue;
      // `if (ready) co_await x;` is fine: the parenthesis closes before the await.
      const std::string head = found.str();
      EXPECT_LE(std::count(head.begin(), head.end(), '('), std::count(head.begin(), head.end(), ')'))
          << entry.path() << ":" << number << ": await into a variable first";
    }
  }
}

TEST(Tree, LinksBetweenPagesLeadSomewhere) {
  const std::regex link(R"(\]\(([^)#\s]+)(#[^)]*)?\))");
  int links = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kTop)) {
    const std::string relative = fs::relative(entry.path(), kTop).generic_string();
    if (relative.starts_with("build/") || relative.starts_with(".git") || entry.path().extension() != ".md")
      continue;
    const std::string text = slurp(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (target.find("://") != std::string::npos || target.starts_with("mailto:")) continue;
      EXPECT_TRUE(fs::exists(entry.path().parent_path() / target))
          << relative << " links to missing " << target;
      ++links;
    }
  }
  EXPECT_GT(links, 10);
}

TEST(Tree, EveryPageIsInTheReadingOrder) {
  const std::string order = slurp(kTop / "docs/README.md");
  int pages = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "docs")) {
    if (entry.path().extension() != ".md") continue;
    const std::string page = fs::relative(entry.path(), kTop / "docs").generic_string();
    EXPECT_TRUE(page == "README.md" || order.find("](" + page + ")") != std::string::npos)
        << page << " is missing in docs/README.md";
    ++pages;
  }
  EXPECT_GT(pages, 20);
}

}  // namespace
