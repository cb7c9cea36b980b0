#include "numerics/conduction_cycle.h"

#include <array>
#include <atomic>
#include <mutex>

#include "numerics/flush_to_zero.h"
#include "numerics/row_waves.h"

namespace bondline::numerics {

/// Working memory of one chunk: the lines' pivots, and a short memory of residual rows.
struct ConductionCycle::Scratch {
  Scratch(const Level& finest, long lanes)
      : lines(std::size_t((finest.nz + 2) * kStrip)),
        residuals(std::size_t(4 * finest.half * lanes)),
        merged(std::size_t(2 * finest.stride * lanes)),
        row(std::size_t((6 * finest.stride + 96) * lanes)) {
    // Batches leave the padding of a row as it is: zero.
    for (AlignedArray<float>* a : {&residuals, &merged, &row}) a->zero();
    forget();
  }
  void forget() { residual_of.fill(-1); }
  AlignedArray<float> lines, residuals;
  AlignedArray<float> merged;        ///< one layer of a coarse row before its columns are merged
  AlignedArray<float> row;           ///< working memory for one layer
  std::array<int, 4> residual_of{};  ///< which row each quarter of `residuals` holds
  std::size_t bytes() const { return lines.bytes() + residuals.bytes() + merged.bytes() + row.bytes(); }
};

struct ConductionCycle::ScratchPool {
  const Level* finest;
  long lanes;
  std::mutex mutex;
  std::vector<std::unique_ptr<Scratch>> idle;
  std::atomic<std::size_t> made_bytes{0};

  template <class F>
  void with(const F& use) {
    std::unique_ptr<Scratch> s;
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        s = std::move(idle.back());
        idle.pop_back();
      }
    }
    if (!s) {
      s = std::make_unique<Scratch>(*finest, lanes);
      made_bytes += s->bytes();
    }
    s->forget();
    {
      const FlushToZero flush;
      use(*s);
    }
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(s));
  }
};

ConductionCycle::ConductionCycle(const std::vector<Level>& levels, base::Pool& pool,
                                 const CycleKernels& kernels)
    : levels_(levels), pool_(pool), kernels_(kernels) {
  const long lanes = kernels.lanes;
  for (const Level& l : levels_) {
    fields_.push_back({layout_array<float>(l, pool, lanes), layout_array<float>(l, pool, lanes), {}});
    if (l.sweeps > 1) fields_.back().change = layout_array<float>(l, pool, lanes);
  }
  zeros_ = AlignedArray<float>(std::size_t(levels_[0].half * lanes));
  zeros_.zero();
  dots_.assign(std::size_t(levels_[0].ny * lanes), 0.0);
  scratches_ = std::make_unique<ScratchPool>();
  scratches_->finest = &levels_[0];
  scratches_->lanes = lanes;
  scratches_->with([](Scratch&) {});
}
ConductionCycle::~ConductionCycle() = default;

std::size_t ConductionCycle::bytes() const {
  std::size_t bytes = zeros_.bytes() + scratches_->made_bytes + dots_.size() * sizeof(double);
  for (const CycleFields& f : fields_) bytes += f.f.bytes() + f.u.bytes() + f.change.bytes();
  return bytes;
}

void ConductionCycle::relax(std::size_t q, int j, int colour, bool from_zero, bool keep_change,
                            Scratch& scratch) {
  const Level& level = levels_[q];
  CycleFields& fields = fields_[q];
  const int p = (j + colour) & 1;
  HalfRow h = half_row(level, j, p, fields.u.data(), zeros_, kernels_.lanes);
  h.f = fields.f.data() + value(level, j, p);
  h.u = fields.u.data() + value(level, j, p);
  h.change = keep_change ? fields.change.data() + value(level, j, p) : nullptr;
  h.scratch = scratch.lines.data();
  if (from_zero)
    kernels_.solve_lines(h);
  else
    kernels_.relax_lines(h);
}

const float* ConductionCycle::residual_row(std::size_t q, int j, Scratch& scratch) {
  const Level& level = levels_[q];
  const std::size_t slot = std::size_t(j) % scratch.residual_of.size();
  float* row = scratch.residuals.data() + slot * std::size_t(level.half * kernels_.lanes);
  if (scratch.residual_of[slot] != j) {
    const float* change = level.sweeps > 1 ? fields_[q].change.data() : fields_[q].u.data();
    kernels_.lateral_sum(half_row(level, j, j & 1, change, zeros_, kernels_.lanes), row);
    scratch.residual_of[slot] = j;
  }
  return row;
}

