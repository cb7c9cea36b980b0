// What a start finds. Only the last segment is read whole: earlier ones were followed by a segment and are
// checked frame by frame when they are read. Nothing found is changed; a file without a sound head that
// stands last was being made when the power went, and is removed.
#include <algorithm>
#include <chrono>

#include "line/gateway/store/log_impl.h"

namespace bondline::store {
namespace {

constexpr std::size_t kChunk = 4u << 20;

struct Scan {
  std::optional<SegmentHead> head;
  std::optional<State> state;
  std::uint64_t end_sequence = 0;  ///< behind its last sound data frame; 0: none
  std::uint64_t damaged_bytes = 0, torn_bytes = 0;
};

Scan scan(base::Files& files, const std::string& path, bool head_only) {
  Scan found;
  std::string bytes, chunk;
  std::size_t from = 0;
  std::uint64_t offset = 0;  // of the next chunk
  for (;;) {
    if (!files.read_range(path, offset, head_only ? 4096 : kChunk, chunk).empty() || chunk.empty()) break;
    offset += chunk.size();
    bytes.erase(0, from);
    bytes += chunk;
    from = 0;
    bool more = false;
    while (const auto frame = find_frame(bytes, from, more)) {
      found.damaged_bytes += frame->skipped;
      if (frame->head.kind == FrameKind::segment && !found.head) found.head = segment_head_of(frame->body);
      if (frame->head.kind == FrameKind::state)
        if (auto state = state_of(frame->body)) found.state = std::move(state);
      if (frame->head.kind == FrameKind::data)
        found.end_sequence = std::max(found.end_sequence, frame->head.first_sequence + frame->head.count);
    }
    if (head_only) return found;
  }
  found.torn_bytes = bytes.size() - from;
  return found;
}

}  // namespace

bool Log::Impl::recover(base::Diagnostics& diagnostics) {
  const auto began = std::chrono::steady_clock::now();
  std::vector<SegmentInfo> found;
  for (const std::string& name : files.list(options.folder))
    if (const auto parsed = segment_name_of(name)) {
      SegmentInfo info;
      info.name = *parsed;
      info.bytes = files.size(path_of(info.name)).value_or(0);
      found.push_back(info);
    }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.name.serial < b.name.serial; });

  std::uint64_t end = 1, last_epoch = 0;
  bool have_state = false;
  for (std::size_t at = found.size(); at-- > 0;) {
    SegmentInfo& info = found[at];
    const bool last = !have_state;
    const Scan scanned = scan(files, path_of(info.name), !last);
    if (!scanned.head) {
      if (last && at + 1 == found.size()) {
        // To a reader beside it, it is what the line that runs is just beginning.
        if (base::FileProblem why = options.read_only ? "" : files.remove(path_of(info.name)); !why.empty()) {
          diagnostics.error({path_of(info.name)}, why,
                            "remove it by hand: it was being made when the power went");
          return false;
        }
        next_serial = std::max(next_serial, info.name.serial + 1);
        found.pop_back();
      } else {
        diagnostics.warning({path_of(info.name)}, "the segment's head is damaged",
                            "its samples are counted as lost when they are read");
      }
      continue;
    }
    info.epoch = scanned.head->epoch;
    info.created_ns = scanned.head->created_ns;
    last_epoch = std::max(last_epoch, info.epoch);
    if (last) {
      end = std::max({end, info.name.first_sequence, scanned.end_sequence});
      recovery.torn_bytes += scanned.torn_bytes;
      recovery.damaged_bytes += scanned.damaged_bytes;
      if (scanned.state) {
        state = *scanned.state;
        have_state = true;
      }
    }
  }
  for (const SegmentInfo& info : found) {
    recovery.bytes += info.bytes;
    next_serial = std::max(next_serial, info.name.serial + 1);
    end = std::max(end, info.name.first_sequence);
  }
  // Where the newest frames were damaged, a sink may have had more than is left: their numbers are not given
  // again.
  for (const auto& [sink, cursor] : state.cursors) end = std::max(end, cursor);
  recovery.segments = found.size();
  segments.assign(found.begin(), found.end());
  next_sequence = durable_end = end;
  epoch = last_epoch + 1;
  recovery.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return true;
}

}  // namespace bondline::store
