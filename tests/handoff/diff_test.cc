#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "handoff/handoff.h"
#include "sample.h"

namespace bondline::handoff {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HandoffDiff, IsEmptyForEqualsHashAndMakerAside) {
  Handoff b = sample();
  b.made_by = "another";
  b.hash = "whatever";
  EXPECT_THAT(diff(sample(), b), IsEmpty());
}

TEST(HandoffDiff, NamesWhatChangedByItsName) {
  Handoff b = sample();
  b.limits[0].high_alarm = 383.15;
  b.regions[0].x = 1e-3;
  b.models[0].A[3] = 0.5;
  EXPECT_THAT(diff(sample(), b),
              ElementsAre("limits.soc.junction.high_alarm: 378.15 -> 383.15",
                          "models.thermal.A: [[2,-0.5],[-0.5,1e-7]] -> [[2,-0.5],[-0.5,0.5]]",
                          "regions.soc.x: 0 -> 0.001"));
}

TEST(HandoffDiff, NamesWhatCameAndWent) {
  Handoff b = sample();
  b.golden[0].name = "ball.A2";
  b.limits[0].low_warn = 233.15;
  b.tags.pop_back();
  EXPECT_THAT(diff(sample(), b), ElementsAre("golden.ball.A1: removed", "golden.ball.A2: added",
                                             "limits.soc.junction.low_warn: added (233.15)",
                                             "tags.dram.junction: removed (was \"dram.junction\")"));
}

TEST(HandoffDiff, SeesOrder) {
  Handoff a = sample(), b = sample();
  std::swap(b.tags[0], b.tags[1]);
  EXPECT_THAT(diff(a, b), ElementsAre("tags: in another order"));
}

}  // namespace
}  // namespace bondline::handoff
