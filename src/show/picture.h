// Maps as PNG and curves as SVG, in the house's one look: perceptual colour scale (viridis, Smith & van der Walt 2015),
// titled, with axes in the unit asked for, a colour bar with round numbers, outlines of parts and marked points.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace bondline::show {

/// A field on a tensor grid of cells (graded spacing is drawn to scale), row-major with y rows from the bottom.
struct MapPicture {
  std::string title, unit;                ///< unit of value: "degC"
  std::vector<double> x, y;               ///< lines, in metres; drawn in mm
  std::vector<double> value;              ///< (x.size()-1) * (y.size()-1); NaN: void, drawn as background
  struct Outline {
    std::string name;
    std::vector<double> x, y;             ///< polygon, metres
  };
  std::vector<Outline> outlines;
  struct Mark {
    std::string text;
    double x = 0, y = 0;
  };
  std::vector<Mark> marks;
  double low = 0, high = 0;               ///< colour range; equal: from the data
};

/// PNG bytes, `width_px` wide including the colour bar. Text is drawn with a built-in bitmap font (no font files).
std::string to_png(const MapPicture& picture, int width_px = 900);

struct Curve {
  std::string name;
  std::vector<double> x, y;
};
struct CurvePicture {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  bool log_x = false, log_y = false;
};
/// A standalone SVG document.
std::string to_svg(const CurvePicture& picture, int width_px = 720, int height_px = 420);

}  // namespace bondline::show
