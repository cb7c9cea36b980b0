// The hottest point inside a cell or on a plane. Cell centres alone would miss the peak by an erratic part of
// a cell; parabolas through neighbours of the same solid, and face values where the solid ends, make the
// maximum converge smoothly with the square of the spacing.
#include <algorithm>
#include <cmath>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {
namespace {

/// One axis' contribution: rise over the centre's value, where, and the weights that give it.
struct Rise {
  double value = 0;
  double at = 0;
  std::vector<std::pair<std::size_t, double>> weights;  // added to 1 x the centre
  bool plane = false;                                   // the z face value replaces the centre
  PlaneTerm term;
};

/// The highest point between lo and hi of the parabola through three points: its top, or an end where it has
/// none inside (a region that ends beside a hotter one is hottest on their common line).
Rise parabola(double xm, double x0, double xp, double fm, double f0, double fp, double lo, double hi,
              std::size_t cm, std::size_t c0, std::size_t cp) {
  const double dm = (f0 - fm) / (x0 - xm), dp = (fp - f0) / (xp - x0), curve = (dp - dm) / (xp - xm);
  Rise rise;
  rise.at = x0;
  const double slope = dm + curve * (x0 - xm);  // at x0
  const auto over_centre = [&](double x) { return slope * (x - x0) + curve * (x - x0) * (x - x0); };
  double x = over_centre(lo) > over_centre(hi) ? lo : hi;
  if (curve < 0) x = std::clamp(x0 - slope / (2 * curve), lo, hi);
  if (!(over_centre(x) > 0)) return rise;
  const double s = x - x0;
  rise.at = x;
  rise.value = slope * s + curve * s * s;
  const double wm = (x - x0) * (x - xp) / ((xm - x0) * (xm - xp)),
               wp = (x - x0) * (x - xm) / ((xp - x0) * (xp - xm));
  rise.weights = {{cm, wm}, {c0, -wm - wp}, {cp, wp}};
  return rise;
}

/// At an adiabatic end: the parabola with zero slope on the face, through the centre and its inner neighbour.
Rise mirrored(double centre, double face, double inner, double f0, double fi, std::size_t c0,
              std::size_t ci) {
  const double s0 = centre - face, si = inner - face, share = s0 * s0 / (si * si - s0 * s0);
  Rise rise;
  rise.value = (f0 - fi) * share;
  rise.at = face;
  rise.weights = {{c0, share}, {ci, -share}};
  return rise;
}

struct Axis {
  const std::vector<double>* lines;
  int n;
  std::size_t stride;
  const std::vector<double>* k;
  Face low, high;
};

double centre_of(const std::vector<double>& lines, int i) {
  return 0.5 * (lines[std::size_t(i)] + lines[std::size_t(i) + 1]);
}

/// Along x or y.
Rise across(const Model& model, const std::vector<double>& u, std::size_t c, int i, const Axis& axis) {
  const auto& m = model.mesh;
  const auto& lines = *axis.lines;
  const double x = centre_of(lines, i), lo = lines[std::size_t(i)], hi = lines[std::size_t(i) + 1];
  const std::size_t cm = c - axis.stride, cp = c + axis.stride;
  const bool low = i > 0 && m.solid[cm] >= 0, high = i + 1 < axis.n && m.solid[cp] >= 0;
  const bool same_low = low && m.solid[cm] == m.solid[c], same_high = high && m.solid[cp] == m.solid[c];
  if (same_low && same_high)
    return parabola(centre_of(lines, i - 1), x, centre_of(lines, i + 1), u[cm], u[c], u[cp], lo, hi, cm, c,
                    cp);
  Rise best;
  best.at = x;
  for (const int side : {-1, 1}) {
    const bool there = side < 0 ? low : high, same = side < 0 ? same_low : same_high;
    const bool inner = side < 0 ? same_high : same_low;
    if (same) continue;
    const double face = side < 0 ? lo : hi;
    const std::size_t n = side < 0 ? cm : cp;
    Rise rise;
    rise.at = face;
    if (there) {  // the face between two solids
      const double width = hi - lo, wide = lines[std::size_t(i + side) + 1] - lines[std::size_t(i + side)];
      const double ga = (*axis.k)[c] / width, gb = (*axis.k)[n] / wide, w = gb / (ga + gb);
      rise.value = w * (u[n] - u[c]);
      rise.weights = {{c, -w}, {n, w}};
    } else if (const CooledFace* film = film_on(model, c, side < 0 ? axis.low : axis.high)) {
      const double w = film->g / film->half;  // (T_c - T_face) / (T_c - ambient)
      rise.value = w * (film->ambient - u[c]);
    } else if (inner) {
      const int in = i - side;
      rise = mirrored(x, face, centre_of(lines, in), u[c], u[side < 0 ? cp : cm], c, side < 0 ? cp : cm);
    }
    if (rise.value > best.value) best = rise;
  }
  return best;
}

Rise along(const Model& model, const std::vector<double>& u, std::size_t c, int i, int j, int k) {
  const auto& g = model.grid();
  const auto& m = model.mesh;
  const bool low = k > 0 && m.solid[c - 1] == m.solid[c],
             high = k + 1 < g.nz() && m.solid[c + 1] == m.solid[c];
  Rise best;
  best.at = centre_of(g.z, k);
  if (low && high)
    best = parabola(centre_of(g.z, k - 1), best.at, centre_of(g.z, k + 1), u[c - 1], u[c], u[c + 1],
                    g.z[std::size_t(k)], g.z[std::size_t(k) + 1], c - 1, c, c + 1);
  for (const int side : {0, 1}) {
    if (side == 0 ? low : high) continue;
    const int line = k + side;
    const FaceValue f = face_value(model, u, i, j, line, side == 0);
    if (f.a != c || f.value - u[c] <= best.value) continue;
    best = {};
    best.value = f.value - u[c];
    best.at = g.z[std::size_t(line)];
    best.plane = true;
    best.term = {i, j, line, side == 0, 1.0};
  }
  return best;
}

Axis x_axis(const Model& model) {
  return {&model.grid().x, model.grid().nx(), std::size_t(model.grid().nz()),
          &model.mesh.kx,  Face::west,        Face::east};
}
Axis y_axis(const Model& model) {
  return {&model.grid().y, model.grid().ny(), std::size_t(model.grid().nz()) * std::size_t(model.grid().nx()),
          &model.mesh.ky,  Face::south,       Face::north};
}

}  // namespace

