// The running line by HTTP and WebSocket (docs/openapi.json): tags, live values, history, counters, health,
// metrics. In a thread of its own beside the shards: it reads what they leave in the live table, the log and
// their counters, so that no client, however slow or hostile, holds up a machine.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "line/station/station.h"

namespace bondline::service {

class Api {
 public:
  /// Begins to listen as `access` says. Where that is not possible (the port is taken) it says so and tries
  /// again every few seconds: the line runs on. `say` is called from the API's thread.
  Api(station::Station& station, station::ApiAccess access, std::function<void(const std::string&)> say);
  ~Api();  ///< answers what is being answered, and ends; before the station stops
  /// The station has read its line file again: live views look at what there is now. Any thread.
  void reloaded();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondline::service
