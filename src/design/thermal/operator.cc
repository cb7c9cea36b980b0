// Conductances between cells and the right-hand side.
#include <cmath>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

void make_conductances(Model& model, base::Pool& pool) {
  const auto& g = model.grid();
  const auto& m = model.mesh;
  const int nx = g.nx(), ny = g.ny(), nz = g.nz();
  const std::size_t row = std::size_t(nx) * std::size_t(nz);
  auto& op = model.op;
  op.grid = g;
  op.gx.assign(g.cells(), 0.0);
  op.gy.assign(g.cells(), 0.0);
  op.gz.assign(g.cells(), 0.0);
  const auto series = [](double face, double half_a, double ka, double half_b, double kb) {
    return ka > 0 && kb > 0 ? face / (half_a / ka + half_b / kb) : 0.0;
  };
  base::parallel_for(pool, std::size_t(ny), 1, [&](std::size_t j0, std::size_t j1) {
    for (int j = int(j0); j < int(j1); ++j) {
      const double dy = model.dy(j), dyn = j + 1 < ny ? model.dy(j + 1) : 0;
      for (int i = 0; i < nx; ++i) {
        const double dx = model.dx(i), dxn = i + 1 < nx ? model.dx(i + 1) : 0, area = dx * dy;
        std::size_t c = g.index(i, j, 0);
        for (int k = 0; k < nz; ++k, ++c) {
          if (m.solid[c] < 0 || model.fluid(c)) continue;
          const double dz = model.dz(k);
          const auto joins = [&](std::size_t n) { return m.solid[n] >= 0 && !model.fluid(n); };
          if (i + 1 < nx && joins(c + std::size_t(nz)))
            op.gx[c] = series(dy * dz, 0.5 * dx, m.kx[c], 0.5 * dxn, m.kx[c + std::size_t(nz)]);
          if (j + 1 < ny && joins(c + row))
            op.gy[c] = series(dx * dz, 0.5 * dy, m.ky[c], 0.5 * dyn, m.ky[c + row]);
          if (k + 1 < nz && joins(c + 1))
            op.gz[c] = area / (0.5 * dz / m.kz[c] + model.contact(c) + 0.5 * model.dz(k + 1) / m.kz[c + 1]);
        }
      }
    }
  });
}

void make_rhs(Model& model) {
  const auto& g = model.grid();
  const int nx = g.nx(), ny = g.ny(), nz = g.nz();
  model.rhs.assign(g.cells(), 0.0);
  const auto move = [&](std::size_t a, std::size_t b, double watts) {
    model.rhs[a] -= watts;
    model.rhs[b] += watts;
  };
  if (!model.volume_watts.empty()) {
    const std::size_t row = std::size_t(nx) * std::size_t(nz);
    for (int j = 0; j < ny; ++j) {
      for (int i = 0; i < nx; ++i) {
        const double area = model.area(i, j);
        std::size_t c = g.index(i, j, 0);
        for (int k = 0; k < nz; ++k, ++c) {
          model.rhs[c] += model.volume_watts[c];
          const double dz = model.dz(k);
          if (model.op.gx[c] > 0) {
            const std::size_t n = c + std::size_t(nz);
            const auto e = model.step(c, n, area * dz, model.area(i + 1, j) * dz, model.dx(i),
                                      model.dx(i + 1), model.mesh.kx[c], model.mesh.kx[n]);
            if (e.a != 0) move(c, n, model.op.gx[c] * (e.a + e.b));
          }
          if (model.op.gy[c] > 0) {
            const std::size_t n = c + row;
            const auto e = model.step(c, n, area * dz, model.area(i, j + 1) * dz, model.dy(j),
                                      model.dy(j + 1), model.mesh.ky[c], model.mesh.ky[n]);
            if (e.a != 0) move(c, n, model.op.gy[c] * (e.a + e.b));
          }
          if (k + 1 >= nz || model.op.gz[c] == 0) continue;
          move(c, c + 1,
               model.op.gz[c] * (model.bulge(c, area, dz) - model.bulge(c + 1, area, model.dz(k + 1))));
        }
      }
    }
  }
  for (const HeatPlane& plane : model.planes) {
    for (int j = 0; j < ny; ++j) {
      for (int i = 0; i < nx; ++i) {
        const double watts = plane.watts[std::size_t(j) * std::size_t(nx) + std::size_t(i)];
        if (watts == 0) continue;
        const FaceValue f = face_parts(model, i, j, plane.line, plane.owner_above);
        const double all = f.ga + f.gb + f.gf, across = f.gb / all, direct = f.gf / all;
        model.rhs[f.a] += std::isinf(f.gb) ? 0 : watts * (1 - across - direct);
        if (direct > 0) model.streams.direct.push_back({f.node, watts * direct});
        if (f.b != SIZE_MAX) model.rhs[f.b] += watts * across;
      }
    }
  }
  for (const CooledFace& face : model.faces) {
    const std::size_t column = face.cell / std::size_t(nz);
    const int k = int(face.cell % std::size_t(nz));
    double drive = face.ambient;
    if (face.face == Face::top || face.face == Face::bottom)
      drive -= model.bulge(face.cell, model.area(int(column) % nx, int(column) / nx), model.dz(k));
    model.rhs[face.cell] += face.g * drive;
  }
  drive_streams(model);
}

