#include <gtest/gtest.h>

#include "line/gateway/engine/driver.h"
#include "line/gateway/engine/sink.h"

using namespace bondline::gateway;

namespace {

/// Every counter of what ran before must be on top of what the one after it counted.
template <class Status, class... Counters>
void expect_goes_on(Counters Status::*... counters) {
  Status before, after;
  std::uint64_t n = 0;
  ((before.*counters = ++n, after.*counters = 1000), ...);
  before.say("the broker hung up");
  after.continue_from(before);
  n = 0;
  for (const std::uint64_t counted : {(after.*counters).load()...})
    EXPECT_EQ(counted, 1000 + ++n) << "counter " << n;
  EXPECT_EQ(after.last_problem(), "the broker hung up");
}

}  // namespace

TEST(Status, OfASinkGoesOnInTheOneThatTakesItsPlace) {
  expect_goes_on(&SinkStatus::acknowledged, &SinkStatus::sent, &SinkStatus::resent, &SinkStatus::lost,
                 &SinkStatus::refused, &SinkStatus::errors, &SinkStatus::connects, &SinkStatus::restarts);
}

TEST(Status, OfADriverGoesOnInTheOneThatTakesItsPlace) {
  expect_goes_on(&DriverStatus::polls, &DriverStatus::requests, &DriverStatus::errors,
                 &DriverStatus::overruns, &DriverStatus::connects, &DriverStatus::received,
                 &DriverStatus::strays, &DriverStatus::restarts);
}
