// The house's colours: one scale for fields, a handful for curves and drawing.
#pragma once
#include <array>
#include <cstdint>

namespace bondline::show {

struct Colour {
  std::uint8_t r = 0, g = 0, b = 0;
  friend bool operator==(const Colour&, const Colour&) = default;
};

/// The viridis scale (S. van der Walt and N. Smith, "A Better Default Colormap for Matplotlib", SciPy 2015;
/// released under CC0) at `fraction` in [0, 1] (clamped; NaN gives 0): dark violet, blue, green, yellow.
/// Luminance rises monotonically, so a print in grey still reads. Between nine published anchors: monotone
/// cubic interpolation.
Colour viridis(double fraction);

/// Relative luminance in [0, 1] (IEC 61966-2-1 linearised sRGB, Rec. 709 weights).
double luminance(Colour colour);

/// `over` on `under` with opacity alpha in [0, 1].
Colour blend(Colour under, Colour over, double alpha);

/// Curves tell apart for colour-blind eyes: Okabe and Ito, "Color Universal Design", 2008. Repeats after
/// seven.
Colour curve_colour(std::size_t index);

namespace ink {
inline constexpr Colour paper{255, 255, 255};
inline constexpr Colour empty{238, 239, 242};  ///< void cells
inline constexpr Colour text{34, 38, 46};
inline constexpr Colour faint{120, 126, 138};
inline constexpr Colour grid{224, 226, 231};
}  // namespace ink

}  // namespace bondline::show
