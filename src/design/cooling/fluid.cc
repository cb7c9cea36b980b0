#include "design/cooling/fluid.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace bondline::cooling {
namespace {

struct AirRow {
  double t, cp, mu, k;
};
// Incropera et al., Fundamentals of Heat and Mass Transfer, 6th ed. 2007, table A.4.
constexpr std::array<AirRow, 9> kAir{{{200, 1007, 132.5e-7, 18.1e-3},
                                      {250, 1006, 159.6e-7, 22.3e-3},
                                      {300, 1007, 184.6e-7, 26.3e-3},
                                      {350, 1009, 208.2e-7, 30.0e-3},
                                      {400, 1014, 230.1e-7, 33.8e-3},
                                      {450, 1021, 250.7e-7, 37.3e-3},
                                      {500, 1030, 270.1e-7, 40.7e-3},
                                      {550, 1040, 288.4e-7, 43.9e-3},
                                      {600, 1051, 305.8e-7, 46.9e-3}}};

struct WaterRow {
  double t, volume, cp, mu, k, beta;
};
// Incropera et al. 2007, table A.6, saturated liquid.
constexpr std::array<WaterRow, 12> kWater{{{273.15, 1.000e-3, 4217, 1750e-6, 569e-3, -68.05e-6},
                                           {280, 1.000e-3, 4198, 1422e-6, 582e-3, 46.04e-6},
                                           {290, 1.001e-3, 4184, 1080e-6, 598e-3, 174.0e-6},
                                           {300, 1.003e-3, 4179, 855e-6, 613e-3, 276.1e-6},
                                           {310, 1.007e-3, 4178, 695e-6, 628e-3, 361.9e-6},
                                           {320, 1.011e-3, 4180, 577e-6, 640e-3, 436.7e-6},
                                           {330, 1.016e-3, 4184, 489e-6, 650e-3, 504.0e-6},
                                           {340, 1.021e-3, 4188, 420e-6, 660e-3, 566.0e-6},
                                           {350, 1.027e-3, 4195, 365e-6, 668e-3, 624.2e-6},
                                           {360, 1.034e-3, 4203, 324e-6, 674e-3, 697.9e-6},
                                           {370, 1.041e-3, 4214, 289e-6, 679e-3, 728.7e-6},
                                           {373.15, 1.044e-3, 4217, 279e-6, 680e-3, 750.1e-6}}};

/// Where t lies in a table: row and share of the way to the next.
template <class Rows>
std::pair<std::size_t, double> place(const Rows& rows, double t) {
  const double held = std::clamp(t, rows.front().t, rows.back().t);
  std::size_t n = 0;
  while (n + 2 < rows.size() && held >= rows[n + 1].t) ++n;
  return {n, (held - rows[n].t) / (rows[n + 1].t - rows[n].t)};
}

FluidState air(double t) {
  constexpr double kPressure = 101325, kGas = 287.05;  // Pa; J/(kg K), dry air
  const auto [n, s] = place(kAir, t);
  const auto mix = [&, n = n, s = s](double AirRow::*p) {
    return kAir[n].*p + s * (kAir[n + 1].*p - kAir[n].*p);
  };
  return {kPressure / (kGas * t),
          mix(&AirRow::cp),
          mix(&AirRow::k),
          mix(&AirRow::mu),
          1 / t,
          t >= kAir.front().t && t <= kAir.back().t,
          "Incropera 2007, table A.4; ideal gas at 101325 Pa"};
}

FluidState water(double t) {
  const auto [n, s] = place(kWater, t);
  const auto mix = [&, n = n, s = s](double WaterRow::*p) {
    return kWater[n].*p + s * (kWater[n + 1].*p - kWater[n].*p);
  };
  return {1 / mix(&WaterRow::volume), mix(&WaterRow::cp),   mix(&WaterRow::k),
          mix(&WaterRow::mu),         mix(&WaterRow::beta), t >= kWater.front().t && t <= kWater.back().t,
          "Incropera 2007, table A.6"};
}

/// Straight lines in degC as 3M's product information gives them.
FluidState liquid(double t, double rho0, double rho1, double cp0, double cp1, double k0, double k1, double nu,
                  const char* source) {
  const bool valid = t >= 223.15 && t <= 333.15;
  const double c = std::clamp(t, 223.15, 333.15) - 273.15, rho = rho0 + rho1 * c;
  return {rho, cp0 + cp1 * c, k0 + k1 * c, nu * rho, -rho1 / rho, valid, source};
}

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c))) out += char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::optional<Fluid> find_fluid(std::string_view name) {
  const std::string p = plain(name);
  if (p == "air") return Fluid::air;
  if (p == "water") return Fluid::water;
  if (p == "hfe7100" || p == "novec7100") return Fluid::hfe_7100;
  if (p == "fc72") return Fluid::fc_72;
  return std::nullopt;
}

const char* name_of(Fluid fluid) {
  switch (fluid) {
    case Fluid::air:
      return "air";
    case Fluid::water:
      return "water";
    case Fluid::hfe_7100:
      return "HFE-7100";
    case Fluid::fc_72:
      return "FC-72";
  }
  return "";
}

std::vector<std::string> fluid_names() {
  return {"air", "water", "HFE-7100", "FC-72"};
}

FluidState at(Fluid fluid, double temperature_K) {
  switch (fluid) {
    case Fluid::air:
      return air(temperature_K);
    case Fluid::water:
      return water(temperature_K);
    case Fluid::hfe_7100:
      return liquid(temperature_K, 1538.3, -2.269, 1133, 2.00, 0.073714, -0.00019548, 0.38e-6,
                    "3M Novec 7100 product information; viscosity at 25 degC, typical");
    case Fluid::fc_72:
      return liquid(temperature_K, 1740, -2.61, 1014, 1.554, 0.060, -0.00011, 0.38e-6,
                    "3M Fluorinert FC-72 product information; viscosity at 25 degC, typical");
  }
  return {};
}

}  // namespace bondline::cooling
