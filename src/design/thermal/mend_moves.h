// The changes a designer could make, each with the practical end of its range.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// The variable in which the temperature is nearly a straight line: 1/p (series resistances in k and h) or p
/// itself.
enum class Straight { inverse, linear };

struct Move {
  enum class Kind { material, thickness, film } kind = Kind::material;
  int index = -1;         ///< material, solid or film
  std::string parameter;  ///< "materials.TIM-1.k"
  std::string what;       ///< "k of TIM-1"
  std::string how;        ///< "a filled gel"
  const char* unit = "";
  double from = 0, to = 0;
  Straight straight = Straight::inverse;
  /// Thickness: solids of the same line of the design file. The thinnest has thickness `from`; all lose as
  /// much.
  std::vector<int> with = {};
};

std::vector<Move> possible_moves(const Model& model);

/// The linear model's change of the functional whose gradient is given, K.
double predicted(const Model& model, const Move& move, const Gradient& gradient);

/// Makes the change in a model (conductivities of its cells, or films) and renews the equations.
void apply_move(Model& model, const Move& move, base::Pool& pool);

// sensitivities.cc
double material_slope(const Model& model, int material, const Gradient& g);  ///< dJ / d ln k
double material_k(const Model& model, int material);                         ///< k_z where it is first used
std::vector<int> materials_in(const Model& model);
std::array<double, 3> medium_ratio(const Model& model, int solid, int material, double scale);

}  // namespace bondline::thermal::detail
