#include "design/cooling/cold_plate.h"

#include <cmath>

#include "design/cooling/channel_flow.h"
#include "design/cooling/fins.h"

namespace bondline::cooling {

ColdPlateAnswer cold_plate(const ColdPlate& p) {
  ColdPlateAnswer out;
  const FluidState f = at(p.fluid, p.inlet);
  const Duct duct{p.channel_width, p.channel_height, p.length};
  out.velocity = p.flow / (p.channels * duct.area());
  out.reynolds = out.velocity * duct.diameter() / f.kinematic();
  Correlated nu = duct_nusselt(duct, out.reynolds, f.prandtl(), Wall::temperature);
  out.channel_film = nu.value * f.conductivity / duct.diameter();
  const double wall = (p.width - p.channels * p.channel_width) / p.channels;
  // A wall is shared by two channels; its foot is the base, its tip the cover (adiabatic).
  out.efficiency =
      wall > 0 ? straight_fin_efficiency(out.channel_film, p.conductivity, wall, p.channel_height) : 0;
  const double wetted = p.channels * (p.channel_width + 2 * out.efficiency * p.channel_height) * p.length;
  out.capacity_rate = f.density * p.flow * f.specific_heat;
  const double ntu = out.channel_film * wetted / out.capacity_rate;
  // Heat taken up by the stream: m cp (1 - exp(-NTU)) per kelvin of base above inlet.
  const double per_kelvin = -out.capacity_rate * std::expm1(-ntu);
  const double area = p.width * p.length;
  out.film = nu;
  out.film.value = per_kelvin / area;
  out.film.valid = out.film.valid && f.valid;
  out.film.source += "; coolant warming along an isothermal base (Incropera 2007, eq. 8.41b)";
  out.pressure_drop = duct_pressure_drop(duct, f, out.velocity).value;
  return out;
}

}  // namespace bondline::cooling
