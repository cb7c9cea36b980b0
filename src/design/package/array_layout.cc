#include "design/package/array_layout.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace bondline::package {
namespace {

struct IndexRect {
  int i0, i1, j0, j1;  // half open
};

/// Cuts the occupied cells of a grid into rectangles: runs along rows, equal runs of following rows joined.
std::vector<IndexRect> cut_into_rectangles(int columns, int rows,
                                           const std::function<bool(int, int)>& occupied) {
  std::vector<IndexRect> done, open;
  for (int j = 0; j < rows; ++j) {
    std::vector<IndexRect> now;
    for (int i = 0; i < columns;) {
      if (!occupied(i, j)) {
        ++i;
        continue;
      }
      int end = i;
      while (end < columns && occupied(end, j)) ++end;
      now.push_back({i, end, j, j + 1});
      i = end;
    }
    for (const IndexRect& before : open) {
      const auto same = std::find_if(
          now.begin(), now.end(), [&](const IndexRect& r) { return r.i0 == before.i0 && r.i1 == before.i1; });
      if (same != now.end()) {
        same->j0 = before.j0;
      } else {
        done.push_back(before);
      }
    }
    open = std::move(now);
  }
  done.insert(done.end(), open.begin(), open.end());
  return done;
}

/// The centre of member `index` of a row of n, centred on the part.
double centred(int index, int n, double pitch) {
  return (index - 0.5 * (n - 1)) * pitch;
}

/// How many members of a diameter fit a length with a pitch.
int fitting(double length, double diameter, double pitch) {
  if (pitch <= 0 || length < diameter) return 0;
  return static_cast<int>(std::min(1e6, std::floor((length - diameter) / pitch + 1e-9))) + 1;
}

/// The indices [begin, end) of a centred row whose members lie strictly within half a gap of the centre.
std::pair<int, int> indices_within(double gap, int n, double pitch) {
  int begin = 0, end = n;
  while (begin < end && std::abs(centred(begin, n, pitch)) >= 0.5 * gap - 1e-12) ++begin;
  while (end > begin && std::abs(centred(end - 1, n, pitch)) >= 0.5 * gap - 1e-12) --end;
  return {begin, end};
}

Rect clipped(Rect r, Vec2 part) {
  return {std::max(r.x0, -0.5 * part.x), std::max(r.y0, -0.5 * part.y), std::min(r.x1, 0.5 * part.x),
          std::min(r.y1, 0.5 * part.y)};
}

/// Adds a field unless the clipped rectangle is empty (members outside the part: a rule reports those).
void add_field(ArrayLayout& layout, Rect rect, std::size_t count, Vec2 part) {
  rect = clipped(rect, part);
  if (count > 0 && rect.x1 > rect.x0 && rect.y1 > rect.y0) layout.fields.push_back({rect, count});
}

void note_cover(ArrayLayout& layout, Vec2 part) {
  if (layout.fields.size() != 1) return;
  const Rect& r = layout.fields[0].rect;
  const double slack = 1 + 1e-9;
  layout.covers_part =
      r.x0 + 0.5 * part.x < layout.pitch_x * slack && 0.5 * part.x - r.x1 < layout.pitch_x * slack &&
      r.y0 + 0.5 * part.y < layout.pitch_y * slack && 0.5 * part.y - r.y1 < layout.pitch_y * slack;
}

ArrayLayout lay_out_grid(const Array& array, Vec2 part, std::size_t enumerate_up_to) {
  ArrayLayout out;
  out.pitch_x = array.pitch_x;
  out.pitch_y = array.pitch_y > 0 ? array.pitch_y : array.pitch_x;
  const int nx = array.columns > 0 ? array.columns : fitting(part.x, array.diameter, out.pitch_x);
  const int ny = array.rows > 0 ? array.rows : fitting(part.y, array.diameter, out.pitch_y);
  if (nx <= 0 || ny <= 0 || !(out.pitch_x > 0)) return out;
  out.columns = nx;
  out.rows = ny;
  out.extent = {(nx - 1) * out.pitch_x + array.diameter, (ny - 1) * out.pitch_y + array.diameter};

  // Two holes at most, both rectangles of indices: inside the peripheral rows, and the centre gap.
  std::vector<IndexRect> holes;
  const int ring = array.peripheral_rows;
  if (ring > 0 && 2 * ring < nx && 2 * ring < ny) holes.push_back({ring, nx - ring, ring, ny - ring});
  if (array.centre_gap && array.centre_gap->x > 0 && array.centre_gap->y > 0) {
    const auto [i0, i1] = indices_within(array.centre_gap->x, nx, out.pitch_x);
    const auto [j0, j1] = indices_within(array.centre_gap->y, ny, out.pitch_y);
    if (i1 > i0 && j1 > j0) holes.push_back({i0, i1, j0, j1});
  }
  const auto present = [&](int i, int j) {
    return std::none_of(holes.begin(), holes.end(),
                        [&](const IndexRect& h) { return i >= h.i0 && i < h.i1 && j >= h.j0 && j < h.j1; });
  };

  // The grid is cut on the holes' edges only, so that four million hybrid pads cost as little as forty bumps.
  std::vector<int> is = {0, nx}, js = {0, ny};
  for (const IndexRect& h : holes) {
    is.insert(is.end(), {h.i0, h.i1});
    js.insert(js.end(), {h.j0, h.j1});
  }
  for (auto* breaks : {&is, &js}) {
    std::sort(breaks->begin(), breaks->end());
    breaks->erase(std::unique(breaks->begin(), breaks->end()), breaks->end());
  }
  const auto at = [](const std::vector<int>& v, int k) { return v[static_cast<std::size_t>(k)]; };
  const auto blocks = cut_into_rectangles(static_cast<int>(is.size()) - 1, static_cast<int>(js.size()) - 1,
                                          [&](int a, int b) { return present(at(is, a), at(js, b)); });
  for (const IndexRect& block : blocks) {
    const int i0 = at(is, block.i0), i1 = at(is, block.i1), j0 = at(js, block.j0), j1 = at(js, block.j1);
    const std::size_t count = static_cast<std::size_t>(i1 - i0) * static_cast<std::size_t>(j1 - j0);
    out.count += count;
    add_field(
        out,
        {centred(i0, nx, out.pitch_x) - 0.5 * out.pitch_x, centred(j0, ny, out.pitch_y) - 0.5 * out.pitch_y,
         centred(i1 - 1, nx, out.pitch_x) + 0.5 * out.pitch_x,
         centred(j1 - 1, ny, out.pitch_y) + 0.5 * out.pitch_y},
        count, part);
  }
  if (out.count <= enumerate_up_to) {
    out.sites.reserve(out.count);
    for (int j = 0; j < ny; ++j) {
      for (int i = 0; i < nx; ++i) {
        if (present(i, j)) out.sites.push_back({centred(i, nx, out.pitch_x), centred(j, ny, out.pitch_y)});
      }
    }
  }
  note_cover(out, part);
  return out;
}

/// The smallest distance between different values, or 0.
double spacing(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double smallest = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double step = values[i] - values[i - 1];
    if (step > 1e-8 && (smallest == 0 || step < smallest)) smallest = step;  // 10 nm: below, the same column
  }
  return smallest;
}

