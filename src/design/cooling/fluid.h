// Properties of the fluids that carry heat away, over temperature.
//   air       Incropera et al. 2007, table A.4 (cp, mu, k; 200 to 600 K); density of the ideal gas at 101325
//   Pa water     Incropera et al. 2007, table A.6 (saturated liquid, 273.15 to 373.15 K) HFE-7100  3M product
//   information (density, cp, k linear in T); viscosity 0.38 mm2/s at 25 degC held constant: typical value
//   FC-72     3M product information (the same, 0.38 mm2/s); both liquids -50 to 60 degC, below their boiling
//   points
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::cooling {

struct FluidState {
  double density = 0;        ///< kg/m3
  double specific_heat = 0;  ///< J/(kg K)
  double conductivity = 0;   ///< W/(m K)
  double viscosity = 0;      ///< Pa s
  double expansion = 0;      ///< 1/K
  bool valid = true;         ///< the temperature lies in the table
  const char* source = "";
  double prandtl() const { return viscosity * specific_heat / conductivity; }
  double kinematic() const { return viscosity / density; }                         ///< m2/s
  double diffusivity() const { return conductivity / (density * specific_heat); }  ///< m2/s
};

enum class Fluid { air, water, hfe_7100, fc_72 };

/// "air", "water", "HFE-7100" (also "Novec 7100"), "FC-72"; case does not matter. nullopt when unknown.
std::optional<Fluid> find_fluid(std::string_view name);
const char* name_of(Fluid fluid);
std::vector<std::string> fluid_names();

/// Properties at a temperature in K. Outside the table: the value at its end (air's density still follows the
/// gas law), with valid = false.
FluidState at(Fluid fluid, double temperature_K);

}  // namespace bondline::cooling
