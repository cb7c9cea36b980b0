// Derivatives by the adjoint:  A u = b,  J(u, p);  A lambda = dJ/du;  dJ/dp = J_p + lambda . (b_p - A_p u).
// A is symmetric, so the same multigrid solves for lambda; all functionals go through it together.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/mesh/cover.h"
#include "design/mesh/media.h"
#include "design/thermal/coolant/stream_gradient.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

std::vector<double> seed_of(const Model& model, const Functional& f) {
  std::vector<double> g(model.grid().cells(), 0.0);
  for (const auto& [cell, weight] : f.cells) g[cell] += weight;
  for (const PlaneTerm& t : f.planes) {
    const FaceValue v = face_parts(model, t.i, t.j, t.line, t.owner_above);
    if (v.a == SIZE_MAX || std::isinf(v.gb)) continue;
    g[v.a] += t.weight * v.ga / (v.ga + v.gb);
    if (v.b != SIZE_MAX) g[v.b] += t.weight * v.gb / (v.ga + v.gb);
  }
  seed_through_streams(model, g);
  return g;
}

namespace {

/// What lambda sees of a plane source: (ga lambda_a + gb lambda_b) / (ga + gb), and its change with the
/// conductances.
struct Seen {
  double value = 0, la = 0, lb = 0;
};
Seen seen_at(const FaceValue& f, const std::vector<double>& lambda) {
  Seen s;
  s.la = f.a == SIZE_MAX ? 0 : lambda[f.a];
  s.lb = f.b == SIZE_MAX ? 0 : lambda[f.b];
  s.value = std::isinf(f.gb) ? s.lb : (f.ga * s.la + f.gb * s.lb) / (f.ga + f.gb);
  return s;
}

class Collector {
 public:
  Collector(const Model& model, const std::vector<double>& u, const std::vector<double>& lambda,
            Gradient& out, std::vector<std::array<double, 3>>* cells)
      : model_(model), u_(u), lambda_(lambda), out_(out), cells_(cells) {}

  /// d/d ln k along `axis` of the cell.
  void add(std::size_t cell, int axis, double value) {
    out_.solid[std::size_t(model_.mesh.solid[cell])][std::size_t(axis)] += value;
    if (cells_) (*cells_)[cell][std::size_t(axis)] += value;
  }

  /// A face between neighbours a, b of one layer: flux = g (du + e).
  void across(std::size_t a, std::size_t b, int axis, double g, double width_a, double width_b, double face) {
    const auto& k = axis == 0 ? model_.mesh.kx : model_.mesh.ky;
    const auto e = model_.step(a, b, width_a * face, width_b * face, width_a, width_b, k[a], k[b]);
    const double dl = lambda_[a] - lambda_[b], flux = g * (u_[a] - u_[b] + e.a + e.b);
    add(a, axis, -dl * g * (flux * 0.5 * width_a / (k[a] * face) - e.a));
    add(b, axis, -dl * g * (flux * 0.5 * width_b / (k[b] * face) - e.b));
  }

  /// Faces between cells: flux = g (du + dd); d(ln g)/d(ln ka) = g R_a.
  void faces() {
    const auto& g = model_.grid();
    const auto& m = model_.mesh;
    const std::size_t nz = std::size_t(g.nz()), row = nz * std::size_t(g.nx());
    for (int j = 0; j < g.ny(); ++j) {
      for (int i = 0; i < g.nx(); ++i) {
        const double dx = model_.dx(i), dy = model_.dy(j), area = dx * dy;
        std::size_t c = g.index(i, j, 0);
        for (int k = 0; k < g.nz(); ++k, ++c) {
          if (m.solid[c] < 0) continue;
          const double dz = model_.dz(k);
          if (const double gx = model_.op.gx[c]; gx > 0) {
            across(c, c + nz, 0, gx, dx, model_.dx(i + 1), dy * dz);
          }
          if (const double gy = model_.op.gy[c]; gy > 0) {
            across(c, c + row, 1, gy, dy, model_.dy(j + 1), dx * dz);
          }
          if (const double gz = model_.op.gz[c]; gz > 0) {
            const double da = model_.bulge(c, area, dz), db = model_.bulge(c + 1, area, model_.dz(k + 1));
            const double dl = lambda_[c] - lambda_[c + 1], flux = gz * (u_[c] + da - u_[c + 1] - db);
            add(c, 2, -dl * (flux * gz * 0.5 * dz / (m.kz[c] * area) - gz * da));
            add(c + 1, 2, -dl * (flux * gz * 0.5 * model_.dz(k + 1) / (m.kz[c + 1] * area) + gz * db));
            if (model_.contact(c) > 0) contact_slope(i, j, k, dl * flux * gz / area);
          }
        }
      }
    }
  }

