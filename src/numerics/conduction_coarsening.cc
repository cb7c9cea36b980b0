#include "numerics/conduction_coarsening.h"

#include <algorithm>
#include <vector>

#include "numerics/flush_to_zero.h"

namespace bondline::numerics {
namespace {

double centre(const std::vector<double>& lines, int i) {
  return 0.5 * (lines[std::size_t(i)] + lines[std::size_t(i) + 1]);
}

/// Distance of the cell centres at the face right of coarse interval c: fine over coarse.
float distance_ratio(const std::vector<double>& lines, const MergedAxis& axis, int c) {
  const int face = axis.first[std::size_t(c) + 1];
  return float((centre(lines, face) - centre(lines, face - 1)) /
               (centre(axis.lines, c + 1) - centre(axis.lines, c)));
}

/// What carries one layer of a row (both half rows one after the other, then a zero) to the coarse columns.
struct ColumnTables {
  std::vector<int> first, second;            // members of a coarse column; the zero when there is none
  std::vector<int> face, inner, next_inner;  // its right face, its own and its neighbour's inner face
  std::vector<float> ratio;
  std::vector<int> weight;  // fine column -> its weight in [left of faces | right of faces | 0]
};

ColumnTables column_tables(const Level& fine, const Level& coarse) {
  const MergedAxis& ax = fine.merged_x;
  const int n = int(fine.stride), zero = 2 * n, m = int(2 * coarse.stride);
  ColumnTables t;
  for (auto* v : {&t.first, &t.second, &t.face, &t.inner, &t.next_inner}) v->assign(std::size_t(m), zero);
  t.ratio.assign(std::size_t(m), 0.0f);
  t.weight.assign(std::size_t(2 * n), 2 * m);
  auto from = [&](int i) { return (i & 1) * n + i / 2; };
  auto to = [&](int c) { return std::size_t((c & 1) * coarse.stride + c / 2); };
  for (int c = 0; c < ax.coarse(); ++c) {
    const int begin = ax.first[std::size_t(c)], end = ax.first[std::size_t(c) + 1];
    t.first[to(c)] = from(begin);
    if (ax.pair(c)) {
      t.second[to(c)] = from(begin + 1);
      t.inner[to(c)] = from(begin);
    }
    if (c + 1 == ax.coarse()) continue;
    t.face[to(c)] = from(end - 1);
    t.ratio[to(c)] = distance_ratio(fine.x, ax, c);
    if (ax.pair(c)) t.weight[std::size_t(from(end - 1))] = int(to(c));
    if (ax.pair(c + 1)) {
      t.next_inner[to(c)] = from(end);
      t.weight[std::size_t(from(end))] = m + int(to(c));
    }
  }
  return t;
}

struct Scratch {
  std::vector<float> gx, gy, gz, ground,
      faces[3];  // a coarse row before its columns are merged, in the fine layout
  std::vector<float> row, face, inner, next_inner, out;
  std::vector<unsigned char> weight;
};

/// Merges the rows of coarse row J: sums into the scratch, face towards the next row and the weights in y.
void merge_rows(Level& fine, int J, Scratch& s, const ConductionKernels& kernels) {
  const MergedAxis& ay = fine.merged_y;
  const int begin = ay.first[std::size_t(J)], end = ay.first[std::size_t(J) + 1];
  const long used = fine.used();
  const struct {
    const AlignedArray<Half>& from;
    std::vector<float>& to;
  } sums[] = {{fine.gx, s.gx}, {fine.gz, s.gz}, {fine.ground, s.ground}};
  for (int p = 0; p < 2; ++p) {
    const std::size_t to = std::size_t(p) * std::size_t(fine.half);
    for (const auto& a : sums)
      for (int j = begin; j < end; ++j)
        kernels.unpack(used, a.from.data() + fine.place(j, p), j > begin, a.to.data() + to);
    if (J + 1 == ay.coarse()) {
      std::fill_n(s.gy.begin() + long(to), used, 0.0f);
      continue;
    }
    const bool pair = ay.pair(J), next_pair = ay.pair(J + 1);
    auto weight = [&](int j, bool wanted) {  // only the red half row of j is restricted and interpolated
      return wanted && p == (j & 1) ? fine.wy.data() + std::size_t(j) * std::size_t(used) : nullptr;
    };
    auto face = [&](int slot, int j) {
      kernels.unpack(used, fine.gy.data() + fine.place(j, p), 0, s.faces[slot].data());
      return s.faces[slot].data();
    };
    kernels.series(used, face(0, end - 1), pair ? face(1, begin) : nullptr,
                   next_pair ? face(2, end) : nullptr, nullptr, distance_ratio(fine.y, ay, J),
                   s.gy.data() + to, weight(end - 1, pair), weight(end, next_pair));
  }
}

/// Merges the columns of layer k of coarse row J.
void merge_columns(Level& fine, Level& coarse, int J, long k, const ColumnTables& t, Scratch& s,
                   const ConductionKernels& kernels) {
  const long n = fine.stride, m = coarse.stride;
  auto load_row = [&](const std::vector<float>& from) {
    for (long p = 0; p < 2; ++p) std::copy_n(from.begin() + p * fine.half + k * n, n, s.row.begin() + p * n);
    s.row[std::size_t(2 * n)] = 0;
  };
  auto store_row = [&](AlignedArray<Half>& to) {
    for (int p = 0; p < 2; ++p) kernels.pack(m, s.out.data() + p * m, to.data() + coarse.place(J, p) + k * m);
  };
  const struct {
    const std::vector<float>& from;
    AlignedArray<Half>& to;
  } sums[] = {{s.gy, coarse.gy}, {s.gz, coarse.gz}, {s.ground, coarse.ground}};
  for (const auto& a : sums) {
    load_row(a.from);
    kernels.gather_pairs(2 * m, s.row.data(), t.first.data(), t.second.data(), s.out.data());
    store_row(a.to);
  }
  load_row(s.gx);
  for (long q = 0; q < 2 * m; ++q) {
    s.face[std::size_t(q)] = s.row[std::size_t(t.face[std::size_t(q)])];
    s.inner[std::size_t(q)] = s.row[std::size_t(t.inner[std::size_t(q)])];
    s.next_inner[std::size_t(q)] = s.row[std::size_t(t.next_inner[std::size_t(q)])];
  }
  kernels.series(2 * m, s.face.data(), s.inner.data(), s.next_inner.data(), t.ratio.data(), 0, s.out.data(),
                 s.weight.data(), s.weight.data() + 2 * m);
  s.weight[std::size_t(4 * m)] = 0;
  store_row(coarse.gx);
  for (long p = 0; p < 2; ++p) {
    unsigned char* w =
        fine.wx.data() + (std::size_t(J) * 2 + std::size_t(p)) * std::size_t(fine.used()) + k * n;
    for (long i = 0; i < n; ++i) w[i] = s.weight[std::size_t(t.weight[std::size_t(p * n + i)])];
  }
}

}  // namespace

void coarsen(Level& fine, Level& coarse, base::Pool& pool, const ConductionKernels& kernels) {
  fine.wy = AlignedArray<unsigned char>(std::size_t(fine.ny) * std::size_t(fine.used()));
  fine.wx = AlignedArray<unsigned char>(std::size_t(coarse.ny) * 2 * std::size_t(fine.used()));
  const ColumnTables tables = column_tables(fine, coarse);
  const std::size_t row = std::size_t(2 * fine.half), m = std::size_t(2 * coarse.stride);
  // A row's weight comes from the face between coarse rows; rows that have none keep zero.
  for (int j = 0; j < fine.ny; ++j)
    if (fine.merged_y.other(j) < 0)
      std::fill_n(fine.wy.data() + std::size_t(j) * std::size_t(fine.used()), fine.used(), 0);
  const std::size_t rows = std::size_t(coarse.ny), chunks = std::min<std::size_t>(rows, 64);
  pool.run(chunks, [&](std::size_t chunk) {
    const FlushToZero flush;
    Scratch s;
    for (auto* v : {&s.gx, &s.gy, &s.gz, &s.ground}) v->assign(row, 0.0f);
    for (auto& v : s.faces) v.assign(std::size_t(fine.used()), 0.0f);
    s.row.assign(std::size_t(2 * fine.stride) + 1, 0.0f);
    for (auto* v : {&s.face, &s.inner, &s.next_inner, &s.out}) v->assign(m, 0.0f);
    s.weight.assign(2 * m + 1, 0);
    for (std::size_t J = chunk * rows / chunks; J < (chunk + 1) * rows / chunks; ++J) {
      merge_rows(fine, int(J), s, kernels);
      for (long k = 0; k < fine.nz; ++k) merge_columns(fine, coarse, int(J), k, tables, s, kernels);
    }
  });
}

}  // namespace bondline::numerics
