// The newest sample of every tag, and live views of what comes. The hub writes; anybody reads without a lock
// that a shard would ever wait for. Nothing here allocates per sample, and whoever looks on too slowly loses
// samples, counted, and holds up nobody.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "line/tags/batch.h"

namespace bondline::gateway {

/// One slot per tag, each a sequence lock: the writer never waits, a reader that met a write reads again.
class LiveTable {
 public:
  LiveTable() = default;
  ~LiveTable();
  LiveTable(const LiveTable&) = delete;
  LiveTable& operator=(const LiveTable&) = delete;

  // One thread at a time (the hub's lock):
  void set(tags::TagId tag, std::uint64_t bits, tags::Quality quality, const tags::Times& times);
  void set_text(tags::TagId tag, std::string_view text);
  void clear(tags::TagId tag);  ///< as if nothing had ever come: its id stands for another tag now

  // Any thread:
  /// Nullopt: nothing has come yet. A text tag's bits mean nothing here.
  std::optional<tags::Sample> get(tags::TagId tag) const;
  /// What a text tag said last.
  std::string text(tags::TagId tag) const;

 private:
  struct Slot {
    std::atomic<std::uint32_t> version{0};  ///< odd while it is written
    std::atomic<std::uint8_t> quality{0};
    std::atomic<bool> ever{false};
    std::atomic<std::uint64_t> bits{0};
    std::atomic<std::int64_t> source_ns{0}, receive_ns{0};
  };
  // Blocks never move, so that readers need not know of growth. 16 million tags at most; those beyond have no
  // live value.
  static constexpr std::size_t kBlock = 4096, kBlocks = 4096;
  using Block = std::array<Slot, kBlock>;
  const Slot* slot(tags::TagId tag) const;
  Slot* slot_to_write(tags::TagId tag);
  std::array<std::atomic<Block*>, kBlocks> blocks_{};
  mutable std::mutex text_mutex_;  ///< held for the length of one copy
  std::unordered_map<tags::TagId, std::string> texts_;
};

/// Somebody who looks on: samples of the tags wanted are gathered until they are taken. Full: what comes is
/// dropped and counted, and the watcher had better look at the table.
class Watch {
 public:
  enum class Want : std::uint8_t { no, number, text };
  /// At most `most` samples wait. `wake` is called when the first of them has come, from a thread that must
  /// not be held up: post to a loop, no more.
  Watch(std::vector<Want> by_tag, std::size_t most, std::function<void()> wake);
  /// Other tags from now on; what has been gathered stays.
  void want(std::vector<Want> by_tag);
  /// What has been gathered, into `into` (cleared first); its memory goes back and forth. Returns the samples
  /// dropped since the last call.
  std::uint64_t take(tags::Batch& into);
  /// For the hub.
  void offer(const tags::Batch& batch);

 private:
  std::mutex mutex_;
  std::vector<Want> wanted_;
  std::size_t most_;
  std::function<void()> wake_;
  tags::Batch gathered_;
  std::uint64_t dropped_ = 0;
};

}  // namespace bondline::gateway
