// Requests a second over loopback: our server and Node's http, the same small answer, the same client, one
// after the other, several rounds; the best of each is told, and the processor time a request costs the
// server. Both serve on one thread.
//   bench_http [--connections 64] [--seconds 2] [--rounds 3] [--node /usr/bin/node]
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "net/http/parser.h"
#include "net/http/server.h"

using namespace bondline::net;

namespace {

constexpr const char* kNode =
    "const h=require('http');const s=h.createServer((q,r)=>{const b='{\"ok\":true,\"tags\":1000}';"
    "r.writeHead(200,{'Content-Type':'application/json','Content-Length':b.length});r.end(b);});"
    "s.listen(0,'127.0.0.1',()=>console.log(s.address().port));";
constexpr const char* kRequest =
    "GET /v1/health?verbose=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";

struct Load {
  std::uint64_t requests = 0;
  std::vector<std::uint32_t> latency_us;
};

/// One connection: a request, its answer, and so on.
Task<> ask(std::uint16_t port, Clock::time_point until, Load& load) {
  Opened opened = co_await connect_tcp("127.0.0.1", port);
  if (!opened.stream) co_return;
  http::Parser parser(http::Parser::Kind::response, http::Limits());
  std::vector<std::uint8_t> bytes(16384);
  while (Clock::now() < until) {
    const auto begun = Clock::now();
    co_await opened.stream->write(std::string_view(kRequest));
    parser.reset();
    for (bool on = true; on;) {
      const Moved moved = co_await opened.stream->read_some(std::span(bytes));
      if (moved.error) co_return;
      std::string_view rest(reinterpret_cast<const char*>(bytes.data()), moved.bytes);
      for (;;) {
        const auto step = parser.next(rest);
        rest.remove_prefix(step.used);
        if (step.event == http::Parser::Event::end) on = false;
        if (step.event == http::Parser::Event::broken) co_return;
        if (!on || step.event == http::Parser::Event::more) break;
      }
    }
    ++load.requests;
    load.latency_us.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun).count()));
  }
}

Load press(std::uint16_t port, int connections, double seconds) {
  constexpr int kThreads = 2;
  std::vector<Load> loads(kThreads);
  std::vector<std::thread> threads;
  const auto until =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (Load& load : loads)
    threads.emplace_back([&] {
      Loop loop;
      auto main = [&]() -> Task<> {
        Group group(loop);
        for (int i = 0; i < std::max(1, connections / kThreads); ++i) group.spawn(ask(port, until, load));
        co_await group.join();
      };
      loop.run(main());
    });
  for (std::thread& thread : threads) thread.join();
  Load all;
  for (Load& load : loads) {
    all.requests += load.requests;
    all.latency_us.insert(all.latency_us.end(), load.latency_us.begin(), load.latency_us.end());
  }
  std::sort(all.latency_us.begin(), all.latency_us.end());
  return all;
}

double thread_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

double process_seconds(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  double ticks = 0;
  for (int i = 1; i <= 15 && in >> word; ++i)
    if (i >= 14) ticks += std::stod(word);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Result {
  double rate = 0, cpu_us = 0, p50 = 0, p99 = 0;
  void take(const Load& load, double seconds, double cpu) {
    const double now = static_cast<double>(load.requests) / seconds;
    if (now <= rate || load.latency_us.empty()) return;
    rate = now;
    cpu_us = 1e6 * cpu / static_cast<double>(load.requests);
    p50 = load.latency_us[load.latency_us.size() / 2];
    p99 = load.latency_us[load.latency_us.size() * 99 / 100];
  }
  void print(const char* who) const {
    fmt::print(
        "{:<10} {:>9.0f} requests/s  {:>6.1f} us of processor time each  p50 {:.0f} us  p99 {:.0f} us\n", who,
        rate, cpu_us, p50, p99);
  }
};

/// Ours, on a thread of its own for the length of one round.
void round_of_ours(int connections, double seconds, Result& best) {
  Loop loop;
  Signal stop;
  std::error_code error;
  http::Server server(Listener::open(loop, "127.0.0.1", 0, &error), [](http::Exchange& exchange) -> Task<> {
    const http::Response answer = http::json_response(200, R"({"ok":true,"tags":1000})");
    co_await exchange.respond(answer);
  });
  double cpu = 0;
  std::thread thread([&] {
    auto main = [&]() -> Task<> {
      Group group(loop);
      group.spawn(server.run());
      co_await stop.wait();
      group.cancel();
      co_await group.join();
    };
    loop.run(main());
    cpu = thread_seconds();
  });
  const Load load = press(server.port(), connections, seconds);
  loop.post([&] { stop.notify(); });
  thread.join();
  best.take(load, seconds, cpu);
}

void round_of_node(const std::string& node, int connections, double seconds, Result& best) {
  int pipes[2];
  if (pipe(pipes) != 0) return;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(pipes[1], 1);
    execl(node.c_str(), node.c_str(), "-e", kNode, nullptr);
    _exit(127);
  }
  close(pipes[1]);
  FILE* const out = fdopen(pipes[0], "r");
  unsigned port = 0;
  const bool up = fscanf(out, "%u", &port) == 1;
  if (up) {
    press(static_cast<std::uint16_t>(port), connections, 0.5);  // its compiler warms up
    const double before = process_seconds(pid);
    const Load load = press(static_cast<std::uint16_t>(port), connections, seconds);
    best.take(load, seconds, process_seconds(pid) - before);
  }
  kill(pid, SIGTERM);
  waitpid(pid, nullptr, 0);
  fclose(out);
}

}  // namespace

int main(int argc, char** argv) {
  int connections = 64, rounds = 3;
  double seconds = 2;
  std::string node = "/usr/bin/node";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    if (key == "--connections") connections = std::stoi(argv[i + 1]);
    if (key == "--rounds") rounds = std::stoi(argv[i + 1]);
    if (key == "--seconds") seconds = std::stod(argv[i + 1]);
    if (key == "--node") node = argv[i + 1];
  }
  Result ours, theirs;
  for (int i = 0; i < rounds; ++i) {
    round_of_ours(connections, seconds, ours);
    if (access(node.c_str(), X_OK) == 0) round_of_node(node, connections, seconds, theirs);
  }
  fmt::print("{} connections, {} rounds of {} s, best of each\n", connections, rounds, seconds);
  ours.print("bondline");
  if (theirs.rate > 0)
    theirs.print("Node http");
  else
    fmt::print("Node http  is missing: no {}\n", node);
  return 0;
}
