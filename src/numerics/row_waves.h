// Several stages over the rows of a plane, in one pass through memory. Stage q of row j needs stage q - 1 of
// rows j - 1, j, j + 1, so stage q follows stage q - 1 one row behind while the rows are still in cache. For
// several threads the rows are cut into chunks: every chunk runs its stages as far as it can alone (a
// trapezoid), then the gaps between chunks are filled. Every row sees the same values in the same order
// whatever the cut: the bits do not depend on it.
#pragma once
#include <algorithm>
#include <cstddef>

#include "base/parallel.h"

namespace bondline::numerics {

/// How many chunks suit `rows` rows of `cells_per_row` cells and `stages` stages; 1 for small planes.
inline std::size_t wave_chunks(const base::Pool& pool, int rows, std::size_t cells_per_row, int stages) {
  if (pool.threads() == 1 || std::size_t(rows) * cells_per_row < 30000) return 1;
  const std::size_t most = std::size_t(rows) / std::size_t(2 * stages + 2);
  return std::clamp<std::size_t>(most, 1, 4 * std::size_t(pool.threads()));
}

struct Range {
  int begin = 0, end = 0;
};

/// Columns of a tile for waves over fields of `bytes` per column of a row, so that the rows in flight stay in
/// a core's own cache; `columns` where they do anyway.
inline int tile_width(int columns, int stages, std::size_t bytes) {
  constexpr std::size_t kCache = 700'000;  // of the 1 MB (and more) that server cores have
  const std::size_t rows = std::size_t(stages) + 3;
  const int fitting = int(std::min<std::size_t>(kCache / (bytes * rows), 1u << 20));
  const int width = std::max(fitting, 12);
  return width * 3 / 2 >= columns ? columns : width;
}

/// Runs body(scratch, stage, row, rows, columns): `rows` are those that this stage covers in this pass, and
/// `columns` those of the tile. Tiles of `width` columns go from left to right, each through all rows of the
/// pass; as stage q needs its neighbours in x too, it stays q columns behind. `with_scratch(f)` calls
/// f(scratch) with working memory of its own, once per tile.
template <class WithScratch, class Body>
void run_tiles(base::Pool& pool, int rows, int columns, int width, int stages, std::size_t chunks,
               const WithScratch& with_scratch, const Body& body) {
  auto pass = [&](auto begin_of, auto end_of) {
    int from = rows, to = 0;
    for (int q = 0; q < stages; ++q) {
      from = std::min(from, begin_of(q) + q);
      to = std::max(to, end_of(q) + q);
    }
    for (int left = 0; left < columns; left += width) {
      const bool last = left + width >= columns;
      with_scratch([&](auto& scratch) {
        for (int t = from; t < to; ++t)
          for (int q = 0; q < stages; ++q)
            if (const int j = t - q; j >= begin_of(q) && j < end_of(q))
              body(scratch, q, j, Range{begin_of(q), end_of(q)},
                   Range{left > 0 ? left - q : 0, last ? columns : left + width - q});
      });
    }
  };
  auto cut = [&](std::size_t chunk) { return int(chunk * std::size_t(rows) / chunks); };
  pool.run(chunks, [&](std::size_t chunk) {
    const int begin = cut(chunk), end = cut(chunk + 1);
    pass([&](int q) { return begin > 0 ? begin + q : 0; },
         [&](int q) { return end < rows ? end - q : rows; });
  });
  if (chunks > 1)
    pool.run(chunks - 1, [&](std::size_t gap) {
      const int at = cut(gap + 1);
      pass([&](int q) { return at - q; }, [&](int q) { return at + q; });
    });
}

/// Runs body(scratch, stage, row) over whole rows.
template <class WithScratch, class Body>
void run_waves(base::Pool& pool, int rows, int stages, std::size_t chunks, const WithScratch& with_scratch,
               const Body& body) {
  run_tiles(pool, rows, 1, 1, stages, chunks, with_scratch,
            [&](auto& scratch, int stage, int j, Range, Range) { body(scratch, stage, j); });
}

}  // namespace bondline::numerics
