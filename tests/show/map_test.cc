#include <gtest/gtest.h>
#include <png.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <vector>

#include "base/diagnostic.h"
#include "show/colour.h"
#include "show/font.h"
#include "show/map_field.h"
#include "show/picture.h"

namespace bondline::show {
namespace {

struct Decoded {
  int width = 0, height = 0;
  std::vector<png_byte> rgb;
  Colour at(int x, int y) const {
    const std::size_t p = (std::size_t(y) * std::size_t(width) + std::size_t(x)) * 3;
    return {rgb[p], rgb[p + 1], rgb[p + 2]};
  }
};

Decoded decode(const std::string& bytes) {
  Decoded out;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), 0) << image.message;
  image.format = PNG_FORMAT_RGB;
  out.width = int(image.width), out.height = int(image.height);
  out.rgb.resize(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, out.rgb.data(), 0, nullptr), 0) << image.message;
  return out;
}

/// 20 x 10 mm on graded lines, hottest at (+4, +2) mm, a void corner at the lower left.
MapPicture package() {
  MapPicture p;
  p.title = "soc, active face";
  p.unit = "degC";
  for (int i = 0; i <= 40; ++i) p.x.push_back(0.01 * std::sinh(2.0 * (i - 20) / 20) / std::sinh(2.0));
  for (int j = 0; j <= 24; ++j) p.y.push_back(-0.005 + 0.01 * j / 24);
  for (std::size_t j = 0; j + 1 < p.y.size(); ++j) {
    for (std::size_t i = 0; i + 1 < p.x.size(); ++i) {
      const double x = (p.x[i] + p.x[i + 1]) / 2, y = (p.y[j] + p.y[j + 1]) / 2;
      const bool hollow = x < -0.006 && y < -0.002;
      const double r2 = (x - 0.004) * (x - 0.004) + (y - 0.002) * (y - 0.002);
      p.value.push_back(hollow ? std::nan("") : 45 + 60 * std::exp(-r2 / 2.2e-5));
    }
  }
  return p;
}

/// The colour that fills most of a picture's column of pixels would be the paper: find the plot by its field
/// instead.
struct Where {
  int x, y;
};
Where brightest(const Decoded& d) {
  Where best{0, 0};
  double most = -1;
  for (int y = 0; y < d.height; ++y) {
    for (int x = 0; x < d.width * 3 / 4; ++x) {
      const Colour c = d.at(x, y);
      if (c.r > 200 && c.b > 100) continue;  // paper, ink and void: the scale's bright end is yellow
      if (luminance(c) > most) most = luminance(c), best = {x, y};
    }
  }
  return best;
}

/// The plot's frame: the rectangle that void and field fill, from its faint border.
struct Frame {
  int left, top, right, bottom;
};
Frame frame_of(const Decoded& d) {
  Frame f{d.width, d.height, 0, 0};
  for (int y = 0; y < d.height; ++y) {
    int run = 0;
    for (int x = 0; x < d.width; ++x) {
      run = d.at(x, y) == ink::faint ? run + 1 : 0;
      if (run > d.width / 3) {
        f.left = std::min(f.left, x - run + 1), f.right = std::max(f.right, x);
        f.top = std::min(f.top, y), f.bottom = std::max(f.bottom, y);
      }
    }
  }
  return f;
}

TEST(Map, HotSpotIsTheBrightestPixelAndSitsToScale) {
  MapPicture p = package();
  p.smooth = false;
  const Decoded d = decode(to_png(p));
  EXPECT_EQ(d.width, 900);
  const Frame f = frame_of(d);
  const Where hot = brightest(d);
  EXPECT_NEAR(-10 + 20.0 * (hot.x - f.left) / (f.right - f.left), 4.0, 1.3);
  EXPECT_NEAR(5 - 10.0 * (hot.y - f.top) / (f.bottom - f.top), 2.0, 1.3);
  EXPECT_NEAR(double(f.right - f.left) / (f.bottom - f.top), 2.0, 0.02);  // one scale for both axes
}

TEST(Map, VoidIsBackgroundAndFieldIsNot) {
  const Decoded d = decode(to_png(package()));
  const Frame f = frame_of(d);
  EXPECT_EQ(d.at(f.left + 10, f.bottom - 10), ink::empty);
  EXPECT_NE(d.at(f.right - 10, f.bottom - 10), ink::empty);
  EXPECT_EQ(d.at(2, 2), ink::paper);
}

TEST(Map, CellColoursFollowTheScale) {
  MapPicture p;
  p.unit = std::string("K");
  p.x = {0, 1e-3, 2e-3};
  p.y = {0, 1e-3};
  p.value = {10, 20};
  p.smooth = false;
  const Decoded d = decode(to_png(p));
  const Frame f = frame_of(d);
  const int middle = (f.top + f.bottom) / 2, quarter = (f.right - f.left) / 4;
  EXPECT_EQ(d.at(f.left + quarter, middle), viridis(0));
  EXPECT_EQ(d.at(f.right - quarter, middle), viridis(1));
  p.low = 0, p.high = 20;
  EXPECT_EQ(decode(to_png(p)).at(f.left + quarter, middle), viridis(0.5));
}

