// power: of a die, a passive or a block layer.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/package/loading.h"
#include "design/package/side_files.h"

namespace bondline::package {
namespace {

constexpr double kOutside = 1e-9;  // m: what rounding of metres in a floorplan may leave

std::string um(double metres) {
  return base::format_quantity(metres, base::dim::length, 3);
}

/// How far a rectangle reaches outside [0, size], m; 0 when it does not.
double reach_outside(const Rect& rect, Vec2 size) {
  return std::max({0.0, -rect.x0, -rect.y0, rect.x1 - size.x, rect.y1 - size.y});
}

void check_inside(Loading& in, const std::vector<FloorplanBlock>& blocks, Vec2 size,
                  const std::string& path) {
  if (size.x <= 0 || size.y <= 0) return;
  for (const FloorplanBlock& block : blocks) {
    double worst = 0;
    for (const Rect& rect : block.rects) worst = std::max(worst, reach_outside(rect, size));
    if (worst <= kOutside) continue;
    in.diagnostics.error(
        block.where,
        fmt::format("block \"{}\" reaches {} outside {} ({} x {})", block.name, um(worst), path, um(size.x),
                    um(size.y)),
        "floorplan coordinates start at the part's lower left corner, in metres; check size and unit");
  }
}

/// Overlaps are refused: whether shared area counts once or twice nobody can tell from the file.
void check_overlaps(Loading& in, const std::vector<FloorplanBlock>& blocks) {
  struct Piece {
    Rect rect;
    std::size_t block;
  };
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    for (const Rect& rect : blocks[i].rects) pieces.push_back({rect, i});
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.rect.x0 < b.rect.x0; });
  int told = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (std::size_t j = i + 1; j < pieces.size() && pieces[j].rect.x0 < pieces[i].rect.x1; ++j) {
      const Rect &a = pieces[i].rect, &b = pieces[j].rect;
      const double w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0),
                   h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
      const double smaller = std::min(a.area(), b.area());
      if (w <= kOutside || h <= kOutside || w * h <= 1e-6 * smaller) continue;
      if (++told > 20) return;
      const FloorplanBlock &first = blocks[std::min(pieces[i].block, pieces[j].block)],
                           &second = blocks[std::max(pieces[i].block, pieces[j].block)];
      in.diagnostics.error(second.where,
                           fmt::format("block \"{}\" overlaps \"{}\" by {} x {} ({:.3g} % of the smaller)",
                                       second.name, first.name, um(w), um(h), 100 * w * h / smaller),
                           "blocks may touch but not share area");
    }
  }
}

std::vector<FloorplanBlock> load_blocks(Loading& in, const Node& node, Vec2 size) {
  if (node.is_scalar()) {
    const std::optional<std::string> text = in.side_file(node);
    return text ? read_floorplan(*text, base::join_path(in.folder, node.text), in.diagnostics)
                : std::vector<FloorplanBlock>{};
  }
  std::vector<FloorplanBlock> blocks;
  for (const Named& entry : named_entries(&node, "block")) {
    const Node& map = as_map(entry.node);
    FloorplanBlock block;
    block.name = entry.name;
    block.where = entry.where;
    block.rects = load_rects(in, map, size);
    block.power = read(in, map, "power", plausible::power);
    block.material = read_material(in, map, "material", "");
    for (const FloorplanBlock& other : blocks)
      if (other.name == block.name)
        in.diagnostics.error(entry.where, fmt::format("block \"{}\" is there twice", block.name),
                             "rename one of them");
    if (block.rects.empty())
      in.diagnostics.error(entry.where, fmt::format("block \"{}\" has no place", block.name),
                           "give at and size, or rect: [x, y, width, height]");
    else
      blocks.push_back(std::move(block));
  }
  return blocks;
}

double watts(const Node& node) {
  if (!node.is_scalar()) return 0;
  const base::QuantityResult read = base::parse_as(node.text, base::dim::power, base::Scale::difference);
  return read.quantity && std::isfinite(read.quantity->value) ? read.quantity->value : 0;
}

