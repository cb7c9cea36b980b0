#include "design/mesh/lines.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace bondline::mesh {
namespace {

using package::Role;

/// More heated rectangles than this on one solid are a map: their edges are wishes, not lines.
constexpr std::size_t kFewSources = 200;

// How the grid is shaped around heat, tuned on REF-4L with the heat in the volume and in a plane
// (docs/thermal.md): the spacing beside a heated edge in parts of the heated part's thickness, the same along
// z, the slope at scale 1, and how much coarser edges of weak sources may be (spacing with the root of the
// power density).
constexpr double kBesideEdge = 0.6, kAlongZ = 0.75, kSlope = 0.7, kCalmest = 4;
constexpr double kFinest = 60;  // parts of a source's side: no finer beside its edges
constexpr double kAcross = 2;   // times MeshOptions::near_heat: beside the edges of heat, across them

bool is_chip(Role role) {
  return role == Role::die || role == Role::block_layer || role == Role::beol || role == Role::coin;
}

/// Merges lines within `snap` of the first of their cluster; the heaviest gives the place, the finest the
/// size.
std::vector<Line> snap_lines(std::vector<Line> lines, double snap) {
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
  std::vector<Line> out;
  double first = -std::numeric_limits<double>::infinity();
  for (const Line& line : lines) {
    if (!out.empty() && line.at - first <= snap) {
      Line& kept = out.back();
      kept.size = std::min(kept.size, line.size);
      kept.most = std::min(kept.most, line.most);
      if (line.weight > kept.weight) {
        kept.at = line.at;
        kept.weight = line.weight;
      }
    } else {
      out.push_back(line);
      first = line.at;
    }
  }
  return out;
}

double density(const package::HeatSource& source) {
  return std::abs(source.power) / (source.footprint.size.x * source.footprint.size.y);
}

/// most: cap of the spacing beside edges that do not lie on an edge of `within`.
void add_footprint(const package::Footprint& footprint, double size, int weight, Lines& lines,
                   double most = 1e300, const package::Rect& within = {}) {
  const package::Rect r = footprint.bounds();
  if (!footprint.axis_parallel()) weight = 0;
  const auto cap = [&](double at, double a, double b) {
    const double near = 1e-6 * (b - a);
    return std::abs(at - a) <= near || std::abs(at - b) <= near ? 1e300 : most;
  };
  lines.x.push_back({r.x0, size, weight, cap(r.x0, within.x0, within.x1)});
  lines.x.push_back({r.x1, size, weight, cap(r.x1, within.x0, within.x1)});
  lines.y.push_back({r.y0, size, weight, cap(r.y0, within.y0, within.y1)});
  lines.y.push_back({r.y1, size, weight, cap(r.y1, within.y0, within.y1)});
}

struct Range {
  double a = 0, b = 0;
};

/// What four-resistor channels keep whole across the flow (channels and walls) and along z (the layer).
void whole_ranges(const package::Assembly& assembly, std::vector<Range>& x, std::vector<Range>& y,
                  std::vector<Range>& z) {
  for (const package::ChannelLayer& layer : assembly.channels) {
    if (!layer.lumped) continue;
    const bool along_y = layer.channels->along_y();
    const package::Rect box = layer.footprint.bounds();
    std::vector<Range>& across = along_y ? x : y;
    double at = along_y ? box.x0 : box.y0;
    for (const package::Rect& lane : layer.lanes) {
      const Range channel = along_y ? Range{lane.x0, lane.x1} : Range{lane.y0, lane.y1};
      across.push_back({at, channel.a});
      across.push_back(channel);
      at = channel.b;
    }
    across.push_back({at, along_y ? box.x1 : box.y1});
    z.push_back({layer.z0, layer.z1});
  }
}

/// Drops what lies within the ranges but for other ranges' ends, and marks what then stays whole.
void keep_whole(std::vector<Line>& lines, const std::vector<Range>& ranges, double snap) {
  if (ranges.empty()) return;
  const auto inside = [&](double at) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const Range& r) { return at > r.a + snap && at < r.b - snap; });
  };
  const auto end = [&](double at) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const Range& r) {
      return std::abs(at - r.a) <= snap || std::abs(at - r.b) <= snap;
    });
  };
  std::erase_if(lines, [&](const Line& l) { return l.weight < 3 && !end(l.at) && inside(l.at); });
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    lines[i].whole = inside(0.5 * (lines[i].at + lines[i + 1].at));
    if (lines[i].whole) lines[i].weight = lines[i + 1].weight = 3;
  }
}

