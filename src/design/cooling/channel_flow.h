// Flow in ducts: mean Nusselt number over the length and pressure drop, on the hydraulic diameter D = 4 A /
// P.
//   laminar, developed (Shah & London 1978), a = short side / long side:
//     f Re = 24 (1 - 1.3553 a + 1.9467 a^2 - 1.7012 a^3 + 0.9564 a^4 - 0.2537 a^5)           (Fanning)
//     Nu_H1 = 8.235 (1 - 2.0421 a + 3.0853 a^2 - 2.4765 a^3 + 1.0578 a^4 - 0.1861 a^5)       heat flux along
//     the flow Nu_T  = 7.541 (1 - 2.610 a + 4.970 a^2 - 5.119 a^3 + 2.702 a^4 - 0.548 a^5)            wall
//     temperature
//   developing: Nu = Nu_developed + 0.0668 Gz / (1 + 0.04 Gz^(2/3)), Gz = D Re Pr / L (Hausen 1943, for
//   tubes: its increment is
//     taken for other ducts too, +-15 %);  f Re = [(3.44 / sqrt(x+))^2 + (f Re)_dev^2]^(1/2), x+ = L / (D Re)
//     (Shapiro et al. 1954 inlet; Muzychka & Yovanovich 2009)
//   turbulent, Re >= 3000: Nu = (f/8)(Re - 1000) Pr / [1 + 12.7 (f/8)^(1/2) (Pr^(2/3) - 1)] (Gnielinski
//   1976),
//     f = (0.790 ln Re - 1.64)^-2 (Petukhov 1970, Darcy). From Re 2300 to 3000: between, in proportion.
#pragma once
#include "design/cooling/correlated.h"
#include "design/cooling/fluid.h"

namespace bondline::cooling {

struct Duct {
  double width = 0, height = 0, length = 0;  ///< m
  double area() const { return width * height; }
  double diameter() const { return 2 * width * height / (width + height); }  ///< hydraulic
};

enum class Wall { flux, temperature };  ///< H1 or T boundary condition

double developed_friction(double aspect);  ///< f Re (Fanning), aspect in (0, 1]
double developed_nusselt(double aspect, Wall wall);

/// Mean Nu over the duct's length at a Reynolds and a Prandtl number.
Correlated duct_nusselt(const Duct& duct, double reynolds, double prandtl, Wall wall);
/// Pressure drop, Pa: wall friction with the developing inlet, plus `losses` velocity heads (0.5 in, 1
/// out: 1.5).
Correlated duct_pressure_drop(const Duct& duct, const FluidState& fluid, double velocity,
                              double losses = 1.5);

}  // namespace bondline::cooling
