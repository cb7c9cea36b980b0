// PNG pictures taken by tests: decoded, compared, kept where a person can look at them.
#pragma once
#include <gtest/gtest.h>
#include <png.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace bondline::web {

struct Pixels {
  int width = 0, height = 0;
  std::vector<png_byte> rgb;
};

inline Pixels decode_png(const std::string& bytes) {
  Pixels out;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), 0) << image.message;
  image.format = PNG_FORMAT_RGB;
  out.width = int(image.width), out.height = int(image.height);
  out.rgb.resize(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, out.rgb.data(), 0, nullptr), 0) << image.message;
  return out;
}

struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
};

/// Calls `see` with the place of every pixel inside.
template <class See>
void each_pixel(const Pixels& p, const Rect& r, See see) {
  const int x1 = std::min(p.width, int(r.x + r.width)), y1 = std::min(p.height, int(r.y + r.height));
  for (int y = std::max(0, int(r.y)); y < y1; ++y)
    for (int x = std::max(0, int(r.x)); x < x1; ++x)
      see((std::size_t(y) * std::size_t(p.width) + std::size_t(x)) * 3);
}

/// Share of the pixels inside that differ visibly (by more than 12 of 255 in some colour).
inline double difference(const Pixels& a, const Pixels& b, const Rect& in) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  double all = 0, other = 0;
  each_pixel(a, in, [&](std::size_t at) {
    bool differs = false;
    for (std::size_t c = 0; c < 3; ++c) differs |= std::abs(int(a.rgb[at + c]) - int(b.rgb[at + c])) > 12;
    all += 1, other += differs ? 1 : 0;
  });
  return all > 0 ? other / all : 0;
}

/// How many clearly different colours (4 bits per channel) stand inside.
inline std::size_t colours(const Pixels& p, const Rect& in) {
  std::set<int> seen;
  each_pixel(p, in, [&](std::size_t at) {
    seen.insert(p.rgb[at] >> 4 << 8 | p.rgb[at + 1] >> 4 << 4 | p.rgb[at + 2] >> 4);
  });
  return seen.size();
}

/// build/*/pictures/NAME: what the tests saw.
inline void keep_picture(const std::string& name, const std::string& bytes) {
  const std::filesystem::path folder = BONDLINE_PICTURES;
  std::filesystem::create_directories(folder);
  std::ofstream(folder / name, std::ios::binary) << bytes;
}

}  // namespace bondline::web