/// Even cells from `a` to `b`, the last of what is left (a sliver joins it), all whole.
std::vector<Line> even_lines(double a, double b, double step) {
  const int n = std::max(1, int(std::lround((b - a) / step + 0.499)));
  std::vector<Line> out;
  for (int i = 0; i < n; ++i) {
    const double at = a + step * i;
    if (i > 0 && b - at < 1e-3 * step) break;
    out.push_back({at, step, 3, 1e300, true});
  }
  out.push_back({b, step, 3});
  return out;
}

/// The grid of a tool with even cells: nothing but its own lines.
void take_even_cells(Lines& lines, const package::Rect& extent, const std::array<double, 2>& cells,
                     bool channels_on_x, bool channels_on_y) {
  if (!channels_on_x) lines.x = even_lines(extent.x0, extent.x1, cells[0]);
  if (!channels_on_y) lines.y = even_lines(extent.y0, extent.y1, cells[1]);
  for (std::size_t i = 0; i < lines.z.size(); ++i) {
    lines.z[i].whole = i + 1 < lines.z.size();
    lines.z[i].weight = 3;
  }
}

}  // namespace

Lines gather_lines(const package::Assembly& assembly, const MeshOptions& options) {
  Lines lines;
  const double height = std::max(assembly.z_max - assembly.z_min, 1e-9);
  const double width = std::max({assembly.extent.width(), assembly.extent.height(), 1e-9});
  double thinnest = height;
  std::vector<std::size_t> sources_on(assembly.solids.size(), 0);
  std::vector<double> heated(assembly.solids.size(), 0);  // spacing wanted at the edges of heated parts
  for (const auto& source : assembly.sources)
    if (source.solid >= 0) ++sources_on[std::size_t(source.solid)];

  double densest = 0;
  for (const auto& source : assembly.sources) densest = std::max(densest, density(source));
  for (const auto& source : assembly.sources) {
    if (source.solid < 0) continue;
    const package::Solid& solid = assembly.solids[std::size_t(source.solid)];
    const double side = std::min(source.footprint.size.x, source.footprint.size.y);
    const double thick = solid.z1 - solid.z0;
    const double calm =
        source.power == 0 ? 1 : std::clamp(std::sqrt(densest / density(source)), 1.0, kCalmest);
    const double size = kBesideEdge * calm * std::clamp(thick, side / 40, side / 4);
    const bool hot = source.power != 0;
    const bool map = sources_on[std::size_t(source.solid)] > kFewSources;
    const double near = hot && options.near_heat > 0 ? options.near_heat : 1e300;
    // Across, what happens beside an edge matters less the narrower it is against the source, and many
    // sources share the grid.
    const double many = std::max(1.0, 0.25 * double(sources_on[std::size_t(source.solid)]));
    const double across = calm * std::max(kAcross * near, many * side / kFinest);
    add_footprint(source.footprint, hot && !map ? size : 4 * size,
                  map   ? 0
                  : hot ? 2
                        : 1,
                  lines, hot && !map && options.near_heat > 0 ? across : 1e300, solid.footprint.bounds());
    if (hot) {
      double& h = heated[std::size_t(source.solid)];
      h = h == 0 ? size : std::min(h, size);
    }
    for (const double z : {source.z0, source.z1})
      lines.z.push_back({z, hot ? kAlongZ * size : height, 2, near});
  }
  for (std::size_t s = 0; s < assembly.solids.size(); ++s) {
    const package::Solid& solid = assembly.solids[s];
    const double thick = solid.z1 - solid.z0;
    thinnest = std::min(thinnest, thick);
    const bool chip = is_chip(solid.role);
    const double size = heated[s] > 0 ? heated[s]
                        : chip        ? std::max(2 * thick, width / 200)
                                      : std::max(height / 3, width / 100);
    add_footprint(solid.footprint, size, heated[s] > 0 || chip ? 2 : solid.resolved_member ? 0 : 1, lines);
    for (const double z : {solid.z0, solid.z1})
      lines.z.push_back({z, heated[s] > 0 ? kAlongZ * heated[s] : height, 2});
  }
  for (const auto& contact : assembly.contacts) {
    add_footprint(contact.footprint, std::max(height / 3, width / 100), 1, lines);
    lines.z.push_back({contact.z, height, 2});
  }
  const package::Rect& e = assembly.extent;
  for (const double x : {e.x0, e.x1}) lines.x.push_back({x, width, 3});
  for (const double y : {e.y0, e.y1}) lines.y.push_back({y, width, 3});
  for (const double z : {assembly.z_min, assembly.z_max}) lines.z.push_back({z, height, 3});

  const double snap_z = std::min(options.snap, thinnest / 4);
  lines.x = snap_lines(std::move(lines.x), options.snap);
  lines.y = snap_lines(std::move(lines.y), options.snap);
  lines.z = snap_lines(std::move(lines.z), snap_z);
  std::vector<Range> x, y, z;
  whole_ranges(assembly, x, y, z);
  keep_whole(lines.x, x, options.snap);
  keep_whole(lines.y, y, options.snap);
  keep_whole(lines.z, z, snap_z);
  if (options.even_cells[0] > 0 && options.even_cells[1] > 0)
    take_even_cells(lines, e, options.even_cells, !x.empty(), !y.empty());
  return lines;
}

