// Where the members of an Array stand, and the rectangles they fill evenly. A full grid is one rectangle;
// peripheral rows and centre gaps leave a frame; an explicit bump map is cut into rectangles that are fully
// populated. Effective media are made per rectangle, so that a depopulated centre carries no metal.
#pragma once
#include <cstddef>
#include <vector>

#include "design/package/design.h"

namespace bondline::package {

/// A rectangle of the part evenly populated by members.
struct ArrayField {
  Rect rect;              ///< part-centre coordinates, inside the part
  std::size_t count = 0;  ///< members whose centre lies in it
};

struct ArrayLayout {
  std::size_t count = 0;            ///< all members
  int columns = 0, rows = 0;        ///< of the grid; 0 for an irregular map
  double pitch_x = 0, pitch_y = 0;  ///< as given, or found from the sites
  Vec2 extent;                      ///< width and height over the members' outer edges
  bool covers_part = false;         ///< one field, within a pitch of every edge of the part
  std::vector<ArrayField> fields;   ///< not overlapping; counts add up to `count`
  std::vector<Vec2> sites;          ///< part-centre coordinates; empty when count > `enumerate_up_to`
};

/// Lays the array out on a part of `part_size` (m). With columns and rows 0, as many members as fit with
/// their whole diameter inside the part. Never throws; an array that cannot hold a member gives count 0.
ArrayLayout lay_out(const Array& array, Vec2 part_size, std::size_t enumerate_up_to = 20000);

}  // namespace bondline::package
