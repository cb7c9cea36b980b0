#include "numerics/batch/conduction_faces.h"

#include <algorithm>

namespace bondline::numerics {

ConductionFaces::ConductionFaces(const ConductionOperator& op, double scale, base::Pool& pool)
    : nx_(op.grid.nx()),
      ny_(op.grid.ny()),
      nz_(op.grid.nz()),
      margin_(std::size_t(nz_)),
      zeros_(std::size_t(nx_) * std::size_t(nz_)) {
  zeros_.zero();
  const std::size_t row = std::size_t(nx_) * std::size_t(nz_);
  const struct {
    const std::vector<double>& from;
    AlignedArray<float>& to;
  } arrays[] = {{op.gx, gx_}, {op.gy, gy_}, {op.gz, gz_}, {op.ground, ground_}};
  for (const auto& a : arrays) {
    a.to = AlignedArray<float>(op.grid.cells() + margin_);
    std::fill_n(a.to.data(), margin_, 0.0f);
    pool.run(std::size_t(ny_), [&](std::size_t j) {
      for (std::size_t c = j * row; c < (j + 1) * row; ++c) a.to[margin_ + c] = float(a.from[c] * scale);
    });
  }
}

BatchFaces ConductionFaces::row(int j, Range columns, long lanes) const {
  const std::size_t row = std::size_t(nx_) * std::size_t(nz_), from = std::size_t(columns.begin * nz_),
                    at = margin_ + std::size_t(j) * row + from;
  BatchFaces f{};
  f.columns = columns.end - columns.begin;
  f.nz = nz_;
  f.gz = gz_.data() + at;
  f.ground = ground_.data() + at;
  // Faces at the end of a row or column hold zero, so the value beyond it does not matter.
  f.gl = gx_.data() + at - std::size_t(nz_);
  f.gr = gx_.data() + at;
  f.gd = j > 0 ? gy_.data() + at - row : zeros_.data() + from;
  f.gu = gy_.data() + at;
  f.down = j > 0 ? -long(row) * lanes : 0;
  f.up = j + 1 < ny_ ? long(row) * lanes : 0;
  return f;
}

std::size_t ConductionFaces::bytes() const {
  return gx_.bytes() + gy_.bytes() + gz_.bytes() + ground_.bytes() + zeros_.bytes();
}

}  // namespace bondline::numerics