const CooledFace* film_on(const Model& model, std::size_t cell, Face face) {
  const std::size_t column = cell / std::size_t(model.grid().nz());
  for (std::int32_t f = model.first_face[column]; f < model.first_face[column + 1]; ++f) {
    const CooledFace& found = model.faces[std::size_t(f)];
    if (found.cell == cell && found.face == face) return &found;
  }
  return nullptr;
}

/// The stream that meets the plane at a line, if any: its node, and what it exchanges beside walls
/// (averaged).
void stream_at(const Model& model, int i, int j, int line, FaceValue& f) {
  const std::size_t column = std::size_t(j) * std::size_t(model.grid().nx()) + std::size_t(i);
  for (std::size_t l = 0; l < model.streams.layers.size(); ++l) {
    const auto& layer = model.streams.layers[l];
    if (line != layer.k0 && line != layer.k1) continue;
    const int within = line == layer.k0 ? layer.k0 : layer.k1 - 1;
    const std::size_t cell = model.grid().index(i, j, within);
    if (!layer.column_node.empty() && layer.column_node[column] >= 0) {
      f.node = layer.column_node[column];
      const CoolantFlow& flow = model.streams.flows[l];
      f.gf = (line == layer.k0 ? flow.h_bottom : flow.h_top) * model.area(i, j) *
             (flow.per_base ? 1 : layer.open);
      return;
    }
    if (model.streams.node_of[cell] >= 0) {
      f.node = model.streams.node_of[cell];
      return;
    }
  }
}

FaceValue face_parts(const Model& model, int i, int j, int line, bool owner_above) {
  const auto& g = model.grid();
  const auto& m = model.mesh;
  const int nz = g.nz();
  FaceValue f;
  const std::size_t base = g.index(i, j, 0);
  const double area = model.area(i, j);
  int ka = owner_above ? line : line - 1, kb = owner_above ? line - 1 : line;
  const auto solid = [&](int k) { return k >= 0 && k < nz && m.solid[base + std::size_t(k)] >= 0; };
  if (!solid(ka)) {  // the plane is seen from its other side
    std::swap(ka, kb);
    if (!solid(ka)) return f;
  }
  f.a = base + std::size_t(ka);
  f.ga = 2 * m.kz[f.a] * area / model.dz(ka);
  if (!model.streams.fluid_solid.empty()) {  // coolant is no owner of a plane
    if (model.fluid(f.a) && solid(kb)) {
      std::swap(ka, kb);
      f.a = base + std::size_t(ka);
      f.ga = 2 * m.kz[f.a] * area / model.dz(ka);
    }
    stream_at(model, i, j, line, f);
  }
  if (solid(kb) && model.fluid(base + std::size_t(kb))) {
    f.b = base + std::size_t(kb);
    const CoolantFlow& flow = model.streams.flows[std::size_t(model.streams.layer[std::size_t(f.node)])];
    f.gb = area * (kb < ka ? flow.h_top : flow.h_bottom);
  } else if (solid(kb)) {
    f.b = base + std::size_t(kb);
    f.gb = area / (0.5 * model.dz(kb) / m.kz[f.b] + model.contact(base + std::size_t(line) - 1));
  } else if (const CooledFace* film = film_on(model, f.a, ka < line ? Face::top : Face::bottom)) {
    f.face = int(film - model.faces.data());
    f.gb = model.films[std::size_t(film->film)].h * film->area;
  }
  for (const HeatPlane& plane : model.planes)
    if (plane.line == line) f.source += plane.watts[std::size_t(j) * std::size_t(g.nx()) + std::size_t(i)];
  return f;
}

FaceValue face_value(const Model& model, const std::vector<double>& u, int i, int j, int line,
                     bool owner_above) {
  FaceValue f = face_parts(model, i, j, line, owner_above);
  if (f.a == SIZE_MAX) return f;
  const double area = model.area(i, j);
  const std::size_t nz = std::size_t(model.grid().nz());
  const double ua = u[f.a] + model.bulge(f.a, area, model.dz(int(f.a % nz)));
  double ub = 0;
  if (f.b != SIZE_MAX) ub = u[f.b] + model.bulge(f.b, area, model.dz(int(f.b % nz)));
  if (f.face >= 0) ub = model.faces[std::size_t(f.face)].ambient;
  f.value = std::isinf(f.gb) ? ub : (f.ga * ua + f.gb * ub + f.source) / (f.ga + f.gb);
  return f;
}

Model make_model(const Design& design, const Assembly& assembly, mesh::Mesh mesh, base::Pool& pool,
                 const std::vector<double>& source_scale) {
  Model model;
  model.design = &design;
  model.assembly = &assembly;
  model.mesh = std::move(mesh);
  model.t_ref = design.environment.ambient;
  model.source_scale = source_scale;
  model.source_scale.resize(assembly.sources.size(), 1.0);
  model.films = applied_films(design, assembly);
  prepare_streams(model);
  make_conductances(model, pool);
  place_films(model);
  place_sources(model);
  make_rhs(model);
  return model;
}

}  // namespace bondline::thermal::detail
