// Independent programs that tests start on loopback: brokers, subscribers, ourselves as a daemon.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "net/tcp.h"

namespace bondline::peers {

/// The path of an installed program; "" when it is not there.
inline std::string program(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/bin/"})
    if (std::filesystem::exists(folder + name)) return folder + name;
  return "";
}

/// A child process; its output goes to a file. Ended with SIGTERM at the latest when this goes.
class Child {
 public:
  Child(std::vector<std::string> words, const std::filesystem::path& output, const char* mode = "w") {
    pid_ = fork();
    if (pid_ != 0) return;
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (freopen(output.c_str(), mode, stdout) == nullptr || dup2(1, 2) < 0) _exit(126);
    execv(argv[0], argv.data());
    _exit(127);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(SIGTERM); }
  void tell(int with) const { kill(pid_, with); }
  /// Waits until it has ended by itself; the wait status.
  int join() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }
  /// Sends a signal and waits; the wait status.
  int end(int with) {
    if (pid_ <= 0) return 0;
    int status = 0;
    kill(pid_, with);
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }
  /// Waits until it has ended by itself, at most so many seconds; its exit status, -1 when it did not.
  int wait(int seconds) {
    for (int i = 0; i < seconds * 200 && pid_ > 0; ++i) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return -1;
  }

 private:
  pid_t pid_;
};

/// An authority (ca.pem), a server's certificate for localhost (broker.pem, broker.key), a client's
/// (edge.pem, edge.key) and another authority (other.pem), made by openssl(1) for one test alone. False: no
/// openssl.
inline bool make_certificates(const std::filesystem::path& folder) {
  if (program("openssl").empty()) return false;
  const std::string at = folder.string() + "/";
  const std::string commands =
      "cd " + at +
      " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out "
      "ca.pem -days 2 -subj /CN=test-ca"
      " && printf 'subjectAltName=DNS:localhost\\n' > san"
      " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout broker.key -out "
      "broker.csr -subj /CN=localhost"
      " && openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out broker.pem -days 2 "
      "-extfile san"
      " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout edge.key -out "
      "edge.csr -subj /CN=edge"
      " && openssl x509 -req -in edge.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out edge.pem -days 2"
      " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key -out "
      "other.pem -days 2 -subj "
      "/CN=other-ca"
      " && chmod a+r *.key";
  return std::system(("(" + commands + ") > " + at + "openssl.txt 2>&1").c_str()) == 0;
}

inline std::uint16_t free_port() {
  net::Loop loop;
  std::error_code error;
  return net::Listener::open(loop, "127.0.0.1", 0, &error)->port();
}

/// Waits until somebody listens there, at most five seconds.
inline void wait_for_port(std::uint16_t port) {
  for (int i = 0; i < 500; ++i) {
    net::Loop loop;
    bool up = false;
    auto probe = [&]() -> net::Task<> {
      net::Opened opened = co_await net::connect_tcp("127.0.0.1", port);
      up = opened.stream != nullptr;
    };
    loop.run(probe());
    if (up) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace bondline::peers