std::vector<Line> thin_out(const std::vector<Line>& lines, double distance, int keep) {
  std::vector<std::size_t> order(lines.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return lines[a].weight > lines[b].weight; });
  std::set<double> kept;
  std::vector<Line> out;
  for (const std::size_t i : order) {
    const Line& line = lines[i];
    if (line.weight < keep) {
      const auto above = kept.lower_bound(line.at);
      if (above != kept.end() && *above - line.at < distance) continue;
      if (above != kept.begin() && line.at - *std::prev(above) < distance) continue;
    }
    kept.insert(line.at);
    out.push_back(line);
  }
  std::sort(out.begin(), out.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
  return out;
}

bool in_whole(const std::vector<Line>& lines, double at) {
  const auto after =
      std::upper_bound(lines.begin(), lines.end(), at, [](double v, const Line& l) { return v < l.at; });
  return after != lines.begin() && std::prev(after)->whole;
}

std::size_t cut(const std::vector<Line>& lines, double scale, double growth, std::vector<double>* out) {
  const double slope = std::max(1e-3, std::min(kSlope * scale, 1.0) * (growth - 1));
  const std::size_t n = lines.size();
  std::vector<double> h(n);
  for (std::size_t i = 0; i < n; ++i) h[i] = std::min(scale * lines[i].size, lines[i].most);
  for (std::size_t i = 1; i < n; ++i)
    h[i] = std::min(h[i], h[i - 1] + slope * (lines[i].at - lines[i - 1].at));
  for (std::size_t i = n - 1; i-- > 0;)
    h[i] = std::min(h[i], h[i + 1] + slope * (lines[i + 1].at - lines[i].at));

  if (out) out->assign(1, lines[0].at);
  std::size_t total = 0;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    // spacing(s) = min(ha + slope s, hb + slope (L - s)): a tent with its top at hp. Its wanted number of
    // intervals is the integral of ds / spacing, and lines stand where that integral is a multiple of total /
    // count.
    const double length = lines[i + 1].at - lines[i].at, ha = h[i], hb = h[i + 1];
    const double hp = 0.5 * (ha + hb + slope * length);
    const double left = std::log(hp / ha) / slope, right = std::log(hp / hb) / slope, sum = left + right;
    const double wanted = lines[i].whole ? 1.0 : std::max(1.0, std::ceil(sum - 0.2));
    total += std::size_t(std::min(wanted, 1e9));
    if (!out) continue;
    const std::size_t count = std::size_t(wanted);
    for (std::size_t j = 1; j < count; ++j) {
      const double t = sum * double(j) / double(count);
      const double s = t <= left ? ha * std::expm1(slope * t) / slope
                                 : length - hb * std::expm1(slope * (sum - t)) / slope;
      out->push_back(lines[i].at + std::clamp(s, 0.0, length));
    }
    out->push_back(lines[i + 1].at);
  }
  return total;
}

}  // namespace bondline::mesh
