#include "line/gateway/engine/live.h"

#include <utility>

namespace bondline::gateway {

LiveTable::~LiveTable() {
  for (auto& block : blocks_) delete block.load();
}

const LiveTable::Slot* LiveTable::slot(tags::TagId tag) const {
  if (tag / kBlock >= kBlocks) return nullptr;
  const Block* block = blocks_[tag / kBlock].load(std::memory_order_acquire);
  return block ? &(*block)[tag % kBlock] : nullptr;
}

LiveTable::Slot* LiveTable::slot_to_write(tags::TagId tag) {
  if (tag / kBlock >= kBlocks) return nullptr;
  auto& place = blocks_[tag / kBlock];
  Block* block = place.load(std::memory_order_relaxed);
  if (!block) place.store(block = new Block, std::memory_order_release);
  return &(*block)[tag % kBlock];
}

// A sequence lock without fences (Boehm 2012, "Can seqlocks get along with programming language memory
// models?"): every store of a value releases, so that none is seen before the odd version; every load of one
// acquires, so that the second look at the version comes after them.
void LiveTable::set(tags::TagId tag, std::uint64_t bits, tags::Quality quality, const tags::Times& times) {
  Slot* to = slot_to_write(tag);
  if (!to) return;
  const std::uint32_t version = to->version.load(std::memory_order_relaxed);
  to->version.store(version + 1, std::memory_order_relaxed);
  to->bits.store(bits, std::memory_order_release);
  to->quality.store(static_cast<std::uint8_t>(quality), std::memory_order_release);
  to->source_ns.store(times.source_ns, std::memory_order_release);
  to->receive_ns.store(times.receive_ns, std::memory_order_release);
  to->ever.store(true, std::memory_order_release);
  to->version.store(version + 2, std::memory_order_release);
}

void LiveTable::set_text(tags::TagId tag, std::string_view text) {
  const std::lock_guard lock(text_mutex_);
  texts_[tag].assign(text);
}

void LiveTable::clear(tags::TagId tag) {
  if (!slot(tag)) return;
  Slot& to = *slot_to_write(tag);
  const std::uint32_t version = to.version.load(std::memory_order_relaxed);
  to.version.store(version + 1, std::memory_order_relaxed);
  to.ever.store(false, std::memory_order_release);
  to.version.store(version + 2, std::memory_order_release);
  const std::lock_guard lock(text_mutex_);
  texts_.erase(tag);
}

std::optional<tags::Sample> LiveTable::get(tags::TagId tag) const {
  const Slot* from = slot(tag);
  if (!from) return std::nullopt;
  for (;;) {
    const std::uint32_t version = from->version.load(std::memory_order_acquire);
    if (version & 1u) continue;
    tags::Sample sample;
    sample.tag = tag;
    sample.bits = from->bits.load(std::memory_order_acquire);
    sample.quality = static_cast<tags::Quality>(from->quality.load(std::memory_order_acquire));
    sample.times.source_ns = from->source_ns.load(std::memory_order_acquire);
    sample.times.receive_ns = from->receive_ns.load(std::memory_order_acquire);
    const bool ever = from->ever.load(std::memory_order_acquire);
    if (from->version.load(std::memory_order_relaxed) != version) continue;
    if (!ever) return std::nullopt;
    return sample;
  }
}

std::string LiveTable::text(tags::TagId tag) const {
  const std::lock_guard lock(text_mutex_);
  const auto found = texts_.find(tag);
  return found == texts_.end() ? std::string() : found->second;
}

Watch::Watch(std::vector<Want> by_tag, std::size_t most, std::function<void()> wake)
    : wanted_(std::move(by_tag)), most_(most), wake_(std::move(wake)) {}

void Watch::want(std::vector<Want> by_tag) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(by_tag);
}

std::uint64_t Watch::take(tags::Batch& into) {
  into.clear();
  const std::lock_guard lock(mutex_);
  std::swap(into, gathered_);
  return std::exchange(dropped_, 0);
}

void Watch::offer(const tags::Batch& batch) {
  // Text is bounded too: some 256 bytes a sample.
  const std::size_t most_text = most_ * 256;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    const bool was_empty = gathered_.empty() && dropped_ == 0;
    for (const tags::Run& run : batch.runs()) {
      bool begun = false;
      for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
        const tags::TagId tag = batch.tag()[i];
        if (tag >= wanted_.size() || wanted_[tag] == Want::no) continue;
        const bool text = wanted_[tag] == Want::text;
        if (gathered_.size() >= most_ ||
            (text && gathered_.text().size() + batch.text_of(i).size() > most_text)) {
          ++dropped_;
          continue;
        }
        if (!begun) gathered_.begin(run.times);
        begun = true;
        if (text)
          gathered_.add_text(tag, batch.text_of(i), batch.quality()[i]);
        else
          gathered_.add(tag, batch.bits()[i], batch.quality()[i]);
      }
    }
    first = was_empty && !(gathered_.empty() && dropped_ == 0);
  }
  if (first && wake_) wake_();
}

}  // namespace bondline::gateway
