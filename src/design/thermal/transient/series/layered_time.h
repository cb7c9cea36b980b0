// A stack of laterally uniform layers under heat that is piecewise constant in time. What a probe shows is
// the steady answer to the power of the moment (the exact series, numerics/layered_modes.h) plus what every
// past power step has not yet died out of it (column_modes.h): nothing is stepped, no time is too short or
// too long, and only modes that live until the first result after a power step are carried.
#pragma once
#include <vector>

#include "base/parallel.h"
#include "design/thermal/transient/power_history.h"
#include "design/thermal/transient/series/column_modes.h"

namespace bondline::thermal::detail {

struct LayeredTimeProblem {
  TimeStack stack;
  std::vector<numerics::LayeredSource> sources;  ///< place only; power from the histories
  std::vector<numerics::LayeredProbe> probes;
  std::vector<double> times;                   ///< s, rising, of the results
  std::vector<const PowerHistory*> workloads;  ///< one channel and unit power per source of `sources`
  Initial initial = Initial::off;
  double initial_rise = 0;  ///< K above the reference, for Initial::temperature
  double share = 0.045;     ///< see ColumnModes
  double most_modes = 250e3;
};

struct LayeredTimeResult {
  std::vector<std::vector<double>> rise;  ///< [workload][time * probes + probe], K above the reference
  std::vector<HeatAccount> heat;          ///< per workload
  std::size_t modes = 0, nodes = 0;
  double cut_K = 0;            ///< what modes left out may add shortly after the largest power step, about
  bool too_many = false;       ///< more modes than most_modes would be needed: no result
  std::vector<double> steady;  ///< answers to each channel alone, K at level 1; serve another `share` again
};

LayeredTimeResult solve_layered_time(const LayeredTimeProblem& problem, base::Pool& pool,
                                     std::vector<double> steady = {});

/// Shortest time from a power step to a result after it, s.
double shortest_lag(const std::vector<double>& times, const std::vector<const PowerHistory*>& workloads,
                    Initial initial);

}  // namespace bondline::thermal::detail
