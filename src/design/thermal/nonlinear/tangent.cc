#include "design/thermal/nonlinear/tangent.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

using Cells = std::vector<std::array<double, 3>>;

int axis_of(Face face) {
  return face == Face::west || face == Face::east ? 0 : face == Face::south || face == Face::north ? 1 : 2;
}

/// dT/dq of a cell's parabola: d = beta q.
double beta_of(const Model& model, std::size_t cell) {
  const std::size_t nz = std::size_t(model.grid().nz()), column = cell / nz;
  const int nx = model.grid().nx();
  return model.dz(int(cell % nz)) /
         (8 * model.mesh.kz[cell] * model.area(int(column) % nx, int(column) / nx));
}

/// d(l . b)/dq of heat in the volume of a cell: make_rhs() transposed.
double seen_by_volume(const Model& model, const Field& lambda, std::size_t c) {
  const auto& g = model.grid();
  const auto& m = model.mesh;
  const std::size_t nz = std::size_t(g.nz()), row = nz * std::size_t(g.nx()), column = c / nz;
  const int i = int(column) % g.nx(), j = int(column) / g.nx(), k = int(c % nz);
  const double volume = model.area(i, j) * model.dz(k), beta = beta_of(model, c);
  double sum = lambda[c];
  if (k + 1 < g.nz()) sum -= model.op.gz[c] * beta * (lambda[c] - lambda[c + 1]);
  if (k > 0) sum -= model.op.gz[c - 1] * beta * (lambda[c] - lambda[c - 1]);
  const auto beside = [&](std::size_t n, double conductance, double width, double other, double k_own,
                          double k_other) {
    if (conductance > 0)
      sum -= conductance * (width * width / k_own + other * other / k_other) / (16 * volume) *
             (lambda[c] - lambda[n]);
  };
  if (i + 1 < g.nx()) beside(c + nz, model.op.gx[c], model.dx(i), model.dx(i + 1), m.kx[c], m.kx[c + nz]);
  if (i > 0) beside(c - nz, model.op.gx[c - nz], model.dx(i), model.dx(i - 1), m.kx[c], m.kx[c - nz]);
  if (j + 1 < g.ny()) beside(c + row, model.op.gy[c], model.dy(j), model.dy(j + 1), m.ky[c], m.ky[c + row]);
  if (j > 0) beside(c - row, model.op.gy[c - row], model.dy(j), model.dy(j - 1), m.ky[c], m.ky[c - row]);
  for (const Face face : {Face::top, Face::bottom})
    if (const CooledFace* film = film_on(model, c, face)) sum -= film->g * beta * lambda[c];
  return sum;
}

void add_cell(const Model& model, Gradient& g, Cells& cells, std::size_t cell, int axis, double value) {
  cells[cell][std::size_t(axis)] += value;
  g.solid[std::size_t(model.mesh.solid[cell])][std::size_t(axis)] += value;
}

}  // namespace

void apply_operator(const Model& model, const Field& u, Field& out) {
  const auto& g = model.grid();
  const auto& op = model.op;
  const std::size_t nz = std::size_t(g.nz()), row = nz * std::size_t(g.nx());
  out.resize(u.size());
  for (std::size_t c = 0; c < u.size(); ++c) out[c] = op.ground[c] * u[c];
  for (std::size_t c = 0; c < u.size(); ++c) {
    const auto link = [&](double conductance, std::size_t n) {
      if (conductance == 0) return;
      const double flow = conductance * (u[c] - u[n]);
      out[c] += flow;
      out[n] -= flow;
    };
    link(op.gx[c], c + nz);
    link(op.gy[c], c + row);
    link(op.gz[c], c + 1);
  }
}

Field Tangent::seen_by_pieces(const Field& lambda) const {
  const auto& pieces = model_.laws->leakage.pieces();
  const int nx = model_.grid().nx();
  Field seen(pieces.size());
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    if (pieces[n].plane < 0) {
      seen[n] = seen_by_volume(model_, lambda, pieces[n].place);
      continue;
    }
    const HeatPlane& plane = model_.planes[std::size_t(pieces[n].plane)];
    seen[n] = seen_by(face_parts(model_, int(pieces[n].place) % nx, int(pieces[n].place) / nx, plane.line,
                                 plane.owner_above),
                      lambda);
  }
  return seen;
}

void Tangent::add_piece_temperatures(const Field& weights, Field& out, Gradient& g, Cells& cells) const {
  const auto& pieces = model_.laws->leakage.pieces();
  const int nx = model_.grid().nx();
  Functional planes;
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    if (weights[n] == 0) continue;
    if (pieces[n].plane >= 0) {
      const HeatPlane& plane = model_.planes[std::size_t(pieces[n].plane)];
      planes.planes.push_back(
          {int(pieces[n].place) % nx, int(pieces[n].place) / nx, plane.line, plane.owner_above, weights[n]});
      continue;
    }
    // T = u - d / 3, d falls as k rises.
    const std::size_t c = pieces[n].place;
    out[c] += weights[n];
    const double bulge = beta_of(model_, c) * model_.volume_watts[c];
    add_cell(model_, g, cells, c, 2, weights[n] * bulge / 3);
  }
  collect(model_, u_, {}, planes, g, &cells);
  const Field seed = seed_of(model_, planes);
  for (std::size_t c = 0; c < out.size(); ++c) out[c] += seed[c];
}

Field Tangent::piece_seed(const Field& weights) const {
  Field out(u_.size(), 0.0);
  Gradient g = empty_gradient(model_);
  Cells cells(u_.size(), {0, 0, 0});
  add_piece_temperatures(weights, out, g, cells);
  through_films_and_k(out, g, cells);
  return out;
}

