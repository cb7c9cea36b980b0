// bondlined is killed with SIGKILL at random points, two hundred times, while it stores and sends; mosquitto
// and mosquitto_sub judge: every sample that the log holds at the end has arrived, what arrived twice says
// so, and no value is another's.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "line/station/history.h"
#include "net/tcp.h"

using namespace bondline;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string program(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/bin/"})
    if (fs::exists(folder + name)) return folder + name;
  return "";
}

pid_t start(std::vector<std::string> words, const fs::path& output, bool append) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (freopen(output.c_str(), append ? "a" : "w", stdout) == nullptr || dup2(1, 2) < 0) _exit(126);
  execv(argv[0], argv.data());
  _exit(127);
}

int end(pid_t pid, int signal) {
  kill(pid, signal);
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

std::uint16_t free_port() {
  net::Loop loop;
  std::error_code error;
  return net::Listener::open(loop, "127.0.0.1", 0, &error)->port();
}

bool answers(std::uint16_t port) {
  net::Loop loop;
  bool up = false;
  auto probe = [&]() -> net::Task<> {
    net::Opened opened = co_await net::connect_tcp("127.0.0.1", port);
    up = opened.stream != nullptr;
  };
  loop.run(probe());
  return up;
}

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
  const pid_t broker =
      start({program("mosquitto"), "-c", (folder / "m.conf").string()}, folder / "broker.txt", false);
  for (int i = 0; i < 500 && !answers(port); ++i) std::this_thread::sleep_for(10ms);
  const pid_t subscriber = start(
      {program("mosquitto_sub"), "-h", "127.0.0.1", "-p", std::to_string(port), "-q", "2", "-t", "plant/l1"},
      folder / "received.txt", false);
  std::this_thread::sleep_for(200ms);

  std::mt19937 random(42);
  for (int kills = 0; kills < 200; ++kills) {
    const pid_t line = start({daemon.string(), (folder / "l.yaml").string()}, folder / "line.txt", true);
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 90));
    const int status = end(line, SIGKILL);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it must not have ended by itself, status " << WEXITSTATUS(status);
  }
  const pid_t line = start({daemon.string(), (folder / "l.yaml").string()}, folder / "line.txt", true);
  std::this_thread::sleep_for(1500ms);
  const int status = end(line, SIGTERM);
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
  end(subscriber, SIGTERM);
  end(broker, SIGTERM);
  EXPECT_GT(stored, 2000u);
  EXPECT_EQ(judged.sequences.size(), stored) << "lost";
  EXPECT_EQ(*judged.sequences.rbegin() - *judged.sequences.begin() + 1, stored)
      << "the log's numbers run on over all kills";
  EXPECT_EQ(judged.unmarked_twice, 0u);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}
