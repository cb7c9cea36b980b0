#include "numerics/conduction_batch.h"

#include <algorithm>
#include <cmath>

#include "numerics/flush_to_zero.h"
#include "numerics/row_waves.h"

namespace bondline::numerics {

double power_of_two_near(double v) {
  return std::ldexp(1.0, -std::ilogb(v));
}

ConductionBatch::ConductionBatch(const OuterOperator& outer, const std::vector<Level>& levels,
                                 base::Pool& pool, const ConductionKernels& kernels, double scale)
    : outer_(outer), pool_(pool), kernels_(kernels), scale_(scale), cycle_(levels, pool, kernels.batch) {
  const std::size_t values = std::size_t(outer.rows()) * outer.row_cells() * kBatch;
  for (AlignedArray<double>* a : {&u_, &r_, &ap_}) *a = AlignedArray<double>(values);
  p_ = AlignedArray<float>(values);
  partial_.assign(std::size_t(outer.rows()) * kBatch, 0.0);
}

std::size_t ConductionBatch::bytes() const {
  return cycle_.bytes() + u_.bytes() + r_.bytes() + ap_.bytes() + p_.bytes() +
         partial_.size() * sizeof(double);
}

void ConductionBatch::load(std::span<const BatchStart> starts) {
  for (std::size_t s = 0; s < starts.size(); ++s) {
    lanes_[s] = {};
    lanes_[s].norm = starts[s].norm_r;
    lanes_[s].goal = starts[s].goal;
    lanes_[s].active = starts[s].r && starts[s].norm_r > starts[s].goal;
  }
  const std::size_t row = outer_.row_cells();
  pool_.run(std::size_t(outer_.rows()), [&](std::size_t j) {
    for (std::size_t c = j * row; c < (j + 1) * row; ++c)
      for (std::size_t s = 0; s < kBatch; ++s) {
        const bool used = s < starts.size() && starts[s].r;
        r_[c * kBatch + s] = used ? starts[s].r[c] : 0.0;
        u_[c * kBatch + s] = used ? starts[s].u[c] : 0.0;
      }
  });
}

void ConductionBatch::unload(std::span<double* const> u) const {
  const std::size_t row = outer_.row_cells();
  pool_.run(std::size_t(outer_.rows()), [&](std::size_t j) {
    for (std::size_t c = j * row; c < (j + 1) * row; ++c)
      for (std::size_t s = 0; s < u.size(); ++s)
        if (u[s]) u[s][c] = u_[c * kBatch + s];
  });
}

ConductionBatch::Numbers ConductionBatch::row_sums() const {
  Numbers sums{};
  std::vector<double> rows(partial_.size() / kBatch);
  for (std::size_t s = 0; s < kBatch; ++s) {
    for (std::size_t j = 0; j < rows.size(); ++j) rows[j] = partial_[j * kBatch + s];
    sums[s] = tree_sum(rows);
  }
  return sums;
}

void ConductionBatch::residual_to_layout(const Numbers& unit) {
  const Level& l = cycle_.finest();
  float* f = cycle_.fields().f.data();
  const std::size_t row = outer_.row_cells() * kBatch;
  pool_.run(std::size_t(l.ny), [&](std::size_t j) {
    const FlushToZero flush;
    kernels_.batch_to_layout(l.nx, l.nz, l.stride, r_.data() + j * row, unit.data(),
                             f + l.place(int(j), 0) * kBatch, f + l.place(int(j), 1) * kBatch);
  });
}

/// p = scale z + beta p, ap = A p; returns p . A p of each lane.
ConductionBatch::Numbers ConductionBatch::advance_direction(const Numbers& scale, const Numbers& beta,
                                                            bool first) {
  const Level& l = cycle_.finest();
  const float* z = cycle_.fields().u.data();
  const std::size_t row = outer_.row_cells() * kBatch;
  const std::size_t chunks = wave_chunks(pool_, l.ny, row, 2);
  run_waves(
      pool_, l.ny, 2, chunks,
      [](const auto& use) {
        FlushToZero flush;
        use(flush);
      },
      [&](FlushToZero&, int stage, int j, int, int) {
        if (stage == 0)
          kernels_.batch_direction(l.nx, l.nz, l.stride, z + l.place(j, 0) * kBatch,
                                   z + l.place(j, 1) * kBatch, scale.data(), beta.data(), first,
                                   p_.data() + std::size_t(j) * row);
        else
          outer_.apply_batch_row(j, p_.data(), ap_.data(), partial_.data() + std::size_t(j) * kBatch);
      });
  return row_sums();
}

/// u += alpha p, r -= alpha A p, and the new r times unit into the layout; returns r . r of each lane.
ConductionBatch::Numbers ConductionBatch::step(const Numbers& alpha, const Numbers& unit) {
  const Level& l = cycle_.finest();
  float* f = cycle_.fields().f.data();
  const std::size_t row = outer_.row_cells() * kBatch;
  pool_.run(std::size_t(l.ny), [&](std::size_t j) {
    const FlushToZero flush;
    kernels_.batch_step(l.nx, l.nz, l.stride, alpha.data(), p_.data() + j * row, ap_.data() + j * row,
                        u_.data() + j * row, r_.data() + j * row, unit.data(),
                        f + l.place(int(j), 0) * kBatch, f + l.place(int(j), 1) * kBatch,
                        partial_.data() + j * kBatch);
  });
  return row_sums();
}

void ConductionBatch::run(int most) {
  auto units = [&] {
    Numbers unit;
    for (std::size_t s = 0; s < kBatch; ++s)
      unit[s] = lanes_[s].norm > 0 ? power_of_two_near(lanes_[s].norm) : 1.0;
    return unit;
  };
  auto any_active = [&] {
    return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& l) { return l.active; });
  };
  Numbers unit = units();
  residual_to_layout(unit);
  for (int iteration = 0; iteration < most && any_active(); ++iteration) {
    Numbers fz, beta, z_scale, alpha;
    cycle_.run(fz.data());
    for (std::size_t s = 0; s < kBatch; ++s) {
      const double rz = fz[s] * scale_ / (unit[s] * unit[s]);
      beta[s] = iteration > 0 && lanes_[s].rz > 0 ? rz / lanes_[s].rz : 0;
      z_scale[s] = scale_ / unit[s];
      lanes_[s].rz = rz;
    }
    const Numbers pap = advance_direction(z_scale, beta, iteration == 0);
    for (std::size_t s = 0; s < kBatch; ++s) {
      Lane& lane = lanes_[s];
      if (!(lane.rz > 0) || !(pap[s] > 0)) lane.active = false;
      alpha[s] = lane.active ? lane.rz / pap[s] : 0;
    }
    unit = units();
    const Numbers squares = step(alpha, unit);
    for (std::size_t s = 0; s < kBatch; ++s) {
      Lane& lane = lanes_[s];
      if (!lane.active) continue;
      lane.norm = std::sqrt(squares[s]);
      lane.history.push_back(lane.norm);
      ++lane.iterations;
      lane.active = std::isfinite(lane.norm) && lane.norm > lane.goal;
    }
  }
}

}  // namespace bondline::numerics
