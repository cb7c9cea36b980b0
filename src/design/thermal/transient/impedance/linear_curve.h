// The heating curve of one part on grids of finite volumes: a linear body and its answers to the step.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

struct CurveAsked {
  std::string part;
  std::vector<std::pair<std::string, double>>
      heat;                   ///< paths whose means are read, and their share of the power
  std::vector<double> times;  ///< s, rising
  double until_share = 0;     ///< > 0: the curve may end once past this share of its end
  double cells = 100e3, tolerance = 5e-4;
  base::Progress progress;
};

struct LinearCurve {
  std::vector<double> rise, hottest;  ///< K: of the mean over the heat, and of the hottest point
  double steady = 0, steady_hottest = 0;
  double balance = 0, error = 0;  ///< of the steady heat; of the answers, relative
  std::size_t cells = 0, size = 0;
  std::vector<std::string> notes;
};

/// From two nested grids, their difference's third taken off.
LinearCurve linear_curve(const Design& design, const Assembly& assembly, const CurveAsked& asked,
                         base::Pool& pool);

}  // namespace bondline::thermal::detail
