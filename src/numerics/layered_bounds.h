// How much a panel of modes can add to a probe, from tables and from Z at the panel's lower corner alone: Z
// falls with g, the cosine means are known, and Cauchy-Schwarz, the decay of Z or (for points) the swinging
// signs of the terms do the rest. docs/layered-series.md, "What is left out".
#pragma once
#include <utility>
#include <vector>

#include "numerics/cosine_series.h"
#include "numerics/layered_modes.h"

namespace bondline::numerics {

/// A source or probe as the series sees it: its station and its interval on each axis.
struct SeriesSource {
  int station = 0, x = 0, y = 0;
  double power = 0;  ///< W
};
struct SeriesProbe {
  int station = 0, x = 0, y = 0;
};

class LayeredBounds {
 public:
  using Corner = std::pair<int, int>;  ///< panel (i, j); i == nx() or j == ny(): all modes beyond the tables

  LayeredBounds(const LayeredModes& modes, CosineAxis& x, CosineAxis& y,
                const std::vector<SeriesSource>& sources, const std::vector<SeriesProbe>& probes);

  /// Tabulates at least so many modes and cuts each axis into panels with edges 0, 1, 2, 3, 4, 6, 8, 12, 16,
  /// ...
  void set_modes(int modes_x, int modes_y);
  const std::vector<int>& edges_x() const { return edges_x_; }
  const std::vector<int>& edges_y() const { return edges_y_; }
  int nx() const { return static_cast<int>(edges_x_.size()) - 1; }
  int ny() const { return static_cast<int>(edges_y_.size()) - 1; }

  /// Upper bounds in K of the parts of the panels in the probes: [panel * probes + probe]. Not for (0, 0).
  std::vector<double> of(const std::vector<Corner>& panels);

 private:
  using Group = std::pair<int, std::vector<int>>;  // station, members

  double wave(int i, int j) const;
  std::vector<double> corner_responses(const std::vector<Corner>& panels);
  double strength(const Group& group, int i, int j, bool envelope_x, bool envelope_y) const;
  double root_x(int interval, int i) const;
  double root_y(int interval, int j) const;
  double infinite_sum(int from, int to, int i, int j, bool line_x, bool line_y, double z) const;
  double swinging(int probe, int to, int i, int j, const double* z, std::size_t stride) const;

  const LayeredModes& modes_;
  CosineAxis &x_, &y_;
  const std::vector<SeriesSource>& sources_;
  const std::vector<SeriesProbe>& probes_;
  LayeredModes::ScratchPtr scratch_;
  std::vector<Group> from_, to_;
  std::vector<int> edges_x_, edges_y_;
  std::vector<double> roots_x_, roots_y_;  // [interval * (panels + 1) + panel], the last for all beyond
  bool swing_ = false;                     // few enough pairs to look at each
};

}  // namespace bondline::numerics