TEST(Map, SmoothFieldMeetsCellCentresAndLeavesTheVoidAlone) {
  MapPicture p;
  p.x = {0, 1, 2, 3};
  p.y = {0, 1};
  p.value = {10, 20, std::nan("")};
  const MapField field(p);
  EXPECT_DOUBLE_EQ(field.at(0.5, 0.5), 10);
  EXPECT_DOUBLE_EQ(field.at(1.0, 0.5), 15);
  EXPECT_DOUBLE_EQ(field.at(1.9, 0.5), 20);
  EXPECT_TRUE(std::isnan(field.at(2.5, 0.5)));
  EXPECT_TRUE(std::isnan(field.at(-1, 0.5)));
}

TEST(Map, FlatFieldsAreStretchedAndStayInsideTheWidth) {
  MapPicture p;
  p.title = "cross-section";
  for (int i = 0; i <= 50; ++i) p.x.push_back(i * 1e-3);
  p.y = {-1.6e-3, -0.2e-3, 0, 0.3e-3, 0.8e-3};
  p.value.assign(200, 50.0);
  const Decoded d = decode(to_png(p, 900));
  const Frame f = frame_of(d);
  EXPECT_GT(f.bottom - f.top, (f.right - f.left) / 4);
}

TEST(Map, UniformEmptyAndTinyFieldsAreDrawn) {
  MapPicture p;
  p.x = {0, 1e-3};
  p.y = {0, 1e-3};
  p.value = {300};
  EXPECT_GT(decode(to_png(p)).height, 0);
  p.value = {std::nan("")};
  EXPECT_GT(decode(to_png(p)).height, 0);
  p.x = {0, 1e-9};
  EXPECT_GT(decode(to_png(p, 1)).height, 0);
}

TEST(Map, SizesThatDoNotFitAreRefused) {
  MapPicture p = package();
  p.value.pop_back();
  EXPECT_THROW(to_png(p), base::Error);
  p = package();
  p.x[3] = p.x[2];
  EXPECT_THROW(to_png(p), base::Error);
  EXPECT_THROW(to_png(MapPicture{}), base::Error);
}

TEST(Map, SamePictureSameBytes) {
  EXPECT_EQ(to_png(package()), to_png(package()));
}

TEST(Map, OutlinesMarksAndNamesAreDrawnInsideThePlotOnly) {
  MapPicture plain = package(), full = package();
  full.outlines.push_back({"soc", {0.001, 0.007, 0.007, 0.001}, {-0.001, -0.001, 0.0045, 0.0045}});
  full.marks.push_back({"105.0 °C", 0.004, 0.002});
  full.marks.push_back({"off the sheet", 1.0, 1.0});
  const Decoded a = decode(to_png(plain)), b = decode(to_png(full));
  const Frame f = frame_of(a);
  int inside = 0, outside = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      if (a.at(x, y) == b.at(x, y)) continue;
      const bool in = x >= f.left && x <= f.right && y >= f.top && y <= f.bottom;
      ++(in ? inside : outside);
    }
  }
  EXPECT_GT(inside, 1000);
  EXPECT_EQ(outside, 0);
  if (const char* folder = std::getenv("BONDLINE_PICTURES")) {  // to look at
    std::ofstream(std::string(folder) + "/map.png", std::ios::binary) << to_png(full);
  }
}

TEST(Font, HasEveryPrintableAsciiAndTheHousesSymbols) {
  for (std::uint32_t c = 0x20; c < 0x7F; ++c) EXPECT_TRUE(has_glyph(c)) << char(c);
  for (std::uint32_t c : {0xB5u, 0xB0u, 0x3A9u, 0xD7u, 0xB7u, 0x2192u}) EXPECT_TRUE(has_glyph(c)) << c;
  EXPECT_FALSE(has_glyph(0x6F22));
}

TEST(Font, GlyphsDifferFromOneAnother) {
  for (std::uint32_t a = 0x21; a < 0x7F; ++a) {
    for (std::uint32_t b = a + 1; b < 0x7F; ++b) EXPECT_NE(glyph(a), glyph(b)) << char(a) << char(b);
  }
}

TEST(Font, DigitsAreEquallyWideAndTextGrowsWithTheDot) {
  EXPECT_EQ(letter("111", 2).width, letter("888", 2).width);
  EXPECT_GT(letter("soc", 2).width, letter("soc", 1.5).width);
  EXPECT_EQ(letter("", 2).width, 0);
}

}  // namespace
}  // namespace bondline::show
