// One thread beside several on a machine whose every core has another busy program: a stream's helpers must
// not make it slower than the caller alone. Windows of both kinds take turns, so that what else runs on the
// machine meets both alike; wall time, since that is what a crowded machine takes away.
//   bench_inference_crowded MODEL.blm [--threads N] [--hogs N] [--windows N] [--seconds S]
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "line/inference/runtime/runtime.h"

namespace {

using namespace bondline;
using Clock = std::chrono::steady_clock;

/// Programs of their own (and sessions, so that the scheduler groups none of them with us) that only burn
/// time.
class Hogs {
 public:
  explicit Hogs(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::setsid();
        volatile unsigned long n = 0;
        for (;;) n = n + 1;
      }
      if (child > 0) children_.push_back(child);
    }
  }
  ~Hogs() {
    for (const pid_t child : children_) ::kill(child, SIGKILL);
    for (const pid_t child : children_) ::waitpid(child, nullptr, 0);
  }
  Hogs(const Hogs&) = delete;
  Hogs& operator=(const Hogs&) = delete;

 private:
  std::vector<pid_t> children_;
};

/// A stream with memory of its own.
struct Runner {
  std::unique_ptr<inference::Stream> stream;
  std::vector<std::vector<std::byte>> memory;
  std::vector<const void*> in;
  std::vector<void*> out;
  std::vector<double> times;    ///< ms of every run
  std::vector<double> windows;  ///< mean ms of every window

  Runner(const std::shared_ptr<const inference::Model>& model, int threads) {
    base::Diagnostics problems;
    stream = inference::Stream::make(model, {threads}, problems);
    problems.throw_if_errors();
    memory.reserve(model->inputs().size() + model->outputs().size());
    for (const auto& port : model->inputs()) in.push_back(memory.emplace_back(port.bytes()).data());
    for (const auto& port : model->outputs()) out.push_back(memory.emplace_back(port.bytes()).data());
  }
  void window(double seconds) {
    const auto start = Clock::now();
    int runs = 0;
    double passed = 0;
    do {
      const auto before = Clock::now();
      stream->run(in, out);
      const auto after = Clock::now();
      times.push_back(std::chrono::duration<double, std::milli>(after - before).count());
      ++runs;
      passed = std::chrono::duration<double>(after - start).count();
    } while (passed < seconds);
    windows.push_back(passed * 1e3 / runs);
  }
};

double at(std::vector<double> list, double share) {
  std::sort(list.begin(), list.end());
  return list[static_cast<std::size_t>(share * static_cast<double>(list.size() - 1))];
}

std::string load() {
  std::ifstream file("/proc/loadavg");
  std::string first;
  file >> first;
  return first;
}

void compare(const std::shared_ptr<const inference::Model>& model, int threads, int hogs, int windows,
             double seconds) {
  Runner one(model, 1), many(model, threads);
  const Hogs busy(hogs);
  for (int i = 0; i < windows; ++i) {
    one.window(seconds);
    many.window(seconds);
  }
  std::vector<double> ratios;
  for (std::size_t i = 0; i < one.windows.size(); ++i) ratios.push_back(one.windows[i] / many.windows[i]);
  for (const Runner* r : {&one, &many})
    std::printf("| %d | %d | %.2f | %.2f | %.2f | %.2f | %s |\n", hogs, r->stream->threads(),
                at(r->windows, 0.5), at(r->times, 0.5), at(r->times, 0.9), at(r->times, 0.99),
                load().c_str());
  const auto& counters = many.stream->counters();
  std::printf(
      "  1 thread / %d threads, median of %d pairs of windows: %.2f (quartiles %.2f to %.2f); "
      "%.1f steps a run without helpers\n",
      threads, windows, at(ratios, 0.5), at(ratios, 0.25), at(ratios, 0.75),
      static_cast<double>(counters.alone) / static_cast<double>(counters.runs));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || std::strcmp(argv[1], "--help") == 0) {
    std::puts("bench_inference_crowded MODEL.blm [--threads N] [--hogs N] [--windows N] [--seconds S]");
    return argc < 2 ? 2 : 0;
  }
  int threads = base::usable_cores(), hogs = base::usable_cores(), windows = 15;
  double seconds = 0.5;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    if (key == "--threads") threads = std::atoi(argv[i + 1]);
    if (key == "--hogs") hogs = std::atoi(argv[i + 1]);
    if (key == "--windows") windows = std::max(1, std::atoi(argv[i + 1]));
    if (key == "--seconds") seconds = std::atof(argv[i + 1]);
  }
  base::Diagnostics problems;
  const auto model = inference::Model::load(argv[1], {}, problems);
  problems.throw_if_errors();
  std::printf("%s, load %s before\n", argv[1], load().c_str());
  std::puts(
      "| hogs | threads | ms, median of windows' means | run p50 | p90 | p99 | load "
      "|\n|---|---|---|---|---|---|---|");
  compare(model, threads, 0, windows, seconds);
  compare(model, threads, hogs, windows, seconds);
  return 0;
}