void ConductionCycle::restrict_row(std::size_t q, int J, Scratch& scratch) {
  const Level &fine = levels_[q], &coarse = levels_[q + 1];
  const MergedAxis& ay = fine.merged_y;
  const std::size_t used = std::size_t(fine.used());
  const long lanes = kernels_.lanes;
  struct Source {
    const float* residual;
    const unsigned char* weight;
    int parity;
    bool member;
  };
  Source sources[4];
  int count = 0;
  auto take = [&](int j, bool member) {
    sources[count++] = {residual_row(q, j, scratch), fine.wy.data() + std::size_t(j) * used, j & 1, member};
  };
  const int begin = ay.first[std::size_t(J)], end = ay.first[std::size_t(J) + 1];
  if (begin > 0 && ay.other(begin - 1) == J) take(begin - 1, false);
  for (int j = begin; j < end; ++j) take(j, true);
  if (end < fine.ny && ay.other(end) == J) take(end, false);

  const ColumnMap map = fine.column_map(coarse);
  const unsigned char* wx = fine.wx.data() + std::size_t(J) * 2 * used;
  float* merged[2] = {scratch.merged.data(), scratch.merged.data() + fine.stride * lanes};
  float* to[2] = {fields_[q + 1].f.data() + value(coarse, J, 0),
                  fields_[q + 1].f.data() + value(coarse, J, 1)};
  for (long k = 0; k < fine.nz; ++k) {
    const long at = k * fine.stride, coarse_at = k * coarse.stride * lanes;
    bool begun[2] = {false, false};
    for (int n = 0; n < count; ++n) {
      const Source& s = sources[n];
      kernels_.mix(width(fine, s.parity), s.residual + at * lanes, s.weight + at, s.member, begun[s.parity],
                   merged[s.parity]);
      begun[s.parity] = true;
    }
    for (int p = 0; p < 2; ++p)
      if (!begun[p]) std::fill_n(merged[p], fine.stride * lanes, 0.0f);
    kernels_.restrict_columns(map, merged[0], merged[1], wx + at, wx + used + std::size_t(at),
                              to[0] + coarse_at, to[1] + coarse_at, scratch.row.data());
  }
}

void ConductionCycle::interpolate_row(std::size_t q, int j, Scratch& scratch) {
  const Level &fine = levels_[q], &coarse = levels_[q + 1];
  const int p = j & 1, own = fine.merged_y.to[std::size_t(j)], other = fine.merged_y.other(j);
  const ColumnMap map = fine.column_map(coarse);
  const std::size_t used = std::size_t(fine.used());
  const long lanes = kernels_.lanes;
  float* expanded[2] = {scratch.merged.data(), scratch.merged.data() + fine.stride * lanes};
  const float* from = fields_[q + 1].u.data();
  auto expand = [&](int J, long k, float* out) {
    const long at = k * coarse.stride * lanes;
    kernels_.expand_columns(map, p, from + value(coarse, J, 0) + at, from + value(coarse, J, 1) + at,
                            fine.wx.data() + (std::size_t(J) * 2 + std::size_t(p)) * used + k * fine.stride,
                            out, scratch.row.data());
  };
  for (long k = 0; k < fine.nz; ++k) {
    expand(own, k, expanded[0]);
    if (other >= 0) expand(other, k, expanded[1]);
    kernels_.interpolate(width(fine, p), expanded[0], expanded[other >= 0],
                         fine.wy.data() + std::size_t(j) * used + k * fine.stride,
                         fields_[q].u.data() + value(fine, j, p) + k * fine.stride * lanes);
  }
}

void ConductionCycle::dot_row(int j) {
  const Level& l = levels_[0];
  double sums[2][kMostLanes];
  for (int p = 0; p < 2; ++p)
    kernels_.dot(l.used(), fields_[0].f.data() + value(l, j, p), fields_[0].u.data() + value(l, j, p),
                 sums[p]);
  for (long s = 0; s < kernels_.lanes; ++s)
    dots_[std::size_t(j * kernels_.lanes + s)] = sums[0][s] + sums[1][s];
}

