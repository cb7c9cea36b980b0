// Runs a station until it is told to stop: SIGINT, SIGTERM, or a time. SIGHUP has it read its line file
// again. What `bondline line run` and `bondlined` share.
#pragma once
#include <functional>
#include <string>

#include "line/station/station.h"

namespace bondline::service {

struct ServiceOptions {
  double seconds = 0;       ///< 0: until a signal
  double report_every = 0;  ///< seconds between calls of `report`; 0: never
  std::function<void(const station::Station&)> report;
  /// Read the line file again when it, or a file it names, has changed and then stayed the same for a second.
  bool reload_on_change = false;
  /// What a reload has done or why it did nothing, in words.
  std::function<void(const std::string&)> say;
};

/// Starts, waits, stops. Signals are taken by this thread alone (sigwait), so that no handler runs anywhere.
void serve(station::Station& station, const ServiceOptions& options);

}  // namespace bondline::service
