#include "line/tags/batch.h"

#include <gtest/gtest.h>

namespace bondline::tags {
namespace {

TEST(Batch, KeepsRunsTextAndQualities) {
  Batch batch;
  batch.begin({10, 11, 12});
  batch.add(3, 33);
  batch.add_text(4, "ready", Quality::uncertain);
  batch.begin({20, 21, 22});
  batch.add_text(4, "");
  ASSERT_EQ(batch.size(), 3u);
  ASSERT_EQ(batch.runs().size(), 2u);
  EXPECT_EQ(batch.runs()[0].count, 2u);
  EXPECT_EQ(batch.runs()[1].first, 2u);
  EXPECT_EQ(batch.text_of(1), "ready");
  EXPECT_EQ(batch.text_of(2), "");
  EXPECT_EQ(batch.quality()[1], Quality::uncertain);
}

TEST(Batch, UsedAgainAllocatesNothing) {
  Batch batch;
  const auto fill = [&] {
    batch.begin({});
    for (TagId tag = 0; tag < 1000; ++tag) batch.add(tag, tag);
  };
  fill();
  const auto* const tags = batch.tag().data();
  const auto* const bits = batch.bits().data();
  batch.clear();
  EXPECT_TRUE(batch.empty());
  fill();
  EXPECT_EQ(batch.tag().data(), tags);
  EXPECT_EQ(batch.bits().data(), bits);
}

}  // namespace
}  // namespace bondline::tags
