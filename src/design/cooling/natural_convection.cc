#include "design/cooling/natural_convection.h"

#include <algorithm>
#include <cmath>

namespace bondline::cooling {
namespace {

/// Below this difference the flow is taken as that of this difference, so that h stays above zero and smooth.
constexpr double kLeastDifference = 1e-3;  // K

double difference(double surface, double ambient) {
  const double d = surface - ambient;
  return std::sqrt(d * d + kLeastDifference * kLeastDifference);
}

void check_fluid(Correlated& c, const FluidState& f) {
  if (f.valid) return;
  c.valid = false;
  c.doubt += (c.doubt.empty() ? "" : "; ") + std::string("the fluid's temperature lies outside its table");
}

}  // namespace

double rayleigh(const FluidState& f, double dt, double length) {
  return kGravity * std::abs(f.expansion) * std::abs(dt) * length * length * length /
         (f.kinematic() * f.diffusivity());
}

Correlated natural_vertical(Fluid fluid, double surface_K, double ambient_K, double height) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double ra = rayleigh(f, difference(surface_K, ambient_K), height), pr = f.prandtl();
  const double whole = 1 + std::pow(0.492 / pr, 9.0 / 16);
  double nu = 0;
  if (ra < 1e9) {
    nu = 0.68 + 0.670 * std::pow(ra, 0.25) / std::pow(whole, 4.0 / 9);
  } else {
    const double root = 0.825 + 0.387 * std::pow(ra, 1.0 / 6) / std::pow(whole, 8.0 / 27);
    nu = root * root;
  }
  Correlated c{nu * f.conductivity / height, true, 0.10, "Churchill & Chu 1975, vertical plate", ""};
  confine(c, "Ra", ra, 0.1, 1e12);
  check_fluid(c, f);
  return c;
}

Correlated natural_up(Fluid fluid, double surface_K, double ambient_K, double area, double perimeter) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double length = area / perimeter, ra = rayleigh(f, difference(surface_K, ambient_K), length);
  // The larger of both branches: they cross near Ra = 4.7e6, and h stays continuous.
  const double nu = std::max(0.54 * std::pow(ra, 0.25), 0.15 * std::cbrt(ra));
  Correlated c{nu * f.conductivity / length, true, 0.15,
               "McAdams 1954 (Incropera 2007, eqs. 9.30, 9.31), hot face up", ""};
  confine(c, "Ra", ra, 1e4, 1e11);
  check_fluid(c, f);
  return c;
}

Correlated natural_down(Fluid fluid, double surface_K, double ambient_K, double area, double perimeter) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double length = area / perimeter, ra = rayleigh(f, difference(surface_K, ambient_K), length);
  Correlated c{0.27 * std::pow(ra, 0.25) * f.conductivity / length, true, 0.20,
               "McAdams 1954 (Incropera 2007, eq. 9.32), hot face down", ""};
  confine(c, "Ra", ra, 1e5, 1e10);
  check_fluid(c, f);
  return c;
}

Correlated natural_small_body(Fluid fluid, double surface_K, double ambient_K, double total_area) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double length = std::sqrt(total_area), ra = rayleigh(f, difference(surface_K, ambient_K), length);
  const double nu =
      3.47 + 0.670 * std::pow(ra, 0.25) / std::pow(1 + std::pow(0.5 / f.prandtl(), 9.0 / 16), 4.0 / 9);
  Correlated c{nu * f.conductivity / length, true, 0.10,
               "Yovanovich 1987, compact body: diffusive limit plus laminar layer", ""};
  confine(c, "Ra", ra, 0, 1e8);
  check_fluid(c, f);
  return c;
}

}  // namespace bondline::cooling
