#include "numerics/batch/conduction_batch.h"

#include <algorithm>
#include <cmath>

#include "numerics/conduction_cycle.h"
#include "numerics/flush_to_zero.h"

#include "numerics/row_waves.h"

namespace bondline::numerics {
namespace {

/// The residual is renewed when it has fallen by this much: what float32 left of it (half an ulp of every
/// value, 6e-8) is then still far below it.
constexpr double kTrusted = 1e-5;
/// A renewed residual that fell by less than this is held by rounding.
constexpr double kStalled = 0.5;

const auto with_flush = [](const auto& use) {
  FlushToZero flush;
  use(flush);
};

}  // namespace

double power_of_two_near(double v) {
  return std::ldexp(1.0, -std::ilogb(v));
}

ConductionBatch::ConductionBatch(const OuterOperator& outer, const std::vector<Level>& levels,
                                 const ConductionFaces& faces, base::Pool& pool, const BatchKernels& kernels,
                                 double scale)
    : outer_(outer),
      faces_(faces),
      pool_(pool),
      kernels_(kernels),
      scale_(scale),
      cycle_(levels, pool, kernels),
      alphas_(kKept) {
  for (std::size_t n = 0; n < kKept; ++n) p_.emplace_back(cycle_.finest(), kernels.lanes, pool);
  partial_.assign(std::size_t(outer.rows() * kernels.lanes), 0.0);
}

std::size_t ConductionBatch::bytes() const {
  return cycle_.bytes() + kKept * p_[0].bytes() + partial_.size() * sizeof(double);
}

ConductionBatch::Numbers ConductionBatch::row_sums() const {
  Numbers sums{};
  const std::size_t lanes = std::size_t(kernels_.lanes);
  std::vector<double> rows(partial_.size() / lanes);
  for (std::size_t s = 0; s < lanes; ++s) {
    for (std::size_t j = 0; j < rows.size(); ++j) rows[j] = partial_[j * lanes + s];
    sums[s] = tree_sum(rows);
  }
  return sums;
}

/// body(stage, row, columns, place of the first of them in a field) over all rows, in tiles.
template <class Body>
void ConductionBatch::tiles(int stages, int fields, const Body& body) {
  const Level& l = cycle_.finest();
  const std::size_t column = std::size_t(l.nz * kernels_.lanes), row = column * std::size_t(l.nx);
  run_tiles(pool_, l.ny, l.nx, tile_width(l.nx, stages, column * sizeof(float) * std::size_t(fields)), stages,
            wave_chunks(pool_, l.ny, row, stages), with_flush,
            [&](FlushToZero&, int stage, int j, Range, Range columns) {
              body(stage, j, columns, std::size_t(j) * row + std::size_t(columns.begin) * column);
            });
}

/// Adds what `of` writes for these columns to the sums of row j.
template <class Of>
void ConductionBatch::add(int j, Range columns, const Of& of) {
  double sums[kMostLanes];
  of(sums);
  double* const total = &partial_[std::size_t(j * kernels_.lanes)];
  for (long s = 0; s < kernels_.lanes; ++s) total[s] = (columns.begin > 0 ? total[s] : 0.0) + sums[s];
}

/// The next direction p = z + beta p; returns p . A p of each lane.
ConductionBatch::Numbers ConductionBatch::advance_direction(const Floats& beta) {
  const std::size_t next = (last_ + 1) % kKept;
  const float *z = cycle_.result().data(), *old = begun_ ? direction(last_) : nullptr;
  float* p = direction(next);
  tiles(2, 3, [&](int stage, int j, Range columns, std::size_t at) {
    if (stage == 0)
      kernels_.direction(long(columns.end - columns.begin) * cycle_.finest().nz, z + at, beta.data(),
                         old ? old + at : nullptr, p + at);
    else
      add(j, columns,
          [&](double* sums) { kernels_.energy(faces_.row(j, columns, kernels_.lanes), p + at, sums); });
  });
  last_ = next;
  begun_ = true;
  return row_sums();
}

/// r -= alpha A p; returns r . r of each lane.
ConductionBatch::Numbers ConductionBatch::step(const Floats& alpha) {
  const float* p = direction(last_);
  float* r = cycle_.right_hand_side().data();
  tiles(1, 2, [&](int, int j, Range columns, std::size_t at) {
    add(j, columns, [&](double* sums) {
      kernels_.step(faces_.row(j, columns, kernels_.lanes), alpha.data(), p + at, r + at, sums);
    });
  });
  return row_sums();
}

/// u takes in the directions it lacks; then the residual is b - A u, with its norm.
void ConductionBatch::renew(bool at_start) {
  const std::size_t lanes = std::size_t(kernels_.lanes), cells = outer_.row_cells();
  const int rows_of_grid = outer_.rows();
  std::vector<double> by(kKept * lanes);
  std::vector<std::size_t> slots;
  for (std::size_t n = 0; n < count_; ++n) {
    slots.push_back((last_ + kKept - n) % kKept);
    for (std::size_t s = 0; s < lanes; ++s)
      by[n * lanes + s] = alphas_[slots[n]][s] * scale_ / lanes_[s].unit;
  }
  const auto fold_row = [&](int j) {
    std::array<const float*, kKept> fields{};
    for (std::size_t n = 0; n < count_; ++n) fields[n] = direction(slots[n]) + std::size_t(j) * cells * lanes;
    std::array<double*, kMostLanes> u{};
    for (std::size_t s = 0; s < lanes; ++s)
      if (lanes_[s].b && !lanes_[s].broken) u[s] = lanes_[s].u + std::size_t(j) * cells;
    kernels_.fold(long(cells), long(count_), fields.data(), by.data(), u.data());
  };
  Numbers units{};
  for (std::size_t s = 0; s < lanes; ++s) units[s] = lanes_[s].unit;
  float* f = cycle_.right_hand_side().data();
  const auto residual_row = [&](int j, std::vector<double>& scratch) {
    std::array<const double*, kMostLanes> rows{};
    for (std::size_t s = 0; s < lanes; ++s) {
      const Lane& lane = lanes_[s];
      partial_[std::size_t(j) * lanes + s] = 0;
      if (!lane.b) continue;
      if (at_start && lane.from_zero) {
        rows[s] = lane.b + std::size_t(j) * cells;
        continue;
      }
      double* own = scratch.data() + s * cells;
      partial_[std::size_t(j) * lanes + s] = outer_.residual_of_row(j, lane.b, lane.u, own);
      rows[s] = own;
    }
    kernels_.load(long(cells), rows.data(), units.data(), f + std::size_t(j) * cells * lanes);
  };
  run_waves(
      pool_, rows_of_grid, 2, wave_chunks(pool_, rows_of_grid, cells * lanes, 2),
      [&](const auto& use) {
        std::vector<double> scratch(lanes * cells);
        use(scratch);
      },
      [&](std::vector<double>& scratch, int stage, int j) {
        if (stage == 1)
          residual_row(j, scratch);
        else if (count_ > 0)
          fold_row(j);
      });
  count_ = 0;
  const Numbers squares = row_sums();
  for (std::size_t s = 0; s < lanes; ++s) {
    Lane& lane = lanes_[s];
    if (!lane.b) continue;
    lane.norm = at_start && lane.from_zero ? lane.norm_b : std::sqrt(squares[s]);
  }
}

void ConductionBatch::solve(std::span<const BatchLane> given, int most, double slack) {
  const std::size_t lanes = std::size_t(kernels_.lanes);
  for (std::size_t s = 0; s < kMostLanes; ++s) {
    lanes_[s] = {};
    if (s < given.size()) static_cast<BatchLane&>(lanes_[s]) = given[s];
    if (lanes_[s].norm_b > 0) lanes_[s].unit = power_of_two_near(lanes_[s].norm_b);
  }
  count_ = 0;
  begun_ = false;
  renew(true);
  for (std::size_t s = 0; s < lanes; ++s) {
    Lane& lane = lanes_[s];
    lane.renewed = lane.norm;
    lane.active = lane.b && std::isfinite(lane.norm) && lane.norm > lane.goal * slack;
  }
  const auto any_active = [&] {
    return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& l) { return l.active; });
  };
  for (int iteration = 0; iteration < most && any_active(); ++iteration) {
    // With f = unit r and conductances times scale, all products below are those of the scaled system; step
    // lengths have no unit.
    Numbers fz;
    cycle_.run(fz.data());
    Floats beta{}, alpha{};
    for (std::size_t s = 0; s < lanes; ++s) {
      Lane& lane = lanes_[s];
      beta[s] = lane.active && lane.rz > 0 ? float(fz[s] / lane.rz) : 0.0f;
      lane.rz = lane.active ? fz[s] : 0;
    }
    const Numbers pap = advance_direction(beta);
    ++count_;
    for (std::size_t s = 0; s < lanes; ++s) {
      Lane& lane = lanes_[s];
      if (lane.active && (!(lane.rz > 0) || !(pap[s] > 0) || !std::isfinite(lane.rz / pap[s])))
        lane.active = false, lane.broken = true;
      alpha[s] = lane.active ? float(lane.rz / pap[s]) : 0.0f;
      alphas_[last_][s] = double(alpha[s]);
    }
    const Numbers squares = step(alpha);
    bool trusted = true;
    for (std::size_t s = 0; s < lanes; ++s) {
      Lane& lane = lanes_[s];
      if (!lane.active) continue;
      lane.norm = std::sqrt(squares[s]) / lane.unit;
      lane.history.push_back(lane.norm);
      ++lane.iterations;
      if (!std::isfinite(lane.norm)) lane.active = false, lane.broken = true;
      if (lane.norm <= lane.goal) lane.active = false;
      trusted = trusted && lane.norm > kTrusted * lane.renewed;
    }
    if (any_active() && trusted && count_ < kKept && iteration + 1 < most) continue;
    renew(false);
    for (std::size_t s = 0; s < lanes; ++s) {
      Lane& lane = lanes_[s];
      if (!lane.b || lane.broken) continue;
      const bool was_active = lane.active;
      lane.active =
          std::isfinite(lane.norm) && lane.norm > lane.goal * slack && lane.norm < kStalled * lane.renewed;
      if (!was_active) lane.rz = 0;  // a lane that stood still starts anew
      lane.renewed = lane.norm;
    }
  }
}

}  // namespace bondline::numerics
