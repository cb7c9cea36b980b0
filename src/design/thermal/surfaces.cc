// Outer surfaces: the middle of the package's top face (where a case thermocouple sits) and the hottest
// touchable point.
#include <algorithm>
#include <cmath>

#include "design/mesh/cover.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

void surfaces(const Model& model, const std::vector<double>& u, SteadyResult& result) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  result.touch_K = -std::numeric_limits<double>::infinity();
  for (const CooledFace& face : model.faces) {
    const std::size_t c = face.cell, column = c / nz;
    const int i = int(column) % g.nx(), j = int(column) / g.nx(), k = int(c % nz);
    double t = u[c] - face.g / face.half * (u[c] - face.ambient);
    const auto mid = [](const std::vector<double>& lines, int n) {
      return 0.5 * (lines[std::size_t(n)] + lines[std::size_t(n) + 1]);
    };
    std::array<double, 3> at{mid(g.x, i), mid(g.y, j), mid(g.z, k)};
    switch (face.face) {
      case Face::top:
        t = face_value(model, u, i, j, k + 1, false).value, at[2] = g.z[std::size_t(k) + 1];
        break;
      case Face::bottom:
        t = face_value(model, u, i, j, k, true).value, at[2] = g.z[std::size_t(k)];
        break;
      case Face::west:
        at[0] = g.x[std::size_t(i)];
        break;
      case Face::east:
        at[0] = g.x[std::size_t(i) + 1];
        break;
      case Face::south:
        at[1] = g.y[std::size_t(j)];
        break;
      case Face::north:
        at[1] = g.y[std::size_t(j) + 1];
        break;
    }
    if (t + model.t_ref > result.touch_K) result.touch_K = t + model.t_ref, result.touch_at = at;
  }
  // The body's middle: the board may be placed off centre, the body never is.
  const int i = mesh::interval_of(g.x, 0), j = mesh::interval_of(g.y, 0);
  for (int k = g.nz() - 1; k >= 0; --k) {
    if (model.mesh.solid[g.index(i, j, k)] < 0) continue;
    result.case_top_K = model.t_ref + face_value(model, u, i, j, k + 1, false).value;
    result.case_top_at = {0, 0, g.z[std::size_t(k) + 1]};
    break;
  }
}

}  // namespace bondline::thermal::detail
