#include "design/package/standards.h"

#include <algorithm>
#include <cmath>

namespace bondline::package {
namespace {

SubstrateLayer copper(const char* name, double thickness, double coverage) {
  SubstrateLayer layer;
  layer.name = name;
  layer.kind = LayerKind::copper;
  layer.material = "Cu";
  layer.fill = "FR-4";
  layer.thickness = thickness;
  layer.coverage = coverage;
  return layer;
}

SubstrateLayer laminate(const char* name, double thickness) {
  SubstrateLayer layer;
  layer.name = name;
  layer.kind = LayerKind::dielectric;
  layer.material = "FR-4";
  layer.thickness = thickness;
  layer.coverage = 1;
  return layer;
}

// JESD51-9 (2000), figure 1 and tables 1 and 5: 1.60 mm finished, traces 70 um (2 oz), planes 35 um (1 oz,
// solid), 0.25 to 0.5 mm between traces and planes (0.25 mm taken). JESD51-7 (1999) builds the leaded board
// alike. The trace coverage is no figure of the standards: 20 % is what models of these boards usually take
// (low confidence).
constexpr double kTrace = 70e-6, kPlane = 35e-6, kOuter = 0.25e-3, kBoard = 1.6e-3, kTraceCoverage = 0.2;

std::vector<SubstrateLayer> two_signal_two_plane() {
  return {copper("bottom", kTrace, kTraceCoverage),
          laminate("prepreg-bottom", kOuter),
          copper("plane-2", kPlane, 1),
          laminate("core", kBoard - 2 * (kTrace + kPlane + kOuter)),
          copper("plane-1", kPlane, 1),
          laminate("prepreg-top", kOuter),
          copper("top", kTrace, kTraceCoverage)};
}

std::vector<SubstrateLayer> one_signal() {
  return {laminate("core", kBoard - kTrace), copper("top", kTrace, kTraceCoverage)};
}

struct Row {
  const char* name;
  bool planes, area_array;
  const char* source;
};
constexpr Row kRows[] = {
    {"JESD51-9 2s2p", true, true, "JESD51-9 (2000), figure 1b and table 1; trace coverage 20 % assumed"},
    {"JESD51-9 1s", false, true, "JESD51-9 (2000), figure 1a and table 1; trace coverage 20 % assumed"},
    {"JESD51-7 2s2p", true, false, "JESD51-7 (1999); trace coverage 20 % assumed"},
    {"JESD51-3 1s", false, false, "JESD51-3 (1996); trace coverage 20 % assumed"},
};

/// JESD51-9, table 1, and for leaded packages JESD51-3 and -7: the board grows with the package.
std::optional<Vec2> outline(bool area_array, double side) {
  if (area_array) {
    if (side <= 40e-3) return Vec2{101.5e-3, 114.5e-3};
    if (side <= 65e-3) return Vec2{127.0e-3, 139.5e-3};
    if (side <= 90e-3) return Vec2{152.5e-3, 165.0e-3};
    return std::nullopt;
  }
  if (side < 27e-3) return Vec2{76.2e-3, 114.3e-3};
  if (side <= 48e-3) return Vec2{101.6e-3, 114.3e-3};
  return std::nullopt;
}

}  // namespace

const char* const kStillAirSource =
    "JESD51-2 still air: laminar natural convection (Holman 2010, table 7-2) plus radiation with emissivity "
    "0.9, "
    "surface 30 K above ambient; low confidence";
const char* const kForcedAirSource =
    "JESD51-6 forced air: laminar plate (Incropera 2007, eq. 7.30) plus radiation with emissivity 0.9; low "
    "confidence";

std::optional<BoardStandard> find_board_standard(const std::string& name, double body_side) {
  for (const Row& row : kRows) {
    const bool bare = name + " 2s2p" == row.name && row.planes;  // "JESD51-9" alone means the 2s2p board
    if (name != row.name && !bare && !(name == "JESD51-3" && std::string(row.name) == "JESD51-3 1s"))
      continue;
    const std::optional<Vec2> size = outline(row.area_array, body_side);
    if (!size) return std::nullopt;
    return BoardStandard{row.name, *size, row.planes ? two_signal_two_plane() : one_signal(), row.source};
  }
  return std::nullopt;
}

std::vector<std::string> board_standard_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.name);
  return names;
}

double air_film(Face face, double ambient, double length, double velocity) {
  constexpr double kRise = 30, kEmissivity = 0.9;
  constexpr double kStefanBoltzmann = 5.670374419e-8;  // W/(m2 K4), CODATA 2018
  const double upright = face == Face::top ? 1.32 : face == Face::bottom ? 0.59 : 1.42;
  double convection = upright * std::pow(kRise / length, 0.25);
  if (velocity > 0) {
    // Air at about 325 K: Incropera 2007, table A.4, between 300 and 350 K.
    constexpr double kViscosity = 18.4e-6, kConductivity = 0.0282, kPrandtl = 0.704;
    const double reynolds = velocity * length / kViscosity;
    convection =
        std::max(convection, 0.664 * std::sqrt(reynolds) * std::cbrt(kPrandtl) * kConductivity / length);
  }
  const double mean = ambient + kRise / 2;
  return convection + 4 * kEmissivity * kStefanBoltzmann * mean * mean * mean;
}

}  // namespace bondline::package
