// How windows of tags lie in a model's input.
#include <gtest/gtest.h>

#include "line/gateway/inference/model_spec.h"

using namespace bondline;
using namespace bondline::gateway;

namespace {

/// "times", "tags", or what is wrong.
std::string layout(inference::Shape shape, std::size_t tags, std::size_t window,
                   std::optional<bool> time_first = {}) {
  std::string problem;
  const auto found =
      layout_of({"x", inference::DType::f32, std::move(shape)}, tags, window, time_first, &problem);
  return found ? (*found ? "times" : "tags") : problem;
}

}  // namespace

TEST(ModelLayout, IsReadOffTheShapeWhereItSays) {
  EXPECT_EQ(layout({1, 16, 3}, 3, 16), "times");
  EXPECT_EQ(layout({1, 3, 16}, 3, 16), "tags");
  EXPECT_EQ(layout({1, 3, 1, 16}, 3, 16, false), "tags");
  EXPECT_EQ(layout({5}, 5, 1), "times");
  EXPECT_EQ(layout({1, 1, 8}, 1, 8), "times");
  EXPECT_EQ(layout({}, 1, 1), "times");
  EXPECT_EQ(layout({1, 12}, 3, 4, true), "times");
  EXPECT_EQ(layout({4, 4}, 4, 4, false), "tags");
}

TEST(ModelLayout, RefusesWhatDoesNotFitOrIsNotClear) {
  EXPECT_EQ(layout({1, 16, 3}, 3, 8), "input \"x\" is 1 x 16 x 3, which 3 tags of 8 values each do not fill");
  EXPECT_EQ(layout({1, 3, 8, 8}, 3, 64), "input \"x\" is 1 x 3 x 8 x 8: more than times and tags");
  EXPECT_EQ(layout({1, 12}, 3, 4), "input \"x\" is 1 x 12: whether times or tags come first must be said");
  EXPECT_EQ(layout({4, 4}, 4, 4), "input \"x\" is 4 x 4: whether times or tags come first must be said");
  EXPECT_EQ(layout({2, 6}, 3, 4), "input \"x\" is 2 x 6, and neither of its sides is 3 tags");
  EXPECT_EQ(layout({16, 3}, 3, 16, false), "input \"x\" is 16 x 3: times come first");
}
