// The mean mode (a resistance chain) and the decay constants of LayeredModes.
#include <algorithm>
#include <cmath>

#include "numerics/layered_modes.h"

namespace bondline::numerics {
namespace {

using Place = LayeredStation::Place;

// Height as a fraction of the layer; a volume mean of a linear function is its value at the middle.
double fraction(const LayeredStation& s, double thickness) {
  switch (s.place) {
    case Place::bottom:
      return 0;
    case Place::top:
      return 1;
    case Place::height:
      return std::clamp(s.z / thickness, 0.0, 1.0);
    case Place::volume:
      break;
  }
  return 0.5;
}

}  // namespace

double LayeredModes::mean_down(const LayeredStation& s) const {
  const auto l = static_cast<std::size_t>(s.layer);
  return mean_[l].down + bottom_n_ * mean_[l].rho * fraction(s, layers_[l].thickness);
}

double LayeredModes::mean_up(const LayeredStation& s) const {
  const auto l = static_cast<std::size_t>(s.layer);
  return mean_[l].up_top + top_n_ * mean_[l].rho * (1 - fraction(s, layers_[l].thickness));
}

double LayeredModes::mean_response(int source, int probe) const {
  const LayeredStation* a = &stations_[static_cast<std::size_t>(source)];
  const LayeredStation* b = &stations_[static_cast<std::size_t>(probe)];
  if (a->layer > b->layer) std::swap(a, b);
  if (a->layer != b->layer) return mean_down(*a) * mean_up(*b) / mean_w_;
  const auto l = static_cast<std::size_t>(a->layer);
  const double rho = mean_[l].rho, d0 = mean_[l].down, u1 = mean_[l].up_top;
  if (a->place == Place::volume && b->place == Place::volume)
    return (d0 * u1 + rho * (u1 * bottom_n_ + d0 * top_n_) / 3 + bottom_n_ * top_n_ * rho * rho / 12) /
           mean_w_;
  if (a->place != Place::volume && b->place != Place::volume) {
    if (fraction(*a, layers_[l].thickness) > fraction(*b, layers_[l].thickness)) std::swap(a, b);
    return mean_down(*a) * mean_up(*b) / mean_w_;
  }
  const LayeredStation& at = a->place == Place::volume ? *b : *a;
  const double f = fraction(at, layers_[l].thickness);
  return (f * (d0 + bottom_n_ * rho * f / 2) * mean_up(at) +
          (1 - f) * (u1 + top_n_ * rho * (1 - f) / 2) * mean_down(at)) /
         mean_w_;
}

double LayeredModes::share_to_top(int source) const {
  return top_n_ * mean_down(stations_[static_cast<std::size_t>(source)]) / mean_w_;
}

double LayeredModes::share_to_bottom(int source) const {
  return bottom_n_ * mean_up(stations_[static_cast<std::size_t>(source)]) / mean_w_;
}

// G(z, z) = 1/(Y_up + Y_down), and each admittance is at least what the rest of the own layer gives with
// nothing behind it: Y >= k g tanh(g_v d). Returns the factor c of G <= c/g for g >= from.
double LayeredModes::self_bound(const LayeredStation& s, double from) const {
  const auto l = static_cast<std::size_t>(s.layer);
  const double t = layers_[l].thickness, z = fraction(s, t) * t;
  return 1 / (kappa_[l] * (std::tanh(stretch_[l] * from * z) + std::tanh(stretch_[l] * from * (t - z))));
}

LayeredModes::Decay LayeredModes::decay(int source, int probe, double from) const {
  const LayeredStation& s = stations_[static_cast<std::size_t>(source)];
  const LayeredStation& p = stations_[static_cast<std::size_t>(probe)];
  // Uniform heat in a layer cannot warm anything beyond q/(k_l g^2), the answer without any way out along z.
  const auto volume = [&](const LayeredStation& x) {
    const auto& layer = layers_[static_cast<std::size_t>(x.layer)];
    return 1 / (layer.k_lateral * layer.thickness);
  };
  if (s.place == Place::volume && p.place == Place::volume) return {std::min(volume(s), volume(p)), 2};
  if (s.place == Place::volume) return {volume(s), 2};
  if (p.place == Place::volume) return {volume(p), 2};
  return {std::sqrt(self_bound(s, from) * self_bound(p, from)), 1};  // Cauchy-Schwarz
}

}  // namespace bondline::numerics
