// Maps as PNG and curves as SVG, in the house's one look: perceptual colour scale (viridis, Smith & van der
// Walt 2015), titled, with axes in the unit asked for, a colour bar with round numbers, outlines of parts and
// marked points.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace bondline::show {

/// A field on a tensor grid of cells (graded spacing is drawn to scale), row-major with y rows from the
/// bottom.
struct MapPicture {
  std::string title, unit;    ///< unit of value: "degC"
  std::vector<double> x, y;   ///< lines, in metres, strictly increasing; drawn in mm
  std::vector<double> value;  ///< (x.size()-1) * (y.size()-1); NaN: void, drawn as background
  struct Outline {
    std::string name;          ///< written inside where there is room; may be empty
    std::vector<double> x, y;  ///< polygon, metres
  };
  std::vector<Outline> outlines;
  struct Mark {
    std::string text;
    double x = 0, y = 0;
  };
  std::vector<Mark> marks;
  double low = 0, high = 0;                  ///< colour range; equal: from the data
  std::string x_label = "x", y_label = "y";  ///< names of the axes
  bool smooth = true;  ///< linear between cell centres, with contour lines; false: flat cells
};

/// PNG bytes, `width_px` wide (320 to 4096) including the colour bar. Text is drawn with a built-in bitmap
/// font (no font files). Both axes have one scale, unless the field is more than five times as wide as high:
/// then y is stretched, and its label says by how much. Throws base::Error where the sizes of x, y and value
/// do not fit.
std::string to_png(const MapPicture& picture, int width_px = 900);

struct Curve {
  std::string name;          ///< in the legend; empty: no entry
  std::vector<double> x, y;  ///< same length; points that are not finite break the line
};
struct CurvePicture {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  bool log_x = false, log_y = false;  ///< points <= 0 on a logarithmic axis are left out
};
/// A standalone SVG document. Throws base::Error where a curve's x and y differ in length.
std::string to_svg(const CurvePicture& picture, int width_px = 720, int height_px = 420);

}  // namespace bondline::show
