// Blocks with heat capacity for the transient tests.
#pragma once
#include "../blocks.h"
#include "design/thermal/transient/transient.h"

namespace bondline::test {

inline package::Material solid_material(const std::string& name, double k, double capacity) {
  package::Material m = material(name, k);
  m.values[std::size_t(package::Property::density)] = constant(1000);
  m.values[std::size_t(package::Property::specific_heat)] = constant(capacity / 1000);
  return m;
}

/// One layer with a film on top and heat in a rectangle of its bottom plane (the whole of it by default).
inline Design plate(double sx, double sy, double thick, double k, double c, double h, double watts,
                    std::optional<package::Rect> spot = {}) {
  Design d = plain(sx, sy);
  add_material(d, solid_material("stuff", k, c));
  auto l = layer("die", "stuff", thick);
  l.power.place = package::HeatPlace::bottom_face;
  if (spot)
    l.power.blocks = {block("spot", *spot, watts)};
  else
    l.power.uniform = watts;
  d.block->layers = {l};
  d.environment.films = {film(Face::top, h, d.environment.ambient)};
  return d;
}

inline package::PowerTrace trace(double interval, std::vector<std::string> blocks,
                                 std::vector<std::vector<double>> watts) {
  package::PowerTrace t;
  t.interval = interval;
  t.blocks = std::move(blocks);
  t.watts = std::move(watts);
  return t;
}

inline thermal::TransientOptions at_times(std::vector<double> times,
                                          thermal::Path path = thermal::Path::automatic,
                                          double cells = 30e3) {
  thermal::TransientOptions o;
  o.times = std::move(times);
  o.path = path;
  o.cells = cells;
  return o;
}

inline thermal::TransientResult run_in_time(const Design& d, const thermal::TransientOptions& o,
                                            int threads = 1) {
  base::Pool pool(threads);
  return thermal::transient(d, package::assemble(d), o, pool);
}

inline const thermal::History& find_history(const thermal::TransientResult& r, const std::string& path) {
  for (const auto* list : {&r.dies, &r.blocks, &r.parts})
    for (const auto& h : *list)
      if (h.path == path) return h;
  throw std::runtime_error("no history of " + path);
}

}  // namespace bondline::test
