// mosquitto on loopback, started for a test, with its clients: an independent broker.
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "peers.h"

namespace bondline::peers {

inline bool have_mosquitto() {
  return !program("mosquitto").empty() && !program("mosquitto_sub").empty() &&
         !program("mosquitto_pub").empty();
}

struct LoopbackBroker {
  explicit LoopbackBroker(const std::string& name)
      : folder(std::filesystem::temp_directory_path() / ("bondline-" + name + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "m.conf") << "listener " << port << " 127.0.0.1\nallow_anonymous true\n"
                                     << "persistence true\npersistence_location " << folder.string() << "/\n"
                                     << (geteuid() == 0 ? "user root\n" : "");
    start();
  }
  ~LoopbackBroker() {
    broker.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  void start() {
    broker = std::make_unique<Child>(
        std::vector<std::string>{program("mosquitto"), "-c", (folder / "m.conf").string()},
        folder / "broker.txt");
    wait_for_port(port);
  }
  /// Publishes and waits until the broker has it.
  void publish(const std::string& topic, const std::string& payload, int qos = 1, bool retain = false) const {
    std::vector<std::string> words{program("mosquitto_pub"),
                                   "-h",
                                   "127.0.0.1",
                                   "-p",
                                   std::to_string(port),
                                   "-q",
                                   std::to_string(qos),
                                   "-t",
                                   topic,
                                   "-m",
                                   payload};
    if (retain) words.emplace_back("-r");
    const pid_t pid = fork();
    if (pid == 0) {
      std::vector<char*> argv;
      for (auto& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
  }
  /// Writes what comes under `topic` to heard(), "TOPIC PAYLOAD" a line.
  std::unique_ptr<Child> listen(const std::string& topic) const {
    auto child =
        std::make_unique<Child>(std::vector<std::string>{program("mosquitto_sub"), "-h", "127.0.0.1", "-p",
                                                         std::to_string(port), "-v", "-q", "1", "-t", topic},
                                folder / "heard.txt");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return child;
  }
  std::string heard() const {
    std::ifstream in(folder / "heard.txt");
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  std::filesystem::path folder;
  std::uint16_t port = free_port();
  std::unique_ptr<Child> broker;
};

}  // namespace bondline::peers
