#include "numerics/batch/batch_cycle.h"

#include <algorithm>
#include <array>

#include "numerics/conduction_cycle.h"
#include "numerics/cycle_stages.h"

namespace bondline::numerics {

BatchField::BatchField(const Level& l, long lanes, base::Pool& pool)
    : margin_((std::size_t(l.nz * lanes) + 15) / 16 * 16) {
  const std::size_t row = std::size_t(l.nx) * std::size_t(l.nz) * std::size_t(lanes);
  values_ = AlignedArray<float>(row * std::size_t(l.ny) + 2 * margin_);
  std::fill_n(values_.data(), margin_, 0.0f);
  pool.run(std::size_t(l.ny), [&](std::size_t j) { std::fill_n(data() + j * row, row, 0.0f); });
  std::fill_n(data() + row * std::size_t(l.ny), margin_, 0.0f);
}

/// Working memory of one chunk: unpacked conductances, and a short memory of residual rows.
struct BatchCycle::Scratch {
  Scratch(const Level& finest, long lanes)
      : lines(std::size_t((finest.nz + 2) * kStrip)),
        quarter(std::size_t((finest.nx + 1) / 2 * finest.nz * lanes)),
        residuals(4 * quarter),
        ring(std::size_t((kRing + 1) * finest.nz * lanes)) {}
  void forget() { residual_of.fill(-1); }
  AlignedArray<float> lines;
  std::size_t quarter;
  AlignedArray<float> residuals, ring;
  std::array<int, 4> residual_of{};  ///< which row each quarter of `residuals` holds
  std::size_t bytes() const { return lines.bytes() + residuals.bytes() + ring.bytes(); }
};

BatchCycle::BatchCycle(const std::vector<Level>& levels, base::Pool& pool, const BatchKernels& kernels)
    : levels_(levels), pool_(pool), kernels_(kernels), zeros_(std::size_t(levels[0].half)) {
  for (const Level& l : levels_) {
    Fields& fields = fields_.emplace_back();
    fields.f = BatchField(l, kernels.lanes, pool);
    fields.u = BatchField(l, kernels.lanes, pool);
    if (l.sweeps > 1) fields.change = BatchField(l, kernels.lanes, pool);
    std::vector<int>& others = others_.emplace_back();
    for (std::size_t i = 0; i < l.merged_x.to.size(); ++i) others.push_back(l.merged_x.other(int(i)));
  }
  zeros_.zero();
  dots_.assign(std::size_t(levels_[0].ny * kernels.lanes), 0.0);
  scratches_ = std::make_unique<ScratchPool<Scratch>>(
      [finest = &levels_[0], lanes = kernels.lanes] { return std::make_unique<Scratch>(*finest, lanes); });
}
BatchCycle::~BatchCycle() = default;

std::size_t BatchCycle::bytes() const {
  std::size_t bytes = zeros_.bytes() + scratches_->bytes() + dots_.size() * sizeof(double);
  for (const Fields& f : fields_) bytes += f.f.bytes() + f.u.bytes() + f.change.bytes();
  return bytes;
}

BatchColumns BatchCycle::columns_of(std::size_t q, int j, int p, BatchField& values, Range tile) const {
  const Level& l = levels_[q];
  const HalfRow h = half_row(l, j, p, zeros_.data(), zeros_);  // its conductances alone are wanted
  const std::size_t first = std::size_t(j) * row(l) + std::size_t(p) * column(l);
  BatchColumns c{};
  c.nz = l.nz;
  c.stride = l.stride;
  c.begin = (tile.begin + 1 - p) / 2;
  c.end = (tile.end + 1 - p) / 2;
  c.gz = h.gz, c.ground = h.ground, c.gl = h.gl, c.gr = h.gr, c.gd = h.gd, c.gu = h.gu;
  c.v = values.data() + first;
  c.down = j > 0 ? -long(row(l)) : 0;
  c.up = j + 1 < l.ny ? long(row(l)) : 0;
  return c;
}

void BatchCycle::relax(std::size_t q, int j, int colour, bool from_zero, bool keep_change, Range tile,
                       Scratch& scratch) {
  const Level& l = levels_[q];
  Fields& fields = fields_[q];
  const int p = (j + colour) & 1;
  const std::size_t first = std::size_t(j) * row(l) + std::size_t(p) * column(l);
  BatchColumns c = columns_of(q, j, p, fields.u, tile);
  c.f = fields.f.data() + first;
  c.u = fields.u.data() + first;
  c.change = keep_change ? fields.change.data() + first : nullptr;
  c.scratch = scratch.lines.data();
  if (from_zero)
    kernels_.solve_lines(c);
  else
    kernels_.relax_lines(c);
}

const float* BatchCycle::residual_row(std::size_t q, int j, Range tile, Scratch& scratch) {
  const std::size_t slot = std::size_t(j) % scratch.residual_of.size();
  float* out = scratch.residuals.data() + slot * scratch.quarter;
  if (scratch.residual_of[slot] != j) {
    BatchColumns c = columns_of(q, j, j & 1, levels_[q].sweeps > 1 ? fields_[q].change : fields_[q].u, tile);
    c.scratch = scratch.lines.data();
    kernels_.lateral_sum(c, out);
    scratch.residual_of[slot] = j;
  }
  return out;
}

void BatchCycle::restrict_row(std::size_t q, int J, Range tile, Scratch& scratch) {
  const Level &fine = levels_[q], &coarse = levels_[q + 1];
  const std::size_t used = std::size_t(fine.used());
  // Coarse columns whose last fine one lies in the tile; their first ones may lie before it.
  const std::vector<int>& first = fine.merged_x.first;
  const auto ready = [&](int column) {
    return column >= fine.nx
               ? coarse.nx
               : int(std::lower_bound(first.begin() + 1, first.end(), column) - first.begin()) - 1;
  };
  BatchRestriction r{};
  r.begin = ready(tile.begin);
  r.end = ready(tile.end);
  if (r.begin >= r.end) return;
  const Range needed{std::max(0, first[std::size_t(r.begin)] - 1), tile.end};
  r.nz = fine.nz;
  r.stride = fine.stride;
  r.fine = fine.nx;
  each_source_row(fine.merged_y, fine.ny, J, [&](int j, bool member) {
    r.source[r.sources++] = {residual_row(q, j, needed, scratch), fine.wy.data() + std::size_t(j) * used,
                             member, j & 1};
  });
  r.first = first.data();
  r.other = others_[q].data();
  r.weight[0] = fine.wx.data() + std::size_t(J) * 2 * used;
  r.weight[1] = r.weight[0] + used;
  r.scratch = scratch.ring.data();
  kernels_.restrict_row(r, fields_[q + 1].f.data() + std::size_t(J) * row(coarse));
}

void BatchCycle::interpolate_row(std::size_t q, int j, Range tile, Scratch& scratch) {
  const Level &fine = levels_[q], &coarse = levels_[q + 1];
  const int p = j & 1, own = fine.merged_y.to[std::size_t(j)], other = fine.merged_y.other(j);
  const std::size_t used = std::size_t(fine.used());
  const auto from = [&](int J) { return fields_[q + 1].u.data() + std::size_t(J) * row(coarse); };
  const auto weight = [&](int J) { return fine.wx.data() + (std::size_t(J) * 2 + std::size_t(p)) * used; };
  BatchInterpolation r{};
  r.nz = fine.nz;
  r.stride = fine.stride;
  r.begin = (tile.begin + 1 - p) / 2;
  r.end = (tile.end + 1 - p) / 2;
  r.coarse = coarse.nx;
  r.row = from(own);
  r.row_other = from(other >= 0 ? other : own);
  r.own = fine.own[p].data();
  r.other = fine.other[p].data();
  r.wx = weight(own);
  r.wx_other = weight(other >= 0 ? other : own);
  r.wy = fine.wy.data() + std::size_t(j) * used;
  r.scratch = scratch.lines.data();
  kernels_.interpolate_row(r,
                           fields_[q].u.data() + std::size_t(j) * row(fine) + std::size_t(p) * column(fine));
}

void BatchCycle::dot_row(int j, Range tile) {
  const Level& l = levels_[0];
  const std::size_t at = std::size_t(j) * row(l) + std::size_t(tile.begin) * column(l);
  double sums[kMostLanes];
  kernels_.dot(long(tile.end - tile.begin) * l.nz, fields_[0].f.data() + at, fields_[0].u.data() + at, sums);
  double* const total = &dots_[std::size_t(j * kernels_.lanes)];
  for (long s = 0; s < kernels_.lanes; ++s) total[s] = (tile.begin > 0 ? total[s] : 0.0) + sums[s];
}

void BatchCycle::run(double* dots) {
  const std::size_t last = levels_.size() - 1, lanes = std::size_t(kernels_.lanes);
  const Going going{lanes, true};
  const auto with_scratch = [&](const auto& use) { scratches_->with(use); };
  const auto relax_on = [&](std::size_t q) {
    return [this, q](Scratch& scratch, int j, int colour, bool from_zero, bool keep_change, Range tile) {
      relax(q, j, colour, from_zero, keep_change, tile, scratch);
    };
  };
  for (std::size_t q = 0; q < last; ++q)
    go_down(pool_, levels_[q], going, with_scratch, relax_on(q),
            [&](Scratch& scratch, int J, Range tile) { restrict_row(q, J, tile, scratch); });
  go_to_the_bottom(pool_, levels_[last], going, with_scratch, relax_on(last));
  for (std::size_t q = last; q-- > 0;)
    go_up(
        pool_, levels_[q], going, q == 0, with_scratch, relax_on(q),
        [&](Scratch& scratch, int j, Range tile) { interpolate_row(q, j, tile, scratch); },
        [&](int j, Range tile) { dot_row(j, tile); });
  if (last == 0)
    for (int j = 0; j < levels_[0].ny; ++j) dot_row(j, {0, levels_[0].nx});
  std::vector<double> rows(dots_.size() / lanes);
  for (std::size_t s = 0; s < lanes; ++s) {
    for (std::size_t j = 0; j < rows.size(); ++j) rows[j] = dots_[j * lanes + s];
    dots[s] = tree_sum(rows);
  }
}

}  // namespace bondline::numerics
