// What may be deleted, and when. A segment is deleted whole; the one being written never.
#include <algorithm>

#include "line/gateway/store/log_impl.h"

namespace bondline::store {

std::uint64_t Log::Impl::slowest_cursor() const {
  std::uint64_t slowest = durable_end;
  for (const auto& [sink, cursor] : state.cursors) slowest = std::min(slowest, cursor);
  return slowest;
}

bool Log::Impl::retire(bool make_room) {
  if (segments.size() < 2) return false;
  const SegmentInfo& oldest = segments.front();
  const std::uint64_t end = segments[1].name.first_sequence;
  const std::uint64_t read_up_to = slowest_cursor();
  const bool read = read_up_to >= end;
  if (make_room) {
    if (!read && options.when_full == WhenFull::stop) return false;
  } else {
    // All in the oldest segment came before the second one was made.
    // A damaged file may tell any time of its making: the clock's is the only one reckoned with.
    const bool old = options.keep.count() > 0 && segments[1].created_ns < wall_ns() - options.keep.count();
    if (!read || !old) return false;
  }
  if (!read) {
    state.counters["dropped.oldest"] += end - std::max(oldest.name.first_sequence, read_up_to);
    state_changed = true;
    thinning |= options.when_full == WhenFull::decimate;
  }
  // A file that can't be deleted is forgotten all the same: its place in the order is gone, and the next
  // start finds it.
  files.remove(path_of(oldest.name));
  segments.pop_front();
  return true;
}

void Log::Impl::keep_within_bounds() {
  while (retire(false)) {
  }
  over_bound = false;
  if (options.max_bytes > 0)
    while (!over_bound && stored_bytes() > options.max_bytes) over_bound = !retire(true);
  if (segments.size() < 2) over_bound = false;  // one segment is always allowed
  if (thinning && !disk_full && (segments.size() < 2 || slowest_cursor() >= segments[1].name.first_sequence))
    thinning = false;
}

}  // namespace bondline::store
