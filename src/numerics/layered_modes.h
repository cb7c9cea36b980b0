// One lateral mode of a layered stack: the temperature that a unit heat flux amplitude, put in at one
// station, causes at another. With g^2 = (m pi/Lx)^2 + (n pi/Ly)^2 each layer obeys  k_v u'' = k_l g^2 u - q,
// so u is made of exp(+-g_v z), g_v = g sqrt(k_l/k_v), and the world above or below a face acts through its
// admittance Y = N/D alone. Everything is a sum of positive terms in exp(-g_v z): nothing overflows and
// nothing cancels, from 0.5 um films to centimetres of metal. The algebra is in docs/layered-series.md.
#pragma once
#include <memory>
#include <vector>

#include "numerics/layered_solver.h"

namespace bondline::numerics {

/// Where heat enters or temperature is read, seen along z.
struct LayeredStation {
  enum class Place { volume, bottom, top, height };
  int layer = 0;
  Place place = Place::volume;
  double z = 0;  ///< m above the bottom of the layer, for Place::height
  bool operator==(const LayeredStation&) const = default;
};

/// Z(source, probe; g) in K m2/W for all pairs of a list of stations. For g > 0 it is positive, symmetric in
/// the two stations (reciprocity) and falls as g grows, which is what the error bounds of the series rest on.
class LayeredModes {
 public:
  /// The stack must be valid (see check_layered) and have some way out for the heat.
  LayeredModes(const LayeredStack& stack, std::vector<LayeredStation> stations);

  const std::vector<LayeredStation>& stations() const { return stations_; }

  /// Room that response() works in; one per thread.
  class Scratch;
  struct ScratchFree {
    void operator()(Scratch* scratch) const;
  };
  using ScratchPtr = std::unique_ptr<Scratch, ScratchFree>;
  ScratchPtr make_scratch() const;

  static constexpr int kBlock = 64;  ///< modes per prepare()
  /// Prepares `count` <= kBlock modes with the wave numbers g[i] > 0 (1/m).
  void prepare(const double* g, int count, Scratch& scratch) const;
  /// z[i] = Z(source, probe; g[i]) of the modes prepared last.
  void response(int source, int probe, double* z, Scratch& scratch) const;
  /// The same for one g, for bounds.
  double response_at(int source, int probe, double g, Scratch& scratch) const;

  /// The mean mode g = 0: resistance times area, K m2/W, and the share of the heat that leaves through the
  /// top.
  double mean_response(int source, int probe) const;
  double share_to_top(int source) const;
  double share_to_bottom(int source) const;

  /// Z(source, probe; g) <= factor / g^power for every g >= from.
  struct Decay {
    double factor = 0;
    int power = 1;
  };
  Decay decay(int source, int probe, double from) const;

 private:
  struct Line {  // the two mean-mode solutions at the bottom of a layer and their slopes
    double down, up_top, rho;
  };
  double mean_down(const LayeredStation& s) const;
  double mean_up(const LayeredStation& s) const;
  double self_bound(const LayeredStation& s, double from) const;
  void face_values(int station, Scratch& scratch) const;
  void same_layer(int source, int probe, double* z, Scratch& scratch) const;

  std::vector<LayeredStack::Layer> layers_;
  std::vector<LayeredStation> stations_;
  std::vector<double> kappa_, stretch_;  // sqrt(k_l k_v), sqrt(k_l/k_v)
  double bottom_n_, bottom_d_, top_n_, top_d_;
  int lowest_ = 0, highest_ = 0;  // layers that hold stations
  std::vector<Line> mean_;
  double mean_w_ = 0;
};

}  // namespace bondline::numerics
