// bondlined reads its line file again: told by SIGHUP, or because the file has changed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "../gateway/peers.h"
#include "line/station/history.h"

using namespace bondline;
using namespace bondline::peers;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& file) {
  std::ostringstream all;
  all << std::ifstream(file).rdbuf();
  return all.str();
}

bool says(const fs::path& file, const std::string& words) {
  for (int i = 0; i < 1000; ++i) {
    if (text_of(file).find(words) != std::string::npos) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("bondline-reload-" + std::to_string(getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

constexpr const char* kHead = "bondline: line/1\nname: l\nstore: {path: store, window: 2 ms}\nmachines:\n";

std::uint64_t stored(const fs::path& folder, const std::string& tag) {
  base::Diagnostics diagnostics;
  std::uint64_t n = 0;
  station::query_history(
      base::disk(), (folder / "store").string(), {tag}, [&](const station::HistorySample&) { ++n; },
      diagnostics);
  return n;
}

}  // namespace

TEST(Bondlined, ReadsItsLineFileAgainWhenToldAndKeepsTheOldOneWhenTheNewIsWrong) {
  const fs::path daemon = fs::path(BONDLINE_BINARY).parent_path() / "bondlined";
  if (!fs::exists(daemon)) GTEST_SKIP() << "bondlined is not built here";
  const Folder folder;
  const fs::path file = folder.path / "l.yaml", out = folder.path / "out.txt";
  const std::string one = std::string(kHead) + "  c: {sim: counter, size: 2, poll: 5 ms}\n";
  std::ofstream(file) << one;
  Child line({daemon.string(), file.string(), "--reload-on-change"}, out);
  ASSERT_TRUE([&] {
    for (int i = 0; i < 1000 && stored(folder.path, "c.n0") < 3; ++i) std::this_thread::sleep_for(10ms);
    return stored(folder.path, "c.n0") >= 3;
  }());

  std::ofstream(file) << one << "  c: twice\n";
  line.tell(SIGHUP);
  ASSERT_TRUE(says(out, "the line runs on as it was")) << text_of(out);
  EXPECT_NE(text_of(out).find("l.yaml:6"), std::string::npos) << "the mistake is told at its place";

  std::ofstream(file) << one << "  d: {sim: counter, size: 2, poll: 5 ms}\n";
  line.tell(SIGHUP);
  ASSERT_TRUE(says(out, "d started")) << text_of(out);
  // Nobody tells of this one.
  std::ofstream(file) << one << "  e: {sim: counter, size: 2, poll: 5 ms}\n";
  ASSERT_TRUE(says(out, "e started; d ended")) << text_of(out);
  // An interface is opened, moved and closed with the file.
  const std::uint16_t port = free_port(), other = free_port();
  const auto reached = [](std::uint16_t at) {
    net::Loop loop;
    bool up = false;
    const auto probe = [&]() -> net::Task<> {
      net::Opened opened = co_await net::connect_tcp("127.0.0.1", at);
      up = opened.stream != nullptr;
    };
    loop.run(probe());
    return up;
  };
  for (const std::uint16_t at : {port, other}) {
    std::ofstream(file) << one << "  e: {sim: counter, size: 2, poll: 5 ms}\napi: {listen: \"127.0.0.1:" << at
                        << "\"}\n";
    line.tell(SIGHUP);
    wait_for_port(at);
    EXPECT_TRUE(reached(at)) << text_of(out);
  }
  EXPECT_FALSE(reached(port));
  EXPECT_EQ(line.end(SIGTERM), 0) << text_of(out);
  EXPECT_GT(stored(folder.path, "d.n0"), 0u);
  EXPECT_GT(stored(folder.path, "e.n0"), 0u);
}

// Two processes that write to one store would give the same sequences to different samples.
TEST(Bondlined, ASecondOneOnTheSameStoreIsRefusedAndTheFirstGoesOn) {
  const fs::path daemon = fs::path(BONDLINE_BINARY).parent_path() / "bondlined";
  if (!fs::exists(daemon)) GTEST_SKIP() << "bondlined is not built here";
  const Folder folder;
  const fs::path file = folder.path / "l.yaml", out = folder.path / "out.txt", other = folder.path / "2.txt";
  std::ofstream(file) << kHead << "  c: {sim: counter, size: 2, poll: 5 ms}\n";
  Child first({daemon.string(), file.string()}, out);
  const auto has_more_than = [&](std::uint64_t n) {
    for (int i = 0; i < 1000 && stored(folder.path, "c.n0") <= n; ++i) std::this_thread::sleep_for(10ms);
    return stored(folder.path, "c.n0") > n;
  };
  ASSERT_TRUE(has_more_than(2));
  Child second({daemon.string(), file.string()}, other);
  EXPECT_EQ(second.wait(20), 2) << text_of(other);
  EXPECT_NE(text_of(other).find("another line that runs is using this store"), std::string::npos);
  EXPECT_TRUE(has_more_than(stored(folder.path, "c.n0")));
  // What was killed leaves nothing locked.
  first.end(SIGKILL);
  const std::uint64_t before = stored(folder.path, "c.n0");
  Child third({daemon.string(), file.string()}, out);
  EXPECT_TRUE(has_more_than(before));
  // However often and soon it is told: a signal that finds it busy waits.
  for (int i = 0; i < 200; ++i) third.tell(SIGHUP);
  EXPECT_TRUE(has_more_than(stored(folder.path, "c.n0")));
  // Told twice it ends once, and still says what it did.
  third.tell(SIGTERM);
  EXPECT_EQ(third.end(SIGTERM), 0);
  EXPECT_NE(text_of(out).find("received to durable"), std::string::npos) << text_of(out);
}
