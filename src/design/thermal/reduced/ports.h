// Inside the room: what goes into a reduced model (watts of each die and block, ambient of each film, inlet
// of each channel layer) and what comes out (temperatures), as vectors over the unknowns of a SurfaceModel.
#pragma once
#include <string>
#include <vector>

#include "design/thermal/reduced/surface_model.h"

namespace bondline::thermal::detail {

struct Port {
  std::string name;          ///< "soc.power", "environment.top.ambient", "soc.inlet";
                             ///< "soc.junction", "soc.mean"
  std::string unit;          ///< "W" or "K"
  std::vector<double> over;  ///< right-hand side per unit, or weights of the unknowns
  double typical = 1;        ///< the design's value (inputs): W, or 20 K for ambients
  int film = -1;             ///< an ambient: its group
  int layer = -1;            ///< an inlet: its layer of channels
  bool heats() const { return film < 0 && layer < 0; }  ///< of inputs
  double K_offset = 0;                                  ///< an ambient: its reference, K
  double nominal = 0;                                   ///< the design's value above the reference
};

struct Ports {
  std::vector<Port> inputs, outputs;
  std::vector<double> direct;  ///< outputs x inputs
};

/// Sources of one name are one input. A die or floorplan block without power gets an input too.
/// Outputs: "X.junction", the temperature at the point that is hottest under the design's powers, and
/// "X.mean" of every die, block layer and floorplan block; "board.temperature" (its hottest point);
/// "case.top".
Ports make_ports(const SurfaceModel& full, const std::vector<Region>& regions, base::Pool& pool);

/// "dies.soc.core0" -> "soc.core0", "block.die" -> "die".
std::string short_name(const std::string& path);

}  // namespace bondline::thermal::detail
