// Which planes of the geometry become grid lines, how much each matters, and how fine the grid should be
// there.
#pragma once
#include <string>
#include <vector>

#include "design/mesh/mesh.h"

namespace bondline::mesh {

/// A candidate grid line. `size` is the spacing wanted beside it at scale 1 (m).
struct Line {
  double at = 0;
  double size = 0;
  int weight =
      0;  ///< 3 end of the domain; 2 die, heat source, layer; 1 lesser part; 0 wish (turned part, map pixel)
  double most = 1e300;  ///< m: the spacing beside it is at most this at any scale
  bool whole = false;   ///< from here to the next line is one cell on every grid
};

struct Lines {
  std::vector<Line> x, y, z;  ///< sorted, distinct
};

/// All candidates of an assembly, near-coincident ones merged (along z never across a solid).
Lines gather_lines(const package::Assembly& assembly, const MeshOptions& options);

/// Drops lines of lesser weight until no two of them stand closer than `distance`; lines of weight >= `keep`
/// stay.
std::vector<Line> thin_out(const std::vector<Line>& lines, double distance, int keep);

/// Cuts the intervals between lines: the spacing beside a line is scale * size, growing away from it with
/// slope min(0.7 scale, 1) * (growth - 1); returns the number of intervals and, when asked, the resulting
/// lines.
std::size_t cut(const std::vector<Line>& lines, double scale, double growth, std::vector<double>* out);

/// Whether `at` lies in an interval that stays whole.
bool in_whole(const std::vector<Line>& lines, double at);

}  // namespace bondline::mesh
