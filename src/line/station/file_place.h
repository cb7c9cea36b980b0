// Where a machine's files are to be read on: what was remembered, and what the log has stored since.
#pragma once
#include "line/gateway/drivers/file/config.h"
#include "line/gateway/store/log.h"

namespace bondline::station {

/// The place behind the last line that is on disk; commits what waits first.
gateway::FilePlace place_in(store::Log& log, base::Files& files, const gateway::FileConfig& config);

}  // namespace bondline::station
