// A full disk and a bounded store, under each policy.
#include "helpers.h"

namespace bondline::store {
namespace {

struct Outcome {
  std::uint64_t offered = 0, taken = 0;
};

// Offers samples (their number is their value) until `offered`, committing as it goes.
Outcome offer(Log& log, std::uint64_t& next, int batches) {
  Outcome outcome;
  for (int i = 0; i < batches; ++i) {
    outcome.offered += 20;
    outcome.taken += log.append(counting(next, 20));
    log.commit();
  }
  return outcome;
}

TEST(Full, StopRefusesAndLosesNothingThatWasTaken) {
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 2000;
  options.max_bytes = 10000;
  auto log = open_log(files, options);
  log->acknowledge("plant", 1);
  std::uint64_t next = 0;
  const Outcome first = offer(*log, next, 300);
  EXPECT_LT(first.taken, first.offered);
  EXPECT_EQ(log->counters().refused.at("store full"), first.offered - first.taken);
  EXPECT_LE(log->counters().stored_bytes, options.max_bytes + options.segment_bytes + 2000);
  EXPECT_EQ(read_all(*log).values.size(), first.taken);
  // The sink catches up: there is room again.
  log->acknowledge("plant", log->durable_end());
  log->commit();
  std::uint64_t again = 0;
  EXPECT_EQ(log->append(counting(again, 20)), 20u);
  EXPECT_TRUE(log->counters().dropped.empty());
}

TEST(Full, DropOldestTakesEverythingAndCountsWhatWent) {
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 2000;
  options.max_bytes = 10000;
  options.when_full = WhenFull::drop_oldest;
  auto log = open_log(files, options);
  log->acknowledge("plant", 1);
  std::uint64_t next = 0;
  const Outcome all = offer(*log, next, 300);
  EXPECT_EQ(all.taken, all.offered);
  const auto counters = log->counters();
  ASSERT_TRUE(counters.dropped.contains("oldest"));
  const ReadBack left = read_all(*log, log->cursor("plant"));
  EXPECT_EQ(left.values.size() + counters.dropped.at("oldest"), all.taken)
      << "stored and dropped are all there is";
  EXPECT_EQ(left.values.back(), next - 1);
}

TEST(Full, DecimateThinsEachTag) {
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 2000;
  options.max_bytes = 10000;
  options.when_full = WhenFull::decimate;
  options.decimate_by = 5;
  auto log = open_log(files, options);
  log->acknowledge("plant", 1);
  std::uint64_t next = 0;
  const Outcome all = offer(*log, next, 600);
  const auto counters = log->counters();
  EXPECT_EQ(counters.refused.at("decimated"), all.offered - all.taken);
  const ReadBack left = read_all(*log, log->cursor("plant"));
  EXPECT_EQ(left.values.size() + (counters.dropped.contains("oldest") ? counters.dropped.at("oldest") : 0),
            all.taken);
  EXPECT_EQ(left.values.back() - left.values[left.values.size() - 2], 5u);
}

TEST(Full, DiskWithoutRoomDeletesReadHistoryFirst) {
  base::MemoryFiles files;
  files.set_capacity(12000);
  LogOptions options;
  options.segment_bytes = 2000;
  auto log = open_log(files, options);
  std::uint64_t next = 0;
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(log->append(counting(next, 20)), 20u);
    ASSERT_TRUE(log->commit()) << log->counters().problem;
    log->acknowledge("plant", log->durable_end());
  }
  EXPECT_TRUE(log->counters().dropped.empty());
  EXPECT_EQ(read_all(*log, log->begin()).values.back(), next - 1);
}

TEST(Full, DiskWithoutRoomRefusesWhileASinkIsBehind) {
  base::MemoryFiles files;
  files.set_capacity(12000);
  LogOptions options;
  options.segment_bytes = 2000;
  options.waiting_bytes = 1000;
  auto log = open_log(files, options);
  log->acknowledge("plant", 1);
  std::uint64_t next = 0;
  const Outcome all = offer(*log, next, 400);
  EXPECT_LT(all.taken, all.offered);
  const auto counters = log->counters();
  EXPECT_EQ(counters.refused.at("store full"), all.offered - all.taken);
  EXPECT_EQ(read_all(*log).values.size(), counters.durable);
  files.set_capacity(UINT64_MAX);
  EXPECT_TRUE(log->commit());
  EXPECT_EQ(read_all(*log).values.size(), all.taken);
}

TEST(Retention, DeletesWhatIsOldAndReadAndNothingElse) {
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 2000;
  options.keep = std::chrono::seconds(100);
  std::int64_t now = 1'000'000'000'000;
  options.wall_ns = [&] { return now; };
  auto log = open_log(files, options);
  log->acknowledge("plant", 1);
  std::uint64_t next = 0;
  offer(*log, next, 50);
  const auto before = log->counters().segments;
  now += 200'000'000'000;
  offer(*log, next, 1);
  EXPECT_EQ(log->counters().segments, before) << "old, but not read";
  log->acknowledge("plant", log->durable_end());
  offer(*log, next, 1);
  EXPECT_LT(log->counters().segments, before);
  EXPECT_TRUE(log->counters().dropped.empty());
}

TEST(Retention, ReckonsWithSegmentsMadeAtAnyTime) {
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 2000;
  options.keep = std::chrono::seconds(100);
  std::int64_t now = -9'200'000'000'000'000'000;  // what a damaged head may say of its making
  options.wall_ns = [&] { return now; };
  auto log = open_log(files, options);
  log->acknowledge("plant", 1);
  std::uint64_t next = 0;
  offer(*log, next, 50);
  const auto before = log->counters().segments;
  now = 1'000'000'000'000'000'000;  // further away than 64 bits of nanoseconds
  log->acknowledge("plant", log->durable_end());
  offer(*log, next, 1);
  EXPECT_LT(log->counters().segments, before);
}

}  // namespace
}  // namespace bondline::store
