#include "show/colour.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace bondline::show {
namespace {

TEST(Viridis, LuminanceRisesAllTheWay) {
  // A step of one in 255 of blue changes luminance by 2e-4: finer than that an 8-bit colour cannot follow.
  for (int i = 1; i <= 256; ++i)
    EXPECT_GE(luminance(viridis(i / 256.0)), luminance(viridis((i - 1) / 256.0)) - 2e-4);
  for (int i = 4; i <= 256; ++i)
    EXPECT_GT(luminance(viridis(i / 256.0)), luminance(viridis((i - 4) / 256.0)));
  EXPECT_LT(luminance(viridis(0)), 0.02);
  EXPECT_GT(luminance(viridis(1)), 0.75);
}

TEST(Viridis, MeetsPublishedColoursBetweenItsAnchors) {
  // matplotlib's table of 256: entries 16, 112 and 208 lie half way between the anchors.
  struct Known {
    int index;
    Colour colour;
  };
  for (const Known& k : {Known{16, {72, 24, 106}}, Known{112, {38, 129, 142}}, Known{208, {129, 211, 77}}}) {
    const Colour c = viridis(k.index / 255.0);
    EXPECT_NEAR(c.r, k.colour.r, 8) << k.index;
    EXPECT_NEAR(c.g, k.colour.g, 8) << k.index;
    EXPECT_NEAR(c.b, k.colour.b, 8) << k.index;
  }
}

TEST(Viridis, ClampsAndSurvivesNan) {
  EXPECT_EQ(viridis(-3), viridis(0));
  EXPECT_EQ(viridis(7), viridis(1));
  EXPECT_EQ(viridis(std::nan("")), viridis(0));
}

TEST(Colour, BlendsBetweenItsEnds) {
  EXPECT_EQ(blend({0, 0, 0}, {255, 255, 255}, 0), (Colour{0, 0, 0}));
  EXPECT_EQ(blend({0, 0, 0}, {255, 255, 255}, 1), (Colour{255, 255, 255}));
  EXPECT_EQ(blend({0, 0, 0}, {200, 100, 50}, 0.5), (Colour{100, 50, 25}));
}

TEST(Colour, CurvesDiffer) {
  for (std::size_t a = 0; a < 7; ++a) {
    for (std::size_t b = a + 1; b < 7; ++b) EXPECT_NE(curve_colour(a), curve_colour(b));
  }
}

}  // namespace
}  // namespace bondline::show
