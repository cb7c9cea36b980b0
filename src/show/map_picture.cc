#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "show/canvas.h"
#include "show/map_field.h"
#include "show/picture.h"
#include "show/ticks.h"

namespace bondline::show {
namespace {

constexpr double kTallest = 1.05;    // plot height over width, at most
constexpr double kFlattest = 0.2;    // flatter fields are stretched ...
constexpr double kStretched = 0.34;  // ... to this

/// "degC" and "um" as they are written on paper.
std::string on_paper(std::string unit) {
  const auto swap = [&](std::string_view from, std::string_view to) {
    for (std::size_t at = unit.find(from); at != std::string::npos; at = unit.find(from, at + to.size())) {
      unit.replace(at, from.size(), to);
    }
  };
  swap("degC", "°C");
  if (unit == "um") unit = "µm";
  return unit;
}

struct Box {
  double x0, y0, x1, y1;
  bool meets(const Box& o) const { return x0 < o.x1 && o.x0 < x1 && y0 < o.y1 && o.y0 < y1; }
};

class MapDrawing {
 public:
  MapDrawing(const MapPicture& picture, int width_px) : picture_(picture), field_(picture) {
    width_ = std::clamp(width_px, 320, 4096);
    size_ = std::max(0.8, width_ / 900.0);
    lay_out();
  }
  std::string draw();

 private:
  void lay_out();
  void draw_field();
  void draw_contours(const std::vector<double>& values);
  void draw_axes();
  void draw_bar();
  void draw_outlines();
  void draw_marks();
  void draw_names();
  bool claim(const Box& box);
  double px(double x) const { return left_ + (x - picture_.x.front()) / length_x() * plot_w_; }
  double py(double y) const { return top_ + plot_h_ - (y - picture_.y.front()) / length_y() * plot_h_; }
  double length_x() const { return picture_.x.back() - picture_.x.front(); }
  double length_y() const { return picture_.y.back() - picture_.y.front(); }
  double share(double v) const { return high_ > low_ ? (v - low_) / (high_ - low_) : 0.5; }
  int s(double at_900) const { return int(std::lround(at_900 * size_)); }

