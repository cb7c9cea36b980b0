#include "design/cooling/pin_fins.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bondline::cooling {

double gap_factor(const PinBank& b) {
  return b.pitch / (b.pitch - b.diameter);
}

Correlated pin_nusselt(const PinBank& b, double re, double pr) {
  Correlated c;
  const double pr36 = std::pow(pr, 0.36);
  const double creeping = (b.staggered ? 0.90 : 0.80) * std::pow(re, 0.40) * pr36;
  const double single = 0.51 * std::sqrt(re) * std::pow(pr, 0.37);
  const double turbulent = (b.staggered ? 0.35 * std::pow(re, 0.60) : 0.27 * std::pow(re, 0.63)) * pr36;
  // Each law is left for the next where both agree or at its limit, whichever gives more: no step downwards.
  c.value = re <= 100    ? creeping
            : re <= 1000 ? std::max(single, (b.staggered ? 0.90 : 0.80) * std::pow(100.0, 0.40) * pr36)
                         : std::max(turbulent, 0.51 * std::sqrt(1000.0) * std::pow(pr, 0.37));
  c.scatter = 0.30;
  c.source = "Zukauskas 1972, banks of tubes";
  confine(c, "Re of the pins", re, 10, 2e5);
  confine(c, "Pr", pr, 0.7, 500);
  return c;
}

Correlated pin_pressure_drop(const PinBank& b, const FluidState& fluid, double velocity) {
  Correlated c;
  const double free = b.pitch * b.pitch - 0.25 * std::numbers::pi * b.diameter * b.diameter;
  const double volumetric = 4 * free / (std::numbers::pi * b.diameter);
  const double g = fluid.density * velocity * gap_factor(b), re = g * volumetric / fluid.viscosity;
  if (!(velocity > 0)) {
    c.source = "no flow";
    return c;
  }
  const double half_f = re < 200 ? 90 / re : 0.96 * std::pow(re, -0.145);
  c.value = half_f * g * g * b.length / (volumetric * fluid.density) * std::pow(volumetric / b.pitch, 0.4);
  c.scatter = 0.40;
  c.source = "Gunter and Shaw 1945, banks of tubes";
  confine(c, "Re of the pins' free volume", re, 0.01, 3e5);
  return c;
}

}  // namespace bondline::cooling
