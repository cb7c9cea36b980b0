// The truth for reduced models: a small package's finite volumes solved in time by their own dense
// eigenproblem (complex where coolant streams make it unsymmetric), set up without the room under test (films
// changed in the design, not in the model).
#pragma once
#include <Eigen/Dense>
#include <random>

#include <complex>

#include "../blocks.h"
#include "design/thermal/coolant/streams.h"
#include "design/thermal/heat_capacity.h"
#include "design/thermal/reduced/reduced.h"

namespace bondline::test {

inline package::Material heavy(const std::string& name, double k, double rho_c) {
  package::Material m = material(name, k);
  m.values[std::size_t(package::Property::density)] = constant(rho_c / 1000);
  m.values[std::size_t(package::Property::specific_heat)] = constant(1000);
  return m;
}

/// Two heated blocks in the plane under a die on a lid with three films.
inline Design small_package(double h_top = 800, double h_bottom = 60, double h_side = 30) {
  Design d = plain(0.012, 0.010);
  add_material(d, heavy("cu", 390, 3.45e6));
  add_material(d, heavy("si", 120, 1.64e6));
  add_material(d, heavy("tim", 3, 2.2e6));
  auto die = layer("die", "si", 0.4e-3);
  die.power.place = package::HeatPlace::bottom_face;
  die.power.blocks = {block("a", {0.001, 0.001, 0.004, 0.005}, 3),
                      block("b", {0.006, 0.002, 0.011, 0.009}, 5)};
  auto spreader = layer("lid", "cu", 1.2e-3);
  spreader.power.uniform = 0.5;  // in the volume
  d.block->layers = {die, layer("tim", "tim", 60e-6), spreader};
  d.environment.films = {film(Face::top, h_top, 300), film(Face::bottom, h_bottom, 305)};
  for (const Face f : {Face::west, Face::east, Face::south, Face::north})
    d.environment.films.push_back(film(f, h_side, 300));
  return d;
}

/// A hot spot in a thin die under thick mold on copper: contrasts of 500, cooled mostly from below.
inline Design molded_package(double h_top = 15, double h_bottom = 2000, double h_side = 8) {
  Design d = plain(0.009, 0.009);
  add_material(d, heavy("cu", 390, 3.45e6));
  add_material(d, heavy("si", 120, 1.64e6));
  add_material(d, heavy("mold", 0.8, 1.7e6));
  auto die = layer("die", "si", 0.1e-3);
  die.power.place = package::HeatPlace::top_face;
  die.power.blocks = {block("spot", {0.002, 0.003, 0.003, 0.004}, 2),
                      block("rest", {0.004, 0.001, 0.008, 0.008}, 1)};
  d.block->layers = {layer("flag", "cu", 0.5e-3), die, layer("mold", "mold", 1.5e-3)};
  d.environment.films = {film(Face::top, h_top, 300), film(Face::bottom, h_bottom, 295)};
  for (const Face f : {Face::west, Face::east, Face::south, Face::north})
    d.environment.films.push_back(film(f, h_side, 300));
  return d;
}

/// Two heated dies over each other with resin between and around a board that conducts poorly; still air.
inline Design stacked_package(double h_top = 12, double h_bottom = 9, double h_side = 5) {
  Design d = plain(0.02, 0.016);
  add_material(d, heavy("si", 120, 1.64e6));
  add_material(d, heavy("resin", 0.3, 2e6));
  add_material(d, heavy("board", 0.6, 1.9e6));
  auto lower = layer("lower", "si", 0.2e-3), upper = layer("upper", "si", 0.3e-3);
  lower.power.place = package::HeatPlace::bottom_face;
  lower.power.blocks = {block("a", {0.002, 0.002, 0.009, 0.012}, 0.4)};
  upper.power.uniform = 0.2;
  d.block->layers = {layer("board", "board", 1.6e-3), lower, layer("resin", "resin", 50e-6), upper};
  d.environment.films = {film(Face::top, h_top, 300), film(Face::bottom, h_bottom, 300)};
  for (const Face f : {Face::west, Face::east, Face::south, Face::north})
    d.environment.films.push_back(film(f, h_side, 300));
  return d;
}

/// Two heated plates around channels that carry most of the heat off; a film above and below. `flow` per
/// channel (m3/s) decides how unsymmetric that is: 0.096 W/K of wetted wall each against 4.17e6 J/(m3 K) of
/// flow.
inline Design channel_package(package::ChannelModel kind, int count, double flow, double h_top = 200,
                              double h_bottom = 60, double h_side = 10) {
  const double w = count * 200e-6;
  Design d = plain(w, 8e-3);
  add_material(d, heavy("si", 120, 1.64e6));
  add_material(d, heavy("glue", 1, 2e6));
  auto lower = layer("lower", "si", 100e-6), cavity = layer("cavity", "si", 200e-6),
       upper = layer("upper", "si", 100e-6);
  lower.power.place = package::HeatPlace::bottom_face;
  lower.power.blocks = {block("early", {0.1 * w, 0.0005, 0.9 * w, 0.003}, 0.15 * count)};
  lower.power.blocks.push_back(block("late", {0.3 * w, 0.005, 0.6 * w, 0.0075}, 0.1 * count));
  upper.power.uniform = 0.05 * count;
  package::Channels c;
  c.model = kind;
  c.width = c.wall = 100e-6;
  c.count = count;
  c.first_wall = c.last_wall = 50e-6;
  c.height = 200e-6;
  c.coolant.heat_capacity = 4.17e6;
  c.flow = count * flow;
  c.inlet = 295;
  c.h_side = c.h_top = c.h_bottom = 2e4;
  cavity.channels = c;
  d.block->layers = {lower, cavity, upper, layer("glue", "glue", 80e-6), layer("cap", "si", 500e-6)};
  d.environment.films = {film(Face::top, h_top, 300), film(Face::bottom, h_bottom, 305)};
  for (const Face f : {Face::west, Face::east, Face::south, Face::north})
    d.environment.films.push_back(film(f, h_side, 300));
  return d;
}

struct Truth {
  Design design;
  package::Assembly assembly;
  thermal::detail::Model model;
  std::vector<thermal::detail::Region> regions;
  std::vector<std::size_t> cells;  ///< those that store heat
  Eigen::VectorXcd rates, state;
  Eigen::MatrixXcd vectors;  ///< of the symmetrised operator
  Eigen::PartialPivLU<Eigen::MatrixXcd> inverse;
  Eigen::VectorXd scale;  ///< 1 / sqrt(C)
  base::Pool pool{1};

