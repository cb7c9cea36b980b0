#include "numerics/conduction_faces.h"

namespace bondline::numerics {

ConductionFaces::ConductionFaces(const ConductionOperator& op, const Level& finest, double scale,
                                 base::Pool& pool, const ConductionKernels& kernels)
    : level_(&finest), zeros_(std::size_t(finest.half * kMostLanes)) {
  zeros_.zero();
  const struct {
    const std::vector<double>& from;
    AlignedArray<float>& to;
  } arrays[] = {{op.gx, gx_}, {op.gy, gy_}, {op.gz, gz_}, {op.ground, ground_}};
  for (const auto& a : arrays) a.to = layout_array<float>(finest, pool);
  pool.run(std::size_t(finest.ny), [&](std::size_t j) {
    for (const auto& a : arrays)
      kernels.to_layout(finest.nx, finest.nz, finest.stride, a.from.data() + op.grid.index(0, int(j), 0),
                        scale, a.to.data() + finest.place(int(j), 0), a.to.data() + finest.place(int(j), 1));
  });
}

FaceRow ConductionFaces::row(int j, int p, const float* values, long lanes) const {
  const Level& l = *level_;
  const std::size_t own = l.place(j, p), side = l.place(j, 1 - p);
  auto value = [&](std::size_t place) { return values + place * std::size_t(lanes); };
  // Neighbours in x as in half_row().
  return {.columns = l.columns(p),
          .nz = l.nz,
          .stride = l.stride,
          .gz = gz_.data() + own,
          .ground = ground_.data() + own,
          .gl = p == 0 ? gx_.data() + side - 1 : gx_.data() + side,
          .gr = gx_.data() + own,
          .gd = j > 0 ? gy_.data() + l.place(j - 1, p) : zeros_.data(),
          .gu = j + 1 < l.ny ? gy_.data() + own : zeros_.data(),
          .p = value(own),
          .pl = p == 0 ? value(side) - lanes : value(side),
          .pr = p == 0 ? value(side) : value(side) + lanes,
          .pd = j > 0 ? value(l.place(j - 1, p)) : zeros_.data(),
          .pu = j + 1 < l.ny ? value(l.place(j + 1, p)) : zeros_.data()};
}

std::size_t ConductionFaces::bytes() const {
  return gx_.bytes() + gy_.bytes() + gz_.bytes() + ground_.bytes() + zeros_.bytes();
}

}  // namespace bondline::numerics
