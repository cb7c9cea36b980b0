#include "numerics/layered_modes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bondline::numerics {
namespace {

constexpr std::size_t kB = LayeredModes::kBlock;
using Block = std::array<double, kB>;
using Place = LayeredStation::Place;

// Beyond this exponent exp(-x) is below 4e-44 and taken as 0: far under the rounding of any sum it enters, it
// spares the exponentials of thick layers and keeps denormals out.
constexpr double kVanish = 100;

// exp(-x) and 1 - exp(-x), both to full relative accuracy.
inline void decay_pair(double x, double& e, double& one_minus_e) {
  if (x > kVanish) {
    e = 0;
    one_minus_e = 1;
  } else if (x > 0.5) {
    e = std::exp(-x);
    one_minus_e = 1 - e;
  } else {
    one_minus_e = -std::expm1(-x);
    e = 1 - one_minus_e;
  }
}

// 2 exp(-x) (x cosh x - sinh x) and 2 exp(-x) (x sinh x - 2 cosh x + 2); power series where the closed form
// cancels.
inline void volume_terms(double x, double e, double one_minus_e, double& f3, double& f4) {
  if (x > 0.5) {
    const double e2 = e * e;
    f3 = x * (1 + e2) - (1 - e2);
    f4 = x * (1 - e2) - 2 * one_minus_e * one_minus_e;
  } else {
    const double q = x * x;
    f3 = 2 * e * x * q / 3 * (1 + q / 10 * (1 + q / 28 * (1 + q / 54 * (1 + q / 88 * (1 + q / 130)))));
    f4 = 2 * e * q * q / 12 *
         (1 +
          q / 15 * (1 + q * 3 / 112 * (1 + q * 2 / 135 * (1 + q * 5 / 528 * (1 + q / 151.66666666666666)))));
  }
}

struct LayerModes {
  Block zeta, theta, e, om;  // k g; g_v t; exp(-g_v t); 1 - exp(-g_v t)
  Block down, up;            // admittance looking down from the layer's bottom, up from its top (N, D = 1)
  Block w;                   // the Wronskian, scaled
  Block enter_up;            // u just above the contact below this layer / u just below it, heat going up
};

struct StationModes {
  Block ez, oz, et, ot;     // exp(-g_v z) and its complement, from the layer's bottom and from its top
  Block to_top, to_inside;  // value at the top of the own layer; value here per value at the bottom
};

}  // namespace

class LayeredModes::Scratch {
 public:
  std::vector<LayerModes> layer;
  std::vector<StationModes> station;
  Block climb;
  int count = 0;
};

void LayeredModes::ScratchFree::operator()(Scratch* scratch) const {
  delete scratch;
}

LayeredModes::ScratchPtr LayeredModes::make_scratch() const {
  ScratchPtr scratch(new Scratch);
  scratch->layer.resize(layers_.size());
  scratch->station.resize(stations_.size());
  return scratch;
}

LayeredModes::LayeredModes(const LayeredStack& stack, std::vector<LayeredStation> stations)
    : layers_(stack.layers), stations_(std::move(stations)) {
  for (const auto& layer : layers_) {
    kappa_.push_back(std::sqrt(layer.k_lateral) * std::sqrt(layer.k_vertical));
    stretch_.push_back(std::sqrt(layer.k_lateral / layer.k_vertical));
  }
  const auto film = [](double h, double& n, double& d) {
    n = std::isinf(h) ? 1 : h;
    d = std::isinf(h) ? 0 : 1;
  };
  film(stack.h_bottom, bottom_n_, bottom_d_);
  film(stack.h_top, top_n_, top_d_);
  lowest_ = static_cast<int>(layers_.size());
  highest_ = -1;
  for (const auto& station : stations_) {
    lowest_ = std::min(lowest_, station.layer);
    highest_ = std::max(highest_, station.layer);
  }
  const std::size_t count = layers_.size();
  mean_.resize(count);
  double down = bottom_d_;
  for (std::size_t l = 0; l < count; ++l) {
    if (l > 0) down += bottom_n_ * layers_[l].contact_below;
    mean_[l].down = down;
    mean_[l].rho = layers_[l].thickness / layers_[l].k_vertical;
    down += bottom_n_ * mean_[l].rho;
  }
  double up = top_d_;
  for (std::size_t l = count; l-- > 0;) {
    mean_[l].up_top = up;
    up += top_n_ * mean_[l].rho;
    if (l > 0) up += top_n_ * layers_[l].contact_below;
  }
  mean_w_ = bottom_n_ * up + bottom_d_ * top_n_;
}

