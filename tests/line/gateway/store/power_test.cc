// The power goes at any moment: what was durable stays, what comes back is in order, and no sequence is given
// twice to different samples that somebody may have seen.
#include <random>

#include "helpers.h"

namespace bondline::store {
namespace {

TEST(Power, CutAnywhereKeepsAllThatWasDurable) {
  std::mt19937 random(11);
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 3000;
  options.recent_bytes = 2000;
  std::uint64_t next = 0, durable = 0;
  std::vector<std::uint64_t> acknowledged_at_least(1, 1);
  for (int life = 0; life < 400; ++life) {
    auto log = open_log(files, options);
    ASSERT_TRUE(log);
    ASSERT_GE(log->durable_end(), durable + 1) << "life " << life;
    ASSERT_GE(log->cursor("plant"), acknowledged_at_least.back());
    const ReadBack all = read_all(*log);
    ASSERT_EQ(all.lost, 0u);
    ASSERT_EQ(all.values.size(), log->durable_end() - 1);
    for (std::uint64_t i = 0; i < all.values.size(); ++i) ASSERT_EQ(all.values[i], i) << "life " << life;
    next = log->durable_end() - 1;  // what did not survive is sent again by whoever made it
    for (std::uint64_t step = random() % 12; step > 0; --step) {
      log->append(counting(next, 1 + random() % 30));
      if (random() % 2) {
        ASSERT_TRUE(log->commit());
        durable = log->durable_end() - 1;
        if (random() % 3 == 0) {
          log->acknowledge("plant", durable + 1);
          ASSERT_TRUE(log->commit());
          acknowledged_at_least.push_back(durable + 1);
        }
      }
    }
    // The process dies in the midst of a write: nothing of it is finished, and some of it may have reached
    // the disk.
    if (random() % 2) {
      files.fail_after(1 + static_cast<int>(random() % 3), "power is gone");
      log->append(counting(next, 7));
      log->commit();
    }
    files.fail_after(1, "power is gone");
    log.reset();
    files.cut_power(random() % 200);
  }
  EXPECT_GT(durable, 1000u);
}

TEST(Power, FileThatWasBeingMadeIsPassedOver) {
  base::MemoryFiles files;
  std::uint64_t next = 0;
  {
    auto log = open_log(files);
    log->append(counting(next, 10));
    log->commit();
  }
  files.append("log/0000000002-000000000000000b.blog", "BLg1 half a head");
  files.sync("log/0000000002-000000000000000b.blog");
  auto log = open_log(files);
  EXPECT_EQ(log->durable_end(), 11u);
  log->append(counting(next, 10));
  ASSERT_TRUE(log->commit());
  EXPECT_EQ(read_all(*log).values.size(), 20u);
}

}  // namespace
}  // namespace bondline::store
