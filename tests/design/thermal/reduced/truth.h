// The truth for reduced models: a small package's finite volumes solved in time by their own dense
// eigenproblem, set up without the room under test (films changed in the design, not in the model).
#pragma once
#include <Eigen/Dense>
#include <random>

#include "../blocks.h"
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

struct Truth {
  Design design;
  package::Assembly assembly;
  thermal::detail::Model model;
  std::vector<thermal::detail::Region> regions;
  Eigen::VectorXd rates, scale;  ///< scale: 1 / sqrt(C)
  Eigen::MatrixXd vectors;
  base::Pool pool{1};

  Truth(Design d, double cells) : design(std::move(d)) {
    using namespace thermal::detail;
    assembly = package::assemble(design);
    mesh::MeshOptions how;
    how.target_cells = cells;
    model = make_model(design, assembly, mesh::build(design, assembly, how, design.environment.ambient, 1e9),
                       pool);
    regions = regions_of(design, assembly);
    const auto capacity = heat_capacity(model).joule_per_K;
    const auto n = Eigen::Index(capacity.size());
    const auto& op = model.op;
    const std::size_t nz = std::size_t(op.grid.nz()), row = nz * std::size_t(op.grid.nx());
    Eigen::MatrixXd A = Eigen::MatrixXd::Zero(n, n);
    const auto join = [&](std::size_t a, std::size_t b, double g) {
      if (g == 0) return;
      const auto i = Eigen::Index(a), j = Eigen::Index(b);
      A(i, i) += g, A(j, j) += g, A(i, j) -= g, A(j, i) -= g;
    };
    for (std::size_t c = 0; c < capacity.size(); ++c) {
      join(c, c + nz, op.gx[c]);
      join(c, c + row, op.gy[c]);
      join(c, c + 1, op.gz[c]);
      A(Eigen::Index(c), Eigen::Index(c)) += op.ground[c];
    }
    scale = Eigen::Map<const Eigen::VectorXd>(capacity.data(), n).cwiseSqrt().cwiseInverse();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(scale.asDiagonal() * A * scale.asDiagonal());
    rates = eigen.eigenvalues();
    vectors = eigen.eigenvectors();
  }

  /// Powers by source of the assembly and ambients (K) by film of the model.
  void load(const std::vector<double>& watts, const std::vector<double>& ambients) {
    using namespace thermal::detail;
    for (std::size_t s = 0; s < watts.size(); ++s)
      model.source_scale[s] = watts[s] / assembly.sources[s].power;
    for (std::size_t f = 0; f < ambients.size(); ++f) model.films[f].ambient = ambients[f];
    for (auto& face : model.faces) face.ambient = ambients[std::size_t(face.film)] - model.t_ref;
    place_sources(model);
    make_rhs(model);
  }
  Eigen::VectorXd drive() const {
    return vectors.transpose() *
           (scale.asDiagonal() * Eigen::Map<const Eigen::VectorXd>(model.rhs.data(), scale.size()));
  }
  std::vector<double> field(const Eigen::VectorXd& modes) const {
    const Eigen::VectorXd u = scale.asDiagonal() * (vectors * modes);
    return {u.data(), u.data() + u.size()};
  }
};

}  // namespace bondline::test
