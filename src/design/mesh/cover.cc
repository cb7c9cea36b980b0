#include "design/mesh/cover.h"

#include <algorithm>
#include <cmath>

namespace bondline::mesh {

int nearest_line(const std::vector<double>& lines, double at) {
  const auto above = std::lower_bound(lines.begin(), lines.end(), at);
  if (above == lines.begin()) return 0;
  if (above == lines.end()) return int(lines.size()) - 1;
  const auto below = std::prev(above);
  return int((at - *below <= *above - at ? below : above) - lines.begin());
}

int interval_of(const std::vector<double>& lines, double at) {
  const auto above = std::upper_bound(lines.begin(), lines.end(), at);
  return std::clamp(int(above - lines.begin()) - 1, 0, int(lines.size()) - 2);
}

Overlap overlap(const std::vector<double>& lines, double a, double b, double snap) {
  for (double* edge : {&a, &b}) {
    const double line = lines[std::size_t(nearest_line(lines, *edge))];
    if (std::abs(line - *edge) <= snap) *edge = line;
  }
  Overlap out;
  if (b <= lines.front() || a >= lines.back() || !(b > a)) return out;
  out.first = interval_of(lines, a);
  for (std::size_t i = std::size_t(out.first); i + 1 < lines.size() && lines[i] < b; ++i) {
    const double width = lines[i + 1] - lines[i];
    const double share = (std::min(b, lines[i + 1]) - std::max(a, lines[i])) / width;
    out.share.push_back(share > 1 - 1e-9 ? 1.0 : share);
  }
  return out;
}

Cover cover(const numerics::TensorGrid& grid, const package::Footprint& footprint, double snap) {
  const package::Rect box = footprint.bounds();
  const Overlap x = overlap(grid.x, box.x0, box.x1, snap), y = overlap(grid.y, box.y0, box.y1, snap);
  const bool straight = footprint.axis_parallel();
  Cover out;
  out.column.reserve(x.share.size() * y.share.size());
  out.share.reserve(out.column.capacity());
  for (std::size_t b = 0; b < y.share.size(); ++b) {
    const int j = y.first + int(b);
    for (std::size_t a = 0; a < x.share.size(); ++a) {
      const int i = x.first + int(a);
      double share = x.share[a] * y.share[b];
      if (!straight) {
        const package::Rect cell{grid.x[std::size_t(i)], grid.y[std::size_t(j)], grid.x[std::size_t(i) + 1],
                                 grid.y[std::size_t(j) + 1]};
        share = std::min(1.0, footprint.overlap_area(cell) / cell.area());
        if (share > 1 - 1e-9) share = 1;
      }
      if (share < 1e-9) continue;
      out.column.push_back(j * grid.nx() + i);
      out.share.push_back(share);
    }
  }
  return out;
}

}  // namespace bondline::mesh
