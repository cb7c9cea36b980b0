// A design as a layered stack, when it is one.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "design/thermal/model.h"
#include "numerics/layered_solver.h"

namespace bondline::thermal::detail {

/// Something of the stack that can be varied.
struct LayeredParameter {
  enum class Kind { conductivity, thickness, contact, h_top, h_bottom } kind = Kind::conductivity;
  std::vector<int> layers;  ///< those it concerns
  std::string name;         ///< "materials.TIM.k"
  const char* unit = "";
  double value = 0;  ///< SI
};

struct LayeredProblem {
  numerics::LayeredStack stack;
  std::vector<numerics::LayeredSource> sources;  ///< lateral coordinates from the stack's corner
  std::vector<int> solids;                       ///< per layer, bottom to top
  std::vector<LayeredParameter> parameters;
  double reference = 0;  ///< K, the films' ambient
};

/// Only for designs for which why_not_spectral() is empty.
LayeredProblem layered_problem(const Design& design, const Assembly& assembly);

/// Multiplies a parameter; a point at a height z moves with the layers below it.
void move_parameter(LayeredProblem& problem, const LayeredParameter& parameter, double factor,
                    std::array<double, 3>& point);

/// The limit that a part's hottest point has to keep, K.
std::optional<double> limit_of(const Design& design, const std::string& path);

}  // namespace bondline::thermal::detail
