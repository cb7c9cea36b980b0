#include "design/cooling/channel_flow.h"

#include <algorithm>
#include <cmath>

namespace bondline::cooling {
namespace {

constexpr double kLaminar = 2300, kTurbulent = 3000;

double aspect_of(const Duct& duct) {
  return std::min(duct.width, duct.height) / std::max(duct.width, duct.height);
}

double petukhov(double re) {
  const double root = 0.790 * std::log(re) - 1.64;
  return 1 / (root * root);
}

double gnielinski(double re, double pr) {
  const double f8 = petukhov(re) / 8;
  return f8 * (re - 1000) * pr / (1 + 12.7 * std::sqrt(f8) * (std::cbrt(pr) * std::cbrt(pr) - 1));
}

/// 0 below the laminar end, 1 above the turbulent one.
double share_turbulent(double re) {
  return std::clamp((re - kLaminar) / (kTurbulent - kLaminar), 0.0, 1.0);
}

}  // namespace

double developed_friction(double a) {
  return 24 * (1 + a * (-1.3553 + a * (1.9467 + a * (-1.7012 + a * (0.9564 - a * 0.2537)))));
}

double developed_nusselt(double a, Wall wall) {
  if (wall == Wall::flux)
    return 8.235 * (1 + a * (-2.0421 + a * (3.0853 + a * (-2.4765 + a * (1.0578 - a * 0.1861)))));
  return 7.541 * (1 + a * (-2.610 + a * (4.970 + a * (-5.119 + a * (2.702 - a * 0.548)))));
}

Correlated duct_nusselt(const Duct& duct, double re, double pr, Wall wall) {
  Correlated c;
  const double gz = duct.diameter() * re * pr / duct.length;
  const double laminar =
      developed_nusselt(aspect_of(duct), wall) + 0.0668 * gz / (1 + 0.04 * std::pow(gz, 2.0 / 3));
  const double share = share_turbulent(re);
  if (share == 0) {
    c.value = laminar;
    c.scatter = gz > 10 ? 0.15 : 0.05;
    c.source = "Shah & London 1978, developed rectangular duct; Hausen 1943 inlet";
    confine(c, "Re", re, 0, kLaminar);
  } else {
    const double turbulent = gnielinski(std::max(re, kTurbulent), pr);
    c.value = laminar + share * (turbulent - laminar);
    c.scatter = share < 1 ? 0.3 : 0.10;
    c.source = "Gnielinski 1976";
    if (share < 1) c.source += " joined to Shah & London 1978 between Re 2300 and 3000";
    confine(c, "Re", re, kLaminar, 5e6);
    confine(c, "Pr", pr, 0.5, 2000);
  }
  return c;
}

Correlated duct_pressure_drop(const Duct& duct, const FluidState& fluid, double velocity, double losses) {
  const double d = duct.diameter(), re = velocity * d / fluid.kinematic(),
               head = 0.5 * fluid.density * velocity * velocity;
  Correlated c;
  if (!(velocity > 0)) {
    c.source = "no flow";
    return c;
  }
  const double x = duct.length / (d * re), developed = developed_friction(aspect_of(duct)),
               inlet = 3.44 / std::sqrt(x);
  const double laminar = std::sqrt(inlet * inlet + developed * developed) / re, share = share_turbulent(re);
  const double turbulent = petukhov(std::max(re, kTurbulent)) / 4;
  const double fanning = laminar + share * (turbulent - laminar);
  c.value = head * (4 * fanning * duct.length / d + losses);
  c.scatter = share > 0 && share < 1 ? 0.3 : 0.10;
  c.source = share == 0 ? "Shah & London 1978; inlet by Muzychka & Yovanovich 2009" : "Petukhov 1970";
  confine(c, "Re", re, 0, 5e6);
  return c;
}

}  // namespace bondline::cooling
