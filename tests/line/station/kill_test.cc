// bondlined is killed with SIGKILL at random points, two hundred times, while it stores and sends; mosquitto
// and mosquitto_sub judge: every sample that the log holds at the end has arrived, what arrived twice says
// so, and no value is another's.
#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "../gateway/peers.h"
#include "line/station/history.h"

using namespace bondline;
using namespace bondline::peers;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Judged {
  std::set<std::uint64_t> sequences;
  std::uint64_t documents = 0, unmarked_twice = 0;
};

Judged judge(const fs::path& file) {
  Judged all;
  std::ifstream in(file);
  for (std::string text; std::getline(in, text);) {
    if (text.empty() || text[0] != '{' || text.back() != '}') continue;
    const auto document = nlohmann::json::parse(text);
    ++all.documents;
    const std::uint64_t first = document.at("seq"), n = document.at("n");
    for (std::uint64_t s = first; s < first + n; ++s)
      if (!all.sequences.insert(s).second && !document.contains("again")) ++all.unmarked_twice;
  }
  return all;
}

}  // namespace

TEST(Kill, TwoHundredRandomKillsLoseNothingThatWasStored) {
  const fs::path daemon = fs::path(BONDLINE_BINARY).parent_path() / "bondlined";
  if (!fs::exists(daemon)) GTEST_SKIP() << "bondlined is not built here";
  if (program("mosquitto").empty() || program("mosquitto_sub").empty())
    GTEST_SKIP() << "mosquitto is not installed";
  const fs::path folder = fs::temp_directory_path() / ("bondline-kill-" + std::to_string(getpid()));
  fs::create_directories(folder);
  const std::uint16_t port = free_port();
  std::ofstream(folder / "m.conf") << "listener " << port
                                   << " 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                                   << (geteuid() == 0 ? "user root\n" : "");
  std::ofstream(folder / "l.yaml") << "bondline: line/1\nname: l1\nmachines:\n  c: {sim: counter, size: 10, "
                                      "poll: 2 ms}\nsinks:\n  plant: {mqtt: \"mqtt://127.0.0.1:"
                                   << port << "\", topic: plant/l1}\nstore: {path: store, window: 2 ms}\n";
  Child broker({program("mosquitto"), "-c", (folder / "m.conf").string()}, folder / "broker.txt");
  wait_for_port(port);
  Child subscriber(
      {program("mosquitto_sub"), "-h", "127.0.0.1", "-p", std::to_string(port), "-q", "2", "-t", "plant/l1"},
      folder / "received.txt");
  std::this_thread::sleep_for(200ms);

  std::mt19937 random(42);
  for (int kills = 0; kills < 200; ++kills) {
    Child line({daemon.string(), (folder / "l.yaml").string()}, folder / "line.txt", "a");
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 90));
    const int status = line.end(SIGKILL);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it must not have ended by itself, status " << WEXITSTATUS(status);
  }
  Child line({daemon.string(), (folder / "l.yaml").string()}, folder / "line.txt", "a");
  std::this_thread::sleep_for(1500ms);
  const int status = line.end(SIGTERM);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);

  base::Diagnostics diagnostics;
  std::uint64_t stored = 0;
  EXPECT_TRUE(station::query_history(
      base::disk(), (folder / "store").string(), {"c.*"}, [&](const station::HistorySample&) { ++stored; },
      diagnostics));
  Judged judged;
  for (int i = 0; i < 1000; ++i) {
    judged = judge(folder / "received.txt");
    if (judged.sequences.size() >= stored) break;
    std::this_thread::sleep_for(20ms);
  }
  subscriber.end(SIGTERM);
  broker.end(SIGTERM);
  EXPECT_GT(stored, 2000u);
  EXPECT_EQ(judged.sequences.size(), stored) << "lost";
  EXPECT_EQ(*judged.sequences.rbegin() - *judged.sequences.begin() + 1, stored)
      << "the log's numbers run on over all kills";
  EXPECT_EQ(judged.unmarked_twice, 0u);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}
