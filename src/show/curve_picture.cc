#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/diagnostic.h"
#include "show/colour.h"
#include "show/picture.h"
#include "show/text.h"
#include "show/ticks.h"

namespace bondline::show {
namespace {

std::string css(Colour c) {
  return fmt::format("#{:02x}{:02x}{:02x}", c.r, c.g, c.b);
}

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// One axis: from data to pixels, linear or logarithmic.
struct Axis {
  bool log = false;
  double low = 0, high = 1;  // in data
  double from = 0, to = 1;   // in pixels
  Ticks ticks;

  bool shows(double v) const { return std::isfinite(v) && (!log || v > 0); }
  double scaled(double v) const { return log ? std::log10(v) : v; }
  double at(double v) const {
    return from + (scaled(v) - scaled(low)) / (scaled(high) - scaled(low)) * (to - from);
  }
};

/// Range over all points that both axes can show.
void span(Axis& x, Axis& y, const CurvePicture& picture) {
  bool any = false;
  for (const auto& curve : picture.curves) {
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      if (!x.shows(curve.x[i]) || !y.shows(curve.y[i])) continue;
      if (!any) x.low = x.high = curve.x[i], y.low = y.high = curve.y[i], any = true;
      x.low = std::min(x.low, curve.x[i]), x.high = std::max(x.high, curve.x[i]);
      y.low = std::min(y.low, curve.y[i]), y.high = std::max(y.high, curve.y[i]);
    }
  }
  for (Axis* axis : {&x, &y}) {
    if (!any) axis->low = 1, axis->high = 10;
    if (axis->high > axis->low) continue;  // a single value gets room around it
    const double room = axis->low == 0 ? 1 : std::abs(axis->low) / 2;
    axis->low = axis->log ? axis->low / 2 : axis->low - room;
    axis->high = axis->log ? axis->high * 2 : axis->high + room;
  }
  if (!y.log) {  // a little air above and below
    const double air = (y.high - y.low) * 0.05;
    y.low -= air, y.high += air;
  }
}

std::string svg_text(double x, double y, const char* anchor, const std::string& text, int size, Colour colour,
                     const std::string& more = "") {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{}\" fill=\"{}\"{}>{}</text>\n", x, y,
      anchor, size, css(colour), more, escaped(text));
}

std::string grid_and_labels(const Axis& x, const Axis& y, const CurvePicture& picture) {
  std::string out;
  const auto line = [&](double x1, double y1, double x2, double y2, Colour c) {
    out += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\" fill=\"none\"/>\n", x1, y1, x2,
                       y2, css(c));
  };
  for (std::size_t t = 0; t < x.ticks.at.size(); ++t) {
    line(x.at(x.ticks.at[t]), y.from, x.at(x.ticks.at[t]), y.to, ink::grid);
    out += svg_text(x.at(x.ticks.at[t]), y.from + 18, "middle", x.ticks.label[t], 12, ink::text);
  }
  for (std::size_t t = 0; t < y.ticks.at.size(); ++t) {
    line(x.from, y.at(y.ticks.at[t]), x.to, y.at(y.ticks.at[t]), ink::grid);
    out += svg_text(x.from - 8, y.at(y.ticks.at[t]) + 4, "end", y.ticks.label[t], 12, ink::text);
  }
  line(x.from, y.from, x.to, y.from, ink::faint);
  line(x.from, y.from, x.from, y.to, ink::faint);
  const double middle = (y.from + y.to) / 2;
  out += svg_text((x.from + x.to) / 2, y.from + 40, "middle", picture.x_label, 13, ink::text);
  out += svg_text(18, middle, "middle", picture.y_label, 13, ink::text,
                  fmt::format(" transform=\"rotate(-90 18 {:.1f})\"", middle));
  out += svg_text(x.from, 24, "start", picture.title, 16, ink::text, " font-weight=\"600\"");
  return out;
}

std::string path_of(const Curve& curve, const Axis& x, const Axis& y) {
  std::string d;
  bool drawing = false;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (!x.shows(curve.x[i]) || !y.shows(curve.y[i])) {
      drawing = false;
      continue;
    }
    d += fmt::format("{}{:.2f} {:.2f}", drawing ? "L" : "M", x.at(curve.x[i]), y.at(curve.y[i]));
    drawing = true;
  }
  return d;
}

std::string legend(const CurvePicture& picture, double right, double top) {
  std::string out;
  double y = top + 16;
  for (std::size_t c = 0; c < picture.curves.size(); ++c) {
    if (picture.curves[c].name.empty()) continue;
    out += fmt::format("<path d=\"M{:.1f} {:.1f}h22\" stroke=\"{}\" stroke-width=\"2.5\"/>\n", right + 14,
                       y - 4, css(curve_colour(c)));
    out += svg_text(right + 42, y, "start", picture.curves[c].name, 12, ink::text);
    y += 20;
  }
  return out;
}

}  // namespace

std::string to_svg(const CurvePicture& picture, int width_px, int height_px) {
  int legend_width = 0;
  for (const auto& curve : picture.curves) {
    if (curve.x.size() != curve.y.size()) {
      throw base::Error(fmt::format("curve \"{}\" has {} x values but {} y values", curve.name,
                                    curve.x.size(), curve.y.size()),
                        "give as many of each");
    }
    if (!curve.name.empty()) legend_width = std::max(legend_width, 56 + 7 * width_of(printable(curve.name)));
  }
  width_px = std::max(width_px, 240 + legend_width), height_px = std::max(height_px, 180);
  Axis x, y;
  x.log = picture.log_x, y.log = picture.log_y;
  span(x, y, picture);
  x.from = 76, x.to = width_px - 20 - legend_width;
  y.from = height_px - 56, y.to = 44;
  const auto ticks = [](const Axis& a, int most) {
    return a.log ? log_ticks(a.low, a.high, most) : nice_ticks(a.low, a.high, most);
  };
  x.ticks = ticks(x, std::max(3, int((x.to - x.from) / 75)));
  y.ticks = ticks(y, std::max(3, int((y.from - y.to) / 45)));

  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"system-ui, sans-serif\">\n<title>{2}</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      width_px, height_px, escaped(picture.title));
  out += grid_and_labels(x, y, picture);
  for (std::size_t c = 0; c < picture.curves.size(); ++c) {
    const std::string d = path_of(picture.curves[c], x, y);
    if (d.empty()) continue;
    out += fmt::format(
        "<path d=\"{}\" stroke=\"{}\" stroke-width=\"2\" fill=\"none\" stroke-linejoin=\"round\"/>\n", d,
        css(curve_colour(c)));
  }
  out += legend(picture, x.to, y.to);
  return out + "</svg>\n";
}

}  // namespace bondline::show
