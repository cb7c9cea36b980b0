// A design as each of the standards would test it.
#pragma once
#include <string>
#include <vector>

#include "design/package/design.h"
#include "design/package/solids.h"

namespace bondline::thermal::detail {

enum class SetUpKind { still_air, ring, case_top, case_bottom };

struct SetUp {
  SetUpKind kind = SetUpKind::still_air;
  std::string name, standard;
  std::string why_not;           ///< does not apply
  package::Design design;        ///< with the standard's board and films; powers as they were
  package::Vec2 board_point[2];  ///< where TB is read, if there is a board: beside the two longer sides
};

inline constexpr double kJedecAmbient = 298.15;  // K: 25 degC, JESD51-2A

/// Whether there is a package to characterise; the sentence why not, or empty.
std::string no_package(const package::Design& design);
/// The component alone: no heat sink, no coolant, no board, no leakage. What was left out goes to `notes`.
package::Design component(const package::Design& design, std::vector<std::string>& notes);

/// Still air on a board of two signal and two plane layers, or of one signal layer.
SetUp still_air(const package::Design& component, bool planes);
/// The ring cold plate: it holds the 2s2p board from 5 mm beside the body on; all else is insulated.
SetUp ring(const package::Design& component);
/// The top, or the bottom, of the package held at one temperature; all else insulated; no board.
SetUp cold_case(const package::Design& component, bool top);

/// z of the board's top face, m; NaN without a board.
double board_top(const package::Assembly& assembly);

}  // namespace bondline::thermal::detail