void add_column(PowerTrace& trace, const std::string& name, const Node& list, Loading& in) {
  if (!list.is_list()) return;
  const std::size_t column = trace.blocks.size();
  trace.blocks.push_back(name);
  if (column == 0) trace.watts.resize(list.items.size());
  if (trace.watts.size() != list.items.size()) {
    in.diagnostics.error(
        list.where,
        fmt::format("\"{}\" has {} samples, others have {}", name, list.items.size(), trace.watts.size()),
        "every block needs the same number of samples");
    trace.blocks.pop_back();
    return;
  }
  for (std::size_t i = 0; i < list.items.size(); ++i) trace.watts[i].push_back(watts(list.items[i]));
}

PowerTrace read_trace_file(Loading& in, const Node& name) {
  PowerTrace trace;
  const std::optional<std::string> text = in.side_file(name);
  if (text) trace = read_power_trace(*text, base::join_path(in.folder, name.text), in.diagnostics);
  trace.file = name.text;
  return trace;
}

std::optional<PowerTrace> load_trace(Loading& in, const Node& power, const Power& so_far,
                                     const std::string& path) {
  const Node* node = power.find("trace");
  if (!node || node->is_list()) return std::nullopt;
  PowerTrace trace;
  const Node& map = as_map(node);
  bool from_file = true;
  if (node->is_scalar()) {
    trace = read_trace_file(in, *node);
  } else if (const Node* file = map.find("file"); file && file->is_scalar()) {
    trace = read_trace_file(in, *file);
  } else {
    from_file = false;
    if (const Node* total = map.find("total")) add_column(trace, "", *total, in);
    for (const Node::Entry& column : as_map(map.find("samples")).entries)
      add_column(trace, column.key, column.value, in);
    if (trace.blocks.empty()) {
      in.diagnostics.error(node->where, "the trace holds no samples",
                           "give file, samples: {block: [..]} or total: [..]");
      return std::nullopt;
    }
  }
  if (!from_file || trace.where.file.empty()) trace.where = node->where;
  const Node& interval_map = has(map, "interval") ? map : power;
  trace.interval =
      read_or_default(in, interval_map, "interval", plausible::interval, 10e-3, path + ".power.interval",
                      "HotSpot's sampling interval in its example configurations (10 ms)");
  if (so_far.blocks.empty() && trace.blocks.size() == 1) {
    trace.blocks[0].clear();  // one column and no floorplan: the whole part
    return trace;
  }
  std::vector<std::string> known;
  known.reserve(so_far.blocks.size());
  for (const FloorplanBlock& block : so_far.blocks) known.push_back(block.name);
  for (const std::string& name : trace.blocks) {
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) continue;
    in.diagnostics.error(
        trace.where, fmt::format("the trace names block \"{}\", which the floorplan of {} lacks", name, path),
        mend_by_nearest(name, known,
                        known.empty() ? "give blocks: with the floorplan" : "rename it as in the floorplan"));
  }
  return trace;
}

Leakage load_leakage(Loading& in, const Node& node, const std::string& path) {
  Leakage leakage;
  leakage.where = node.where;
  leakage.power = read(in, node, "power", plausible::power);
  leakage.at = read_or_default(in, node, "at", plausible::ambient, 298.15, path + ".power.leakage.at",
                               "room temperature");
  leakage.doubles_every = read_or_default(in, node, "doubles_every", plausible::doubling, 20,
                                          path + ".power.leakage.doubles_every",
                                          "typical value for bulk and FinFET CMOS, low confidence");
  return leakage;
}

}  // namespace

