#include <gtest/gtest.h>

#include "document/document.h"

namespace bondline::document {
namespace {

const std::vector<std::string> kKnown = {"thickness", "size", "at", "attach", "k", "E"};

TEST(Nearest, FindsSlipsOfTheHand) {
  EXPECT_EQ(nearest("thicknes", kKnown), "thickness");
  EXPECT_EQ(nearest("THICKNESS", kKnown), "thickness");
  EXPECT_EQ(nearest("thikcness", kKnown), "thickness");
  EXPECT_EQ(nearest("sise", kKnown), "size");
  EXPECT_EQ(nearest("attahc", kKnown), "attach");
  EXPECT_EQ(nearest("e", kKnown), "E");
}

TEST(Nearest, OffersNothingFarFetched) {
  EXPECT_EQ(nearest("colour", kKnown), "");
  EXPECT_EQ(nearest("q", kKnown), "") << "one letter is not near another";
  EXPECT_EQ(nearest("", kKnown), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace bondline::document
