// Steady conduction in a stack of laterally uniform layers (orthotropic, kx = ky allowed to differ from kz)
// with adiabatic sides, films on top and bottom, contact resistances between layers and rectangular sources:
// exact cosine modes in x and y, a transfer admittance along z per mode,
//     Y' = k g (Y + k g tanh(g t)) / (k g + Y tanh(g t)),
// (the flux-channel separation of variables, Yovanovich, Muzychka, Culham, AIAA 1998). Rectangles are
// integrated exactly, so no grid is involved. The terms of a block average fall like m^-3 (heat in a plane)
// or m^-4 (in a volume) along each axis; only the panels of modes that matter are summed, and a bound of all
// the others is returned. Mathematics, bounds and sources: docs/layered-series.md.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/parallel.h"

namespace bondline::numerics {

struct LayeredStack {
  struct Layer {
    double thickness = 0;                  ///< m, > 0
    double k_lateral = 0, k_vertical = 0;  ///< W/(m K)
    double contact_below = 0;              ///< m2 K/W between this layer and the one below, >= 0
  };
  double size_x = 0, size_y = 0;   ///< m; x in [0, size_x], y in [0, size_y]
  std::vector<Layer> layers;       ///< bottom to top
  double h_bottom = 0, h_top = 0;  ///< W/(m2 K); infinity: that face is held at the reference
};

/// Heat `power` W (negative: drawn out) spread evenly over a rectangle [x0,x1]x[y0,y1] of layer `layer`:
/// through its whole thickness, or in the plane of its bottom or top face.
struct LayeredSource {
  enum class Place { volume, bottom_face, top_face };
  int layer = 0;
  Place place = Place::volume;
  double x0 = 0, x1 = 0, y0 = 0, y1 = 0, power = 0;
};

/// What is asked: the mean over a rectangle of a layer (through its thickness, or on a face), or the value at
/// a point (x0 == x1, y0 == y1, z in metres from the bottom of the stack; `layer` is not read). A rectangle
/// may be a line or a point in any kind, and Kind::point with a rectangle is the mean over it at that height.
/// At a height that is an interface the layer below answers (it matters where there is a contact resistance).
struct LayeredProbe {
  enum class Kind { volume_mean, bottom_face_mean, top_face_mean, point } kind = Kind::volume_mean;
  int layer = 0;
  double x0 = 0, x1 = 0, y0 = 0, y1 = 0;
  double z = 0;
};

struct LayeredResult {
  std::vector<double> rise;         ///< K above the reference, one per probe
  std::vector<double> error_bound;  ///< K, upper bound of the truncated rest of the series, one per probe
  int modes_x = 0, modes_y = 0;     ///< extent of the summed modes along each axis
  long long modes = 0;              ///< modes summed (the summed set is smaller than modes_x * modes_y)
  double heat_out_top = 0, heat_out_bottom = 0;  ///< W
  std::string problem;  ///< why there is no answer (all adiabatic, a source outside, ...); else empty
};

/// Solves for all probes; modes are added until every error_bound <= tolerance_K or max_modes per axis is
/// reached (the bound then says what was reached); tolerance_K 0 sums the whole square of max_modes x
/// max_modes. error_bound covers truncation, not rounding (below 2e-11 of
/// the largest rise in the tests). Unusable input
/// (NaN, thickness or conductivity not > 0, negative film or contact, both faces adiabatic, a source or probe
/// outside or in no layer) gives an empty `rise` and a `problem` that names the index and the value. Same
/// bits for any number of threads. Cost: about 0.1 us per mode and pair of stations (layer and place along
/// z).
LayeredResult solve_layered(const LayeredStack& stack, std::span<const LayeredSource> sources,
                            std::span<const LayeredProbe> probes, double tolerance_K, base::Pool& pool,
                            int max_modes = 4096);

}  // namespace bondline::numerics
