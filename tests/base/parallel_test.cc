#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

namespace bondline::base {
namespace {

TEST(Pool, RunsEachChunkOnce) {
  for (int threads : {1, 2, 4, 7}) {
    Pool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (std::size_t chunks : {0u, 1u, 2u, 3u, 17u, 1000u, 20000u}) {
      std::vector<std::atomic<int>> runs(chunks);
      pool.run(chunks, [&](std::size_t chunk) { runs.at(chunk).fetch_add(1); });
      for (const auto& count : runs) ASSERT_EQ(count.load(), 1);
    }
  }
}

TEST(Pool, SeesWritesOfTheLoopBeforeWithoutLocks) {
  Pool pool(4);
  std::vector<long> values(257, 0);
  for (int round = 0; round < 3000; ++round)
    parallel_for(pool, values.size(), 8, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i)
        values[i] += static_cast<long>(values[(i + begin) % 1 + i]) >= 0;
    });
  EXPECT_EQ(std::accumulate(values.begin(), values.end(), 0L), 257L * 3000L);
}

TEST(Pool, WakesSleepingWorkersAgainAndAgain) {
  Pool pool(4);
  std::atomic<int> sum{0};
  for (int round = 0; round < 50; ++round) {
    std::this_thread::sleep_for(std::chrono::microseconds(400));  // longer than the spin: the workers sleep
    pool.run(16, [&](std::size_t) { sum.fetch_add(1); });
  }
  EXPECT_EQ(sum.load(), 50 * 16);
}

TEST(Pool, DoesNotWaitForWorkersThatTookNothing) {
  // More threads than any box has cores: if the end of a loop needed every worker once, this would crawl.
  Pool pool(64);
  std::atomic<int> sum{0};
  for (int round = 0; round < 2000; ++round) pool.run(2, [&](std::size_t) { sum.fetch_add(1); });
  EXPECT_EQ(sum.load(), 4000);
}

TEST(Pool, RethrowsTheFailureOfTheLowestChunkAfterAllRan) {
  for (int threads : {1, 4}) {
    Pool pool(threads);
    std::atomic<int> runs{0};
    const auto body = [&](std::size_t chunk) {
      runs.fetch_add(1);
      if (chunk == 7 || chunk == 40 || chunk == 90) throw std::runtime_error(std::to_string(chunk));
    };
    try {
      pool.run(100, body);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7");
    }
    EXPECT_EQ(runs.load(), 100);
    pool.run(4, [&](std::size_t) { runs.fetch_add(1); });  // the pool is usable afterwards
    EXPECT_EQ(runs.load(), 104);
  }
}

TEST(Pool, RunsANestedLoopOnTheThreadThatAskedForIt) {
  Pool pool(4);
  std::atomic<int> inner{0}, strangers{0};
  pool.run(16, [&](std::size_t) {
    const auto self = std::this_thread::get_id();
    pool.run(10, [&](std::size_t) {
      inner.fetch_add(1);
      if (std::this_thread::get_id() != self) strangers.fetch_add(1);
    });
  });
  EXPECT_EQ(inner.load(), 160);
  EXPECT_EQ(strangers.load(), 0);
}

TEST(Pool, ServesTwoCallersAtOnce) {
  Pool pool(3);
  std::atomic<long> sum{0};
  const auto caller = [&] {
    for (int round = 0; round < 500; ++round)
      pool.run(20, [&](std::size_t chunk) { sum.fetch_add(static_cast<long>(chunk)); });
  };
  std::thread other(caller);
  caller();
  other.join();
  EXPECT_EQ(sum.load(), 2L * 500 * 190);
}

TEST(Pool, WithOneThreadKeepsTheOrder) {
  Pool pool(1);
  std::vector<std::size_t> order;
  pool.run(5, [&](std::size_t chunk) { order.push_back(chunk); });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(Pool, ClosesWhileItsWorkersSleepOrSpin) {
  for (int round = 0; round < 30; ++round) {
    Pool pool(4);
    if (round % 3 == 0) pool.run(8, [](std::size_t) {});
    if (round % 3 == 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(ParallelFor, CoversTheRangeInBlocks) {
  Pool pool(3);
  for (std::size_t n : {0u, 1u, 9u, 10u, 11u, 1003u}) {
    std::vector<std::atomic<int>> runs(n);
    parallel_for(pool, n, 10, [&](std::size_t begin, std::size_t end) {
      EXPECT_EQ(begin % 10, 0u);
      EXPECT_LE(end - begin, 10u);
      EXPECT_LT(begin, end);
      for (std::size_t i = begin; i < end; ++i) runs.at(i).fetch_add(1);
    });
    for (const auto& count : runs) ASSERT_EQ(count.load(), 1);
  }
}

TEST(ParallelSum, GivesTheSameBitsForAnyNumberOfThreads) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> any(-1, 1);
  for (std::size_t n : {1u, 100u, 5000u, 100003u}) {
    std::vector<double> values(n);
    for (double& value : values) value = any(random) * std::pow(10.0, 12 * any(random));
    const auto sum = [&](int threads) {
      Pool pool(threads);
      return parallel_sum(pool, n, 64, [&](std::size_t begin, std::size_t end) {
        double part = 0;
        for (std::size_t i = begin; i < end; ++i) part += values[i];
        return part;
      });
    };
    const double one = sum(1);
    for (int threads : {2, 3, 8}) {
      const double more = sum(threads);
      EXPECT_EQ(std::memcmp(&one, &more, sizeof one), 0) << n << " values, " << threads << " threads";
    }
  }
}

TEST(ParallelSum, OfNothingIsZeroAndOfWholeNumbersExact) {
  Pool pool(2);
  EXPECT_EQ(parallel_sum(pool, 0, 8, [](std::size_t, std::size_t) { return 1.0; }), 0);
  const double sum = parallel_sum(pool, 1001, 8, [](std::size_t begin, std::size_t end) {
    double part = 0;
    for (std::size_t i = begin; i < end; ++i) part += static_cast<double>(i);
    return part;
  });
  EXPECT_EQ(sum, 500500);
}

TEST(UsableCores, IsAtLeastOneAndWithinTheMachine) {
  EXPECT_GE(usable_cores(), 1);
  EXPECT_LE(usable_cores(), static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

}  // namespace
}  // namespace bondline::base