  /// The face at which a contact's resistance r acts: its flux falls by flux g / A per m2 K/W.
  void contact_slope(int i, int j, int k, double slope) {
    const auto& contacts = model_.assembly->contacts;
    const auto& g = model_.grid();
    const package::Vec2 at{0.5 * (g.x[std::size_t(i)] + g.x[std::size_t(i) + 1]),
                           0.5 * (g.y[std::size_t(j)] + g.y[std::size_t(j) + 1])};
    for (std::size_t n = 0; n < contacts.size(); ++n)
      if (mesh::nearest_line(g.z, contacts[n].z) == k + 1 && contacts[n].footprint.contains(at))
        out_.contact[n] += slope;
  }

  void films() {
    const auto& g = model_.grid();
    const std::size_t nz = std::size_t(g.nz());
    for (const CooledFace& f : model_.faces) {
      const std::size_t c = f.cell, column = c / nz;
      const int i = int(column) % g.nx(), j = int(column) / g.nx(), k = int(c % nz);
      const int axis = f.face == Face::west || f.face == Face::east     ? 0
                       : f.face == Face::south || f.face == Face::north ? 1
                                                                        : 2;
      const double d = axis == 2 ? model_.bulge(c, model_.area(i, j), model_.dz(k)) : 0;
      const double flux = f.g * (u_[c] + d - f.ambient), h = model_.films[std::size_t(f.film)].h;
      add(c, axis, -lambda_[c] * (flux * f.g / f.half - f.g * d));
      if (std::isfinite(h) && h > 0)
        out_.film_h[std::size_t(f.film)] -= lambda_[c] * flux * f.g / (h * h * f.area);
      out_.film_ambient[std::size_t(f.film)] += lambda_[c] * f.g;
      // A side face grows with the thickness of its solid; the part that a larger k would bring is counted
      // above.
      if (axis != 2) out_.side[std::size_t(model_.mesh.solid[c])] -= lambda_[c] * flux * (1 - f.g / f.half);
    }
  }

  /// The split of plane heat between its two sides changes with both half-resistances.
  void planes() {
    const auto& g = model_.grid();
    for (const HeatPlane& plane : model_.planes) {
      for (int j = 0; j < g.ny(); ++j) {
        for (int i = 0; i < g.nx(); ++i) {
          const double q = plane.watts[std::size_t(j) * std::size_t(g.nx()) + std::size_t(i)];
          if (q == 0) continue;
          const FaceValue f = face_parts(model_, i, j, plane.line, plane.owner_above);
          if (f.gb == 0 || std::isinf(f.gb)) continue;
          const Seen s = seen_at(f, lambda_);
          slope_of_split(f, q * (s.la - s.value) / (f.ga + f.gb), q * (s.lb - s.value) / (f.ga + f.gb), i, j);
        }
      }
    }
  }

  /// J's own dependence on the conductances: T_f = (ga Ta + gb Tb + q) / (ga + gb), Ta = u_a + d_a.
  void functional(const Functional& functional) {
    const auto& g = model_.grid();
    const std::size_t nz = std::size_t(g.nz());
    for (const PlaneTerm& t : functional.planes) {
      const FaceValue f = face_value(model_, u_, t.i, t.j, t.line, t.owner_above);
      if (f.a == SIZE_MAX || std::isinf(f.gb)) continue;
      const double area = model_.area(t.i, t.j), sum = f.ga + f.gb;
      const double da = model_.bulge(f.a, area, model_.dz(int(f.a % nz)));
      double tb = 0, db = 0;
      if (f.b != SIZE_MAX) {
        db = model_.bulge(f.b, area, model_.dz(int(f.b % nz)));
        tb = u_[f.b] + db;
      } else if (f.face >= 0) {
        tb = model_.faces[std::size_t(f.face)].ambient;
        out_.film_ambient[std::size_t(model_.faces[std::size_t(f.face)].film)] += t.weight * f.gb / sum;
      }
      slope_of_split(f, t.weight * (u_[f.a] + da - f.value) / sum, t.weight * (tb - f.value) / sum, t.i, t.j);
      add(f.a, 2, -t.weight * f.ga / sum * da);
      if (f.b != SIZE_MAX) add(f.b, 2, -t.weight * f.gb / sum * db);
    }
  }

