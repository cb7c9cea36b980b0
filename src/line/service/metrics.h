// The line's counters in Prometheus' text format (version 0.0.4): base units in the names, counters end in
// _total, one HELP and one TYPE before the samples of a name.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "line/station/station.h"

namespace bondline::service {

/// What the API counts of itself.
struct ApiCounters {
  std::uint64_t connections = 0, open = 0, requests = 0, refused = 0, writes = 0, watchers = 0,
                watch_dropped = 0;
};

/// `tags`: also their newest values, as bondline_tag_value; at most a few thousand are sensible.
std::string metrics_text(const station::Station& station, const ApiCounters& api, const tags::TagTable& table,
                         const std::vector<tags::TagId>& tags);

}  // namespace bondline::service
