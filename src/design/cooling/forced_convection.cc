#include "design/cooling/forced_convection.h"

#include <algorithm>
#include <cmath>

namespace bondline::cooling {

Correlated forced_plate(Fluid fluid, double surface_K, double ambient_K, const PlateFlow& flow) {
  constexpr double kCritical = 5e5;  // Incropera 2007, section 6.3
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double length = flow.unheated + flow.length, re = flow.velocity * length / f.kinematic(),
               pr = f.prandtl();
  Correlated c;
  double nu = 0, p = 2;
  if (flow.tripped) {
    nu = 0.037 * std::pow(re, 0.8) * std::cbrt(pr);
    p = 8;
    c.source = "turbulent plate (Incropera 2007, eq. 7.37 from the leading edge)";
    c.scatter = 0.15;
    confine(c, "Re", re, 1e4, 1e8);
  } else if (re <= kCritical) {
    nu = 0.664 * std::sqrt(re) * std::cbrt(pr);
    c.source = "laminar plate (Pohlhausen 1921; Incropera 2007, eq. 7.30)";
    c.scatter = 0.10;
    confine(c, "Re", re, 100, kCritical);
  } else {
    nu = (0.037 * std::pow(re, 0.8) - 871) * std::cbrt(pr);
    p = 8;
    c.source = "laminar, then turbulent plate (Incropera 2007, eq. 7.38)";
    c.scatter = 0.15;
    confine(c, "Re", re, kCritical, 1e8);
  }
  confine(c, "Pr", pr, 0.6, 60);
  double h = nu * f.conductivity / length;
  if (flow.unheated > 0 && flow.length > 0) {
    const double x = flow.unheated / length;
    h *= length / flow.length * std::pow(1 - std::pow(x, (p + 1) / (p + 2)), p / (p + 1));
  }
  c.value = h;
  if (!f.valid) {
    c.valid = false;
    c.doubt += (c.doubt.empty() ? "" : "; ") + std::string("the fluid's temperature lies outside its table");
  }
  return c;
}

Correlated combined(const Correlated& forced, const Correlated& natural) {
  const bool more_forced = forced.value >= natural.value;
  Correlated c = with_doubts_of(more_forced ? forced : natural, more_forced ? natural : forced);
  // Only the doubts of what carries the heat count: the weaker partner changes h by (h_weak/h_strong)^3 / 3.
  if (std::min(forced.value, natural.value) < 0.5 * std::max(forced.value, natural.value))
    c = more_forced ? forced : natural;
  c.value =
      std::cbrt(forced.value * forced.value * forced.value + natural.value * natural.value * natural.value);
  c.source = forced.source + " with " + natural.source + ", cubes added";
  return c;
}

}  // namespace bondline::cooling
