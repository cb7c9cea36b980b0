#include "numerics/conduction_hierarchy.h"

#include <algorithm>
#include <climits>
#include <cmath>

#include "numerics/conduction_coarsening.h"

namespace bondline::numerics {
namespace {

constexpr long kLaneBlock = 16;  // half rows are padded to this many columns

/// Whether each block of 16 entries of a table counts up by one (or stays at `zero`, where 16 zeros follow).
void mark_regular(const int* table, std::size_t n, int zero, std::vector<char>& even) {
  even.resize(n / 16, 1);
  for (std::size_t block = 0; block < n / 16; ++block) {
    const int* t = table + 16 * block;
    bool counts = true, idle = true;
    for (int l = 0; l < 16; ++l) {
      counts = counts && t[l] == t[0] + l && t[l] != zero;
      idle = idle && t[l] == zero;
    }
    even[block] = char(even[block] && (counts || idle));
  }
}

/// Tables that carry a row of the fine level to a row of the coarse one and back.
void make_tables(Level& fine, const Level& coarse) {
  const MergedAxis& ax = fine.merged_x;
  const int n = int(fine.stride), zero = 4 * n;
  const std::size_t outputs = std::size_t(2 * coarse.stride);
  fine.restrict_at.assign(4 * outputs, zero);
  for (int c = 0; c < ax.coarse(); ++c) {
    // One table each: what comes from the left, the even and the odd member, what comes from the right.
    auto place = [&](int i, bool own) { return (own ? 0 : 2 * n) + (i & 1) * n + i / 2; };
    const int begin = ax.first[std::size_t(c)], end = ax.first[std::size_t(c) + 1];
    int* at = fine.restrict_at.data() + c;
    if (begin > 0 && ax.other(begin - 1) == c) at[0] = place(begin - 1, false);
    for (int i = begin; i < end; ++i) at[outputs * std::size_t(1 + (i & 1))] = place(i, true);
    if (end < fine.nx && ax.other(end) == c) at[3 * outputs] = place(end, false);
  }
  for (std::size_t t = 0; t < 4; ++t)
    mark_regular(fine.restrict_at.data() + t * outputs, outputs, zero, fine.restrict_even);
  for (int p = 0; p < 2; ++p) {
    std::vector<int>&own = fine.own[p], &other = fine.other[p];
    for (int i = p; i < fine.nx; i += 2) {
      const int c = ax.to[std::size_t(i)], o = ax.other(i);
      own.push_back(c);
      // Without a second column the weight is zero and any place serves; this one keeps blocks regular.
      other.push_back(o >= 0 ? o : !ax.pair(c) ? c : ax.first[std::size_t(c)] == i ? c - 1 : c + 1);
    }
    // Padding continues the run it follows, within the 32 zeros behind a row.
    for (std::vector<int>* t : {&own, &other}) {
      while (t->size() < std::size_t(fine.stride)) t->push_back(t->size() % 16 == 0 ? 0 : t->back() + 1);
      mark_regular(t->data(), t->size(), INT_MIN, fine.expand_even[p]);
    }
  }
}

Level load_finest(const ConductionOperator& op, double scale, base::Pool& pool,
                  const ConductionKernels& kernels) {
  const TensorGrid& g = op.grid;
  Level l(g.nx(), g.ny(), g.nz(), pool);
  l.x = g.x;
  l.y = g.y;
  const struct {
    const std::vector<double>& from;
    AlignedArray<Half>& to;
  } arrays[] = {{op.gx, l.gx}, {op.gy, l.gy}, {op.gz, l.gz}, {op.ground, l.ground}};
  pool.run(std::size_t(l.ny), [&](std::size_t j) {
    for (const auto& a : arrays)
      kernels.to_halves(l.nx, l.nz, l.stride, a.from.data() + g.index(0, int(j), 0), scale,
                        a.to.data() + l.place(int(j), 0), a.to.data() + l.place(int(j), 1));
  });
  return l;
}

/// Decides level by level what is merged. Merge only what is shorter than h, then double h: cells of very
/// different width become alike before all of them are merged. At least one pair is merged each time.
class MergePlan {
 public:
  bool next(const std::vector<double>& x, const std::vector<double>& y, MergedAxis& merged_x,
            MergedAxis& merged_y) {
    if (x.size() <= 2 && y.size() <= 2) return false;
    h_ = std::max(h_, 1.3 * std::min(shortest_pair(x), shortest_pair(y)));
    merged_x = merge_pairs(x, h_);
    merged_y = merge_pairs(y, h_);
    h_ *= 2;
    return true;
  }