Peak peak_in_cell(const Model& model, const std::vector<double>& u, int i, int j, int k) {
  const std::size_t c = model.grid().index(i, j, k);
  const Rise x = across(model, u, c, i, x_axis(model)), y = across(model, u, c, j, y_axis(model));
  const Rise z = along(model, u, c, i, j, k);
  Peak peak;
  peak.value = u[c] + x.value + y.value + z.value;
  peak.at = {x.at, y.at, z.at};
  auto& cells = peak.functional.cells;
  if (z.plane)
    peak.functional.planes.push_back(z.term);
  else
    cells.push_back({c, 1.0});
  for (const Rise* rise : {&x, &y, &z}) cells.insert(cells.end(), rise->weights.begin(), rise->weights.end());
  return peak;
}

Peak peak_in_plane(const Model& model, const std::vector<double>& u, int i, int j, int line,
                   bool owner_above) {
  const auto& g = model.grid();
  const auto at = [&](int a, int b) { return face_value(model, u, a, b, line, owner_above); };
  const FaceValue centre = at(i, j);
  Peak peak;
  peak.value = centre.value;
  peak.at = {centre_of(g.x, i), centre_of(g.y, j), g.z[std::size_t(line)]};
  double own = 1;
  for (const bool along_x : {true, false}) {
    const auto& lines = along_x ? g.x : g.y;
    const int p = along_x ? i : j, n = int(lines.size()) - 1;
    FaceValue low, high;
    if (p > 0) low = along_x ? at(i - 1, j) : at(i, j - 1);
    if (p + 1 < n) high = along_x ? at(i + 1, j) : at(i, j + 1);
    const auto solid = [&](const FaceValue& f) { return f.a == SIZE_MAX ? -1 : model.mesh.solid[f.a]; };
    const bool same_low = solid(low) == solid(centre), same_high = solid(high) == solid(centre);
    const auto& conductivity = along_x ? model.mesh.kx : model.mesh.ky;
    const double x = centre_of(lines, p), lo = lines[std::size_t(p)], hi = lines[std::size_t(p) + 1];
    Rise rise;
    if (same_low && same_high)
      rise = parabola(centre_of(lines, p - 1), x, centre_of(lines, p + 1), low.value, centre.value,
                      high.value, lo, hi, 0, 1, 2);
    for (const int side : {-1, 1}) {
      if (side < 0 ? same_low : same_high) continue;
      const FaceValue &outer = side < 0 ? low : high, &inner = side < 0 ? high : low;
      Rise end;
      end.at = side < 0 ? lo : hi;
      if (solid(outer) >= 0) {  // the line between two solids
        const double wide = lines[std::size_t(p + side) + 1] - lines[std::size_t(p + side)];
        const double ga = conductivity[centre.a] / (hi - lo), gb = conductivity[outer.a] / wide,
                     w = gb / (ga + gb);
        end.value = w * (outer.value - centre.value);
        end.weights = {{1, -w}, {std::size_t(1 + side), w}};
      } else if (side < 0 ? same_high : same_low) {
        end = mirrored(x, end.at, centre_of(lines, p - side), centre.value, inner.value, 1,
                       std::size_t(1 - side));
      }
      if (end.value > rise.value) rise = end;
    }
    if (!(rise.value > 0)) continue;
    peak.value += rise.value;
    peak.at[along_x ? 0 : 1] = rise.at;
    for (const auto& [which, weight] : rise.weights) {
      const int d = int(which) - 1;
      if (d == 0)
        own += weight;
      else
        peak.functional.planes.push_back(
            {along_x ? i + d : i, along_x ? j : j + d, line, owner_above, weight});
    }
  }
  peak.functional.planes.push_back({i, j, line, owner_above, own});
  return peak;
}

double apply(const Model& model, const Functional& f, const std::vector<double>& u) {
  double sum = 0;
  for (const auto& [cell, weight] : f.cells) sum += weight * u[cell];
  for (const PlaneTerm& t : f.planes)
    sum += t.weight * face_value(model, u, t.i, t.j, t.line, t.owner_above).value;
  return sum;
}

}  // namespace bondline::thermal::detail
