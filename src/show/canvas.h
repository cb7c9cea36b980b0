// A sheet of pixels to draw maps on, and its PNG bytes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "show/colour.h"

namespace bondline::show {

struct Point {
  double x = 0, y = 0;  ///< pixels, from the upper left corner of the sheet
};

enum class Anchor { left, centre, right };

class Canvas {
 public:
  Canvas(int width, int height, Colour paper);
  int width() const { return width_; }
  int height() const { return height_; }
  Colour at(int x, int y) const { return pixel_[place(x, y)]; }

  /// Everything outside this rectangle is dropped from now on (the whole sheet to begin with).
  void clip(int x0, int y0, int x1, int y1);

  /// Drawing outside the sheet is dropped.
  void set(int x, int y, Colour colour);
  void mix(int x, int y, Colour colour, double alpha);
  void fill(int x0, int y0, int x1, int y1, Colour colour);   ///< x0 <= x < x1, y0 <= y < y1
  void frame(int x0, int y0, int x1, int y1, Colour colour);  ///< one pixel wide, just outside that rectangle
  /// A line through `points` (closed or not), `thick` pixels wide, smooth; overlapping joints are not
  /// darkened.
  void trace(const std::vector<Point>& points, bool closed, double thick, Colour colour, double alpha = 1);
  void disc(Point centre, double radius, Colour colour, double alpha = 1);
  /// Text with its base line at `y`; `halo` > 0 surrounds it with that many pixels of `around`.
  void text(double x, double y, std::string_view utf8, double dot, Colour colour,
            Anchor anchor = Anchor::left, int halo = 0, Colour around = {});

 private:
  std::size_t place(int x, int y) const { return std::size_t(y) * std::size_t(width_) + std::size_t(x); }
  bool inside(int x, int y) const { return x >= x0_ && y >= y0_ && x < x1_ && y < y1_; }
  int width_, height_;
  int x0_, y0_, x1_, y1_;  // the clip
  std::vector<Colour> pixel_;
};

/// Pixels that `utf8` takes when written with `dot` pixels per dot.
int text_width(std::string_view utf8, double dot);

/// The sheet as a PNG file (8 bit RGB, no time stamp: same pixels, same bytes).
std::string png_bytes(const Canvas& canvas);

}  // namespace bondline::show
