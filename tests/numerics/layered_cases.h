// Stacks that several tests of the exact series use.
#pragma once
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "numerics/layered_solver.h"

namespace bondline::numerics::cases {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Case {
  LayeredStack stack;
  std::vector<LayeredSource> sources;
  std::vector<LayeredProbe> probes;
};

inline LayeredResult solve(const Case& c, double tolerance, int max_modes = 4096) {
  base::Pool pool(1);
  return solve_layered(c.stack, c.sources, c.probes, tolerance, pool, max_modes);
}

/// Die, thin interface, spreader and sink under a strong film; 4 x 4 tiles, two of them hot; block x + 4 y.
inline Case ref_4l(LayeredSource::Place place, LayeredProbe::Kind kind) {
  Case c;
  c.stack = {0.01, 0.01, {{150e-6, 100, 100}, {20e-6, 4, 4}, {1e-3, 400, 400}, {6.9e-3, 400, 400}}, 0, 1e5};
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x) {
      const double power = x == 1 && y == 1 ? 20 : x == 2 && y == 3 ? 10 : 0.5, d = 0.0025;
      c.sources.push_back({0, place, x * d, (x + 1) * d, y * d, (y + 1) * d, power});
      c.probes.push_back({kind, 0, x * d, (x + 1) * d, y * d, (y + 1) * d, 0});
    }
  return c;
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  double uniform(double a, double b) { return a + (b - a) * (double(engine_() >> 11) * 0x1p-53); }
  double log_uniform(double a, double b) { return std::exp(uniform(std::log(a), std::log(b))); }
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }

 private:
  std::mt19937_64 engine_;
};

/// 0.5 um to 7 mm layers, conductivities over three decades and orthotropic, contacts, both faces, off-grid
/// rectangles, probes of all kinds (points too when `points`).
inline Case random_case(unsigned seed, bool points) {
  Random r(seed);
  Case c;
  c.stack.size_x = r.log_uniform(2e-3, 3e-2);
  c.stack.size_y = c.stack.size_x * r.uniform(0.4, 2);
  const int layers = 1 + r.below(6);
  double height = 0;
  for (int l = 0; l < layers; ++l) {
    const double k = r.log_uniform(0.4, 400);
    c.stack.layers.push_back({r.log_uniform(0.5e-6, 7e-3), k, k * r.log_uniform(0.2, 5),
                              l > 0 && r.below(3) == 0 ? r.log_uniform(1e-8, 1e-4) : 0.0});
    height += c.stack.layers.back().thickness;
  }
  const double films[] = {0, kInfinity, r.log_uniform(5, 1e5), r.log_uniform(5, 1e5)};
  c.stack.h_bottom = films[r.below(4)];
  c.stack.h_top = c.stack.h_bottom == 0 ? films[1 + r.below(3)] : films[r.below(4)];
  const auto span = [&](double size, double& a, double& b) {
    const double w = size * r.log_uniform(0.03, 0.9);
    a = r.uniform(0, size - w);
    b = a + w;
  };
  for (int s = 1 + r.below(4); s > 0; --s) {
    LayeredSource source;
    source.layer = r.below(layers);
    source.place = static_cast<LayeredSource::Place>(r.below(3));
    span(c.stack.size_x, source.x0, source.x1);
    span(c.stack.size_y, source.y0, source.y1);
    source.power = r.uniform(-2, 10);
    c.sources.push_back(source);
  }
  for (int p = 1 + r.below(5); p > 0; --p) {
    LayeredProbe probe;
    probe.kind = static_cast<LayeredProbe::Kind>(r.below(points ? 4 : 3));
    probe.layer = r.below(layers);
    span(c.stack.size_x, probe.x0, probe.x1);
    span(c.stack.size_y, probe.y0, probe.y1);
    probe.z = r.uniform(0, height);
    if (probe.kind == LayeredProbe::Kind::point) {
      probe.x1 = probe.x0;
      probe.y1 = probe.y0;
    } else if (points && r.below(6) == 0) {
      probe.x1 = probe.x0;  // the mean over a line
    }
    c.probes.push_back(probe);
  }
  return c;
}

}  // namespace bondline::numerics::cases
