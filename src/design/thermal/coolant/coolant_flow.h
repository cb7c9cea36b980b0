// One channel layer's flow: what it carries, what its walls exchange, what it costs to pump.
#pragma once
#include <string>
#include <vector>

#include "design/package/solids.h"

namespace bondline::thermal::detail {

struct CoolantFlow {
  double flow = 0;                             ///< m3/s
  double rate = 0;                             ///< W/K, heat capacity rate of the whole layer
  double velocity = 0;                         ///< m/s in a channel; among pins: over the whole cross-section
  double length = 0;                           ///< m along the flow
  double width = 0;                            ///< m across it
  double h_side = 0, h_top = 0, h_bottom = 0;  ///< W/(m2 K) on wetted walls
  bool per_base = false;               ///< h_top and h_bottom are per footprint; side walls exchange nothing
  bool correlated = false;             ///< h was found by correlation
  double reynolds = -1, nusselt = -1;  ///< -1: not known
  double pressure_drop = -1;           ///< Pa; -1: not known
  double entrance = -1;                ///< thermal entrance length over the length; -1: not known
  double boiling = 0;                  ///< K at its pressure; 0: not known
  std::string name;
  std::vector<std::string> notes;
};

/// Properties are read at `temperature` (K). Throws base::Error when a named coolant is not known or a
/// coefficient cannot be found.
CoolantFlow coolant_flow(const package::ChannelLayer& layer, double temperature);

}  // namespace bondline::thermal::detail
