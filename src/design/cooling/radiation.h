// Radiation of a grey surface to surroundings at T_a, as a film:  q = e s (T^4 - T_a^4) = h_r (T - T_a),
//   h_r = e s (T^2 + T_a^2)(T + T_a)      exact at T; s = 5.670374419e-8 W/(m2 K4), CODATA 2018.
#pragma once

namespace bondline::cooling {

inline constexpr double kStefanBoltzmann = 5.670374419e-8;  // W/(m2 K4), CODATA 2018

/// h_r, W/(m2 K).
double radiation_film(double emissivity, double surface_K, double ambient_K);
/// d h_r / d T_surface, W/(m2 K2).
double radiation_slope(double emissivity, double surface_K, double ambient_K);
/// The largest relative error of the heat radiated anywhere on a surface whose temperature runs from
/// `coldest_K` to `hottest_K` when h_r is taken at `mean_K` throughout: max |h_r(mean) / h_r(T) - 1|.
double radiation_linearisation_error(double mean_K, double coldest_K, double hottest_K, double ambient_K);

}  // namespace bondline::cooling