void Tangent::through_films_and_k(Field& out, Gradient& g, Cells& cells) const {
  if (model_.laws->films.any()) through_films(out, g, cells);
  model_.laws->conductivity.slopes(model_, u_, [&](std::size_t c, const std::array<double, 3>& slope) {
    out[c] += cells[c][0] * slope[0] + cells[c][1] * slope[1] + cells[c][2] * slope[2];
  });
}

void Tangent::through_leakage(const Field& lambda, const Functional& functional, Field& out, Gradient& g,
                              Cells& cells) const {
  const CellLeakage& leakage = model_.laws->leakage;
  const auto& pieces = leakage.pieces();
  const int nx = model_.grid().nx();
  Field felt = lambda.empty() ? Field(pieces.size(), 0.0) : seen_by_pieces(lambda);
  // What the functional itself feels of a piece's heat: its plane's own watts, its neighbours' parabolas.
  if (!functional.planes.empty()) {
    std::map<std::pair<int, std::size_t>, double> of_plane;
    std::map<std::size_t, double> of_cell;
    for (const PlaneTerm& t : functional.planes) {
      const FaceValue f = face_parts(model_, t.i, t.j, t.line, t.owner_above);
      if (f.a == SIZE_MAX || std::isinf(f.gb)) continue;
      const double sum = f.ga + f.gb;
      of_plane[{t.line, std::size_t(t.j) * std::size_t(nx) + std::size_t(t.i)}] += t.weight / sum;
      of_cell[f.a] += t.weight * f.ga / sum * beta_of(model_, f.a);
      if (f.b != SIZE_MAX) of_cell[f.b] += t.weight * f.gb / sum * beta_of(model_, f.b);
    }
    for (std::size_t n = 0; n < pieces.size(); ++n) {
      if (pieces[n].plane < 0) {
        if (const auto at = of_cell.find(pieces[n].place); at != of_cell.end()) felt[n] += at->second;
      } else if (const auto at =
                     of_plane.find({model_.planes[std::size_t(pieces[n].plane)].line, pieces[n].place});
                 at != of_plane.end()) {
        felt[n] += at->second;
      }
    }
  }
  for (std::size_t n = 0; n < pieces.size(); ++n) felt[n] *= leakage.slopes()[n];
  add_piece_temperatures(felt, out, g, cells);
}

void Tangent::through_films(Field& out, Gradient& g, Cells& cells) const {
  const FilmLaws& films = model_.laws->films;
  for (std::size_t e = 0; e < films.used().size(); ++e) {
    const FilmLaws::Used& used = films.used()[e];
    // h = law(T_s(u, k, h), T_a): what a change of the law's own value becomes once the surface has followed.
    const double total = g.film_h[std::size_t(used.film)] / (1 - used.slope * used.surface_per_h);
    g.film_h[std::size_t(used.film)] = total;
    double per_ambient = 0;
    for (const std::size_t n : films.faces_of(e)) {
      const CooledFace& face = model_.faces[n];
      const double share = face.area / used.area, film = used.h * face.area, whole = face.half + film;
      const double inside = inside_of(model_, u_, face), bulge = inside - u_[face.cell],
                   rise = inside - face.ambient;
      out[face.cell] += total * used.slope * share * face.half / whole;
      add_cell(model_, g, cells, face.cell, axis_of(face.face),
               total * used.slope * share * face.half / whole * (rise * film / whole - bulge));
      per_ambient += share * film / whole;
    }
    g.film_ambient[std::size_t(used.film)] += total * (used.per_ambient + used.slope * per_ambient);
  }
}

void Tangent::through_laws(const Field& lambda, const Functional& functional, Field& out, Gradient* g) const {
  const Laws& laws = *model_.laws;
  Gradient local = empty_gradient(model_);
  Cells cells(u_.size(), {0, 0, 0});
  collect(model_, u_, lambda, functional, local, &cells);
  if (with_leakage_ && laws.leakage.any()) through_leakage(lambda, functional, out, local, cells);
  through_films_and_k(out, local, cells);
  if (g) *g = std::move(local);
}

Field Tangent::solve(const Field& seed, double relative_residual) const {
  const auto transposed = [&](const Field& in, Field& out) {
    Field chain(in.size(), 0.0);
    through_laws(in, {}, chain, nullptr);
    apply_operator(model_, in, out);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] -= chain[c];
  };
  const auto precondition = [&](const Field& in, Field& out) {
    numerics::SolveOptions how;
    how.relative_residual = 1e-4;
    std::fill(out.begin(), out.end(), 0.0);
    solver_.solve(in, out, how);
  };
  Field lambda;
  const GmresReport report = gmres(transposed, precondition, seed, lambda, relative_residual, 60);
  if (!report.converged && !(report.relative_residual <= 1e-6))
    throw base::Error(
        fmt::format("the tangent's solve reached a residual of {:.2g} only", report.relative_residual),
        "the package stands at the edge of thermal runaway; cool it or lower its power");
  return lambda;
}

Gradient Tangent::gradient(const Functional& functional, double relative_residual) const {
  Field seed = seed_of(model_, functional);
  through_laws({}, functional, seed, nullptr);
  const Field lambda = solve(seed, relative_residual);
  Field unused(u_.size(), 0.0);
  Gradient g;
  through_laws(lambda, functional, unused, &g);
  return g;
}

}  // namespace bondline::thermal::detail
