// The built-in lettering of maps: one glyph is nine rows of five dots (seven above the base line, two below),
// drawn for this program so that pictures need no font files. Glyphs are smoothed when they are enlarged.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bondline::show {

/// Rows from the top; bit 4 is the leftmost dot.
using GlyphRows = std::array<std::uint8_t, 9>;

/// The glyph of a code point; a hollow box where the font has none.
GlyphRows glyph(std::uint32_t code_point);
bool has_glyph(std::uint32_t code_point);

/// A text as coverage in [0, 1], row-major from the top; `dot` pixels per dot (fractions allowed, >= 1).
/// Proportional, digits all equally wide.
struct Lettering {
  int width = 0, height = 0;
  std::vector<float> coverage;
  int base_line = 0;  ///< rows from the top to the base line
};
Lettering letter(std::string_view utf8, double dot);

}  // namespace bondline::show
