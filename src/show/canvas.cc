#include "show/canvas.h"

#include <algorithm>
#include <cmath>

#include "show/font.h"

namespace bondline::show {
namespace {

double distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  const double t = length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

}  // namespace

Canvas::Canvas(int width, int height, Colour paper)
    : width_(std::max(1, width)),
      height_(std::max(1, height)),
      x0_(0),
      y0_(0),
      x1_(width_),
      y1_(height_),
      pixel_(std::size_t(width_) * std::size_t(height_), paper) {}

void Canvas::clip(int x0, int y0, int x1, int y1) {
  x0_ = std::clamp(x0, 0, width_), x1_ = std::clamp(x1, x0_, width_);
  y0_ = std::clamp(y0, 0, height_), y1_ = std::clamp(y1, y0_, height_);
}

void Canvas::set(int x, int y, Colour colour) {
  if (inside(x, y)) pixel_[place(x, y)] = colour;
}

void Canvas::mix(int x, int y, Colour colour, double alpha) {
  if (inside(x, y) && alpha > 0) pixel_[place(x, y)] = blend(pixel_[place(x, y)], colour, alpha);
}

void Canvas::fill(int x0, int y0, int x1, int y1, Colour colour) {
  for (int y = std::max(y0_, y0); y < std::min(y1_, y1); ++y) {
    for (int x = std::max(x0_, x0); x < std::min(x1_, x1); ++x) pixel_[place(x, y)] = colour;
  }
}

void Canvas::frame(int x0, int y0, int x1, int y1, Colour colour) {
  fill(x0 - 1, y0 - 1, x1 + 1, y0, colour);
  fill(x0 - 1, y1, x1 + 1, y1 + 1, colour);
  fill(x0 - 1, y0, x0, y1, colour);
  fill(x1, y0, x1 + 1, y1, colour);
}

void Canvas::trace(const std::vector<Point>& points, bool closed, double thick, Colour colour, double alpha) {
  if (points.size() < 2) return;
  const double reach = thick / 2 + 1;
  double left = width_, right = 0, top = height_, bottom = 0;
  for (const Point& p : points) {
    left = std::min(left, p.x), right = std::max(right, p.x);
    top = std::min(top, p.y), bottom = std::max(bottom, p.y);
  }
  const int x0 = std::max(0, int(std::floor(left - reach))),
            x1 = std::min(width_, int(std::ceil(right + reach)) + 1);
  const int y0 = std::max(0, int(std::floor(top - reach))),
            y1 = std::min(height_, int(std::ceil(bottom + reach)) + 1);
  if (x0 >= x1 || y0 >= y1) return;
  const std::size_t w = std::size_t(x1 - x0);
  std::vector<float> mask(w * std::size_t(y1 - y0), 0.0f);
  const std::size_t edges = closed ? points.size() : points.size() - 1;
  for (std::size_t e = 0; e < edges; ++e) {
    const Point a = points[e], b = points[(e + 1) % points.size()];
    const int ex0 = std::max(x0, int(std::floor(std::min(a.x, b.x) - reach)));
    const int ex1 = std::min(x1, int(std::ceil(std::max(a.x, b.x) + reach)) + 1);
    const int ey0 = std::max(y0, int(std::floor(std::min(a.y, b.y) - reach)));
    const int ey1 = std::min(y1, int(std::ceil(std::max(a.y, b.y) + reach)) + 1);
    for (int y = ey0; y < ey1; ++y) {
      for (int x = ex0; x < ex1; ++x) {
        const double d = distance({x + 0.5, y + 0.5}, a, b);
        float& m = mask[std::size_t(y - y0) * w + std::size_t(x - x0)];
        m = std::max(m, static_cast<float>(std::clamp(thick / 2 + 0.5 - d, 0.0, 1.0)));
      }
    }
  }
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x)
      mix(x, y, colour, alpha * mask[std::size_t(y - y0) * w + std::size_t(x - x0)]);
  }
}

void Canvas::disc(Point centre, double radius, Colour colour, double alpha) {
  const int reach = int(std::ceil(radius)) + 1;
  for (int y = int(centre.y) - reach; y <= int(centre.y) + reach; ++y) {
    for (int x = int(centre.x) - reach; x <= int(centre.x) + reach; ++x) {
      const double d = std::hypot(x + 0.5 - centre.x, y + 0.5 - centre.y);
      mix(x, y, colour, alpha * std::clamp(radius + 0.5 - d, 0.0, 1.0));
    }
  }
}

void Canvas::text(double x, double y, std::string_view utf8, double dot, Colour colour, Anchor anchor,
                  int halo, Colour around) {
  const Lettering letters = letter(utf8, dot);
  double shift = 0;
  if (anchor == Anchor::centre) shift = letters.width / 2.0;
  if (anchor == Anchor::right) shift = letters.width;
  const int left = int(std::lround(x - shift)), top = int(std::lround(y)) - letters.base_line;
  const auto coverage = [&](int cx, int cy) {
    if (cx < 0 || cy < 0 || cx >= letters.width || cy >= letters.height) return 0.0f;
    return letters.coverage[std::size_t(cy) * std::size_t(letters.width) + std::size_t(cx)];
  };
  for (int cy = -halo; cy < letters.height + halo && halo > 0; ++cy) {
    for (int cx = -halo; cx < letters.width + halo; ++cx) {
      float most = 0;
      for (int dy = -halo; dy <= halo; ++dy) {
        for (int dx = -halo; dx <= halo; ++dx) {
          if (dx * dx + dy * dy <= halo * halo + 1) most = std::max(most, coverage(cx + dx, cy + dy));
        }
      }
      mix(left + cx, top + cy, around, 0.75 * most);
    }
  }
  for (int cy = 0; cy < letters.height; ++cy) {
    for (int cx = 0; cx < letters.width; ++cx) mix(left + cx, top + cy, colour, coverage(cx, cy));
  }
}

int text_width(std::string_view utf8, double dot) {
  return letter(utf8, dot).width;
}

}  // namespace bondline::show
