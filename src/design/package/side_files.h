// Text files a design names: HotSpot floorplans and power traces, grid maps and site maps as CSV. The
// readers take a last line without a newline; loading a design refuses it, for so a file that was cut off is
// told. Everything wrong is told with file, line and column; a reader returns what it could read, so that one
// run shows all complaints. Formats: docs/formats/design.md, "Side files".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/quantity.h"
#include "design/package/design.h"

namespace bondline::package {

/// HotSpot .flp: "name width height x y [heat-capacity resistivity]" per line, metres, origin lower left; #
/// comments. Duplicate names, sizes that are not positive, wrong field counts and numbers that are not finite
/// are errors; per-block materials (fields 6 and 7) and connectivity lines are warned about and left out.
std::vector<FloorplanBlock> read_floorplan(std::string_view text, const std::string& file,
                                           base::Diagnostics& out);

/// HotSpot .ptrace: the first line names the blocks, every other is one sample in W. `interval` is left 0.
/// Negative or non-finite powers and rows of the wrong length are errors.
PowerTrace read_power_trace(std::string_view text, const std::string& file, base::Diagnostics& out);

/// CSV of numbers seen from above: the first line is the top row (largest y). Plain numbers or with a unit of
/// `dimension`; every value within [min, max]; all rows of one length; # comments. nullopt after an error.
std::optional<GridMap> read_grid_map(std::string_view text, const std::string& file,
                                     const base::Dimension& dimension, double min, double max,
                                     base::Diagnostics& out);

/// One member of a site map.
struct Site {
  Vec2 at;
  std::string net;
  Where where;
};
struct SiteMap {
  std::vector<Site> sites;
  bool unit_assumed = false;  ///< no unit was written: micrometres were assumed
};
/// CSV "x,y[,net]": an optional header line names columns and may carry the unit ("x [mm],y [mm],net",
/// "x_um,y_um"); a cell may carry its own ("0.5 mm"); without any unit the numbers are um.
SiteMap read_sites(std::string_view text, const std::string& file, base::Diagnostics& out);

}  // namespace bondline::package
