// Flow across banks of round pins between two plates, square pitch, on the pin diameter D and the velocity in
// the narrowest gap.
//   heat: Re 10 to 100: Nu = c Re^0.40 Pr^0.36, c = 0.80 in line, 0.90 staggered; Re 100 to 1000: single
//     cylinder, Nu = 0.51 Re^0.5 Pr^0.37; Re 1000 to 2e5: 0.27 Re^0.63 Pr^0.36 in line, 0.35 Re^0.60 Pr^0.36
//     staggered (Zukauskas 1972; coefficients as in Incropera 2007, tables 7.4 and 7.5). Joined at the
//     larger. Measured on long tubes; short pins see their end walls: +-30 % taken.
//   pressure: f/2 = 90 / Re_v below Re_v 200, else 0.96 Re_v^-0.145; dp = (f/2) G^2 L / (Dv rho) (Dv/S)^0.4
//     (Gunter and Shaw 1945), Dv = 4 free volume / wetted pin surface, Re_v = G Dv / mu, G in the narrowest
//     gap: +-40 % taken.
#pragma once
#include "design/cooling/correlated.h"
#include "design/cooling/fluid.h"

namespace bondline::cooling {

struct PinBank {
  double diameter = 0, pitch = 0, height = 0, length = 0;  ///< m; length along the flow
  bool staggered = false;
};

/// Nu of the pins at the Reynolds number of the narrowest gap.
Correlated pin_nusselt(const PinBank& bank, double reynolds, double prandtl);
/// Pressure drop, Pa, at the velocity over the whole cross-section (m/s).
Correlated pin_pressure_drop(const PinBank& bank, const FluidState& fluid, double velocity);
/// Velocity in the narrowest gap per velocity over the whole cross-section.
double gap_factor(const PinBank& bank);

}  // namespace bondline::cooling