void LayeredModes::prepare(const double* g, int count, Scratch& scratch) const {
  scratch.count = count;
  const auto n = static_cast<std::size_t>(count);
  const std::size_t layers = layers_.size();
  for (std::size_t l = 0; l < layers; ++l) {
    LayerModes& m = scratch.layer[l];
    const double kappa = kappa_[l], span = stretch_[l] * layers_[l].thickness;
    for (std::size_t i = 0; i < n; ++i) {
      m.zeta[i] = kappa * g[i];
      m.theta[i] = span * g[i];
      decay_pair(m.theta[i], m.e[i], m.om[i]);
    }
  }
  // Through one layer: Y' = zeta (N (1+E) + zeta D (1-E)) / (zeta D (1+E) + N (1-E)), E = e^2, 1-E = om
  // (1+e).
  const auto top = static_cast<std::size_t>(highest_), low = static_cast<std::size_t>(lowest_);
  std::fill_n(scratch.layer[0].down.begin(), n, bottom_n_);
  for (std::size_t l = 0; l < top; ++l) {
    LayerModes& m = scratch.layer[l];
    Block& next = scratch.layer[l + 1].down;
    const double d = l == 0 ? bottom_d_ : 1, contact = layers_[l + 1].contact_below;
    for (std::size_t i = 0; i < n; ++i) {
      const double plus = 1 + m.e[i] * m.e[i], minus = m.om[i] * (1 + m.e[i]);
      const double num = m.zeta[i] * (m.down[i] * plus + m.zeta[i] * d * minus);
      const double den = m.zeta[i] * d * plus + m.down[i] * minus;
      next[i] = num / (den + contact * num);
    }
  }
  std::fill_n(scratch.layer[layers - 1].up.begin(), n, top_n_);
  for (std::size_t l = layers - 1; l > low; --l) {
    LayerModes& m = scratch.layer[l];
    Block& next = scratch.layer[l - 1].up;
    const double d = l == layers - 1 ? top_d_ : 1, contact = layers_[l].contact_below;
    for (std::size_t i = 0; i < n; ++i) {
      const double plus = 1 + m.e[i] * m.e[i], minus = m.om[i] * (1 + m.e[i]);
      const double num = m.zeta[i] * (m.up[i] * plus + m.zeta[i] * d * minus);
      const double den = m.zeta[i] * d * plus + m.up[i] * minus;
      const double through = 1 / (den + contact * num);
      next[i] = num * through;
      m.enter_up[i] = den * through;  // 1 / (1 + R Y)
    }
  }
  for (std::size_t l = low; l <= top; ++l) {
    LayerModes& m = scratch.layer[l];
    const double dd = l == 0 ? bottom_d_ : 1, du = l == layers - 1 ? top_d_ : 1;
    for (std::size_t i = 0; i < n; ++i) {
      const double plus = 1 + m.e[i] * m.e[i], minus = m.om[i] * (1 + m.e[i]);
      m.w[i] = m.zeta[i] * (m.down[i] * du + m.up[i] * dd) * plus +
               (m.down[i] * m.up[i] + m.zeta[i] * m.zeta[i] * dd * du) * minus;
    }
  }
  for (std::size_t s = 0; s < stations_.size(); ++s) {
    const LayeredStation& station = stations_[s];
    const auto l = static_cast<std::size_t>(station.layer);
    const LayerModes& m = scratch.layer[l];
    StationModes& at = scratch.station[s];
    if (station.place == Place::bottom || station.place == Place::top) {
      Block& near_e = station.place == Place::bottom ? at.ez : at.et;
      Block& near_o = station.place == Place::bottom ? at.oz : at.ot;
      std::fill_n(near_e.begin(), n, 1.0);
      std::fill_n(near_o.begin(), n, 0.0);
      (station.place == Place::bottom ? at.et : at.ez) = m.e;
      (station.place == Place::bottom ? at.ot : at.oz) = m.om;
    } else if (station.place == Place::height) {
      const double below = stretch_[l] * station.z;
      const double above = stretch_[l] * std::max(0.0, layers_[l].thickness - station.z);
      for (std::size_t i = 0; i < n; ++i) {
        decay_pair(below * g[i], at.ez[i], at.oz[i]);
        decay_pair(above * g[i], at.et[i], at.ot[i]);
      }
    }
    if (lowest_ != highest_) face_values(static_cast<int>(s), scratch);
  }
}

void LayeredModes::face_values(int index, Scratch& scratch) const {
  const LayeredStation& station = stations_[static_cast<std::size_t>(index)];
  const auto l = static_cast<std::size_t>(station.layer);
  const LayerModes& m = scratch.layer[l];
  StationModes& at = scratch.station[static_cast<std::size_t>(index)];
  const double dd = l == 0 ? bottom_d_ : 1, du = l + 1 == layers_.size() ? top_d_ : 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(scratch.count); ++i) {
    const double zeta = m.zeta[i], nd = m.down[i], nu = m.up[i], e = m.e[i], om = m.om[i];
    const double all_up =
        du * zeta * (1 + e * e) + nu * om * (1 + e);  // the upward solution at the layer's bottom
    if (station.place == Place::volume) {
      at.to_top[i] = du * (dd * zeta * om * (1 + e) + nd * om * om) / (m.theta[i] * m.w[i]);
      at.to_inside[i] = (du * zeta * om * (1 + e) + nu * om * om) / (m.theta[i] * all_up);
    } else {
      const double ez = at.ez[i], et = at.et[i];
      at.to_top[i] = du * et * (dd * zeta * (1 + ez * ez) + nd * at.oz[i] * (1 + ez)) / m.w[i];
      at.to_inside[i] = ez * (du * zeta * (1 + et * et) + nu * at.ot[i] * (1 + et)) / all_up;
    }
  }
}