ArrayLayout lay_out_sites(const Array& array, Vec2 part, std::size_t enumerate_up_to) {
  ArrayLayout out;
  out.count = array.sites.size();
  if (out.count <= enumerate_up_to) out.sites = array.sites;
  Rect box = {array.sites[0].x, array.sites[0].y, array.sites[0].x, array.sites[0].y};
  std::vector<double> xs, ys;
  for (const Vec2& s : array.sites) {
    box = {std::min(box.x0, s.x), std::min(box.y0, s.y), std::max(box.x1, s.x), std::max(box.y1, s.y)};
    xs.push_back(s.x);
    ys.push_back(s.y);
  }
  out.extent = {box.width() + array.diameter, box.height() + array.diameter};
  out.pitch_x = array.pitch_x > 0 ? array.pitch_x : spacing(xs);
  out.pitch_y = array.pitch_y > 0 ? array.pitch_y : array.pitch_x > 0 ? array.pitch_x : spacing(ys);
  if (out.pitch_x <= 0) out.pitch_x = out.pitch_y > 0 ? out.pitch_y : 2 * array.diameter;
  if (out.pitch_y <= 0) out.pitch_y = out.pitch_x;

  const auto whole_box = [&] {
    add_field(out,
              {box.x0 - 0.5 * out.pitch_x, box.y0 - 0.5 * out.pitch_y, box.x1 + 0.5 * out.pitch_x,
               box.y1 + 0.5 * out.pitch_y},
              out.count, part);
    note_cover(out, part);
    return out;
  };
  // Sites that stand on a grid (to a tenth of the pitch) are cut into populated rectangles; others are spread
  // evenly.
  const double nx_wanted = box.width() / out.pitch_x, ny_wanted = box.height() / out.pitch_y;
  if (!(nx_wanted < 4000 && ny_wanted < 4000)) return whole_box();
  const int nx = static_cast<int>(std::lround(nx_wanted)) + 1,
            ny = static_cast<int>(std::lround(ny_wanted)) + 1;
  std::vector<char> taken(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny), 0);
  for (const Vec2& s : array.sites) {
    const double fi = (s.x - box.x0) / out.pitch_x, fj = (s.y - box.y0) / out.pitch_y;
    const long i = std::lround(fi), j = std::lround(fj);
    if (std::abs(fi - double(i)) > 0.1 || std::abs(fj - double(j)) > 0.1 || i < 0 || j < 0 || i >= nx ||
        j >= ny) {
      return whole_box();
    }
    char& cell =
        taken[static_cast<std::size_t>(j) * static_cast<std::size_t>(nx) + static_cast<std::size_t>(i)];
    if (cell) return whole_box();  // two members in one place: a rule reports it
    cell = 1;
  }
  const auto rectangles = cut_into_rectangles(nx, ny, [&](int i, int j) {
    return taken[static_cast<std::size_t>(j) * static_cast<std::size_t>(nx) + static_cast<std::size_t>(i)] !=
           0;
  });
  if (rectangles.size() > 64)
    return whole_box();  // a scattered map: many slivers would tell no more than the mean
  for (const IndexRect& r : rectangles) {
    add_field(out,
              {box.x0 + (r.i0 - 0.5) * out.pitch_x, box.y0 + (r.j0 - 0.5) * out.pitch_y,
               box.x0 + (r.i1 - 0.5) * out.pitch_x, box.y0 + (r.j1 - 0.5) * out.pitch_y},
              static_cast<std::size_t>(r.i1 - r.i0) * static_cast<std::size_t>(r.j1 - r.j0), part);
  }
  out.columns = nx;
  out.rows = ny;
  note_cover(out, part);
  return out;
}

}  // namespace

ArrayLayout lay_out(const Array& array, Vec2 part_size, std::size_t enumerate_up_to) {
  return array.sites.empty() ? lay_out_grid(array, part_size, enumerate_up_to)
                             : lay_out_sites(array, part_size, enumerate_up_to);
}

}  // namespace bondline::package
