// 3D-ICE's floorplan and layout files.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "design/formats/ice.h"

namespace bondline::formats {
namespace {

constexpr double kUm = 1e-6;
constexpr std::size_t kMaxRects = 65536;

package::Rect rectangle(double x, double y, double l, double w) {
  return {twelve_digits(x * kUm), twelve_digits(y * kUm), twelve_digits((x + l) * kUm),
          twelve_digits((y + w) * kUm)};
}

/// "position x, y ; dimension l, w ;" or one or more "rectangle (x, y, l, w) ;".
void read_rects(IceReader& in, bool many_positions, std::vector<package::Rect>& out) {
  const auto add = [&](double x, double y, double l, double w) {
    if (in.failed()) return;
    if (out.size() >= kMaxRects) return in.fail("more than 65536 rectangles", "merge rectangles");
    out.push_back(rectangle(x, y, l, w));
  };
  if (in.is("rectangle")) {
    while (in.accept("rectangle")) {
      in.expect("(");
      const double x = in.number("x");
      in.expect(",");
      const double y = in.number("y");
      in.expect(",");
      const double l = in.positive("length");
      in.expect(",");
      const double w = in.positive("width");
      in.expect_all({")", ";"});
      add(x, y, l, w);
    }
    return;
  }
  do {
    in.expect("position");
    const double x = in.number("x");
    in.expect(",");
    const double y = in.number("y");
    in.expect_all({";", "dimension"});
    const double l = in.positive("length");
    in.expect(",");
    const double w = in.positive("width");
    in.expect(";");
    add(x, y, l, w);
  } while (many_positions && !in.failed() && in.is("position"));
}

/// Everything inside the chip? A rounding of 1e-9 of its size is cut off, more is an error.
void keep_inside(DeckBlock& block, double length, double width, const char* what, Report& report) {
  const double slack = 1e-9 * std::max(length, width);
  for (auto& r : block.rects) {
    if (r.x0 < -slack || r.y0 < -slack || r.x1 > length + slack || r.y1 > width + slack)
      report.error(
          block.where,
          fmt::format(
              "{} \"{}\" lies outside the chip: it reaches from {:g}, {:g} to {:g}, {:g} um, the chip to "
              "{:g}, {:g} um",
              what, shown(block.name.empty() ? block.material : block.name), r.x0 / kUm, r.y0 / kUm,
              r.x1 / kUm, r.y1 / kUm, length / kUm, width / kUm),
          "move or shrink it, or enlarge the chip (dimensions)");
    r = {std::max(r.x0, 0.0), std::max(r.y0, 0.0), std::min(r.x1, length), std::min(r.y1, width)};
    if (!(r.width() > 0 && r.height() > 0) && !report.failed())
      report.error(block.where, fmt::format("{} \"{}\" has no area", what, shown(block.name)),
                   "give it a size");
  }
}

}  // namespace

bool looks_like_ice_floorplan(const std::string& text) {
  // HotSpot: bare columns, # comments. 3D-ICE: every statement ends in ';'.
  bool comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n')
      comment = false;
    else if (c == '#')
      comment = true;
    else if (!comment && c == ';')
      return true;
  }
  return false;
}

bool read_ice_floorplan(const std::string& text, const std::string& file, double length, double width,
                        Report& report, std::vector<IceBlock>& out) {
  const std::size_t errors = report.errors();
  IceReader in(text, file, report);
  std::size_t values = 0;
  while (!in.failed() && !in.at_end()) {
    IceBlock block;
    block.where = in.where();
    block.name = in.name("a block");
    in.expect(":");
    read_rects(in, false, block.rects);
    if (in.accept("material")) {
      block.material = in.name("the block's material");
      in.expect(";");
    }
    if (in.accept("discretization")) {
      in.positive("discretization");
      in.expect(",");
      in.positive("discretization");
      in.expect(";");
    }
    if (in.accept("power")) {
      in.expect("values");
      do {
        const Where here = in.where();
        const double p = in.number("power value");
        if (p < 0 || p > 1e9)
          report.error(here, fmt::format("a power of {:g} W", p), "give a number that is zero or more");
        block.powers.push_back(p);
        if (++values > kMaxTraceValues) in.fail("more than 8 million power values", "shorten the trace");
      } while (in.accept(","));
      in.expect(";");
    }
    if (in.failed()) break;
    if (out.size() >= kMaxBlocks) {
      in.fail("more than 8192 blocks", "merge blocks");
      break;
    }
    keep_inside(block, length, width, "block", report);
    out.push_back(std::move(block));
  }
  if (!in.failed() && out.empty()) in.fail("the floorplan has no block", "give at least one");
  if (report.errors() > errors) return false;
  const std::vector<DeckBlock> plain(out.begin(), out.end());
  check_floorplan(plain, length, width, {file, 0, 0}, report);
  return report.errors() == errors;
}

bool read_ice_layout(const std::string& text, const std::string& file, double length, double width,
                     Report& report, IceLayout& out) {
  const std::size_t errors = report.errors();
  IceReader in(text, file, report);
  while (in.is("material"))
    if (!read_ice_material(in, report, out.materials)) break;
  std::size_t rects = 0;
  while (!in.failed() && !in.at_end()) {
    DeckBlock block;
    block.where = in.where();
    block.material = in.name("a material");
    in.expect(":");
    read_rects(in, true, block.rects);
    if (in.failed()) break;
    rects += block.rects.size();
    if (rects > kMaxRects) {
      in.fail("more than 65536 rectangles", "merge rectangles");
      break;
    }
    keep_inside(block, length, width, "area of", report);
    out.blocks.push_back(std::move(block));
  }
  if (report.errors() > errors) return false;
  std::vector<DeckBlock> named = out.blocks;
  for (std::size_t i = 0; i < named.size(); ++i) named[i].name = fmt::format("{}#{}", named[i].material, i);
  base::Diagnostics found;
  Report local(found);
  check_floorplan(named, length, width, {file, 0, 0}, local);
  for (const auto& d : found.all())
    if (d.severity == base::Severity::error) report.error(d.where, d.what, d.mend);
  return report.errors() == errors;
}

}  // namespace bondline::formats
