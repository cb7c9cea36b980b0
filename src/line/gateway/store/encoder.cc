#include <algorithm>

#include "line/gateway/store/log_impl.h"

namespace bondline::store {
namespace {

constexpr std::size_t kFrameBytes = 256u << 10;     // a data frame is closed beyond this
constexpr std::size_t kSnapshotEvery = 256u << 10;  // at least so many bytes of data to a snapshot,
constexpr std::size_t kSnapshotShare = 16;          // and so many times its own size

}  // namespace

void Encoder::start(const Dictionary& dictionary) {
  references_ = std::make_shared<const References>(references_of(dictionary));
  type_.clear();
  for (const NamedTag& tag : dictionary) type_.push_back(tag.type);
  last_.assign(dictionary.size(), 0);
  seen_.assign(dictionary.size(), 0);
  number_ = 0;
  since_snapshot_ = snapshot_bytes_ = 0;
  open_ = false;
}

void Encoder::open_frame(Group& group) {
  GroupFrame frame;
  frame.head.first_sequence = group.end_sequence;
  frame.head.snapshot = number_;
  frame.at = group.bytes.size();
  frame.references = references_;
  group.frames.push_back(std::move(frame));
  group.bytes.room(kHeadBytes);
  group.bytes.advance(kHeadBytes);
  context_ = {};
  open_ = true;
}

void Encoder::close(Group& group) {
  if (!open_) return;
  GroupFrame& frame = group.frames.back();
  frame.head.body_bytes = static_cast<std::uint32_t>(group.bytes.size() - frame.at - kHeadBytes);
  frame.head.count = static_cast<std::uint32_t>(group.end_sequence - frame.head.first_sequence);
  open_ = false;
}

void Encoder::take_snapshot(Group& group) {
  References next;
  next.coding.reserve(type_.size());
  next.value.reserve(type_.size());
  for (std::size_t tag = 0; tag < type_.size(); ++tag) {
    if (!seen_[tag] || type_[tag] == tags::ValueType::text) {
      next.add(type_[tag]);
      continue;
    }
    const Suited suited = suit(type_[tag], last_[tag]);
    next.coding.push_back(suited.coding);
    next.value.push_back(suited.reference);
  }
  references_ = std::make_shared<const References>(std::move(next));
  ++number_;
  GroupFrame frame;
  frame.head.kind = FrameKind::snapshot;
  frame.head.snapshot = number_;
  frame.at = group.bytes.size();
  frame.references = references_;
  group.bytes.room(kHeadBytes);
  group.bytes.advance(kHeadBytes);
  put(*references_, group.bytes);
  snapshot_bytes_ = group.bytes.size() - frame.at;
  frame.head.body_bytes = static_cast<std::uint32_t>(snapshot_bytes_ - kHeadBytes);
  group.frames.push_back(std::move(frame));
  since_snapshot_ = 0;
}

void Encoder::add(const tags::Batch& batch, Group& group) {
  for (const tags::Run& run : batch.runs()) {
    if (run.count == 0) continue;
    if (since_snapshot_ > std::max(kSnapshotEvery, kSnapshotShare * snapshot_bytes_)) {
      close(group);
      take_snapshot(group);
    }
    if (open_ && group.bytes.size() - group.frames.back().at > kFrameBytes) close(group);
    if (!open_) open_frame(group);
    const std::size_t before = group.bytes.size();
    encode_run(batch, run, *references_, context_, group.bytes);
    since_snapshot_ += group.bytes.size() - before;
    group.end_sequence += run.count;
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      last_[batch.tag()[i]] = batch.bits()[i];
      seen_[batch.tag()[i]] = 1;
    }
  }
}

}  // namespace bondline::store
