// Reading: from memory while a sink keeps up, else from the segments, one after the other, each with its own
// tags and snapshots. A frame that is damaged, or coded against a snapshot that was lost, is passed over and
// its samples counted.
#include <algorithm>

#include "line/gateway/store/log_impl.h"

namespace bondline::store {
namespace {

constexpr std::size_t kChunk = 1u << 20;

const char* decode_frame(std::string_view body, const FrameHead& head, const References& references,
                         tags::Batch& batch) {
  batch.clear();
  ByteReader in(body);
  RunContext context;
  while (!in.at_end())
    if (const char* why = decode_run(in, references, context, head.count - batch.size(), batch)) return why;
  return batch.size() == head.count ? nullptr : "the frame holds fewer samples than it says";
}

}  // namespace

struct Log::Reader::Impl {
  const Log::Impl* log = nullptr;
  std::uint64_t position = 1;

  // The segment being read from disk.
  bool open = false;
  SegmentName name;
  std::uint64_t epoch = 0, offset = 0;  // offset: of the next chunk
  std::string bytes, chunk;
  std::size_t from = 0;
  std::shared_ptr<const Dictionary> dictionary;
  std::optional<References> references;
  std::uint16_t number = 0;
  std::uint64_t lost = 0;  ///< passed over since the last frame was delivered

  std::optional<Read> from_memory(tags::Batch& batch, bool& nothing);
  std::optional<Read> from_disk(tags::Batch& batch);
  std::optional<Read> within_segment(std::uint64_t limit, std::uint64_t known_bytes, tags::Batch& batch);
  Read delivered(const FrameHead& head, std::uint64_t of_epoch, std::shared_ptr<const Dictionary> names);
};

Read Log::Reader::Impl::delivered(const FrameHead& head, std::uint64_t of_epoch,
                                  std::shared_ptr<const Dictionary> names) {
  Read read;
  read.first_sequence = head.first_sequence;
  read.epoch = of_epoch;
  read.skip = position > head.first_sequence ? static_cast<std::uint32_t>(position - head.first_sequence) : 0;
  read.lost = lost + (head.first_sequence > position ? head.first_sequence - position : 0);
  lost = 0;
  read.dictionary = std::move(names);
  position = head.first_sequence + head.count;
  return read;
}

std::optional<Read> Log::Reader::Impl::from_memory(tags::Batch& batch, bool& nothing) {
  std::shared_ptr<const Group> group;
  {
    const std::lock_guard lock(log->mutex);
    nothing = position >= log->durable_end;
    if (nothing) return std::nullopt;
    const auto found =
        std::lower_bound(log->recent.begin(), log->recent.end(), position,
                         [](const auto& g, std::uint64_t sequence) { return g->end_sequence <= sequence; });
    if (found == log->recent.end() || (*found)->first_sequence > position) return std::nullopt;
    group = *found;
  }
  for (const GroupFrame& frame : group->frames) {
    if (frame.head.kind != FrameKind::data || frame.head.first_sequence + frame.head.count <= position)
      continue;
    const std::string_view body = group->bytes.view().substr(frame.at + kHeadBytes, frame.head.body_bytes);
    if (decode_frame(body, frame.head, *frame.references, batch)) return std::nullopt;
    return delivered(frame.head, log->epoch, group->dictionary);
  }
  return std::nullopt;
}

std::optional<Read> Log::Reader::Impl::within_segment(std::uint64_t limit, std::uint64_t known_bytes,
                                                      tags::Batch& batch) {
  for (;;) {
    bool more = false;
    while (const auto frame = find_frame(bytes, from, more)) {
      switch (frame->head.kind) {
        case FrameKind::segment:
          if (const auto head = segment_head_of(frame->body)) epoch = head->epoch;
          break;
        case FrameKind::tags:
          if (auto names = dictionary_of(frame->body)) {
            dictionary = std::make_shared<const Dictionary>(std::move(*names));
            references = references_of(*dictionary);
            number = 0;
          }
          break;
        case FrameKind::snapshot:
          references.reset();
          if (dictionary) references = snapshot_of(frame->body, *dictionary);
          number = frame->head.snapshot;
          break;
        case FrameKind::state:
          break;
        case FrameKind::data: {
          const std::uint64_t end = frame->head.first_sequence + frame->head.count;
          if (end <= position || end > limit || !references || number != frame->head.snapshot) break;
          if (decode_frame(frame->body, frame->head, *references, batch)) break;
          return delivered(frame->head, epoch, dictionary);
        }
      }
    }
    if (offset >= known_bytes) return std::nullopt;
    if (!log->files.read_range(log->path_of(name), offset, kChunk, chunk).empty() || chunk.empty())
      return std::nullopt;
    offset += chunk.size();
    bytes.erase(0, from);
    bytes += chunk;
    from = 0;
  }
}

std::optional<Read> Log::Reader::Impl::from_disk(tags::Batch& batch) {
  for (;;) {
    SegmentInfo info;
    std::uint64_t limit = 0;  // sequences of this segment end here
    bool last = false;
    {
      const std::lock_guard lock(log->mutex);
      if (position >= log->durable_end || log->segments.empty()) return std::nullopt;
      // The last segment that begins at or before the position; segments that share a first sequence were
      // given up but the last.
      auto next = std::upper_bound(
          log->segments.begin(), log->segments.end(), position,
          [](std::uint64_t sequence, const SegmentInfo& s) { return sequence < s.name.first_sequence; });
      if (next == log->segments.begin()) ++next;
      info = *std::prev(next);
      last = next == log->segments.end();
      limit = last ? log->durable_end : next->name.first_sequence;
    }
    if (!open || name != info.name) {
      open = true;
      name = info.name;
      epoch = info.epoch;
      offset = 0;
      bytes.clear();
      from = 0;
      dictionary.reset();
      references.reset();
    }
    if (auto read = within_segment(limit, info.bytes, batch)) return read;
    if (last) return std::nullopt;  // the rest is still to come
    // Read as far as it can be: what is missing up to the next segment is lost.
    lost += limit - position;
    position = limit;
  }
}

Log::Reader::Reader(const Log& log, std::uint64_t position) : impl_(std::make_unique<Impl>()) {
  impl_->log = log.impl_.get();
  impl_->position = position;
}
Log::Reader::~Reader() = default;
Log::Reader::Reader(Reader&&) noexcept = default;
Log::Reader& Log::Reader::operator=(Reader&&) noexcept = default;

std::optional<Read> Log::Reader::next(tags::Batch& batch) {
  bool nothing = false;
  if (auto read = impl_->from_memory(batch, nothing)) return read;
  if (nothing) return std::nullopt;
  return impl_->from_disk(batch);
}

std::uint64_t Log::Reader::position() const {
  return impl_->position;
}
void Log::Reader::seek(std::uint64_t position) {
  impl_->position = position;
  impl_->open = false;
  impl_->lost = 0;
}

}  // namespace bondline::store
