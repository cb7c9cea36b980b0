#include "show/colour.h"

#include <algorithm>
#include <cmath>

namespace bondline::show {
namespace {

// viridis at 0, 1/8, ... 1 (the table of nine colours every port of the scale publishes).
constexpr std::array<std::array<double, 3>, 9> kViridis{{{68, 1, 84},
                                                         {71, 45, 123},
                                                         {59, 82, 139},
                                                         {44, 114, 142},
                                                         {33, 144, 140},
                                                         {39, 173, 129},
                                                         {93, 200, 99},
                                                         {170, 220, 50},
                                                         {253, 231, 37}}};

/// Slope at anchor i that keeps the cubic monotone between anchors (Fritsch and Butland, 1984: harmonic
/// mean).
double slope(std::size_t i, std::size_t channel) {
  if (i == 0) return kViridis[1][channel] - kViridis[0][channel];
  if (i + 1 == kViridis.size()) return kViridis[i][channel] - kViridis[i - 1][channel];
  const double before = kViridis[i][channel] - kViridis[i - 1][channel];
  const double after = kViridis[i + 1][channel] - kViridis[i][channel];
  return before * after <= 0 ? 0 : 2 * before * after / (before + after);
}

std::uint8_t byte_of(double value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

}  // namespace

Colour viridis(double fraction) {
  if (!(fraction > 0)) fraction = 0;
  const double place = std::min(fraction, 1.0) * double(kViridis.size() - 1);
  const std::size_t i = std::min(static_cast<std::size_t>(place), kViridis.size() - 2);
  const double t = place - double(i);
  std::array<std::uint8_t, 3> out{};
  for (std::size_t c = 0; c < 3; ++c) {  // cubic Hermite
    const double h00 = (1 + 2 * t) * (1 - t) * (1 - t), h10 = t * (1 - t) * (1 - t);
    const double h01 = t * t * (3 - 2 * t), h11 = t * t * (t - 1);
    out[c] =
        byte_of(h00 * kViridis[i][c] + h10 * slope(i, c) + h01 * kViridis[i + 1][c] + h11 * slope(i + 1, c));
  }
  return {out[0], out[1], out[2]};
}

double luminance(Colour colour) {
  const auto linear = [](std::uint8_t byte) {
    const double v = byte / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b);
}

Colour blend(Colour under, Colour over, double alpha) {
  alpha = std::clamp(alpha, 0.0, 1.0);
  const auto mix = [&](std::uint8_t a, std::uint8_t b) { return byte_of(a + (double(b) - a) * alpha); };
  return {mix(under.r, over.r), mix(under.g, over.g), mix(under.b, over.b)};
}

Colour curve_colour(std::size_t index) {
  static constexpr std::array<Colour, 7> kColours{{{0, 114, 178},
                                                   {213, 94, 0},
                                                   {0, 158, 115},
                                                   {204, 121, 167},
                                                   {230, 159, 0},
                                                   {86, 180, 233},
                                                   {34, 38, 46}}};
  return kColours[index % kColours.size()];
}

}  // namespace bondline::show
