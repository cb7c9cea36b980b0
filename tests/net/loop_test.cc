#include "net/loop.h"

#include <gtest/gtest.h>

#include <thread>

using namespace bondline::net;
using namespace std::chrono_literals;

namespace {
Task<int> plus_one(int n) {
  co_return n + 1;
}
Task<int> down(int n) {
  if (n == 0) co_return 0;
  co_return 1 + co_await down(n - 1);
}
}  // namespace

TEST(Loop, RunsATaskToItsEnd) {
  Loop loop;
  int result = 0;
  auto main = [&]() -> Task<> { result = co_await plus_one(41); };
  loop.run(main());
  EXPECT_EQ(result, 42);
}

TEST(Loop, ThrowsWhatTheTaskThrew) {
  Loop loop;
  auto main = []() -> Task<> {
    co_await plus_one(1);
    throw std::runtime_error("no");
  };
  EXPECT_THROW(loop.run(main()), std::runtime_error);
}

TEST(Loop, AMillionCallsThatNeverSuspendDoNotGrowTheStack) {
  Loop loop;
  long sum = 0;
  auto main = [&]() -> Task<> {
    for (int i = 0; i < 1000000; ++i) sum += co_await plus_one(0);
  };
  loop.run(main());
  EXPECT_EQ(sum, 1000000);
}

TEST(Loop, CallsNest) {
  Loop loop;
  int depth = 0;
  auto main = [&]() -> Task<> { depth = co_await down(500); };
  loop.run(main());
  EXPECT_EQ(depth, 500);
}

TEST(Loop, TasksOfAGroupRunSideBySide) {
  Loop loop;
  std::string order;
  auto main = [&]() -> Task<> {
    Group group(loop);
    auto worker = [&](char name, std::chrono::milliseconds wait) -> Task<> {
      co_await sleep_for(wait);
      order += name;
    };
    group.spawn(worker('b', 40ms));
    group.spawn(worker('a', 5ms));
    co_await group.join();
    order += '.';
  };
  loop.run(main());
  EXPECT_EQ(order, "ab.");
}

TEST(Loop, CancellingAGroupEndsEveryWaitBelowIt) {
  Loop loop;
  int ended = 0;
  const auto start = Clock::now();
  auto main = [&]() -> Task<> {
    Group group(loop);
    auto inner = [&]() -> Task<std::error_code> { co_return co_await sleep_for(1h); };
    auto worker = [&]() -> Task<> {
      const std::error_code first = co_await inner();
      if (first == std::errc::operation_canceled) ++ended;
      // A wait that begins after the cancellation ends at once too.
      const std::error_code second = co_await sleep_for(1h);
      if (second == std::errc::operation_canceled) ++ended;
    };
    group.spawn(worker());
    group.spawn(worker());
    co_await sleep_for(5ms);
    group.cancel();
    co_await group.join();
  };
  loop.run(main());
  EXPECT_EQ(ended, 4);
  EXPECT_LT(Clock::now() - start, 10s);
}

TEST(Loop, ATaskThatThrowsEndsItsGroupAndTheGroupTells) {
  Loop loop;
  bool other_ended = false;
  auto main = [&]() -> Task<> {
    Group group(loop);
    auto bad = []() -> Task<> {
      co_await sleep_for(1ms);
      throw std::runtime_error("broken");
    };
    auto good = [&]() -> Task<> {
      co_await sleep_for(1h);
      other_ended = true;
    };
    group.spawn(good());
    group.spawn(bad());
    co_await group.join();
  };
  EXPECT_THROW(loop.run(main()), std::runtime_error);
  EXPECT_TRUE(other_ended);
}

TEST(Loop, ADeadlineCutsAWaitShortAndLeavesTheRestAlone) {
  Loop loop;
  std::error_code cut, after;
  bool passed = false;
  auto main = [&]() -> Task<> {
    Scope& scope = co_await current_scope();
    {
      Deadline deadline(scope, 5ms);
      cut = co_await deadline.run(sleep_for(1h));
      passed = deadline.passed();
    }
    after = co_await sleep_for(1ms);
  };
  loop.run(main());
  EXPECT_EQ(cut, std::errc::operation_canceled);
  EXPECT_TRUE(passed);
  EXPECT_FALSE(after);
}

TEST(Loop, ADeadlineThatIsNotReachedChangesNothing) {
  Loop loop;
  int got = 0;
  bool passed = true;
  auto main = [&]() -> Task<> {
    Scope& scope = co_await current_scope();
    Deadline deadline(scope, 1h);
    got = co_await deadline.run(plus_one(2));
    passed = deadline.passed();
  };
  loop.run(main());
  EXPECT_EQ(got, 3);
  EXPECT_FALSE(passed);
}

TEST(Signal, KeepsOneNotificationThatComesEarly) {
  Loop loop;
  int woken = 0;
  auto main = [&]() -> Task<> {
    Signal signal;
    signal.notify();
    signal.notify();
    const std::error_code early = co_await signal.wait();
    if (!early) ++woken;
    Scope& scope = co_await current_scope();
    Deadline deadline(scope, 5ms);
    const std::error_code late = co_await deadline.run(signal.wait());
    if (late) ++woken;
  };
  loop.run(main());
  EXPECT_EQ(woken, 2);
}

TEST(Signal, WakesFromAnotherThreadByPost) {
  Loop loop;
  bool woken = false;
  auto main = [&]() -> Task<> {
    Signal signal;
    std::thread other([&] { loop.post([&] { signal.notify(); }); });
    woken = !co_await signal.wait();
    other.join();
  };
  loop.run(main());
  EXPECT_TRUE(woken);
}
