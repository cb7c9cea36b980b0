// Fins, and sinks made of them.
//   straight fin, adiabatic tip with corrected length (Harper & Brown 1922):  eta = tanh(m Lc) / (m Lc), m =
//   sqrt(2 h / (k t)),
//     Lc = L + t/2; a pin: m = sqrt(4 h / (k d)), Lc = L + d/4
//   parallel plates, natural (isothermal, both sides):
//     Elenbaas 1942:              Nu = El/24 [1 - exp(-35/El)]^(3/4)
//     Bar-Cohen & Rohsenow 1984:  Nu = [576/El^2 + 2.873/El^(1/2)]^(-1/2)
//     El = g beta dT s^4 Pr / (nu^2 L), Nu on the spacing s; most heat per volume at s = 2.714 / P^(1/4), P =
//     El / s^4
//   parallel plates, forced (Teertstra, Yovanovich & Culham 2000), Re* = (V s / nu)(s / L):
//     Nu = {(Re* Pr / 2)^-3 + [0.664 sqrt(Re*) Pr^(1/3) sqrt(1 + 3.65/sqrt(Re*))]^-3}^(-1/3), 0.26 < Re* <
//     175
//   pin banks, forced (Khan, Culham & Yovanovich 2006), on d and the velocity between the pins, 40 < Re <
//   1000,
//     pitches 1.25 to 3 d:
//     Nu = C Re^(1/2) Pr^(1/3), C = [0.25 + exp(-0.55 SL)] ST^0.285 SL^0.212 in line,
//     C = 0.61 ST^0.091 SL^0.053 / [1 - 2 exp(-1.09 SL)] staggered
#pragma once
#include "design/cooling/correlated.h"
#include "design/cooling/fluid.h"

namespace bondline::cooling {

double straight_fin_efficiency(double h, double conductivity, double thickness, double height);
double pin_fin_efficiency(double h, double conductivity, double diameter, double height);

Correlated plates_natural(Fluid fluid, double surface_K, double ambient_K, double spacing,
                          double length);  ///< h
Correlated plates_natural_elenbaas(Fluid fluid, double surface_K, double ambient_K, double spacing,
                                   double length);  ///< h
/// The spacing at which isothermal plates carry most heat per volume, m (Bar-Cohen & Rohsenow 1984).
double best_natural_spacing(Fluid fluid, double surface_K, double ambient_K, double length);
Correlated plates_forced(Fluid fluid, double surface_K, double ambient_K, double velocity, double spacing,
                         double length);  ///< h; velocity between the fins

struct PlateFinSink {
  double width = 0;                          ///< m, across the fins
  double length = 0;                         ///< m, along the fins and the flow
  double fin_height = 0, fin_thickness = 0;  ///< m
  int fins = 0;
  double conductivity = 0;  ///< W/(m K)
  double emissivity = 0;    ///< of the envelope, natural convection only
  double spacing() const {
    return fins > 1 ? (width - fins * fin_thickness) / (fins - 1) : width - fins * fin_thickness;
  }
};
struct PinFinSink {
  double width = 0, length = 0;  ///< m, across and along the flow
  double pin_height = 0, pin_diameter = 0;
  int across = 0, along = 0;  ///< pins
  bool staggered = false;
  double conductivity = 0;
};

/// What a sink does for its base: heat / (base area x (T_base - T_ambient)), W/(m2 K); and how.
struct SinkFilm {
  Correlated base;           ///< referred to width x length of the base
  double fin_film = 0;       ///< h on the fins, W/(m2 K)
  double efficiency = 0;     ///< of one fin
  double radiation = 0;      ///< its part of base.value, W/(m2 K)
  double pressure_drop = 0;  ///< Pa, forced only
};
/// Base upright, fins vertical. Radiation from the envelope (channels are black-body-like, but see each
/// other).
SinkFilm plate_fins_natural(Fluid fluid, const PlateFinSink& sink, double base_K, double ambient_K);
/// `velocity`: m/s before the sink; all of it is taken to pass between the fins (a duct; bypass lowers h).
SinkFilm plate_fins_forced(Fluid fluid, const PlateFinSink& sink, double base_K, double ambient_K,
                           double velocity);
SinkFilm pin_fins_forced(Fluid fluid, const PinFinSink& sink, double base_K, double ambient_K,
                         double velocity);

}  // namespace bondline::cooling
