// Footprints: exact areas by convex polygon clipping (Sutherland and Hodgman 1974) and the shoelace formula.
// All coordinates are taken relative to the first footprint's centre, so that a 10 um bump far from the
// origin loses no digits.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "design/package/solids.h"

namespace bondline::package {
namespace {

/// A convex polygon clipped against four half-planes has at most eight corners.
struct Polygon {
  std::array<Vec2, 12> corner;
  std::size_t n = 0;
  void add(Vec2 p) {
    if (n < corner.size()) corner[n++] = p;
  }
};

/// Keeps the part of `in` on the left of the line a -> b.
Polygon clip_left_of(const Polygon& in, Vec2 a, Vec2 b) {
  const auto side = [&](Vec2 p) { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x); };
  Polygon out;
  for (std::size_t i = 0; i < in.n; ++i) {
    const Vec2 p = in.corner[i], q = in.corner[(i + 1) % in.n];
    const double sp = side(p), sq = side(q);
    if (sp >= 0) out.add(p);
    if ((sp > 0 && sq < 0) || (sp < 0 && sq > 0)) {
      const double t = sp / (sp - sq);
      out.add({p.x + t * (q.x - p.x), p.y + t * (q.y - p.y)});
    }
  }
  return out;
}

double area_of(const Polygon& polygon) {
  double twice = 0;
  for (std::size_t i = 0; i < polygon.n; ++i) {
    const Vec2 p = polygon.corner[i], q = polygon.corner[(i + 1) % polygon.n];
    twice += p.x * q.y - p.y * q.x;
  }
  return std::max(0.0, 0.5 * twice);
}

/// Corners relative to `origin`, counter-clockwise.
std::array<Vec2, 4> corners_about(const Footprint& f, Vec2 origin) {
  const double c = std::cos(f.rotation), s = std::sin(f.rotation);
  const double hx = 0.5 * f.size.x, hy = 0.5 * f.size.y;
  const double dx = f.at.x - origin.x, dy = f.at.y - origin.y;
  std::array<Vec2, 4> out;
  const std::array<Vec2, 4> local = {{{-hx, -hy}, {hx, -hy}, {hx, hy}, {-hx, hy}}};
  for (std::size_t i = 0; i < 4; ++i) {
    out[i] = {dx + c * local[i].x - s * local[i].y, dy + s * local[i].x + c * local[i].y};
  }
  return out;
}

double shared(double a0, double a1, double b0, double b1) {
  return std::max(0.0, std::min(a1, b1) - std::max(a0, b0));
}

bool bounds_apart(const Rect& a, const Rect& b) {
  return a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0 || b.y1 <= a.y0;
}

}  // namespace

bool Footprint::axis_parallel() const {
  const double quarters = rotation / (0.5 * std::numbers::pi);
  return std::abs(quarters - std::round(quarters)) * 0.5 * std::numbers::pi <= 1e-9;
}

Rect Footprint::bounds() const {
  double hx = 0.5 * size.x, hy = 0.5 * size.y;
  if (axis_parallel()) {
    // Quarter turns are done without sine and cosine, so that edges of turned parts meet those of others
    // exactly.
    if (std::llround(rotation / (0.5 * std::numbers::pi)) % 2 != 0) std::swap(hx, hy);
  } else {
    const double c = std::abs(std::cos(rotation)), s = std::abs(std::sin(rotation));
    const double wx = c * hx + s * hy, wy = s * hx + c * hy;
    hx = wx;
    hy = wy;
  }
  return {at.x - hx, at.y - hy, at.x + hx, at.y + hy};
}

std::array<Vec2, 4> Footprint::corners() const {
  return corners_about(*this, {0, 0});
}

double Footprint::overlap_area(const Rect& rect) const {
  return overlap_area(
      Footprint{{0.5 * (rect.x0 + rect.x1), 0.5 * (rect.y0 + rect.y1)}, {rect.width(), rect.height()}, 0});
}

double Footprint::overlap_area(const Footprint& other) const {
  const Rect a = bounds(), b = other.bounds();
  if (bounds_apart(a, b)) return 0;
  if (axis_parallel() && other.axis_parallel()) {
    return shared(a.x0, a.x1, b.x0, b.x1) * shared(a.y0, a.y1, b.y0, b.y1);
  }
  Polygon polygon;
  for (const Vec2& p : corners_about(other, at)) polygon.add(p);
  const std::array<Vec2, 4> mine = corners_about(*this, at);
  for (std::size_t i = 0; i < 4 && polygon.n > 0; ++i)
    polygon = clip_left_of(polygon, mine[i], mine[(i + 1) % 4]);
  return area_of(polygon);
}

bool Footprint::contains(Vec2 point) const {
  if (axis_parallel()) {
    const Rect b = bounds();
    return point.x >= b.x0 && point.x <= b.x1 && point.y >= b.y0 && point.y <= b.y1;
  }
  const double c = std::cos(rotation), s = std::sin(rotation);
  const double dx = point.x - at.x, dy = point.y - at.y;
  // The edge belongs to the footprint: rounding of the turned coordinates is allowed for (1e-12 of the size).
  const double slack = 1e-12 * (size.x + size.y);
  return std::abs(c * dx + s * dy) <= 0.5 * size.x + slack &&
         std::abs(c * dy - s * dx) <= 0.5 * size.y + slack;
}

Vec2 Footprint::to_body(Vec2 local_from_centre) const {
  if (rotation == 0) return {at.x + local_from_centre.x, at.y + local_from_centre.y};
  const double c = std::cos(rotation), s = std::sin(rotation);
  return {at.x + c * local_from_centre.x - s * local_from_centre.y,
          at.y + s * local_from_centre.x + c * local_from_centre.y};
}

Footprint Footprint::place(const Rect& local_from_corner) const {
  const Vec2 centre = {0.5 * (local_from_corner.x0 + local_from_corner.x1) - 0.5 * size.x,
                       0.5 * (local_from_corner.y0 + local_from_corner.y1) - 0.5 * size.y};
  return {to_body(centre), {local_from_corner.width(), local_from_corner.height()}, rotation};
}

}  // namespace bondline::package
