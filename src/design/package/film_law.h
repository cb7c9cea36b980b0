// Cooling given as a law instead of a number: moving or still air, radiation, fins on a base, channels in a
// cold plate. Part of the Design; design/thermal evaluates it with design/cooling at the surface's own
// temperature.
#pragma once
#include <optional>
#include <string>

namespace bondline::package {

struct Fins {
  bool pins = false;                 ///< else parallel plates along the sink's first direction (its size[0])
  double height = 0, thickness = 0;  ///< m; thickness: of a plate, or the diameter of a pin
  int count = 0;                     ///< plates; pins across the flow
  int along = 0;                     ///< pins along the flow
  bool staggered = false;
};

struct PlateChannels {
  int count = 0;
  double width = 0, height = 0;  ///< m, of one channel; they run along x
  double flow = 0;               ///< m3/s, all together
};

/// What carries the heat off. Several may act together: still and moving air add by cubes, radiation on top.
struct FilmLaw {
  bool natural = false;
  double velocity = 0;    ///< m/s along the surface, or before the fins; 0: none
  double emissivity = 0;  ///< 0: no radiation
  double length = 0;      ///< m along the flow, or the height of an upright surface; 0: from the part
  std::string fluid = "air";
  std::optional<Fins> fins;
  std::optional<PlateChannels> channels;
  std::string material;     ///< of channel walls
  double conductivity = 0;  ///< W/(m K) of fins and channel walls
};

}  // namespace bondline::package
