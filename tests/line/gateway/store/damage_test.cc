// Bit rot, fsync errors and write errors.
#include <algorithm>
#include <random>

#include "helpers.h"

namespace bondline::store {
namespace {

TEST(Damage, AnyFlippedBitLosesAFewSamplesAndTellsHowMany) {
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 4000;
  std::uint64_t next = 0;
  {
    auto log = open_log(files, options);
    for (int commit = 0; commit < 60; ++commit) {
      log->append(counting(next, 20));
      log->commit();
    }
  }
  std::mt19937 random(3);
  const auto names = files.list("log");
  for (int round = 0; round < 200; ++round) {
    const std::string path = "log/" + names[random() % names.size()];
    const std::uint64_t byte = random() % *files.size(path);
    const int bit = static_cast<int>(random() % 8);
    ASSERT_TRUE(files.flip_bit(path, byte, bit));
    auto log = open_log(files, options);
    std::uint64_t more = next;
    log->append(counting(more, 1));  // so that a loss at the end is seen
    log->commit();
    const ReadBack all = read_all(*log);
    // What is lost and known to be lost, and what is read, are all there is; nothing is invented or
    // reordered.
    std::uint64_t previous = 0;
    for (std::size_t i = 0; i < all.values.size(); ++i) {
      if (all.values[i] != next) {
        ASSERT_EQ(all.values[i], all.sequences[i] - 1);
      }
      ASSERT_GT(all.sequences[i], previous);
      previous = all.sequences[i];
    }
    EXPECT_EQ(all.values.size() + all.lost, log->durable_end() - 1) << path << " byte " << byte;
    log.reset();
    const auto after = files.list("log");
    for (const auto& name : after)
      if (std::find(names.begin(), names.end(), name) == names.end()) files.remove("log/" + name);
    files.flip_bit(path, byte, bit);
  }
}

TEST(Damage, FailedSyncWritesEverythingAgainIntoANewSegment) {
  base::MemoryFiles files;
  auto log = open_log(files);
  std::uint64_t next = 0;
  log->append(counting(next, 10));
  ASSERT_TRUE(log->commit());
  const auto segments = log->counters().segments;
  log->append(counting(next, 10));
  files.fail_once(2, "cannot sync: Input/output error");  // the append works, the sync does not
  EXPECT_TRUE(log->commit());
  EXPECT_EQ(log->counters().failed_commits, 1u);
  EXPECT_EQ(log->counters().segments, segments + 1);
  files.cut_power();
  const ReadBack all = read_all(*log);
  ASSERT_EQ(all.values.size(), 20u) << "each sample once, though two files hold some of them";
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(all.values[i], i);
}

TEST(Damage, DiskThatStaysBrokenRefusesInTheEndAndRecovers) {
  base::MemoryFiles files;
  LogOptions options;
  options.waiting_bytes = 400;
  auto log = open_log(files, options);
  std::uint64_t next = 0;
  log->append(counting(next, 10));
  ASSERT_TRUE(log->commit());
  files.fail_after(1, "cannot append: Input/output error");
  std::uint64_t offered = 0, taken = 0;
  for (int i = 0; i < 50; ++i) {
    std::uint64_t try_next = next;
    const auto got = log->append(counting(try_next, 10));
    offered += 10;
    taken += got;
    if (got) next = try_next;
    EXPECT_FALSE(log->commit());
  }
  EXPECT_LT(taken, offered);
  EXPECT_FALSE(log->counters().problem.empty());
  EXPECT_EQ(log->counters().refused.at("store failed"), offered - taken);
  files.cut_power(1000000);  // ends the failing, keeps everything
  EXPECT_TRUE(log->commit());
  const ReadBack all = read_all(*log);
  ASSERT_EQ(all.values.size(), next);
  for (std::uint64_t i = 0; i < next; ++i) EXPECT_EQ(all.values[i], i);
  EXPECT_TRUE(log->counters().problem.empty());
}

}  // namespace
}  // namespace bondline::store
