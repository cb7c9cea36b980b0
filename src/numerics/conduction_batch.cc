#include "numerics/conduction_batch.h"

#include <algorithm>
#include <cmath>

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
      cycle_(levels, pool, kernels.cycle),
      alphas_(kKept) {
  for (std::size_t n = 0; n < kKept; ++n)
    p_.push_back(layout_array<float>(cycle_.finest(), pool, kernels.cycle.lanes));
  partial_.assign(std::size_t(outer.rows() * kernels.cycle.lanes), 0.0);
}

std::size_t ConductionBatch::bytes() const {
  return cycle_.bytes() + kKept * p_[0].bytes() + partial_.size() * sizeof(double);
}

ConductionBatch::Numbers ConductionBatch::row_sums() const {
  Numbers sums{};
  const std::size_t lanes = std::size_t(kernels_.cycle.lanes);
  std::vector<double> rows(partial_.size() / lanes);
  for (std::size_t s = 0; s < lanes; ++s) {
    for (std::size_t j = 0; j < rows.size(); ++j) rows[j] = partial_[j * lanes + s];
    sums[s] = tree_sum(rows);
  }
  return sums;
}

/// The next direction p = z + beta p; returns p . A p of each lane.
ConductionBatch::Numbers ConductionBatch::advance_direction(const Floats& beta) {
  const Level& l = cycle_.finest();
  const long lanes = kernels_.cycle.lanes;
  const std::size_t next = (last_ + 1) % kKept;
  const float *z = cycle_.fields().u.data(), *old = begun_ ? direction(last_) : nullptr;
  float* p = direction(next);
  const std::size_t chunks =
      wave_chunks(pool_, l.ny, std::size_t(l.nx) * std::size_t(l.nz) * std::size_t(lanes), 2);
  run_waves(pool_, l.ny, 2, chunks, with_flush, [&](FlushToZero&, int stage, int j, int, int) {
    Numbers sums[2];
    for (int q = 0; q < 2; ++q) {
      const FaceRow row = faces_.row(j, q, p, lanes);
      const std::size_t at = l.place(j, q) * std::size_t(lanes);
      if (stage == 0)
        kernels_.direction(row, z + at, beta.data(), old ? old + at : nullptr, p + at);
      else
        kernels_.energy(row, sums[q].data());
    }
    if (stage == 0) return;
    for (long s = 0; s < lanes; ++s)
      partial_[std::size_t(j * lanes + s)] = sums[0][std::size_t(s)] + sums[1][std::size_t(s)];
  });
  last_ = next;
  begun_ = true;
  return row_sums();
}

/// r -= alpha A p in the layout; returns r . r of each lane.
ConductionBatch::Numbers ConductionBatch::step(const Floats& alpha) {
  const Level& l = cycle_.finest();
  const long lanes = kernels_.cycle.lanes;
  float* f = cycle_.fields().f.data();
  pool_.run(std::size_t(l.ny), [&](std::size_t row) {
    const FlushToZero flush;
    const int j = int(row);
    Numbers sums[2];
    for (int q = 0; q < 2; ++q)
      kernels_.step(faces_.row(j, q, direction(last_), lanes), alpha.data(),
                    f + l.place(j, q) * std::size_t(lanes), sums[q].data());
    for (long s = 0; s < lanes; ++s)
      partial_[row * std::size_t(lanes) + std::size_t(s)] =
          sums[0][std::size_t(s)] + sums[1][std::size_t(s)];
  });
  return row_sums();
}

/// u takes in the directions it lacks; then the residual from b - A u, with its norm, into the layout.
void ConductionBatch::renew(bool at_start) {
  const Level& l = cycle_.finest();
  const std::size_t lanes = std::size_t(kernels_.cycle.lanes), cells = outer_.row_cells();
  std::vector<double> by(kKept * lanes);
  std::vector<std::size_t> slots;
  for (std::size_t n = 0; n < count_; ++n) {
    slots.push_back((last_ + kKept - n) % kKept);
    for (std::size_t s = 0; s < lanes; ++s)
      by[n * lanes + s] = alphas_[slots[n]][s] * scale_ / lanes_[s].unit;
  }
  const auto fold_row = [&](int j, std::vector<double>& scratch) {
    std::array<const float*, kKept> even{}, odd{};
    for (std::size_t n = 0; n < count_; ++n) {
      even[n] = direction(slots[n]) + l.place(j, 0) * lanes;
      odd[n] = direction(slots[n]) + l.place(j, 1) * lanes;
    }
    std::array<double*, kMostLanes> u{};
    for (std::size_t s = 0; s < lanes; ++s)
      if (lanes_[s].b && !lanes_[s].broken) u[s] = lanes_[s].u + std::size_t(j) * cells;
    kernels_.fold(l.nx, l.nz, l.stride, long(count_), even.data(), odd.data(), by.data(), u.data(),
                  scratch.data());
  };
  Numbers units{};
  for (std::size_t s = 0; s < lanes; ++s) units[s] = lanes_[s].unit;
  float* f = cycle_.fields().f.data();
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
    kernels_.load(l.nx, l.nz, l.stride, rows.data(), units.data(), f + l.place(j, 0) * lanes,
                  f + l.place(j, 1) * lanes);
  };
  const std::size_t chunks = wave_chunks(pool_, l.ny, cells * lanes, 2);
  const std::size_t needed = lanes * std::max(cells, 4 * std::size_t(l.nz));
  run_waves(
      pool_, l.ny, 2, chunks,
      [&](const auto& use) {
        std::vector<double> scratch(needed);
        use(scratch);
      },
      [&](std::vector<double>& scratch, int stage, int j, int, int) {
        if (stage == 1)
          residual_row(j, scratch);
        else if (count_ > 0)
          fold_row(j, scratch);
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
  const std::size_t lanes = std::size_t(kernels_.cycle.lanes);
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
      lane.active = std::isfinite(lane.norm) && lane.norm > lane.goal * slack &&
                    lane.norm < kStalled * lane.renewed;
      if (!was_active) lane.rz = 0;  // a lane that stood still starts anew
      lane.renewed = lane.norm;
    }
  }
}

}  // namespace bondline::numerics
