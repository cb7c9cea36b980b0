// One lateral mode of a layered stack in time. With the amplitude u(z, t) of cos cos and g its wave number,
//     c du/dt = d/dz (k_v du/dz) - k_l g^2 u + q(t):
// linear elements along z with lumped masses make of it C u' = -K(g) u + f, whose eigenpairs (implicit QL on
// the symmetric tridiagonal C^-1/2 K C^-1/2, with only the few rows of the eigenvectors that sources and
// probes need) give exact exponentials in time.
#pragma once
#include <vector>

#include "numerics/layered_modes.h"
#include "numerics/layered_solver.h"

namespace bondline::thermal::detail {

struct TimeStack {
  numerics::LayeredStack stack;
  std::vector<double> capacity;  ///< J/(m3 K) per layer, > 0
};

/// Eigenvalues of a symmetric tridiagonal matrix (diagonal d, off-diagonal e[i] between i and i+1) by
/// implicit QL (Bowdler, Martin, Reinsch, Wilkinson 1968). `rows` holds `count` row vectors of length n,
/// interleaved (entry i of row k at i * count + k); each is multiplied from the right by the eigenvectors. d
/// becomes the eigenvalues, in no order. False when it does not converge.
bool tridiagonal_eigen(std::vector<double>& d, std::vector<double>& e, double* rows, std::size_t count);

/// The eigenpairs of one mode as sources and probes see them.
struct ColumnSpectrum {
  std::vector<double> rate;      ///< 1/s, per pair
  std::vector<double> coupling;  ///< [station][pair]: K m2/J per unit flux amplitude put in there
  std::vector<double> capacity;  ///< [pair], of the functional sum C u (only when asked)
  std::vector<double> out;       ///< [pair], of the flux through bottom and top (only when asked)
  std::size_t pairs() const { return rate.size(); }
};

class ColumnModes {
 public:
  /// share: of the diffusion length in `shortest` s, the spacing along z beside the stations in `hot` (and
  /// beside the outer faces when `faces`).
  ColumnModes(const TimeStack& stack, std::vector<numerics::LayeredStation> stations,
              const std::vector<int>& hot, bool faces, double shortest, double share);

  std::size_t nodes() const { return c_.size(); }
  /// The share of the heat put in at a station that enters a node: less than 1 beside a face held at the
  /// reference, where the rest leaves at once.
  double entering(int station) const;
  /// A source at this station is itself a probe's weight (a mean over the layer, a node): rows are symmetric.
  ColumnSpectrum spectrum(double g, bool account = false) const;
  /// The mean mode's steady answer between two stations by direct elimination less its sum over the pairs of
  /// `mean`, K m2/W: rounding of the smallest rates, which would drown what the first nanoseconds show.
  double rounding(int from, int to, const ColumnSpectrum& mean) const;
  /// The largest part of a step response, from any station of `from` to any of `to`, that is still missing
  /// after `t`, K m2/W.
  double missing_after(double g, double t, const std::vector<int>& from, const std::vector<int>& to) const;
  /// The largest step response of a station on itself after t in the mean mode, K m2/W.
  double response_after(double t, const std::vector<int>& from) const;

 private:
  std::vector<numerics::LayeredStation> stations_;
  std::vector<double> c_, lateral_, ground_, link_;  // per node: J/(m2 K), W/K, W/(m2 K); to the next node
  std::vector<std::vector<std::pair<int, double>>> weights_;  // per station: nodes
};

}  // namespace bondline::thermal::detail
