#include "design/rules/plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bondline::rules::detail {
namespace {

using package::Footprint;
using package::Vec2;

struct Shadow {
  double lo = std::numeric_limits<double>::infinity(), hi = -std::numeric_limits<double>::infinity();
};

Shadow shadow(const std::array<Vec2, 4>& corners, Vec2 axis) {
  Shadow s;
  for (const Vec2& c : corners) {
    const double t = c.x * axis.x + c.y * axis.y;
    s.lo = std::min(s.lo, t);
    s.hi = std::max(s.hi, t);
  }
  return s;
}

Vec2 local(const Footprint& f, Vec2 p) {
  const double c = std::cos(f.rotation), s = std::sin(f.rotation), dx = p.x - f.at.x, dy = p.y - f.at.y;
  return {c * dx + s * dy, c * dy - s * dx};
}

}  // namespace

Push push_apart(const Footprint& a, const Footprint& b) {
  const auto ca = a.corners(), cb = b.corners();
  Push best;
  best.depth = std::numeric_limits<double>::infinity();
  for (const Footprint* f : {&a, &b}) {
    const double c = std::cos(f->rotation), s = std::sin(f->rotation);
    for (const Vec2 axis : {Vec2{c, s}, Vec2{-s, c}}) {
      const Shadow sa = shadow(ca, axis), sb = shadow(cb, axis);
      const double forward = sa.hi - sb.lo, backward = sb.hi - sa.lo;
      if (forward <= 0 || backward <= 0) return {};
      if (std::min(forward, backward) < best.depth) {
        best.depth = std::min(forward, backward);
        best.direction = forward <= backward ? axis : Vec2{-axis.x, -axis.y};
      }
    }
  }
  return best;
}

double distance_to(const Footprint& f, Vec2 point) {
  const Vec2 p = local(f, point);
  return std::hypot(std::max(0.0, std::abs(p.x) - 0.5 * f.size.x),
                    std::max(0.0, std::abs(p.y) - 0.5 * f.size.y));
}

double gap_between(const Footprint& a, const Footprint& b) {
  if (push_apart(a, b).depth > 0) return 0;
  // Two convex shapes apart are nearest at a corner of one of them.
  double gap = std::numeric_limits<double>::infinity();
  for (const Vec2& c : a.corners()) gap = std::min(gap, distance_to(b, c));
  for (const Vec2& c : b.corners()) gap = std::min(gap, distance_to(a, c));
  return gap;
}

double sticks_out(const Footprint& inner, const Footprint& outer) {
  double out = -std::numeric_limits<double>::infinity();
  for (const Vec2& c : inner.corners()) {
    const Vec2 p = local(outer, c);
    out = std::max({out, std::abs(p.x) - 0.5 * outer.size.x, std::abs(p.y) - 0.5 * outer.size.y});
  }
  return out;
}

}  // namespace bondline::rules::detail
