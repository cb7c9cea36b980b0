#include "numerics/conduction_cycle.h"

#include <array>

#include "numerics/cycle_stages.h"

namespace bondline::numerics {

/// Working memory of one chunk: the lines' pivots, and a short memory of residual rows.
struct ConductionCycle::Scratch {
  explicit Scratch(const Level& finest)
      : lines(std::size_t((finest.nz + 2) * kStrip)),
        residuals(std::size_t(4 * finest.half)),
        merged(std::size_t(2 * finest.stride)),
        row(std::size_t(6 * finest.stride + 96)) {
    forget();
  }
  void forget() { residual_of.fill(-1); }
  AlignedArray<float> lines, residuals;
  AlignedArray<float> merged;        ///< one layer of a coarse row before its columns are merged
  AlignedArray<float> row;           ///< working memory for one layer
  std::array<int, 4> residual_of{};  ///< which row each quarter of `residuals` holds
  std::size_t bytes() const { return lines.bytes() + residuals.bytes() + merged.bytes() + row.bytes(); }
};

ConductionCycle::ConductionCycle(const std::vector<Level>& levels, base::Pool& pool,
                                 const CycleKernels& kernels)
    : levels_(levels), pool_(pool), kernels_(kernels) {
  for (const Level& l : levels_) {
    fields_.push_back({layout_array<float>(l, pool), layout_array<float>(l, pool), {}});
    if (l.sweeps > 1) fields_.back().change = layout_array<float>(l, pool);
  }
  zeros_ = AlignedArray<float>(std::size_t(levels_[0].half));
  zeros_.zero();
  dots_.assign(std::size_t(levels_[0].ny), 0.0);
  scratches_ = std::make_unique<ScratchPool<Scratch>>(
      [finest = &levels_[0]] { return std::make_unique<Scratch>(*finest); });
}
ConductionCycle::~ConductionCycle() = default;

std::size_t ConductionCycle::bytes() const {
  std::size_t bytes = zeros_.bytes() + scratches_->bytes() + dots_.size() * sizeof(double);
  for (const CycleFields& f : fields_) bytes += f.f.bytes() + f.u.bytes() + f.change.bytes();
  return bytes;
}

void ConductionCycle::relax(std::size_t q, int j, int colour, bool from_zero, bool keep_change,
                            Scratch& scratch) {
  const Level& level = levels_[q];
  CycleFields& fields = fields_[q];
  const int p = (j + colour) & 1;
  HalfRow h = half_row(level, j, p, fields.u.data(), zeros_);
  h.f = fields.f.data() + level.place(j, p);
  h.u = fields.u.data() + level.place(j, p);
  h.change = keep_change ? fields.change.data() + level.place(j, p) : nullptr;
  h.scratch = scratch.lines.data();
  if (from_zero)
    kernels_.solve_lines(h);
  else
    kernels_.relax_lines(h);
}

const float* ConductionCycle::residual_row(std::size_t q, int j, Scratch& scratch) {
  const Level& level = levels_[q];
  const std::size_t slot = std::size_t(j) % scratch.residual_of.size();
  float* row = scratch.residuals.data() + slot * std::size_t(level.half);
  if (scratch.residual_of[slot] != j) {
    const float* change = level.sweeps > 1 ? fields_[q].change.data() : fields_[q].u.data();
    kernels_.lateral_sum(half_row(level, j, j & 1, change, zeros_), row);
    scratch.residual_of[slot] = j;
  }
  return row;
}

void ConductionCycle::restrict_row(std::size_t q, int J, Scratch& scratch) {
  const Level &fine = levels_[q], &coarse = levels_[q + 1];
  const std::size_t used = std::size_t(fine.used());
  struct Source {
    const float* residual;
    const unsigned char* weight;
    int parity;
    bool member;
  };
  Source sources[4];
  int count = 0;
  each_source_row(fine.merged_y, fine.ny, J, [&](int j, bool member) {
    sources[count++] = {residual_row(q, j, scratch), fine.wy.data() + std::size_t(j) * used, j & 1, member};
  });

  const ColumnMap map = fine.column_map(coarse);
  const unsigned char* wx = fine.wx.data() + std::size_t(J) * 2 * used;
  float* merged[2] = {scratch.merged.data(), scratch.merged.data() + fine.stride};
  float* to[2] = {fields_[q + 1].f.data() + coarse.place(J, 0), fields_[q + 1].f.data() + coarse.place(J, 1)};
  for (long k = 0; k < fine.nz; ++k) {
    const long at = k * fine.stride, coarse_at = k * coarse.stride;
    bool begun[2] = {false, false};
    for (int n = 0; n < count; ++n) {
      const Source& s = sources[n];
      kernels_.mix(fine.stride, s.residual + at, s.weight + at, s.member, begun[s.parity], merged[s.parity]);
      begun[s.parity] = true;
    }
    for (int p = 0; p < 2; ++p)
      if (!begun[p]) std::fill_n(merged[p], fine.stride, 0.0f);
    kernels_.restrict_columns(map, merged[0], merged[1], wx + at, wx + used + std::size_t(at),
                              to[0] + coarse_at, to[1] + coarse_at, scratch.row.data());
  }
}

void ConductionCycle::interpolate_row(std::size_t q, int j, Scratch& scratch) {
  const Level &fine = levels_[q], &coarse = levels_[q + 1];
  const int p = j & 1, own = fine.merged_y.to[std::size_t(j)], other = fine.merged_y.other(j);
  const ColumnMap map = fine.column_map(coarse);
  const std::size_t used = std::size_t(fine.used());
  float* expanded[2] = {scratch.merged.data(), scratch.merged.data() + fine.stride};
  const float* from = fields_[q + 1].u.data();
  auto expand = [&](int J, long k, float* out) {
    const long at = k * coarse.stride;
    kernels_.expand_columns(map, p, from + coarse.place(J, 0) + at, from + coarse.place(J, 1) + at,
                            fine.wx.data() + (std::size_t(J) * 2 + std::size_t(p)) * used + k * fine.stride,
                            out, scratch.row.data());
  };
  for (long k = 0; k < fine.nz; ++k) {
    expand(own, k, expanded[0]);
    if (other >= 0) expand(other, k, expanded[1]);
    kernels_.interpolate(fine.stride, expanded[0], expanded[other >= 0],
                         fine.wy.data() + std::size_t(j) * used + k * fine.stride,
                         fields_[q].u.data() + fine.place(j, p) + k * fine.stride);
  }
}

void ConductionCycle::dot_row(int j) {
  const Level& l = levels_[0];
  double sums[2];
  for (int p = 0; p < 2; ++p)
    kernels_.dot(l.used(), fields_[0].f.data() + l.place(j, p), fields_[0].u.data() + l.place(j, p),
                 &sums[p]);
  dots_[std::size_t(j)] = sums[0] + sums[1];
}

double ConductionCycle::run() {
  const std::size_t last = levels_.size() - 1;
  const auto with_scratch = [&](const auto& use) { scratches_->with(use); };
  const auto relax_on = [&](std::size_t q) {
    return [this, q](Scratch& scratch, int j, int colour, bool from_zero, bool keep_change, Range) {
      relax(q, j, colour, from_zero, keep_change, scratch);
    };
  };
  for (std::size_t q = 0; q < last; ++q)
    go_down(pool_, levels_[q], {}, with_scratch, relax_on(q),
            [&](Scratch& scratch, int J, Range) { restrict_row(q, J, scratch); });
  go_to_the_bottom(pool_, levels_[last], {}, with_scratch, relax_on(last));
  for (std::size_t q = last; q-- > 0;)
    go_up(
        pool_, levels_[q], {}, q == 0, with_scratch, relax_on(q),
        [&](Scratch& scratch, int j, Range) { interpolate_row(q, j, scratch); },
        [&](int j, Range) { dot_row(j); });
  if (last == 0)
    for (int j = 0; j < levels_[0].ny; ++j) dot_row(j);
  return tree_sum(dots_);
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