 private:
  double h_ = 0;
};

long stride_of(int nx) {
  return ((nx + 1) / 2 + kLaneBlock - 1) / kLaneBlock * kLaneBlock;
}

constexpr float kWeak = 0.5f;  // lateral over ground: alternating lines then leave a ninth of the error

/// Whether every cell gives more to the ground than to its lateral neighbours: nothing is left to do for
/// coarser levels. So it is under the short steps of heat in time.
bool held_by_ground(const Level& l, base::Pool& pool, const ConductionKernels& kernels) {
  std::vector<char> held(std::size_t(l.ny), 1);
  pool.run(std::size_t(l.ny), [&](std::size_t row) {
    const int j = int(row);
    std::vector<float> sum(std::size_t(l.used())), ground(sum.size());
    for (int p = 0; p < 2; ++p) {
      const std::size_t own = l.place(j, p), side = l.place(j, 1 - p);
      kernels.unpack(l.used(), l.ground.data() + own, 0, ground.data());
      kernels.unpack(l.used(), l.gx.data() + own, 0, sum.data());
      kernels.unpack(l.used(), p == 0 ? l.gx.data() + side - 1 : l.gx.data() + side, 1, sum.data());
      kernels.unpack(l.used(), l.gy.data() + own, 1, sum.data());
      if (j > 0) kernels.unpack(l.used(), l.gy.data() + l.place(j - 1, p), 1, sum.data());
      bool all = true;
      for (std::size_t c = 0; c < sum.size(); ++c) all = all && sum[c] <= kWeak * ground[c];
      if (!all) held[row] = 0;
    }
  });
  return std::find(held.begin(), held.end(), 0) == held.end();
}

/// A second sweep pays where a level is small beside the finest one.
int sweeps_of(std::size_t level_floats, std::size_t finest_floats) {
  return level_floats * 5 < finest_floats * 2 ? 2 : 1;
}

}  // namespace

HierarchyBytes forecast_hierarchy(const TensorGrid& grid) {
  HierarchyBytes bytes;
  std::vector<double> x = grid.x, y = grid.y;
  MergePlan plan;
  std::size_t finest = 0;
  for (bool more = true; more;) {
    const std::size_t rows = y.size() - 1, stride = std::size_t(stride_of(int(x.size()) - 1));
    const std::size_t layers = std::size_t(grid.nz()), floats = 2 * rows * (stride * layers + kLaneBlock);
    const bool is_finest = finest == 0;
    if (is_finest) finest = floats;
    MergedAxis mx, my;
    more = plan.next(x, y, mx, my);
    bytes.levels += floats * 4 * sizeof(Half);
    if (more)
      bytes.levels += (rows + 2 * std::size_t(my.coarse())) * stride * layers + 12 * stride * sizeof(int);
    const bool keeps_change = !is_finest && sweeps_of(floats, finest) > 1;
    const std::size_t fields = keeps_change ? 3 : 2;
    bytes.fields += floats * sizeof(float) * fields;
    bytes.batch_fields += rows * (x.size() - 1) * layers * sizeof(float) * fields;
    x = mx.lines;
    y = my.lines;
  }
  return bytes;
}

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

Level::Level(int columns_x, int columns_y, int layers, base::Pool& pool)
    : nx(columns_x), ny(columns_y), nz(layers) {
  stride = stride_of(nx);
  half = used() + kLaneBlock;
  for (AlignedArray<Half>* a : {&gx, &gy, &gz, &ground}) *a = layout_array<Half>(*this, pool);
}

ColumnMap Level::column_map(const Level& coarse) const {
  return {stride,
          coarse.stride,
          restrict_at.data(),
          restrict_even.data(),
          {own[0].data(), own[1].data()},
          {other[0].data(), other[1].data()},
          {expand_even[0].data(), expand_even[1].data()}};
}

std::size_t Level::bytes() const {
  return gx.bytes() + gy.bytes() + gz.bytes() + ground.bytes() + wy.bytes() + wx.bytes() +
         (restrict_at.size() + 4 * own[0].size()) * sizeof(int);
}

template <class T>
AlignedArray<T> layout_array(const Level& level, base::Pool& pool) {
  AlignedArray<T> a(level.floats());
  const std::size_t row = 2 * std::size_t(level.half);
  pool.run(std::size_t(level.ny), [&](std::size_t j) { std::fill_n(a.data() + j * row, row, T(0)); });
  return a;
}
template AlignedArray<float> layout_array(const Level&, base::Pool&);

HalfRow half_row(const Level& l, int j, int p, const float* values, const AlignedArray<float>& zeros) {
  const std::size_t own = l.place(j, p), side = l.place(j, 1 - p);
  const Half* none = reinterpret_cast<const Half*>(zeros.data());
  auto value = [&](std::size_t place) { return values + place; };
  HalfRow h{};
  h.nz = l.nz;
  h.stride = l.stride;
  h.ground = l.ground.data() + own;
  h.gz = l.gz.data() + own;
  // An even column's left neighbour is the odd one before it, its right neighbour the odd one of the same m.
  h.gl = p == 0 ? l.gx.data() + side - 1 : l.gx.data() + side;
  h.ul = p == 0 ? value(side) - 1 : value(side);
  h.gr = l.gx.data() + own;
  h.ur = p == 0 ? value(side) : value(side) + 1;
  h.gd = j > 0 ? l.gy.data() + l.place(j - 1, p) : none;
  h.ud = j > 0 ? value(l.place(j - 1, p)) : zeros.data();
  h.gu = j + 1 < l.ny ? l.gy.data() + own : none;
  h.uu = j + 1 < l.ny ? value(l.place(j + 1, p)) : zeros.data();
  return h;
}

std::vector<Level> build_hierarchy(const ConductionOperator& op, double scale, base::Pool& pool,
                                   const ConductionKernels& kernels) {
  std::vector<Level> levels;
  levels.push_back(load_finest(op, scale, pool, kernels));
  MergePlan plan;
  for (;;) {
    Level& fine = levels.back();
    if (held_by_ground(fine, pool, kernels) || !plan.next(fine.x, fine.y, fine.merged_x, fine.merged_y))
      return levels;
    Level coarse(fine.merged_x.coarse(), fine.merged_y.coarse(), fine.nz, pool);
    coarse.x = fine.merged_x.lines;
    coarse.y = fine.merged_y.lines;
    make_tables(fine, coarse);
    coarsen(fine, coarse, pool, kernels);
    coarse.sweeps = sweeps_of(coarse.floats(), levels[0].floats());
    levels.push_back(std::move(coarse));
  }
}

}  // namespace bondline::numerics
