// Every #include in src/ follows an arrow of docs/architecture.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Arrows = std::map<std::string, std::set<std::string>>;

const fs::path kTop = BONDLINE_SOURCE_DIR;

Arrows read_arrows() {
  std::ifstream in(kTop / "docs/architecture.md");
  Arrows arrows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "```arrows") {
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      const auto colon = line.find(':');
      std::istringstream rest(line.substr(colon + 1));
      auto& allowed = arrows[line.substr(0, colon)];
      for (std::string room; rest >> room;) allowed.insert(room);
    }
  }
  return arrows;
}

// The room a path relative to src/ belongs to: the longest known room that is a prefix.
std::string room_of(const std::string& path, const Arrows& arrows) {
  std::string best;
  for (const auto& [room, allowed] : arrows)
    if (path.starts_with(room + "/") && room.size() > best.size()) best = room;
  return best;
}

TEST(Arrows, TableKnowsEveryRoomAndPointsOnlyDownwards) {
  const Arrows arrows = read_arrows();
  ASSERT_GE(arrows.size(), 10u);
  for (const auto& [room, allowed] : arrows)
    for (const auto& below : allowed) {
      ASSERT_TRUE(arrows.contains(below)) << room << " points at unknown room " << below;
      EXPECT_FALSE(arrows.at(below).contains(room)) << room << " and " << below << " include each other";
    }
}

TEST(Arrows, EveryIncludeFollowsTheTable) {
  const Arrows arrows = read_arrows();
  int includes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "src")) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    const std::string path = fs::relative(entry.path(), kTop / "src").generic_string();
    const std::string room = room_of(path, arrows);
    ASSERT_FALSE(room.empty()) << "src/" << path << " lies in no room of docs/architecture.md";
    std::ifstream in(entry.path());
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (!line.starts_with("#include \"")) continue;
      const std::string target = line.substr(10, line.rfind('"') - 10);
      const std::string used = room_of(target, arrows);
      ASSERT_FALSE(used.empty()) << "src/" << path << ":" << number << ": include names no room: " << target;
      EXPECT_TRUE(used == room || arrows.at(room).contains(used))
          << "src/" << path << ":" << number << ": " << room << " may not include " << used;
      ++includes;
    }
  }
  EXPECT_GT(includes, 50);
}

// What a room is linked with (USES in its CMakeLists.txt) is what the table allows.
TEST(Arrows, CMakeLinksWhatTheTableSays) {
  const Arrows arrows = read_arrows();
  const std::regex room(R"(bondline_room\(([a-z/]+)(?:\s+USES((?:\s+[a-z][a-z/]*)+))?)");
  int rooms = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "src")) {
    if (entry.path().filename() != "CMakeLists.txt") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator it(text.begin(), text.end(), room), end; it != end; ++it) {
      const std::string name = (*it)[1];
      ASSERT_TRUE(arrows.contains(name)) << name << " is missing in docs/architecture.md";
      std::set<std::string> uses;
      std::istringstream words((*it)[2]);
      for (std::string word; words >> word;) uses.insert(word);
      EXPECT_EQ(uses, arrows.at(name)) << "src/" << name << "/CMakeLists.txt and docs/architecture.md differ";
      ++rooms;
    }
  }
  EXPECT_GE(rooms, 10);
}

TEST(Arrows, HeavyHeadersStayOutOfHeaders) {
  const std::vector<std::string> heavy = {"<Eigen/",      "<nlohmann/", "<fmt/",  "<CLI/",
                                          "<libfyaml.h>", "<openssl/",  "<png.h>"};
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "src")) {
    if (entry.path().extension() != ".h") continue;
    const std::string path = fs::relative(entry.path(), kTop / "src").generic_string();
    if (path.starts_with("app/")) continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("#include <")) continue;
      if (line == "#include <nlohmann/json_fwd.hpp>") continue;  // names only, made for headers
      for (const auto& name : heavy)
        EXPECT_EQ(line.find(name), std::string::npos) << "src/" << path << " includes " << name;
    }
  }
}

}  // namespace
