#include "numerics/conduction_hierarchy.h"

#include <algorithm>
#include <cmath>

#include "numerics/conduction_coarsening.h"

namespace bondline::numerics {
namespace {

constexpr long kLaneBlock = 16;  // half rows are padded to this many columns

/// Where the column `i` stands in a row of a level: its half row, its place there.
int place_in_row(const Level& l, int i) { return int((i & 1) * l.half) + i / 2; }

/// Tables that carry a row of the fine level to a row of the coarse one and back.
void make_tables(Level& fine, const Level& coarse) {
  const MergedAxis& ax = fine.merged_x;
  const int n = int(fine.stride), zero = 4 * n, outputs = int(coarse.stride);
  fine.restrict_places.assign(std::size_t(8 * outputs), zero);
  for (int c = 0; c < ax.coarse(); ++c) {
    int* at = fine.restrict_places.data() + (c & 1) * 4 * outputs + c / 2;
    int slot = 0;
    auto take = [&](int i, bool own) { at[outputs * slot++] = (own ? 0 : 2 * n) + (i & 1) * n + i / 2; };
    const int begin = ax.first[std::size_t(c)], end = ax.first[std::size_t(c) + 1];
    if (begin > 0 && ax.other(begin - 1) == c) take(begin - 1, false);
    for (int i = begin; i < end; ++i) take(i, true);
    if (end < fine.nx && ax.other(end) == c) take(end, false);
  }
  for (int p = 0; p < 2; ++p) {
    fine.expand_own[p].assign(std::size_t(fine.stride), 0);
    fine.expand_other[p].assign(std::size_t(fine.stride), 0);
    for (int i = p; i < fine.nx; i += 2) {
      const int own = ax.to[std::size_t(i)], other = ax.other(i);
      fine.expand_own[p][std::size_t(i / 2)] = place_in_row(coarse, own);
      fine.expand_other[p][std::size_t(i / 2)] = place_in_row(coarse, other < 0 ? own : other);
    }
  }
}

void add_diagonal(Level& l, const AlignedArray<float>& ground, const AlignedArray<float>& zeros, base::Pool& pool,
                  const ConductionKernels& kernels) {
  pool.run(std::size_t(l.ny), [&](std::size_t j) {
    for (int p = 0; p < 2; ++p) {
      const HalfRow h = half_row(l, int(j), p, l.gx.data(), zeros.data());
      kernels.diagonal_sum(h, ground.data() + l.place(int(j), p), l.sum.data() + l.place(int(j), p));
    }
  });
}

Level load_finest(const ConductionOperator& op, double scale, base::Pool& pool, const ConductionKernels& kernels,
                  AlignedArray<float>& ground) {
  const TensorGrid& g = op.grid;
  Level l(g.nx(), g.ny(), g.nz());
  l.x = g.x;
  l.y = g.y;
  ground = layout_array(l);
  const struct {
    const std::vector<double>& from;
    AlignedArray<float>& to;
  } arrays[] = {{op.gx, l.gx}, {op.gy, l.gy}, {op.gz, l.gz}, {op.ground, ground}};
  pool.run(std::size_t(l.ny), [&](std::size_t j) {
    for (const auto& a : arrays)
      kernels.to_layout(l.nx, l.nz, l.stride, a.from.data() + g.index(0, int(j), 0), scale,
                        a.to.data() + l.place(int(j), 0), a.to.data() + l.place(int(j), 1));
  });
  return l;
}

}  // namespace

int MergedAxis::other(int i) const {
  const int c = to[std::size_t(i)];
  if (!pair(c)) return -1;
  const int o = first[std::size_t(c)] == i ? c - 1 : c + 1;
  return o < 0 || o >= coarse() ? -1 : o;
}

MergedAxis merge_pairs(const std::vector<double>& lines, double h) {
  MergedAxis m;
  const std::size_t n = lines.size() - 1;
  m.lines.push_back(lines[0]);
  for (std::size_t i = 0; i < n;) {
    const std::size_t end = i + 2 <= n && lines[i + 2] - lines[i] <= h ? i + 2 : i + 1;
    m.first.push_back(int(i));
    for (; i < end; ++i) m.to.push_back(int(m.first.size()) - 1);
    m.lines.push_back(lines[end]);
  }
  m.first.push_back(int(n));
  return m;
}

double shortest_pair(const std::vector<double>& lines) {
  double h = HUGE_VAL;
  for (std::size_t i = 0; i + 2 < lines.size(); ++i) h = std::min(h, lines[i + 2] - lines[i]);
  return h;
}

Level::Level(int columns_x, int columns_y, int layers) : nx(columns_x), ny(columns_y), nz(layers) {
  stride = ((nx + 1) / 2 + kLaneBlock - 1) / kLaneBlock * kLaneBlock;
  half = used() + kLaneBlock;
  gx = layout_array(*this);
  gy = layout_array(*this);
  gz = layout_array(*this);
  sum = layout_array(*this);
}

std::size_t Level::bytes() const {
  return gx.bytes() + gy.bytes() + gz.bytes() + sum.bytes() + f.bytes() + u.bytes() + change.bytes() + wy.bytes() +
         wx.bytes() + (restrict_places.size() + 4 * expand_own[0].size()) * sizeof(int);
}

AlignedArray<float> layout_array(const Level& level) {
  AlignedArray<float> a(level.floats());
  for (int j = 0; j < level.ny; ++j)
    for (int p = 0; p < 2; ++p)
      std::fill_n(a.data() + level.place(j, p) + level.used(), level.half - level.used(), 0.0f);
  return a;
}

HalfRow half_row(const Level& l, int j, int p, const float* values, const float* zeros) {
  const std::size_t own = l.place(j, p), side = l.place(j, 1 - p);
  HalfRow h{};
  h.nz = l.nz;
  h.stride = l.stride;
  h.f = l.f.empty() ? nullptr : l.f.data() + own;
  h.sum = l.sum.data() + own;
  h.gz = l.gz.data() + own;
  // An even column's left neighbour is the odd one before it, its right neighbour the odd one of the same m.
  h.gl = p == 0 ? l.gx.data() + side - 1 : l.gx.data() + side;
  h.ul = p == 0 ? values + side - 1 : values + side;
  h.gr = l.gx.data() + own;
  h.ur = p == 0 ? values + side : values + side + 1;
  h.gd = j > 0 ? l.gy.data() + l.place(j - 1, p) : zeros;
  h.ud = j > 0 ? values + l.place(j - 1, p) : zeros;
  h.gu = j + 1 < l.ny ? l.gy.data() + own : zeros;
  h.uu = j + 1 < l.ny ? values + l.place(j + 1, p) : zeros;
  return h;
}

std::vector<Level> build_hierarchy(const ConductionOperator& op, double scale, base::Pool& pool,
                                   const ConductionKernels& kernels) {
  std::vector<Level> levels;
  AlignedArray<float> ground;
  levels.push_back(load_finest(op, scale, pool, kernels, ground));
  AlignedArray<float> zeros(std::size_t(levels[0].half));
  zeros.zero();
  add_diagonal(levels[0], ground, zeros, pool, kernels);
  const std::size_t finest = levels[0].floats();
  // Merge only what is shorter than h, then double h: cells of very different width become alike before all of them
  // are merged. At least one pair is merged each time.
  double h = 0;
  while (levels.back().nx > 1 || levels.back().ny > 1) {
    Level& fine = levels.back();
    h = std::max(h, 1.3 * std::min(shortest_pair(fine.x), shortest_pair(fine.y)));
    fine.merged_x = merge_pairs(fine.x, h);
    fine.merged_y = merge_pairs(fine.y, h);
    h *= 2;
    Level coarse(fine.merged_x.coarse(), fine.merged_y.coarse(), fine.nz);
    coarse.x = fine.merged_x.lines;
    coarse.y = fine.merged_y.lines;
    make_tables(fine, coarse);
    AlignedArray<float> coarse_ground = layout_array(coarse);
    coarsen(fine, ground, coarse, coarse_ground, pool, kernels);
    add_diagonal(coarse, coarse_ground, zeros, pool, kernels);
    // A second sweep pays where a level is small beside the finest one.
    coarse.sweeps = coarse.floats() * 5 < finest * 2 ? 2 : 1;
    ground = std::move(coarse_ground);
    levels.push_back(std::move(coarse));
  }
  ground = {};
  for (Level& l : levels) {
    l.f = layout_array(l);
    l.u = layout_array(l);
    l.u.zero();
    if (l.sweeps > 1) {
      l.change = layout_array(l);
      l.change.zero();
    }
  }
  return levels;
}

}  // namespace bondline::numerics
