// Bump maps as tables (docs/formats/csv.md): a CSV with a header line, or 3Dblox's .bmap. Internal to the
// room.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "design/formats/text.h"
#include "design/package/design.h"

namespace bondline::formats {

struct Bump {
  std::string name, net;  ///< net empty: none
  package::Vec2 at;       ///< m, as written
  double diameter = 0;    ///< m, 0: not given
  Where where;
};

/// At most 1 million bumps. `unit` is m per number where the header names no unit.
bool read_bump_map(const std::string& text, const std::string& file, double unit, Report& report,
                   std::vector<Bump>& out);

/// Smallest distance between neighbours along x or y (of bumps in one row or column); 0 for fewer than two.
double pitch_of(const std::vector<Bump>& bumps);

/// Rounded to 1e-15 m: what is left of 0 after differences of coordinates goes.
double nearest_fm(double metres);

/// A bump map alone: a die of its outline on a plain substrate, everything else a named default.
std::optional<package::Design> import_bump_map(const std::string& path, Sources& sources, Report& report);

/// The shipped material a plain substrate is made of when the file says nothing.
std::string substrate_material(const package::MaterialLibrary& library);

}  // namespace bondline::formats
