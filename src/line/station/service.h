// Runs a station until it is told to stop: SIGINT, SIGTERM, or a time. What `bondline line run` and
// `bondlined` share.
#pragma once
#include <functional>
#include <string>

#include "line/station/station.h"

namespace bondline::station {

struct ServiceOptions {
  double seconds = 0;       ///< 0: until a signal
  double report_every = 0;  ///< seconds between calls of `report`; 0: never
  std::function<void(const Station&)> report;
};

/// Starts, waits, stops. Signals are taken by this thread alone (sigwait), so that no handler runs anywhere.
void serve(Station& station, const ServiceOptions& options);

}  // namespace bondline::station
