#include "design/cooling/fins.h"

#include <algorithm>
#include <cmath>

#include "design/cooling/channel_flow.h"
#include "design/cooling/natural_convection.h"
#include "design/cooling/radiation.h"

namespace bondline::cooling {
namespace {

double efficiency(double m, double length) {
  return m * length > 1e-6 ? std::tanh(m * length) / (m * length) : 1;
}

/// El / s^4, 1/m4.
double elenbaas_per_s4(const FluidState& f, double dt, double length) {
  return kGravity * std::abs(f.expansion) * dt * f.prandtl() / (f.kinematic() * f.kinematic() * length);
}

double difference(double a, double b) {
  return std::sqrt((a - b) * (a - b) + 1e-6);
}

}  // namespace

double straight_fin_efficiency(double h, double k, double thickness, double height) {
  return efficiency(std::sqrt(2 * h / (k * thickness)), height + 0.5 * thickness);
}

double pin_fin_efficiency(double h, double k, double diameter, double height) {
  return efficiency(std::sqrt(4 * h / (k * diameter)), height + 0.25 * diameter);
}

Correlated plates_natural(Fluid fluid, double surface_K, double ambient_K, double spacing, double length) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double el = elenbaas_per_s4(f, difference(surface_K, ambient_K), length) * std::pow(spacing, 4);
  const double nu = 1 / std::sqrt(576 / (el * el) + 2.873 / std::sqrt(el));
  Correlated c{nu * f.conductivity / spacing, f.valid, 0.10,
               "Bar-Cohen & Rohsenow 1984, isothermal parallel plates", ""};
  confine(c, "Elenbaas number", el, 0.1, 1e5);
  return c;
}

Correlated plates_natural_elenbaas(Fluid fluid, double surface_K, double ambient_K, double spacing,
                                   double length) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double el = elenbaas_per_s4(f, difference(surface_K, ambient_K), length) * std::pow(spacing, 4);
  const double nu = el / 24 * std::pow(-std::expm1(-35 / el), 0.75);
  Correlated c{nu * f.conductivity / spacing, f.valid, 0.10, "Elenbaas 1942, isothermal parallel plates", ""};
  confine(c, "Elenbaas number", el, 0.1, 1e5);
  return c;
}

double best_natural_spacing(Fluid fluid, double surface_K, double ambient_K, double length) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  return 2.714 / std::pow(elenbaas_per_s4(f, difference(surface_K, ambient_K), length), 0.25);
}

Correlated plates_forced(Fluid fluid, double surface_K, double ambient_K, double velocity, double spacing,
                         double length) {
  const FluidState f = at(fluid, 0.5 * (surface_K + ambient_K));
  const double re = velocity * spacing / f.kinematic() * spacing / length, pr = f.prandtl(),
               root = std::sqrt(re);
  const double developed = 0.5 * re * pr,
               developing = 0.664 * root * std::cbrt(pr) * std::sqrt(1 + 3.65 / root);
  const double nu = 1 / std::cbrt(std::pow(developed, -3) + std::pow(developing, -3));
  Correlated c{nu * f.conductivity / spacing, f.valid, 0.06,
               "Teertstra, Yovanovich & Culham 2000, plate fins", ""};
  confine(c, "channel Reynolds number Re*", re, 0.26, 175);
  return c;
}

SinkFilm plate_fins_natural(Fluid fluid, const PlateFinSink& sink, double base_K, double ambient_K) {
  SinkFilm out;
  Correlated fin = plates_natural(fluid, base_K, ambient_K, sink.spacing(), sink.length);
  out.fin_film = fin.value;
  out.efficiency = straight_fin_efficiency(fin.value, sink.conductivity, sink.fin_thickness, sink.fin_height);
  const double base = sink.width * sink.length, fins = 2.0 * sink.fins * sink.fin_height * sink.length;
  const double bare = base - sink.fins * sink.fin_thickness * sink.length;
  const double envelope = base + 2 * sink.fin_height * (sink.width + sink.length);
  out.radiation = radiation_film(sink.emissivity, base_K, ambient_K) * envelope / base;
  fin.value = fin.value * (bare + out.efficiency * fins) / base + out.radiation;
  out.base = std::move(fin);
  return out;
}

SinkFilm plate_fins_forced(Fluid fluid, const PlateFinSink& sink, double base_K, double ambient_K,
                           double velocity) {
  SinkFilm out;
  const double spacing = sink.spacing(),
               between = velocity * sink.width / (sink.width - sink.fins * sink.fin_thickness);
  Correlated fin = plates_forced(fluid, base_K, ambient_K, between, spacing, sink.length);
  out.fin_film = fin.value;
  out.efficiency = straight_fin_efficiency(fin.value, sink.conductivity, sink.fin_thickness, sink.fin_height);
  const double base = sink.width * sink.length, fins = 2.0 * sink.fins * sink.fin_height * sink.length;
  const double bare = base - sink.fins * sink.fin_thickness * sink.length;
  out.pressure_drop = duct_pressure_drop({spacing, sink.fin_height, sink.length},
                                         at(fluid, 0.5 * (base_K + ambient_K)), between)
                          .value;
  fin.value *= (bare + out.efficiency * fins) / base;
  fin.doubt += (fin.doubt.empty() ? "" : "; ");
  fin.doubt += "all air is taken to pass between the fins";
  out.base = std::move(fin);
  return out;
}

SinkFilm pin_fins_forced(Fluid fluid, const PinFinSink& sink, double base_K, double ambient_K,
                         double velocity) {
  const FluidState f = at(fluid, 0.5 * (base_K + ambient_K));
  const double d = sink.pin_diameter, pitch_t = sink.width / sink.across, pitch_l = sink.length / sink.along;
  const double st = pitch_t / d, sl = pitch_l / d;
  double fastest = velocity * st / (st - 1);
  if (sink.staggered) {  // the narrower of the transverse and the diagonal gap
    const double sd = std::sqrt(sl * sl + 0.25 * st * st);
    fastest = std::max(fastest, velocity * st / (2 * (sd - 1)));
  }
  const double re = fastest * d / f.kinematic();
  const double factor =
      sink.staggered ? 0.61 * std::pow(st, 0.091) * std::pow(sl, 0.053) / (1 - 2 * std::exp(-1.09 * sl))
                     : (0.25 + std::exp(-0.55 * sl)) * std::pow(st, 0.285) * std::pow(sl, 0.212);
  SinkFilm out;
  Correlated pin{factor * std::sqrt(re) * std::cbrt(f.prandtl()) * f.conductivity / d, f.valid, 0.15,
                 "Khan, Culham & Yovanovich 2006, pin banks", ""};
  confine(pin, "Re", re, 40, 1000);
  confine(pin, "transverse pitch / d", st, 1.25, 3);
  confine(pin, "longitudinal pitch / d", sl, 1.25, 3);
  out.fin_film = pin.value;
  out.efficiency = pin_fin_efficiency(pin.value, sink.conductivity, d, sink.pin_height);
  constexpr double kPi = 3.14159265358979323846;
  const double count = double(sink.across) * sink.along, base = sink.width * sink.length;
  const double pins = count * kPi * d * sink.pin_height, bare = base - count * 0.25 * kPi * d * d;
  pin.value *= (bare + out.efficiency * pins) / base;
  pin.doubt += (pin.doubt.empty() ? "" : "; ");
  pin.doubt += "all air is taken to pass between the pins";
  out.base = std::move(pin);
  return out;
}

}  // namespace bondline::cooling