  const MapPicture& picture_;
  MapField field_;
  int width_, left_ = 0, top_ = 0, plot_w_ = 0, plot_h_ = 0, bar_x_ = 0;
  double size_ = 1, stretch_ = 1, low_ = 0, high_ = 0, small_ = 1.5, large_ = 2;
  Ticks levels_;
  Canvas canvas_{1, 1, ink::paper};
  std::vector<Box> taken_;
};

void MapDrawing::lay_out() {
  small_ = std::max(1.0, 1.6 * size_);
  large_ = std::max(1.0, 2.2 * size_);
  low_ = picture_.low, high_ = picture_.high;
  if (!(low_ < high_)) low_ = field_.low(), high_ = field_.high();
  if (std::isfinite(low_)) levels_ = nice_ticks(low_, high_, 8);
  int label = text_width(on_paper(picture_.unit), small_);
  for (const auto& text : levels_.label) label = std::max(label, text_width(text, small_));
  left_ = s(66), top_ = s(74);
  const int right = s(22) + s(20) + s(10) + label + s(18);
  const int room = width_ - left_ - right;
  const double ratio = length_y() / length_x();
  if (ratio < kFlattest) stretch_ = kStretched / ratio;
  plot_w_ = room;
  plot_h_ = int(std::lround(room * ratio * stretch_));
  if (plot_h_ > room * kTallest) {
    plot_h_ = int(room * kTallest);
    plot_w_ = std::max(1, int(std::lround(plot_h_ / ratio)));
    left_ += (room - plot_w_) / 2;
  }
  bar_x_ = left_ + plot_w_ + s(22);
  canvas_ = Canvas(width_, top_ + plot_h_ + s(64), ink::paper);
}

void MapDrawing::draw_field() {
  std::vector<double> x, y;
  for (int i = 0; i < plot_w_; ++i) x.push_back(picture_.x.front() + (i + 0.5) / plot_w_ * length_x());
  for (int j = 0; j < plot_h_; ++j) y.push_back(picture_.y.back() - (j + 0.5) / plot_h_ * length_y());
  std::vector<Colour> scale(1024);
  for (std::size_t c = 0; c < scale.size(); ++c) scale[c] = viridis(double(c) / double(scale.size() - 1));
  const auto colour = [&](double v) {
    return scale[std::size_t(std::lround(std::clamp(share(v), 0.0, 1.0) * double(scale.size() - 1)))];
  };
  const auto sampled = field_.sample(x, y);
  for (int j = 0; j < plot_h_; ++j) {
    for (int i = 0; i < plot_w_; ++i) {
      const double v = sampled[std::size_t(j) * std::size_t(plot_w_) + std::size_t(i)];
      canvas_.set(left_ + i, top_ + j, std::isfinite(v) ? colour(v) : ink::empty);
    }
  }
  if (picture_.smooth) draw_contours(sampled);
  canvas_.frame(left_, top_, left_ + plot_w_, top_ + plot_h_, ink::faint);
}

/// Thin light lines where the field crosses a level of the colour bar. Where it is steep by more than a level
/// a pixel (a material boundary) there is no line.
void MapDrawing::draw_contours(const std::vector<double>& values) {
  if (levels_.at.size() < 2) return;
  const double apart = levels_.at[1] - levels_.at[0];
  const auto at = [&](int i, int j) {
    return values[std::size_t(j) * std::size_t(plot_w_) + std::size_t(i)];
  };
  for (int j = 1; j + 1 < plot_h_; ++j) {
    for (int i = 1; i + 1 < plot_w_; ++i) {
      const double v = at(i, j);
      const double dx = at(i + 1, j) - at(i - 1, j), dy = at(i, j + 1) - at(i, j - 1);
      const double slope = std::sqrt(dx * dx + dy * dy) / 2;
      if (!std::isfinite(v) || !(slope > 0) || slope > apart / 5) continue;
      const double level = levels_.at[0] + std::round((v - levels_.at[0]) / apart) * apart;
      canvas_.mix(left_ + i, top_ + j, ink::paper,
                  0.32 * std::clamp(1.05 - std::abs(v - level) / slope, 0.0, 1.0));
    }
  }
}

void MapDrawing::draw_axes() {
  const int bottom = top_ + plot_h_, right = left_ + plot_w_;
  canvas_.text(left_, top_ - s(42), picture_.title, large_, ink::text);
  const int most_x = std::max(3, plot_w_ / s(85));
  const Ticks x = nice_ticks(picture_.x.front() * 1e3, picture_.x.back() * 1e3, most_x);
  for (std::size_t t = 0; t < x.at.size(); ++t) {
    const int at = int(std::lround(px(x.at[t] * 1e-3)));
    canvas_.fill(at, bottom + 1, at + 1, bottom + s(7), ink::faint);
    canvas_.text(at, bottom + s(22), x.label[t], small_, ink::text, Anchor::centre);
  }
  canvas_.text((left_ + right) / 2.0, bottom + s(48), picture_.x_label + " (mm)", small_, ink::faint,
               Anchor::centre);
  const Ticks y = nice_ticks(picture_.y.front() * 1e3, picture_.y.back() * 1e3, std::max(3, plot_h_ / s(60)));
  for (std::size_t t = 0; t < y.at.size(); ++t) {
    const int at = int(std::lround(py(y.at[t] * 1e-3)));
    canvas_.fill(left_ - s(7), at, left_ - 1, at + 1, ink::faint);
    canvas_.text(left_ - s(11), at + 3.5 * small_, y.label[t], small_, ink::text, Anchor::right);
  }
  std::string label = picture_.y_label + " (mm)";
  if (stretch_ > 1) label += fmt::format(", stretched {:.{}f}×", stretch_, stretch_ < 10 ? 1 : 0);
  canvas_.text(left_, top_ - s(12), label, small_, ink::faint);
  if (std::isfinite(field_.low())) {
    const std::string range =
        fmt::format("{:.1f} to {:.1f} {}", field_.low(), field_.high(), on_paper(picture_.unit));
    canvas_.text(right, top_ - s(12), range, small_, ink::faint, Anchor::right);
  }
}

void MapDrawing::draw_bar() {
  const int w = s(20), bottom = top_ + plot_h_;
  if (!std::isfinite(low_)) return;
  for (int j = 0; j < plot_h_; ++j) {
    canvas_.fill(bar_x_, top_ + j, bar_x_ + w, top_ + j + 1, viridis(1 - (j + 0.5) / plot_h_));
  }
  canvas_.frame(bar_x_, top_, bar_x_ + w, bottom, ink::faint);
  canvas_.text(bar_x_, top_ - s(12), on_paper(picture_.unit), small_, ink::faint);
  for (std::size_t t = 0; t < levels_.at.size(); ++t) {
    const int at = int(std::lround(bottom - share(levels_.at[t]) * plot_h_));
    canvas_.fill(bar_x_ + w + 1, at, bar_x_ + w + s(6), at + 1, ink::faint);
    canvas_.text(bar_x_ + w + s(10), at + 3.5 * small_, levels_.label[t], small_, ink::text);
  }
}

void MapDrawing::draw_outlines() {
  for (const auto& outline : picture_.outlines) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < std::min(outline.x.size(), outline.y.size()); ++i) {
      points.push_back({px(outline.x[i]), py(outline.y[i])});
    }
    canvas_.trace(points, true, 3.2 * size_, ink::text, 0.35);
    canvas_.trace(points, true, 1.3 * size_, ink::paper, 0.95);
  }
}

