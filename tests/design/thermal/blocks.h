// Plain layered blocks for the tests, built by hand so that no file format stands between a claim and the
// solver.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "design/package/design.h"
#include "design/package/solids.h"
#include "design/thermal/thermal.h"

namespace bondline::test {

using package::Design;
using package::Face;

inline package::PropertyValue constant(double value) {
  package::PropertyValue p;
  p.curve.value = {value};
  return p;
}

inline package::Material material(const std::string& name, double kx, double ky, double kz) {
  package::Material m;
  m.name = name;
  m.values[std::size_t(package::Property::k_x)] = constant(kx);
  m.values[std::size_t(package::Property::k_y)] = constant(ky);
  m.values[std::size_t(package::Property::k_z)] = constant(kz);
  return m;
}
inline package::Material material(const std::string& name, double k) {
  return material(name, k, k, k);
}

/// Adds a material keeping the library sorted by name.
inline void add_material(Design& d, package::Material m) {
  auto& all = d.materials.materials;
  auto at = all.begin();
  while (at != all.end() && at->name < m.name) ++at;
  all.insert(at, std::move(m));
}

inline package::BlockLayer layer(const std::string& name, const std::string& mat, double thickness) {
  package::BlockLayer l;
  l.name = name;
  l.material = mat;
  l.thickness = thickness;
  l.power.place = package::HeatPlace::volume;
  return l;
}

inline package::Film film(Face face, double h, double ambient, const std::string& part = "") {
  package::Film f;
  f.face = face;
  f.h = h;
  f.ambient = ambient;
  f.part = part;
  return f;
}

inline package::FloorplanBlock block(const std::string& name, package::Rect rect, double power) {
  package::FloorplanBlock b;
  b.name = name;
  b.rects = {rect};
  b.power = power;
  return b;
}

inline Design plain(double sx, double sy) {
  Design d;
  d.name = "block";
  d.block.emplace();
  d.block->size = {sx, sy};
  d.environment.ambient = 300;
  return d;
}

/// REF-4L: 10 x 10 mm; silicon 150 um k100 / TIM 20 um k4 / copper 1 mm and 6.9 mm k400; h = 1e5 W/(m2 K) on
/// top to 318.15 K; 4 x 4 tiles of 2.5 mm in the silicon: tile (1,1) 20 W, (2,3) 10 W, the others 0.5 W.
inline Design ref4l(package::HeatPlace place = package::HeatPlace::volume) {
  Design d = plain(0.010, 0.010);
  d.environment.ambient = 318.15;
  add_material(d, material("cu", 400));
  add_material(d, material("si", 100));
  add_material(d, material("tim", 4));
  auto die = layer("die", "si", 150e-6);
  die.power.place = place;
  for (int j = 0; j < 4; ++j)
    for (int i = 0; i < 4; ++i) {
      const double power = i == 1 && j == 1 ? 20 : i == 2 && j == 3 ? 10 : 0.5;
      die.power.blocks.push_back(block("B" + std::to_string(i) + std::to_string(j),
                                       {i * 0.0025, j * 0.0025, (i + 1) * 0.0025, (j + 1) * 0.0025}, power));
    }
  d.block->layers = {die, layer("tim", "tim", 20e-6), layer("spreader", "cu", 1e-3),
                     layer("sink", "cu", 6.9e-3)};
  d.environment.films = {film(Face::top, 1e5, 318.15)};
  return d;
}

/// Exact block means of REF-4L (transfer-admittance cosine series), W in the volume / in the plane z = 0;
/// order i, j.
struct ExactBlock {
  const char* name;
  double volume, plane;
};
inline const std::vector<ExactBlock>& ref4l_exact() {
  static const std::vector<ExactBlock> exact = {
      {"B00", 329.23251, 329.32367}, {"B10", 330.87011, 331.04591}, {"B20", 328.67528, 328.76604},
      {"B30", 327.59956, 327.68106}, {"B01", 330.98842, 331.16428}, {"B11", 347.62874, 350.39902},
      {"B21", 330.57784, 330.75337}, {"B31", 327.88004, 327.96188}, {"B02", 329.04288, 329.13387},
      {"B12", 331.14435, 331.32434}, {"B22", 330.15331, 330.28989}, {"B32", 328.44493, 328.53123},
      {"B03", 328.22401, 328.30598}, {"B13", 329.89830, 330.03040}, {"B23", 338.92154, 340.35885},
      {"B33", 329.79821, 329.93022}};
  return exact;
}

inline const thermal::PartTemperature* find_part(const std::vector<thermal::PartTemperature>& list,
                                                 const std::string& path) {
  for (const auto& p : list)
    if (p.path == path) return &p;
  return nullptr;
}

inline thermal::SteadyResult run(const Design& d, thermal::SteadyOptions options, int threads = 1) {
  base::Pool pool(threads);
  const package::Assembly assembly = package::assemble(d);
  return thermal::steady(d, assembly, options, pool);
}

inline thermal::SteadyOptions volumes(double cells, bool extras = false) {
  thermal::SteadyOptions o;
  o.path = thermal::Path::finite_volume;
  o.cells = cells;
  o.estimate_error = extras;
  o.sensitivities = false;
  return o;
}

}  // namespace bondline::test
