// The order of a V-cycle's work on one level, for one right-hand side (conduction_cycle.h) and for batches of
// them (batch_cycle.h): sweeps of alternating colours as waves over rows
// (row_waves.h), with restriction
// following them on the way down and interpolation leading them on the way up.
#pragma once
#include <algorithm>
#include <vector>

#include "numerics/conduction_hierarchy.h"
#include "numerics/row_waves.h"

namespace bondline::numerics {

/// How a level's rows are gone through: `lanes` values per cell, in tiles so that the fields of a column (f,
/// u and perhaps a third) stay in cache; one right-hand side goes by whole rows.
struct Going {
  std::size_t lanes = 1;
  bool tiles = false;

  std::size_t chunks(const base::Pool& pool, const Level& l, int stages) const {
    return wave_chunks(pool, l.ny, std::size_t(l.nx) * std::size_t(l.nz) * lanes, stages);
  }
  int width(const Level& l, int stages, int fields) const {
    if (!tiles) return l.nx;
    return tile_width(l.nx, stages, std::size_t(l.nz) * lanes * sizeof(float) * std::size_t(fields));
  }
};

/// relax(scratch, row, colour, from_zero, keep_change, columns), restrict_row(scratch, coarse_row, columns):
/// what can be restricted once the residual is known on these columns and all before.
template <class WithScratch, class Relax, class Restrict>
void go_down(base::Pool& pool, const Level& l, const Going& going, const WithScratch& with_scratch,
             const Relax& relax, const Restrict& restrict_row) {
  const int stages = 2 * l.sweeps + 1;
  const std::size_t chunks = going.chunks(pool, l, stages);
  const MergedAxis& ay = l.merged_y;
  std::vector<char> done(std::size_t(ay.coarse()), 0);
  // Rows whose residual coarse row J needs.
  auto first_needed = [&](int J) { return std::max(0, ay.first[std::size_t(J)] - 1); };
  auto last_needed = [&](int J) { return std::min(l.ny - 1, ay.first[std::size_t(J) + 1]); };
  run_tiles(pool, l.ny, l.nx, going.width(l, stages, l.sweeps > 1 ? 3 : 2), stages, chunks, with_scratch,
            [&](auto& scratch, int stage, int j, Range rows, Range columns) {
              if (stage + 1 < stages)
                return relax(scratch, j, stage & 1, stage == 0, l.sweeps > 1 && stage + 2 == stages, columns);
              for (int J = ay.to[std::size_t(j)]; J >= 0 && last_needed(J) >= j; --J)
                if (last_needed(J) == j && first_needed(J) >= rows.begin && j < rows.end) {
                  restrict_row(scratch, J, columns);
                  done[std::size_t(J)] = 1;
                }
            });
  if (chunks == 1) return;
  std::vector<int> left;
  for (int J = 0; J < ay.coarse(); ++J)
    if (!done[std::size_t(J)]) left.push_back(J);
  pool.run(left.size(), [&](std::size_t n) {
    with_scratch([&](auto& scratch) { restrict_row(scratch, left[n], Range{0, l.nx}); });
  });
}

/// interpolate_row(scratch, row, columns); on the finest level dot_row(row, columns) comes last.
template <class WithScratch, class Relax, class Interpolate, class Dot>
void go_up(base::Pool& pool, const Level& l, const Going& going, bool finest, const WithScratch& with_scratch,
           const Relax& relax, const Interpolate& interpolate_row, const Dot& dot_row) {
  const int stages = 1 + 2 * l.sweeps + (finest ? 1 : 0);
  run_tiles(pool, l.ny, l.nx, going.width(l, stages, 2), stages, going.chunks(pool, l, stages), with_scratch,
            [&](auto& scratch, int stage, int j, Range, Range columns) {
              if (stage == 0) return interpolate_row(scratch, j, columns);
              if (stage <= 2 * l.sweeps) return relax(scratch, j, stage & 1, false, false, columns);
              dot_row(j, columns);
            });
}

/// The last level. One column: exact. More, tied to the ground: red, black, red lines.
template <class WithScratch, class Relax>
void go_to_the_bottom(base::Pool& pool, const Level& l, const Going& going, const WithScratch& with_scratch,
                      const Relax& relax) {
  const int stages = l.nx == 1 && l.ny == 1 ? 1 : 2 * l.sweeps + 1;
  run_tiles(pool, l.ny, l.nx, going.width(l, stages, 2), stages, going.chunks(pool, l, stages), with_scratch,
            [&](auto& scratch, int stage, int j, Range, Range columns) {
              relax(scratch, j, stage & 1, stage == 0, false, columns);
            });
}

/// The fine rows that give to coarse row J, in their order: take(row, whether it is a member).
template <class Take>
void each_source_row(const MergedAxis& ay, int fine_rows, int J, const Take& take) {
  const int begin = ay.first[std::size_t(J)], end = ay.first[std::size_t(J) + 1];
  if (begin > 0 && ay.other(begin - 1) == J) take(begin - 1, false);
  for (int j = begin; j < end; ++j) take(j, true);
  if (end < fine_rows && ay.other(end) == J) take(end, false);
}

}  // namespace bondline::numerics
