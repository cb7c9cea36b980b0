// What the thermal test standards say of boards and of moving air, as data: boards of JESD51-3, -7 and -9,
// films of JESD51-2 (still air) and JESD51-6 (forced air). Private to this room.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "design/package/design.h"

namespace bondline::package {

struct BoardStandard {
  std::string name;                    ///< as in the table: "JESD51-9 2s2p"
  Vec2 size;                           ///< m, for the package's size
  std::vector<SubstrateLayer> layers;  ///< bottom to top
  std::string source;
};
/// The board for a package whose longer side is `body_side`. nullopt for an unknown name or a package that is
/// too large for the standard.
std::optional<BoardStandard> find_board_standard(const std::string& name, double body_side);
std::vector<std::string> board_standard_names();

/// h of a surface in air at `ambient`, natural or forced, radiation included, W/(m2 K).
///   natural: h = C (dT/L)^(1/4), C = 1.32 facing up, 0.59 facing down, 1.42 upright   (Holman, Heat
///   Transfer, 10th
///            ed. 2010, table 7-2, simplified equations for air at atmospheric pressure, laminar)
///   forced:  Nu = 0.664 Re^(1/2) Pr^(1/3) averaged over a laminar plate               (Incropera et al., 6th
///   ed. 2007,
///            eq. 7.30); the larger of natural and forced holds
///   radiation: 4 e s Tm^3, grey, to surroundings at ambient, e = 0.9
/// with dT = 30 K taken for surface minus air, and L the plate's length.
double air_film(Face face, double ambient, double length, double velocity);
extern const char* const kStillAirSource;
extern const char* const kForcedAirSource;

}  // namespace bondline::package