  Truth(Design d, double target) : design(std::move(d)) {
    using namespace thermal::detail;
    assembly = package::assemble(design);
    mesh::MeshOptions how;
    how.target_cells = target;
    model = make_model(design, assembly, mesh::build(design, assembly, how, design.environment.ambient, 1e9),
                       pool);
    regions = regions_of(design, assembly);
    auto capacity = heat_capacity(model).joule_per_K;
    leave_out_coolant(model, capacity);
    for (std::size_t c = 0; c < capacity.size(); ++c)
      if (capacity[c] > 0) cells.push_back(c);
    const auto all = Eigen::Index(capacity.size()), n = Eigen::Index(cells.size());
    const auto& op = model.op;
    const std::size_t nz = std::size_t(op.grid.nz()), row = nz * std::size_t(op.grid.nx());
    Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(all, all);
    const auto join = [&](std::size_t a, std::size_t b, double g) {
      if (g == 0) return;
      const auto i = Eigen::Index(a), j = Eigen::Index(b);
      whole(i, i) += g, whole(j, j) += g, whole(i, j) -= g, whole(j, i) -= g;
    };
    for (std::size_t c = 0; c < capacity.size(); ++c) {
      join(c, c + nz, op.gx[c]);
      join(c, c + row, op.gy[c]);
      join(c, c + 1, op.gz[c]);
      whole(Eigen::Index(c), Eigen::Index(c)) += op.ground[c];
    }
    if (!op.streams.empty()) {
      const numerics::StreamMarch march(op.streams);
      std::vector<double> unit(capacity.size(), 0.0);
      for (std::size_t c = 0; c < unit.size(); ++c) {
        unit[c] = 1;
        march.subtract(unit.data(), whole.col(Eigen::Index(c)).data(), false);
        unit[c] = 0;
      }
    }
    scale.resize(n);
    for (Eigen::Index k = 0; k < n; ++k) scale(k) = 1 / std::sqrt(capacity[cells[std::size_t(k)]]);
    const Eigen::MatrixXd A = scale.asDiagonal() * whole(cells, cells) * scale.asDiagonal();
    if (op.streams.empty()) {
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(A);
      rates = eigen.eigenvalues().cast<std::complex<double>>();
      vectors = eigen.eigenvectors().cast<std::complex<double>>();
    } else {
      const Eigen::EigenSolver<Eigen::MatrixXd> eigen(A);
      rates = eigen.eigenvalues();
      vectors = eigen.eigenvectors();
    }
    inverse.compute(vectors);
    state = Eigen::VectorXcd::Zero(n);
  }

  /// Powers by source of the assembly, ambients (K) by film of the model, and the coolant's inlet (K).
  void load(const std::vector<double>& watts, const std::vector<double>& ambients, double inlet) {
    using namespace thermal::detail;
    for (std::size_t s = 0; s < watts.size(); ++s)
      model.source_scale[s] = watts[s] / assembly.sources[s].power;
    for (std::size_t f = 0; f < ambients.size(); ++f) model.films[f].ambient = ambients[f];
    for (auto& face : model.faces) face.ambient = ambients[std::size_t(face.film)] - model.t_ref;
    std::fill(model.streams.inlet.begin(), model.streams.inlet.end(), inlet - model.t_ref);
    place_sources(model);
    make_rhs(model);
  }
  Eigen::VectorXcd drive() const {
    Eigen::VectorXd b(scale.size());
    for (Eigen::Index k = 0; k < b.size(); ++k) b(k) = scale(k) * model.rhs[cells[std::size_t(k)]];
    return inverse.solve(b.cast<std::complex<double>>());
  }
  void rest() { state.setZero(); }
  /// As if the load had been there for ever.
  void settle() { state = drive().cwiseQuotient(rates); }
  void step(double dt) {
    const Eigen::VectorXcd end = drive().cwiseQuotient(rates);
    for (Eigen::Index k = 0; k < state.size(); ++k)
      state(k) = end(k) + std::exp(-rates(k) * dt) * (state(k) - end(k));
  }
  std::vector<double> field() const {
    const Eigen::VectorXd u = scale.asDiagonal() * (vectors * state).real();
    std::vector<double> out(model.grid().cells(), 0.0);
    for (Eigen::Index k = 0; k < u.size(); ++k) out[cells[std::size_t(k)]] = u(k);
    thermal::detail::show_streams(model, out);
    return out;
  }
};

}  // namespace bondline::test