std::vector<Rect> load_rects(Loading& in, const Node& map, Vec2 part_size) {
  std::vector<Rect> rects;
  const auto add = [&](const Node& node) {
    double n[4] = {};
    if (!node.is_list() || node.items.size() != 4) return;
    for (std::size_t i = 0; i < 4; ++i) {
      const base::QuantityResult read =
          base::parse_as(node.items[i].text, base::dim::length, base::Scale::difference);
      if (!read.quantity || !std::isfinite(read.quantity->value)) return;
      n[i] = read.quantity->value;
    }
    if (n[2] <= 0 || n[3] <= 0) {
      in.diagnostics.error(node.where,
                           fmt::format("a rectangle of {} x {}", node.items[2].text, node.items[3].text),
                           "write [x, y, width, height] with width and height above zero");
      return;
    }
    rects.push_back({n[0], n[1], n[0] + n[2], n[1] + n[3]});
  };
  if (const Node* rect = map.find("rect")) add(*rect);
  if (const Node* several = map.find("rects"); several && several->is_list())
    for (const Node& rect : several->items) add(rect);
  if (has(map, "size")) {
    const Vec2 size = read_size(in, map, "size", plausible::block_size), at = read_point(map, "at");
    const double x = part_size.x / 2 + at.x, y = part_size.y / 2 + at.y;
    if (size.x > 0 && size.y > 0)
      rects.push_back({x - size.x / 2, y - size.y / 2, x + size.x / 2, y + size.y / 2});
  }
  return rects;
}

std::optional<GridMap> load_grid_map(Loading& in, const Node* node, double min, double max,
                                     const std::string& what) {
  if (!node || node->is_map()) return std::nullopt;
  const base::Dimension dimension = what == "power" ? base::dim::power : base::dim::none;
  std::optional<GridMap> map;
  if (node->is_scalar()) {
    const std::optional<std::string> text = in.side_file(*node);
    if (text)
      map = read_grid_map(*text, base::join_path(in.folder, node->text), dimension, min, max, in.diagnostics);
    if (map) map->file = node->text;
    return map;
  }
  GridMap grid;
  for (auto row = node->items.rbegin(); row != node->items.rend(); ++row) {
    if (!row->is_list() || row->items.empty()) return std::nullopt;
    if (grid.columns != 0 && std::size_t(grid.columns) != row->items.size()) {
      in.diagnostics.error(
          row->where, fmt::format("a row of {} values among rows of {}", row->items.size(), grid.columns),
          "every row needs the same number of values");
      return std::nullopt;
    }
    grid.columns = int(row->items.size());
    ++grid.rows;
    for (const Node& cell : row->items) {
      const base::QuantityResult read = cell.is_scalar()
                                            ? base::parse_as(cell.text, dimension, base::Scale::difference)
                                            : base::QuantityResult{};
      if (!read.quantity || !(read.quantity->value >= min && read.quantity->value <= max))
        return std::nullopt;
      grid.value.push_back(read.quantity->value);
    }
  }
  return grid;
}

Power load_power(Loading& in, const Node& map, std::string_view key, Vec2 size, const std::string& path,
                 HeatPlace otherwise) {
  Power power;
  power.place = otherwise;
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  if (!node) return power;
  power.where = node->where;
  if (node->is_scalar()) {
    power.uniform = read_scalar(in, *node, plausible::power);
    return power;
  }
  if (!node->is_map()) return power;
  power.uniform = read(in, *node, "uniform", plausible::power);
  if (const Node* blocks = node->find("blocks")) {
    power.blocks = load_blocks(in, *blocks, size);
    check_inside(in, power.blocks, size, path);
    check_overlaps(in, power.blocks);
  }
  if (const Node* cells = node->find("map"))
    power.map = load_grid_map(in, cells, 0, plausible::power.max, "power");
  power.trace = load_trace(in, *node, power, path);
  if (const Node* leakage = node->find("leakage"); leakage && leakage->is_map())
    power.leakage = load_leakage(in, *leakage, path);
  const std::string place = document::read_text(*node, "place");
  if (place == "volume") power.place = HeatPlace::volume;
  if (place == "top") power.place = HeatPlace::top_face;
  if (place == "bottom") power.place = HeatPlace::bottom_face;
  if (place == "active") power.place = HeatPlace::active;
  return power;
}

}  // namespace bondline::package