void LayeredModes::response(int source, int probe, double* z, Scratch& scratch) const {
  int low = source, high = probe;
  if (stations_[static_cast<std::size_t>(low)].layer > stations_[static_cast<std::size_t>(high)].layer)
    std::swap(low, high);
  const auto a = static_cast<std::size_t>(stations_[static_cast<std::size_t>(low)].layer);
  const auto b = static_cast<std::size_t>(stations_[static_cast<std::size_t>(high)].layer);
  if (a == b) {
    same_layer(source, probe, z, scratch);
    return;
  }
  const auto n = static_cast<std::size_t>(scratch.count);
  Block& climb = scratch.climb;
  climb = scratch.station[static_cast<std::size_t>(low)].to_top;
  for (std::size_t l = a + 1; l < b; ++l) {
    const LayerModes& m = scratch.layer[l];
    for (std::size_t i = 0; i < n; ++i) {
      const double e = m.e[i];
      const double all_up = m.zeta[i] * (1 + e * e) + m.up[i] * m.om[i] * (1 + e);
      climb[i] *= m.enter_up[i] * 2 * e * m.zeta[i] / all_up;
    }
  }
  const Block& inside = scratch.station[static_cast<std::size_t>(high)].to_inside;
  for (std::size_t i = 0; i < n; ++i) z[i] = climb[i] * scratch.layer[b].enter_up[i] * inside[i];
}

void LayeredModes::same_layer(int source, int probe, double* z, Scratch& scratch) const {
  const LayeredStation& s = stations_[static_cast<std::size_t>(source)];
  const LayeredStation& p = stations_[static_cast<std::size_t>(probe)];
  const auto l = static_cast<std::size_t>(s.layer);
  const LayerModes& m = scratch.layer[l];
  const double dd = l == 0 ? bottom_d_ : 1, du = l + 1 == layers_.size() ? top_d_ : 1;
  const auto n = static_cast<std::size_t>(scratch.count);
  if (s.place == Place::volume && p.place == Place::volume) {
    for (std::size_t i = 0; i < n; ++i) {
      double f3, f4;
      volume_terms(m.theta[i], m.e[i], m.om[i], f3, f4);
      const double zeta = m.zeta[i], nd = m.down[i], nu = m.up[i];
      const double f2 = m.theta[i] * m.om[i] * (1 + m.e[i]);
      z[i] = (dd * du * zeta * zeta * f2 + (du * nd + dd * nu) * zeta * f3 + nd * nu * f4) /
             (m.theta[i] * m.theta[i] * zeta * m.w[i]);
    }
    return;
  }
  if (s.place == Place::volume || p.place == Place::volume) {
    const StationModes& at =
        scratch.station[static_cast<std::size_t>(s.place == Place::volume ? probe : source)];
    for (std::size_t i = 0; i < n; ++i) {
      const double zeta = m.zeta[i], nd = m.down[i], nu = m.up[i], ez = at.ez[i], et = at.et[i];
      const double pd = dd * zeta * (1 + ez * ez) + nd * at.oz[i] * (1 + ez);
      const double pu = du * zeta * (1 + et * et) + nu * at.ot[i] * (1 + et);
      const double id = dd * zeta * at.oz[i] * (1 + ez) + nd * at.oz[i] * at.oz[i];
      const double iu = du * zeta * at.ot[i] * (1 + et) + nu * at.ot[i] * at.ot[i];
      z[i] = (pu * id + pd * iu) / (2 * m.theta[i] * zeta * m.w[i]);
    }
    return;
  }
  const auto height = [&](const LayeredStation& x) {
    return x.place == Place::bottom ? 0 : x.place == Place::top ? layers_[l].thickness : x.z;
  };
  const bool ordered = height(s) <= height(p);
  const StationModes& lower = scratch.station[static_cast<std::size_t>(ordered ? source : probe)];
  const StationModes& upper = scratch.station[static_cast<std::size_t>(ordered ? probe : source)];
  const double apart = std::abs(height(p) - height(s)) / layers_[l].thickness;
  for (std::size_t i = 0; i < n; ++i) {
    const double zeta = m.zeta[i], ez = lower.ez[i], et = upper.et[i];
    const double pd = dd * zeta * (1 + ez * ez) + m.down[i] * lower.oz[i] * (1 + ez);
    const double pu = du * zeta * (1 + et * et) + m.up[i] * upper.ot[i] * (1 + et);
    double gap = 1, unused;
    if (apart > 0) decay_pair(apart * m.theta[i], gap, unused);
    z[i] = gap * pd * pu / (2 * zeta * m.w[i]);
  }
}

double LayeredModes::response_at(int source, int probe, double g, Scratch& scratch) const {
  double z = 0;
  prepare(&g, 1, scratch);
  response(source, probe, &z, scratch);
  return z;
}

}  // namespace bondline::numerics
