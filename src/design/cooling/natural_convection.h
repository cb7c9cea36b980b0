// Natural convection from surfaces in still fluid: mean h over the surface, W/(m2 K), properties at the film
// temperature (T_s + T_inf) / 2. A surface colder than the fluid is treated as its mirror image (a cold top
// as a hot bottom).
//   Ra = g beta |dT| L^3 / (nu alpha)
//   vertical plate     Nu = {0.825 + 0.387 Ra^(1/6) / [1 + (0.492/Pr)^(9/16)]^(8/27)}^2, L height, 0.1 <= Ra
//   <= 1e12
//                      (Churchill & Chu 1975, eq. 9); below Ra = 1e9 the closer laminar form
//                      Nu = 0.68 + 0.670 Ra^(1/4) / [1 + (0.492/Pr)^(9/16)]^(4/9)
//   hot face up        Nu = 0.54 Ra^(1/4), 1e4 to 1e7; 0.15 Ra^(1/3), 1e7 to 1e11, L = area / perimeter
//                      (McAdams 1954; L of Goldstein et al. 1973; Incropera 2007, eqs. 9.30, 9.31)
//   hot face down      Nu = 0.27 Ra^(1/4), 1e5 to 1e10 (McAdams 1954; Incropera 2007, eq. 9.32)
//   small body         Nu = 3.47 + 0.670 Ra^(1/4) / [1 + (0.5/Pr)^(9/16)]^(4/9), L = sqrt(total area), 0 < Ra
//   <= 1e8:
//                      diffusive limit and laminar layer of a compact convex body (Yovanovich 1987; Jafarpur
//                      and Yovanovich 1992)
#pragma once
#include "design/cooling/correlated.h"
#include "design/cooling/fluid.h"

namespace bondline::cooling {

inline constexpr double kGravity = 9.80665;  // m/s2, standard gravity

/// Rayleigh number of a length.
double rayleigh(const FluidState& fluid, double temperature_difference, double length);

Correlated natural_vertical(Fluid fluid, double surface_K, double ambient_K, double height);
Correlated natural_up(Fluid fluid, double surface_K, double ambient_K, double area, double perimeter);
Correlated natural_down(Fluid fluid, double surface_K, double ambient_K, double area, double perimeter);
Correlated natural_small_body(Fluid fluid, double surface_K, double ambient_K, double total_area);

}  // namespace bondline::cooling
