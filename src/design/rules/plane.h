// Plane geometry the rules ask for: how deep two footprints are in each other, how far apart, how far one
// sticks out of another.
#pragma once
#include "design/package/solids.h"

namespace bondline::rules::detail {

/// The shortest move of `b` that takes it off `a` (separating axes of two rectangles): its length in m and
/// direction (unit vector); 0 when they do not share area.
struct Push {
  double depth = 0;
  package::Vec2 direction;
};
Push push_apart(const package::Footprint& a, const package::Footprint& b);

/// Shortest distance between two footprints, 0 when they touch or overlap.
double gap_between(const package::Footprint& a, const package::Footprint& b);

/// How far the furthest corner of `inner` lies outside `outer`, along outer's own axes; negative: the least
/// clearance.
double sticks_out(const package::Footprint& inner, const package::Footprint& outer);

/// Distance of a point to a footprint, 0 inside.
double distance_to(const package::Footprint& f, package::Vec2 point);

}  // namespace bondline::rules::detail
