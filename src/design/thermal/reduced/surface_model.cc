#include "design/thermal/reduced/surface_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "design/thermal/reduced/stream_form.h"

namespace bondline::thermal::detail {
namespace {

bool is_side(Face face) {
  return face != Face::top && face != Face::bottom;
}

}  // namespace

SurfaceModel::SurfaceModel(const Model& model, std::vector<double> capacity, base::Pool& pool)
    : model_(model), pool_(pool) {
  // Groups: films that cool something; the equal sides of one part together.
  std::vector<bool> used(model.films.size(), false);
  for (const CooledFace& face : model.faces) used[std::size_t(face.film)] = true;
  group_of_film_.assign(model.films.size(), -1);
  std::map<std::tuple<std::string, double, double>, int> sides;
  for (std::size_t f = 0; f < model.films.size(); ++f) {
    if (!used[f]) continue;
    const AppliedFilm& film = model.films[f];
    if (is_side(film.face)) {
      const auto [found, fresh] = sides.try_emplace({film.part, film.h, film.ambient}, int(groups_.size()));
      group_of_film_[f] = found->second;
      if (!fresh) {
        groups_[std::size_t(found->second)].name =
            film.part.empty() ? "environment.sides" : "environment." + film.part + ".sides";
        continue;
      }
    }
    group_of_film_[f] = int(groups_.size());
    groups_.push_back({film.name, film.h, film.ambient - model.t_ref});
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const std::string base = groups_[g].name;
    int n = 1;
    for (std::size_t other = 0; other < g; ++other)
      if (groups_[other].name == groups_[g].name)
        groups_[g].name = base + "." + std::to_string(++n), other = 0;
  }

  const std::size_t cells = model.grid().cells();
  unknown_of_.assign(cells, -1);
  for (std::size_t c = 0; c < cells; ++c) {
    if (model.mesh.solid[c] < 0 || model.fluid(c)) continue;
    unknown_of_[c] = std::int32_t(cell_of_.size());
    cell_of_.push_back(c);
    capacity_.push_back(capacity[c]);
  }
  fixed_.assign(cell_of_.size(), 0.0);
  of_face_.assign(model.faces.size(), SIZE_MAX);
  for (std::size_t f = 0; f < model.faces.size(); ++f) {
    const CooledFace& face = model.faces[f];
    const int group = group_of_film_[std::size_t(face.film)];
    if (groups_[std::size_t(group)].parameter()) {
      of_face_[f] = cell_of_.size() + faces_.size();
      faces_.push_back({face.cell, group, face.half, face.area});
    } else {
      fixed_[std::size_t(unknown_of_[face.cell])] += face.half;
    }
  }
  capacity_.resize(size(), 0.0);
  linked_.assign(cell_of_.size(), 0.0);
  kept_ = linked_;
  if (model.op.streams.empty()) return;
  streams_ = model.op.streams;
  for (std::size_t& cell : streams_.cell) cell = of_cell(cell);
  march_ = numerics::StreamMarch(streams_);
  const std::vector<double> units = chain_units(streams_);
  for (std::size_t n = 0; n < streams_.nodes(); ++n) {
    sector_ = std::max(sector_, stream_lean(units[n]));
    const double kept = stream_kept(units[n]);
    for (std::size_t l = streams_.first[n]; l < streams_.first[n + 1]; ++l) {
      linked_[streams_.cell[l]] += streams_.g[l];
      kept_[streams_.cell[l]] += kept * streams_.g[l];
    }
  }
}

void SurfaceModel::read_streams(std::span<const double> by_node, std::vector<double>& over) const {
  if (directed()) march_.pull_back(by_node, over);
}

std::size_t SurfaceModel::of_cell(std::size_t cell) const {
  return unknown_of_[cell] < 0 ? SIZE_MAX : std::size_t(unknown_of_[cell]);
}

std::vector<double> SurfaceModel::film_vector(std::size_t group) const {
  std::vector<double> out(size(), 0.0);
  for (std::size_t f = 0; f < faces_.size(); ++f)
    if (faces_[f].group == int(group)) out[cell_of_.size() + f] = faces_[f].area;
  if (!groups_[group].parameter())
    for (const CooledFace& face : model_.faces)
      if (group_of_film_[std::size_t(face.film)] == int(group))
        out[std::size_t(unknown_of_[face.cell])] += face.half;
  return out;
}

void SurfaceModel::apply_film(std::size_t group, const double* x, double* out) const {
  std::fill(out, out + size(), 0.0);
  for (std::size_t f = 0; f < faces_.size(); ++f)
    if (faces_[f].group == int(group)) out[cell_of_.size() + f] = faces_[f].area * x[cell_of_.size() + f];
}

void SurfaceModel::apply(std::span<const double> h, const double* x, double* out, Side side) const {
  const auto& op = model_.op;
  const auto& g = op.grid;
  const std::size_t nz = std::size_t(g.nz()), row = nz * std::size_t(g.nx()), solid = cell_of_.size();
  const auto& drawn = side == Side::below ? kept_ : linked_;
  for (std::size_t n = 0; n < solid; ++n) out[n] = (fixed_[n] + drawn[n]) * x[n];
  const auto face = [&](std::size_t a, std::size_t cell, double conductance) {
    if (conductance == 0) return;
    const std::size_t b = std::size_t(unknown_of_[cell]);
    const double watts = conductance * (x[a] - x[b]);
    out[a] += watts;
    out[b] -= watts;
  };
  for (std::size_t n = 0; n < solid; ++n) {
    const std::size_t c = cell_of_[n];
    face(n, c + nz, op.gx[c]);
    face(n, c + row, op.gy[c]);
    face(n, c + 1, op.gz[c]);
  }
  for (std::size_t f = 0; f < faces_.size(); ++f) {
    const Surface& s = faces_[f];
    const std::size_t a = std::size_t(unknown_of_[s.cell]), b = solid + f;
    const double watts = s.half * (x[a] - x[b]);
    out[a] += watts;
    out[b] = h[std::size_t(s.group)] * s.area * x[b] - watts;
  }
  if (directed() && side != Side::below) march_.subtract(x, out, side == Side::transposed);
}

double SurfaceModel::dual_norm(std::span<const double> h, double shift, std::vector<double> rho) const {
  const std::size_t solid = cell_of_.size();
  double sum = 0;
  for (std::size_t f = 0; f < faces_.size(); ++f) {
    const Surface& s = faces_[f];
    const double own = s.half + h[std::size_t(s.group)] * s.area, here = rho[solid + f];
    sum += here * here / own;
    rho[std::size_t(unknown_of_[s.cell])] += s.half / own * here;
  }
  for (std::size_t n = 0; n < solid; ++n) sum += rho[n] * rho[n] / (shift * capacity_[n]);
  return std::sqrt(sum);
}

std::vector<double> SurfaceModel::source_vector(const Model& unit) const {
  std::vector<double> out(size(), 0.0);
  for (std::size_t n = 0; n < cell_of_.size(); ++n) out[n] = unit.rhs[cell_of_[n]];
  const std::size_t nz = std::size_t(unit.grid().nz());
  const int nx = unit.grid().nx();
  for (std::size_t f = 0; f < unit.faces.size(); ++f) {
    const CooledFace& face = unit.faces[f];
    if (of_face_[f] == SIZE_MAX || is_side(face.face)) continue;
    // What enters in the plane of the face enters at its surface; the parabola of a heated cell ends there.
    const std::size_t column = face.cell / nz;
    const int k = int(face.cell % nz), line = face.face == Face::top ? k + 1 : k;
    double watts =
        face.half * unit.bulge(face.cell, unit.area(int(column) % nx, int(column) / nx), unit.dz(k));
    for (const HeatPlane& plane : unit.planes)
      if (plane.line == line) watts += plane.watts[column];
    out[std::size_t(unknown_of_[face.cell])] -= watts;
    out[of_face_[f]] += watts;
  }
  return out;
}

Columns SurfaceModel::solve(std::span<const double> h, double shift, const Columns& b,
                            double relative_residual, Side side) const {
  const std::size_t cells = model_.grid().cells(), solid = cell_of_.size();
  numerics::ConductionOperator op = model_.op;
  std::fill(op.ground.begin(), op.ground.end(), 0.0);
  const auto& drawn = side == Side::below ? kept_ : linked_;
  for (std::size_t n = 0; n < solid; ++n)
    op.ground[cell_of_[n]] = fixed_[n] + drawn[n] + shift * capacity_[n];
  if (side == Side::below) op.streams = {};
  for (const Surface& s : faces_) {
    const double film = h[std::size_t(s.group)] * s.area;
    op.ground[s.cell] += s.half * film / (s.half + film);
  }
  Columns x{size(), std::vector<double>(b.values.size(), 0.0)};
  numerics::SolveOptions how;
  how.relative_residual = relative_residual;
  how.transposed = side == Side::transposed;
  // Small grids gain more from solving several right-hand sides side by side than from sharing one among
  // threads. Chunks depend on their number alone, so the bits do not depend on the threads.
  const auto solve_some = [&](std::size_t first, std::size_t last, base::Pool& pool) {
    numerics::ConductionSolver solver(op, pool);
    refuse_singular(model_, solver);
    const std::size_t count = last - first;
    std::vector<std::vector<double>> rhs(count, std::vector<double>(cells, 0.0)), u = rhs;
    for (std::size_t q = 0; q < count; ++q) {
      const double* from = b.at(first + q);
      for (std::size_t n = 0; n < solid; ++n) rhs[q][cell_of_[n]] = from[n];
      for (std::size_t f = 0; f < faces_.size(); ++f) {
        const Surface& s = faces_[f];
        rhs[q][s.cell] += s.half / (s.half + h[std::size_t(s.group)] * s.area) * from[solid + f];
      }
    }
    const std::vector<std::span<const double>> given(rhs.begin(), rhs.end());
    const std::vector<std::span<double>> wanted(u.begin(), u.end());
    const auto reports = count == 1 ? std::vector{solver.solve(given[0], wanted[0], how)}
                                    : solver.solve_many(given, wanted, how);
    for (std::size_t q = 0; q < count; ++q) {
      if (!reports[q].converged)
        throw base::Error("a solve for the reduced model failed: " + reports[q].problem,
                          "ask for another number of cells (--cells)");
      const double* from = b.at(first + q);
      double* to = x.at(first + q);
      for (std::size_t n = 0; n < solid; ++n) to[n] = u[q][cell_of_[n]];
      for (std::size_t f = 0; f < faces_.size(); ++f) {
        const Surface& s = faces_[f];
        to[solid + f] =
            (from[solid + f] + s.half * u[q][s.cell]) / (s.half + h[std::size_t(s.group)] * s.area);
      }
    }
  };
  if (b.count() == 1) {
    solve_some(0, 1, pool_);
    return x;
  }
  const std::size_t each = b.count() <= 8 ? 2 : b.count() <= 16 ? 4 : 8;
  pool_.run((b.count() + each - 1) / each, [&](std::size_t chunk) {
    base::Pool alone(1);
    solve_some(chunk * each, std::min(b.count(), (chunk + 1) * each), alone);
  });
  return x;
}

}  // namespace bondline::thermal::detail