 private:
  /// Given dJ/dga and dJ/dgb of a plane's sides, what that is per ln kz of the cells, per h, per contact.
  void slope_of_split(const FaceValue& f, double per_ga, double per_gb, int i, int j) {
    add(f.a, 2, per_ga * f.ga);
    if (f.b != SIZE_MAX && model_.fluid(f.b)) {
      out_.coolant_h[std::size_t(model_.streams.layer[std::size_t(f.node)])] += per_gb * f.gb;
    } else if (f.b != SIZE_MAX) {
      const int k = int(f.b % std::size_t(model_.grid().nz()));
      const double r = 0.5 * model_.dz(k) / (model_.mesh.kz[f.b] * model_.area(i, j));
      add(f.b, 2, per_gb * f.gb * f.gb * r);
      const std::size_t below = std::min(f.a, f.b);
      if (model_.contact(below) > 0)
        contact_slope(i, j, int(below % std::size_t(model_.grid().nz())),
                      -per_gb * f.gb * f.gb / model_.area(i, j));
    } else if (f.face >= 0) {
      const CooledFace& face = model_.faces[std::size_t(f.face)];
      out_.film_h[std::size_t(face.film)] += per_gb * face.area;
    }
  }

  const Model& model_;
  const std::vector<double>&u_, &lambda_;
  Gradient& out_;
  std::vector<std::array<double, 3>>* cells_;
};

}  // namespace

double seen_by(const FaceValue& f, const std::vector<double>& lambda) {
  return seen_at(f, lambda).value;
}

Gradient empty_gradient(const Model& model) {
  Gradient g;
  g.solid.assign(model.assembly->solids.size(), {0, 0, 0});
  g.side.assign(model.assembly->solids.size(), 0);
  g.film_h.assign(model.films.size(), 0);
  g.film_ambient.assign(model.films.size(), 0);
  g.contact.assign(model.assembly->contacts.size(), 0);
  const std::size_t layers = model.streams.layers.size();
  g.coolant_flow.assign(layers, 0);
  g.coolant_inlet.assign(layers, 0);
  g.coolant_h.assign(layers, 0);
  return g;
}

void collect(const Model& model, const std::vector<double>& u, const std::vector<double>& lambda,
             const Functional& f, Gradient& out, std::vector<std::array<double, 3>>* cells) {
  Collector collector(model, u, lambda, out, cells);
  if (!lambda.empty()) {
    collector.faces();
    collector.films();
    collector.planes();
  }
  collector.functional(f);
  if (!lambda.empty()) stream_gradient(model, u, lambda, out);
}

std::vector<Gradient> adjoint(const Model& model, const std::vector<double>& u,
                              numerics::ConductionSolver& solver,
                              const std::vector<const Functional*>& functionals,
                              const SteadyOptions& options) {
  const std::size_t n = functionals.size();
  std::vector<std::vector<double>> seeds(n), lambdas(n);
  std::vector<std::span<const double>> b(n);
  std::vector<std::span<double>> x(n);
  for (std::size_t s = 0; s < n; ++s) {
    seeds[s] = seed_of(model, *functionals[s]);
    lambdas[s].assign(u.size(), 0.0);
    b[s] = seeds[s];
    x[s] = lambdas[s];
  }
  numerics::SolveOptions how;
  how.relative_residual = options.relative_residual;
  how.transposed = true;
  const auto reports = solver.solve_many(b, x, how);
  for (const auto& report : reports)
    if (!report.converged)
      throw base::Error("the adjoint solve missed its tolerance: " + report.problem,
                        "ask for another number of cells");
  std::vector<Gradient> out;
  for (std::size_t s = 0; s < n; ++s) show_adjoint(model, lambdas[s]);
  for (std::size_t s = 0; s < n; ++s) {
    out.push_back(empty_gradient(model));
    collect(model, u, lambdas[s], *functionals[s], out.back());
  }
  return out;
}

}  // namespace bondline::thermal::detail
