// Durable appends, commit latency beside the raw fdatasync of the same run, bytes per sample, reading back,
// and the recovery scan of a large log. bench_log [FOLDER [SAMPLES]]; the folder (default: build folder of
// the caller) must be on the disk that is to be measured.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "line/gateway/store/log.h"
#include "peer.h"

namespace {

using namespace bondline;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr tags::TagId kTags = 1000;

double since(Clock::time_point t) {
  return std::chrono::duration<double>(Clock::now() - t).count();
}
double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

store::Dictionary dictionary() {
  store::Dictionary names;
  for (tags::TagId i = 0; i < kTags; ++i)
    names.push_back({"machine.tag" + std::to_string(i), "degC",
                     i % 5 == 0 ? tags::ValueType::f64
                     : i % 2    ? tags::ValueType::i64
                                : tags::ValueType::f32});
  return names;
}

// Polls of a thousand registers that move slowly with a little noise, made before the clock starts.
std::vector<tags::Batch> polls(const store::Dictionary& names, int count) {
  std::vector<tags::Batch> all(static_cast<std::size_t>(count));
  std::uint64_t noise = 1;
  for (int poll = 0; poll < count; ++poll) {
    const std::int64_t now = 1'700'000'000'000'000'000 + poll * 100'000'000LL;
    tags::Batch& batch = all[static_cast<std::size_t>(poll)];
    batch.begin({now, now + 3000, now / 3});
    for (tags::TagId tag = 0; tag < kTags; ++tag) {
      noise = noise * 6364136223846793005u + 1442695040888963407u;
      const double value =
          200 + tag + 5 * std::sin(0.01 * poll + tag) + 0.1 * static_cast<double>(noise >> 60);
      switch (names[tag].type) {
        case tags::ValueType::f64:
          batch.add(tag, tags::bits_of(std::round(value * 10) / 10));
          break;
        case tags::ValueType::f32:
          batch.add(tag, tags::bits_of(static_cast<float>(value)));
          break;
        default:
          batch.add(tag, static_cast<std::uint64_t>(value * 10));
      }
    }
  }
  return all;
}

void raw_fdatasync(const std::string& file, std::size_t bytes) {
  const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  const std::string block(bytes, 'x');
  std::vector<double> took;
  for (int i = 0; i < 100; ++i) {
    const auto began = Clock::now();
    if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) std::perror("fdatasync");
    took.push_back(since(began));
  }
  ::close(fd);
  std::sort(took.begin(), took.end());
  std::printf("raw write + fdatasync of %zu KiB: p50 %.2f ms, p99 %.2f ms\n", bytes >> 10, took[50] * 1e3,
              took[98] * 1e3);
}

// The same at the pace of a log's commits, for as long: what the disk itself does now and then (a journal's
// commit, another's writes) shows only over seconds.
void raw_paced(const std::string& file, std::size_t bytes, std::chrono::milliseconds window, double seconds) {
  const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  const std::string block(bytes, 'x');
  std::vector<double> took;
  for (const auto began = Clock::now(); since(began) < seconds;) {
    const auto before = Clock::now();
    if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) std::perror("fdatasync");
    took.push_back(since(before));
    std::this_thread::sleep_until(before + window);
  }
  ::close(fd);
  std::sort(took.begin(), took.end());
  std::printf("raw write + fdatasync of %zu KiB every %d ms: p50 %.2f ms, p99 %.2f ms\n", bytes >> 10,
              static_cast<int>(window.count()), took[took.size() / 2] * 1e3, took[took.size() * 99 / 100] * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "bench-log";
  const std::uint64_t samples = argc > 2 ? std::stoull(argv[2]) : 50'000'000;
  fs::remove_all(folder);
  fs::create_directories(folder);
  const store::Dictionary names = dictionary();
  const auto source = polls(names, 200);
  raw_fdatasync(folder + "/raw.bin", 64 << 10);
  raw_fdatasync(folder + "/raw.bin", 256 << 10);

  base::Diagnostics diagnostics;
  store::LogOptions options;
  options.folder = folder + "/log";
  std::uint64_t refused = 0;
  {
    auto log = store::Log::open(base::disk(), options, names, diagnostics);
    const auto began = Clock::now();
    const double cpu = cpu_seconds();
    for (std::uint64_t done = 0, at = 0; done < samples; ++at) {
      const std::uint64_t taken = log->append(source[at % source.size()]);
      if (taken == 0) {
        ++refused;
        usleep(1000);
      }
      done += taken;
    }
    log->commit();
    const double took = since(began);
    const auto counters = log->counters();
    std::printf("durable append: %.2f M samples/s wall, %.2f M samples per CPU second, %.2f bytes/sample\n",
                1e-6 * static_cast<double>(samples) / took,
                1e-6 * static_cast<double>(samples) / (cpu_seconds() - cpu),
                static_cast<double>(counters.bytes) / static_cast<double>(samples));
    std::printf("commits at full speed: %llu, p50 %.2f ms, p99 %.2f ms (back-pressure waits: %llu)\n",
                static_cast<unsigned long long>(counters.commits), counters.commit_seconds_p50 * 1e3,
                counters.commit_seconds_p99 * 1e3, static_cast<unsigned long long>(refused));
  }
  raw_paced(folder + "/raw.bin", 24 << 10, std::chrono::milliseconds(5), 5);
  {
    store::LogOptions paced = options;
    paced.folder = folder + "/paced";
    auto log = store::Log::open(base::disk(), paced, names, diagnostics);
    std::uint64_t done = 0;
    for (const auto began = Clock::now(); since(began) < 5; ++done) {
      log->append(source[done % source.size()]);
      std::this_thread::sleep_until(began + std::chrono::microseconds(500) * (done + 1));  // 2 M samples/s
    }
    const auto counters = log->counters();
    std::printf(
        "paced at 2 M samples/s: %.2f M/s durable; write + fdatasync p50 %.2f ms, p99 %.2f ms, window %.0f "
        "ms\n",
        1e-6 * static_cast<double>(counters.durable) / 5, counters.commit_seconds_p50 * 1e3,
        counters.commit_seconds_p99 * 1e3, 1e-6 * static_cast<double>(paced.window.count()));
  }
  {
    const auto began = Clock::now();
    auto log = store::Log::open(base::disk(), options, names, diagnostics);
    std::printf("recovery of %.2f GiB in %llu segments: %.3f s\n",
                static_cast<double>(log->recovery().bytes) / (1u << 30),
                static_cast<unsigned long long>(log->recovery().segments), since(began));
    store::Log::Reader reader(*log, 1);
    tags::Batch batch;
    std::uint64_t read_back = 0, lost = 0;
    const auto reading = Clock::now();
    while (const auto read = reader.next(batch)) {
      read_back += batch.size() - read->skip;
      lost += read->lost;
    }
    std::printf("reading back, every frame checked: %.1f M samples/s (%llu lost)\n",
                1e-6 * static_cast<double>(read_back) / since(reading),
                static_cast<unsigned long long>(lost));
  }
  for (const int batch : {100, 5000}) {
    const std::string file = folder + "/peer-" + std::to_string(batch) + ".db";
    const double rows = sqlite_rows_per_second(file, batch == 100 ? 20000 : 1'000'000, batch);
    if (rows < 0)
      std::printf("SQLite: not built in (libsqlite3-dev)\n");
    else
      std::printf("SQLite WAL FULL, %d rows a transaction: %.0f k rows/s\n", batch, rows * 1e-3);
  }
  fs::remove_all(folder);
  return 0;
}
