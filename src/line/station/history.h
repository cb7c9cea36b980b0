// What a line has stored, read beside it or without it: nothing is written, and a line that runs goes on.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "base/file.h"
#include "line/gateway/store/log.h"
#include "line/tags/batch.h"

namespace bondline::station {

struct HistoryQuery {
  std::string tag;                                      ///< a name, or one with * at its end
  std::int64_t from_ns = INT64_MIN, to_ns = INT64_MAX;  ///< by source time; `to` is not included
  std::uint64_t most = UINT64_MAX;
  const std::atomic<bool>* given_up = nullptr;  ///< true: nobody waits for the rest
};

struct HistorySample {
  const std::string& tag;
  tags::ValueType type;
  tags::Sample sample;
  std::string_view text;
};

/// Calls `take` for every sample that fits, in the order stored. False with *problem in `diagnostics` when
/// the log can't be read or never held such a tag.
bool query_history(base::Files& files, const std::string& folder, const HistoryQuery& query,
                   const std::function<void(const HistorySample&)>& take, base::Diagnostics& diagnostics);

/// The same of a log that is open, from any thread.
bool query_history(const store::Log& log, const HistoryQuery& query,
                   const std::function<void(const HistorySample&)>& take, base::Diagnostics& diagnostics);

/// "2026-11-21T09:00:00Z", "2026-11-21T09:00:00.250", "1732190000000000000" (ns) or "-10 min" (before
/// `now_ns`); a day alone is its beginning. Times without a zone are UTC. Nullopt with *problem, as of times
/// that nanoseconds can't say (before 1700, after 2261).
std::optional<std::int64_t> time_of(const std::string& text, std::int64_t now_ns, std::string* problem);
/// "2026-11-21T09:00:00.250000000Z"
std::string time_text(std::int64_t ns);

}  // namespace bondline::station
