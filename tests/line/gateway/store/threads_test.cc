// Writers, the commit thread and readers at once.
#include <atomic>
#include <filesystem>
#include <thread>

#include "helpers.h"
#include "line/gateway/store/log.h"

namespace bondline::store {
namespace {

TEST(LogThreads, WritersAndReadersSeeEveryTagInOrder) {
  const std::string folder = ::testing::TempDir() + "bondline_log_threads";
  std::filesystem::remove_all(folder);
  base::Diagnostics diagnostics;
  LogOptions options;
  options.folder = folder;
  options.window = std::chrono::milliseconds(1);
  options.segment_bytes = 64u << 10;
  options.recent_bytes = 16u << 10;
  constexpr std::uint64_t kEach = 20000;
  {
    auto log = Log::open(base::disk(), options, numbers(4), diagnostics);
    ASSERT_TRUE(log);
    std::atomic<std::uint64_t> told{0};
    log->on_durable([&](std::uint64_t end) { told = end; });
    std::vector<std::thread> writers;
    for (tags::TagId tag = 0; tag < 3; ++tag)
      writers.emplace_back([&, tag] {
        tags::Batch batch;
        for (std::uint64_t value = 0; value < kEach; value += 50) {
          batch.clear();
          batch.begin({});
          for (std::uint64_t i = 0; i < 50; ++i) batch.add(tag, value + i);
          ASSERT_EQ(log->append(batch), 50u);
        }
      });
    std::thread reader([&] {
      std::uint64_t expected[3] = {0, 0, 0}, position = 0;
      Log::Reader read(*log, 1);
      tags::Batch batch;
      while (position < 3 * kEach) {
        const auto got = read.next(batch);
        if (!got) {
          std::this_thread::yield();
          continue;
        }
        for (std::size_t i = got->skip; i < batch.size(); ++i) {
          ASSERT_EQ(batch.bits()[i], expected[batch.tag()[i]]++);
          ++position;
        }
        log->acknowledge("plant", read.position());
      }
    });
    for (auto& writer : writers) writer.join();
    reader.join();
    EXPECT_EQ(told, 3 * kEach + 1);
    EXPECT_EQ(log->counters().durable, 3 * kEach);
  }
  auto log = Log::open(base::disk(), options, numbers(4), diagnostics);
  EXPECT_EQ(read_all(*log).values.size(), 3 * kEach);
  EXPECT_EQ(log->cursor("plant"), 3 * kEach + 1) << "the end of a log commits the cursors as well";
  log.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace bondline::store
