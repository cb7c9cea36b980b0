// A cold plate as a compact model: parallel channels under (or in) a base, walls between them as fins, the
// coolant warming along the way. From the base plate's face to the coolant's inlet:
//   Q = m cp [1 - exp(-NTU)] (T_base - T_inlet),   NTU = h A_eff / (m cp):
// an isothermal base against a coolant that warms (Incropera 2007, eq. 8.41b), A_eff = n (w + 2 eta H) L.
#pragma once
#include "design/cooling/correlated.h"
#include "design/cooling/fluid.h"

namespace bondline::cooling {

struct ColdPlate {
  double width = 0, length = 0;  ///< m, of the cooled base; length along the channels
  int channels = 0;
  double channel_width = 0, channel_height = 0;  ///< m
  double conductivity = 0;                       ///< W/(m K) of the walls
  Fluid fluid = Fluid::water;
  double flow = 0;   ///< m3/s, all channels together
  double inlet = 0;  ///< K
};

struct ColdPlateAnswer {
  Correlated film;                    ///< heat / (width x length x (T_base - T_inlet)), W/(m2 K)
  double channel_film = 0;            ///< h in the channels, W/(m2 K)
  double efficiency = 0;              ///< of the walls as fins
  double reynolds = 0, velocity = 0;  ///< in a channel
  double pressure_drop = 0;           ///< Pa, with 1.5 velocity heads for inlet and outlet
  double capacity_rate = 0;           ///< m cp, W/K: the coolant leaves at inlet + heat / capacity_rate
};

/// Properties at the inlet (the coolant's rise is the caller's: heat / capacity_rate); the walls are taken
/// isothermal along the flow (Nu_T).
ColdPlateAnswer cold_plate(const ColdPlate& plate);

}  // namespace bondline::cooling
