// How a run of samples becomes bytes in a data frame: times by their difference from the run before, tags as
// ranges of neighbouring ids, qualities only where they are not all good, values by value_codec.h.
#pragma once
#include <cstdint>
#include <string>

#include "line/gateway/store/bytes.h"
#include "line/gateway/store/value_codec.h"
#include "line/tags/batch.h"

namespace bondline::store {

/// What the next run's times and tags are told relative to. Starts anew in every frame.
struct RunContext {
  std::int64_t source_ns = 0, receive_lag_ns = 0, mono_lag_ns = 0;
  std::int64_t next_tag = 0;
};

/// Appends one run. Every tag must be known to `references`.
void encode_run(const tags::Batch& batch, const tags::Run& run, const References& references,
                RunContext& context, ByteBuffer& out);

/// Reads one run into `batch`. Nullptr, or what is wrong with the bytes (then `batch` may hold a part of the
/// run). At most `most` samples are taken.
const char* decode_run(ByteReader& in, const References& references, RunContext& context, std::uint64_t most,
                       tags::Batch& batch);

}  // namespace bondline::store