void ConductionCycle::down(std::size_t q) {
  const Level& l = levels_[q];
  const int stages = 2 * l.sweeps + 1;
  const std::size_t row_cells = std::size_t(l.nx) * std::size_t(l.nz);
  const std::size_t chunks = wave_chunks(pool_, l.ny, row_cells, stages);
  const MergedAxis& ay = l.merged_y;
  std::vector<char> done(std::size_t(ay.coarse()), 0);
  auto with_scratch = [&](const auto& use) { scratches_->with(use); };
  // Rows whose residual coarse row J needs.
  auto first_needed = [&](int J) { return std::max(0, ay.first[std::size_t(J)] - 1); };
  auto last_needed = [&](int J) { return std::min(l.ny - 1, ay.first[std::size_t(J) + 1]); };
  run_waves(pool_, l.ny, stages, chunks, with_scratch,
            [&](Scratch& scratch, int stage, int j, int begin, int end) {
              if (stage + 1 < stages)
                return relax(q, j, stage & 1, stage == 0, l.sweeps > 1 && stage + 2 == stages, scratch);
              for (int J = ay.to[std::size_t(j)]; J >= 0 && last_needed(J) >= j; --J)
                if (last_needed(J) == j && first_needed(J) >= begin && j < end) {
                  restrict_row(q, J, scratch);
                  done[std::size_t(J)] = 1;
                }
            });
  if (chunks == 1) return;
  std::vector<int> left;
  for (int J = 0; J < ay.coarse(); ++J)
    if (!done[std::size_t(J)]) left.push_back(J);
  pool_.run(left.size(), [&](std::size_t n) {
    scratches_->with([&](Scratch& scratch) { restrict_row(q, left[n], scratch); });
  });
}

void ConductionCycle::up(std::size_t q) {
  const Level& l = levels_[q];
  const bool finest = q == 0;
  const int stages = 1 + 2 * l.sweeps + (finest ? 1 : 0);
  const std::size_t chunks = wave_chunks(pool_, l.ny, std::size_t(l.nx) * std::size_t(l.nz), stages);
  auto with_scratch = [&](const auto& use) { scratches_->with(use); };
  run_waves(pool_, l.ny, stages, chunks, with_scratch, [&](Scratch& scratch, int stage, int j, int, int) {
    if (stage == 0) return interpolate_row(q, j, scratch);
    if (stage <= 2 * l.sweeps) return relax(q, j, stage & 1, false, false, scratch);
    dot_row(j);
  });
}

/// One column: exact. More, tied to the ground: red, black, red lines.
void ConductionCycle::bottom() {
  const std::size_t last = levels_.size() - 1;
  const Level& l = levels_[last];
  const int stages = l.nx == 1 && l.ny == 1 ? 1 : 2 * l.sweeps + 1;
  const std::size_t chunks = wave_chunks(pool_, l.ny, std::size_t(l.nx) * std::size_t(l.nz), stages);
  run_waves(
      pool_, l.ny, stages, chunks, [&](const auto& use) { scratches_->with(use); },
      [&](Scratch& scratch, int stage, int j, int, int) {
        relax(last, j, stage & 1, stage == 0, false, scratch);
      });
}

void ConductionCycle::run(double* dots) {
  const std::size_t last = levels_.size() - 1;
  for (std::size_t q = 0; q < last; ++q) down(q);
  bottom();
  for (std::size_t q = last; q-- > 0;) up(q);
  if (last == 0)
    for (int j = 0; j < levels_[0].ny; ++j) dot_row(j);
  const std::size_t lanes = std::size_t(kernels_.lanes);
  std::vector<double> rows(dots_.size() / lanes);
  for (std::size_t s = 0; s < lanes; ++s) {
    for (std::size_t j = 0; j < rows.size(); ++j) rows[j] = dots_[j * lanes + s];
    dots[s] = tree_sum(rows);
  }
}

double tree_sum(const std::vector<double>& values) {
  std::vector<double> level = values;
  while (level.size() > 1) {
    for (std::size_t i = 0; 2 * i < level.size(); ++i)
      level[i] = 2 * i + 1 < level.size() ? level[2 * i] + level[2 * i + 1] : level[2 * i];
    level.resize((level.size() + 1) / 2);
  }
  return level.empty() ? 0.0 : level[0];
}

}  // namespace bondline::numerics
