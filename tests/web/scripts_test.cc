// The report's scripts: well typed where TypeScript is installed, and all of them in the page.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;
const fs::path kWeb = fs::path(BONDLINE_SOURCE_DIR) / "web/report";

TEST(ReportScripts, AreWellTyped) {
  if (std::system("command -v tsc >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "tsc (node-typescript) is not installed";
  FILE* pipe = popen(("tsc --noEmit -p '" + kWeb.string() + "' 2>&1").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string said;
  std::array<char, 4096> part;
  for (std::size_t n; (n = fread(part.data(), 1, part.size(), pipe)) > 0;) said.append(part.data(), n);
  EXPECT_EQ(pclose(pipe), 0) << said;
}

TEST(ReportScripts, StandInTheListAllOfThem) {
  std::set<std::string> listed, there;
  std::ifstream list(kWeb / "scripts.txt");
  for (std::string line; std::getline(list, line);) {
    if (!line.empty() && line[0] != '#') {
      EXPECT_TRUE(listed.insert(line).second) << line << " is listed twice";
    }
  }
  for (const auto& entry : fs::directory_iterator(kWeb))
    if (entry.path().extension() == ".js") there.insert(entry.path().filename());
  EXPECT_EQ(listed, there);
}

}  // namespace
