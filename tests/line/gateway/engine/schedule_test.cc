#include "line/gateway/engine/schedule.h"

#include <gtest/gtest.h>

using namespace bondline;
using namespace std::chrono_literals;

TEST(Schedule, DoesNotDriftWhenPollsAreLate) {
  const auto start = net::Clock::time_point{} + 1h;
  gateway::Schedule schedule(start, 100ms);
  auto now = start;
  for (int i = 0; i < 1000; ++i) {
    const auto at = schedule.advance(now);
    EXPECT_EQ(at, start + i * 100ms);
    now = at + 37ms;  // every poll ends late, none so late that the next is missed
  }
  EXPECT_EQ(schedule.overruns(), 0u);
}

TEST(Schedule, LeavesMissedTimesOutAndCountsThem) {
  const auto start = net::Clock::time_point{} + 1h;
  gateway::Schedule schedule(start, 100ms);
  EXPECT_EQ(schedule.advance(start), start);
  // The poll hung for 450 ms: 100 is due late (as the newest time, 400), 200 and 300 are gone.
  EXPECT_EQ(schedule.advance(start + 450ms), start + 400ms);
  EXPECT_EQ(schedule.overruns(), 3u);
  EXPECT_EQ(schedule.advance(start + 460ms), start + 500ms);
}

TEST(BackOff, DoublesUpToItsBoundWithJitterAndStartsAgain) {
  gateway::BackOff back_off(1s, 10s, 7);
  double expected = 1;
  for (int i = 0; i < 8; ++i) {
    const double wait = std::chrono::duration<double>(back_off.next()).count();
    EXPECT_GE(wait, 0.8 * expected);
    EXPECT_LE(wait, 1.2 * expected);
    expected = std::min(10.0, 2 * expected);
  }
  back_off.reset();
  EXPECT_LE(back_off.next(), 1200ms);
}
