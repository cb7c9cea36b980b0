// Forced flow along a flat isothermal plate: mean h over its length L, W/(m2 K), properties at the film
// temperature.
//   laminar    Nu = 0.664 Re^(1/2) Pr^(1/3), Re <= 5e5                     (Pohlhausen 1921; Incropera 2007,
//   eq. 7.30) mixed      Nu = (0.037 Re^(4/5) - 871) Pr^(1/3), 5e5 < Re <= 1e8       (Incropera 2007,
//   eq. 7.38) tripped    Nu = 0.037 Re^(4/5) Pr^(1/3), turbulent from the leading edge an unheated length x0
//   before the heated part (Incropera 2007, eq. 7.47 with p = 2 laminar, 8 turbulent):
//              Nu = Nu(L) L/(L - x0) [1 - (x0/L)^((p+1)/(p+2))]^(p/(p+1)),  L from the leading edge
//   beside natural convection: h^3 = h_forced^3 + h_natural^3               (Incropera 2007, eq. 9.64, n = 3)
#pragma once
#include "design/cooling/correlated.h"
#include "design/cooling/fluid.h"

namespace bondline::cooling {

struct PlateFlow {
  double velocity = 0;   ///< m/s, free stream
  double length = 0;     ///< m, heated, along the flow
  double unheated = 0;   ///< m, before the heated part
  bool tripped = false;  ///< turbulent from the leading edge (components on a board)
};

Correlated forced_plate(Fluid fluid, double surface_K, double ambient_K, const PlateFlow& flow);
/// Forced and natural convection together.
Correlated combined(const Correlated& forced, const Correlated& natural);

}  // namespace bondline::cooling