/// Reserves a place for a text; false where it would leave the plot or cover another.
bool MapDrawing::claim(const Box& box) {
  if (box.x0 < left_ + 2 || box.x1 > left_ + plot_w_ - 2 || box.y0 < top_ + 2 ||
      box.y1 > top_ + plot_h_ - 2) {
    return false;
  }
  if (std::any_of(taken_.begin(), taken_.end(), [&](const Box& o) { return o.meets(box); })) return false;
  taken_.push_back(box);
  return true;
}

void MapDrawing::draw_marks() {
  const double radius = 4.5 * size_, gap = 9 * size_;
  for (const auto& mark : picture_.marks) {
    const Point at{px(mark.x), py(mark.y)};
    taken_.push_back({at.x - radius, at.y - radius, at.x + radius, at.y + radius});
  }
  for (const auto& mark : picture_.marks) {
    const Point at{px(mark.x), py(mark.y)};
    canvas_.disc(at, radius + 1.4 * size_, ink::text, 0.85);
    canvas_.disc(at, radius, ink::paper);
    canvas_.disc(at, radius * 0.45, {200, 30, 40});
    const double w = text_width(mark.text, small_), h = 9 * small_, up = 7 * small_;
    const std::array<Point, 4> corners{{{at.x + gap, at.y - h / 2},
                                        {at.x - gap - w, at.y - h / 2},
                                        {at.x - w / 2, at.y - gap - h},
                                        {at.x - w / 2, at.y + gap}}};
    for (const Point& c : corners) {
      if (mark.text.empty() || !claim({c.x - 2, c.y - 2, c.x + w + 2, c.y + h})) continue;
      canvas_.text(c.x, c.y + up, mark.text, small_, ink::paper, Anchor::left, std::max(1, s(2)), ink::text);
      break;
    }
  }
}

/// Names of outlines: in the upper left corner, else the lower left; left out where there is no room.
void MapDrawing::draw_names() {
  for (const auto& outline : picture_.outlines) {
    if (outline.name.empty() || outline.x.empty() || outline.y.empty()) continue;
    const auto [x0, x1] = std::minmax_element(outline.x.begin(), outline.x.end());
    const auto [y0, y1] = std::minmax_element(outline.y.begin(), outline.y.end());
    const double w = text_width(outline.name, small_), h = 9 * small_, inset = 6 * size_;
    if (px(*x1) - px(*x0) < w + 2 * inset || py(*y0) - py(*y1) < h + inset) continue;
    const std::array<Point, 3> corners{{{px(*x0) + inset, py(*y1) + inset},
                                        {px(*x0) + inset, py(*y0) - inset - 7 * small_},
                                        {px(*x1) - inset - w, py(*y1) + inset}}};
    for (const Point& c : corners) {
      if (!claim({c.x - 1, c.y - 1, c.x + w + 1, c.y + 7 * small_ + 1})) continue;
      canvas_.text(c.x, c.y + 7 * small_, outline.name, small_, ink::paper, Anchor::left, std::max(1, s(2)),
                   ink::text);
      break;
    }
  }
}

std::string MapDrawing::draw() {
  draw_field();
  draw_axes();
  draw_bar();
  canvas_.clip(left_, top_, left_ + plot_w_, top_ + plot_h_);
  draw_outlines();
  draw_marks();
  draw_names();
  return png_bytes(canvas_);
}

}  // namespace

std::string to_png(const MapPicture& picture, int width_px) {
  return MapDrawing(picture, width_px).draw();
}

}  // namespace bondline::show
