// The log: everything that goes northbound is in it, on disk, before anyone is told of it. Samples are
// appended from any thread; a commit thread gathers what came within a window and makes it durable with one
// fdatasync; sinks read from a position and move their cursor only when the receiver has acknowledged. What
// is refused, dropped or found damaged is counted by reason, so that the counters balance:
//   appended = durable + waiting,   offered = appended + refused.
// Every process that opens the log starts a new segment under a new boot epoch; what it finds is never
// written to again.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "line/gateway/store/segment.h"
#include "line/tags/batch.h"

namespace bondline::store {

/// What to do when the disk, or the space allowed, is full.
enum class WhenFull {
  stop,         ///< refuse new samples until sinks have caught up; nothing already accepted is lost
  drop_oldest,  ///< delete the oldest segment though a sink has not read it
  decimate,  ///< accept every `decimate_by`-th sample of each tag, and drop the oldest when even that is too
             ///< much
};

struct LogOptions {
  std::string folder;
  std::chrono::nanoseconds window =
      std::chrono::milliseconds(5);       ///< longest wait of a sample for its commit
  std::size_t commit_bytes = 1u << 20;    ///< a commit starts early when so much waits
  std::size_t waiting_bytes = 64u << 20;  ///< most that may wait in memory; beyond it appends are refused
  std::size_t recent_bytes = 4u << 20;    ///< committed frames kept in memory for sinks that keep up
  std::uint64_t segment_bytes = 64u << 20;
  std::uint64_t max_bytes = 0;  ///< of all segments; 0: no bound but the disk
  std::chrono::nanoseconds keep{
      0};  ///< segments older than this go, once every sink has read them; 0: for ever
  WhenFull when_full = WhenFull::stop;
  std::uint32_t decimate_by = 10;
  bool background = true;  ///< false: commits happen in commit() only (tests)
  bool read_only = false;  ///< nothing is written, removed or kept from others: beside a line that runs
  std::function<std::int64_t()> wall_ns;  ///< empty: the system's clock
};

struct LogCounters {
  std::uint64_t appended = 0;  ///< samples accepted
  std::uint64_t durable = 0;   ///< of those, on disk
  std::map<std::string, std::uint64_t>
      refused;  ///< by reason: "waiting full", "store full", "decimated", "store failed"
  std::map<std::string, std::uint64_t>
      dropped;  ///< accepted and lost, by reason: "dropped oldest"; since the log was made
  std::uint64_t commits = 0, failed_commits = 0;
  std::uint64_t bytes = 0;                                                        ///< written by this process
  std::uint64_t segments = 0, stored_bytes = 0;                                   ///< on disk now
  double commit_seconds_p50 = 0, commit_seconds_p99 = 0, commit_seconds_max = 0;  ///< write and fdatasync
  std::string problem;  ///< why nothing can be stored at present; empty: all is well
};

/// What recovery found.
struct Recovery {
  std::uint64_t segments = 0, bytes = 0;
  std::uint64_t torn_bytes = 0;     ///< behind the last sound frame
  std::uint64_t damaged_bytes = 0;  ///< between sound frames of the last segment
  double seconds = 0;
};

/// A stretch of samples as a reader gets it.
struct Read {
  std::uint64_t first_sequence = 0;  ///< of the batch's first sample
  std::uint64_t epoch = 0;           ///< boot epoch they were stored under
  std::uint32_t skip = 0;            ///< samples at the batch's start that lie before the position asked for
  std::uint64_t lost = 0;  ///< samples before these that could not be read (damage, or dropped as oldest)
  std::shared_ptr<const Dictionary> dictionary;  ///< what the batch's tag ids mean
};

class Log {
 public:
  /// Opens or makes a log. Null with the reason in `diagnostics` when the folder cannot be used, or is used
  /// by another log that is open, in this process or another.
  static std::unique_ptr<Log> open(base::Files& files, LogOptions options, Dictionary dictionary,
                                   base::Diagnostics& diagnostics);
  /// Commits what waits and ends the commit thread.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// From here on tag ids mean this; starts a new segment. Earlier samples keep their names.
  void set_dictionary(Dictionary dictionary);

  /// Takes a batch for the next commit: all of it or (counted) none of it; with `decimate` in force, a part.
  /// Returns the samples taken. Tag ids must be in the dictionary; others are refused ("unknown tag").
  /// *refused: the whole batch was, for reasons that may pass (full, failing); not for being thinned out.
  std::uint64_t append(const tags::Batch& batch, bool* refused = nullptr);

  /// Makes everything appended so far durable. False when that failed (counters().problem says why).
  bool commit();

  /// First sequence that is not yet durable: sequences below it may be read.
  std::uint64_t durable_end() const;
  /// First sequence still stored.
  std::uint64_t begin() const;
  std::uint64_t epoch() const;
  const Recovery& recovery() const;
  LogCounters counters() const;

  /// Called after every commit, from the thread that committed, with the new durable_end(). When this returns
  /// the listener there was before is not called any more.
  void on_durable(std::function<void(std::uint64_t)> listener);

  /// A sink's cursor: the first sequence it has not acknowledged; begin() for a sink that is new.
  std::uint64_t cursor(const std::string& sink) const;
  /// Moves it forward (never back); durable with the next commit.
  void acknowledge(const std::string& sink, std::uint64_t next_sequence);
  /// The sinks it keeps cursors of.
  std::vector<std::string> sinks() const;
  /// Forgets a sink, so that it holds nothing back any more.
  void forget(const std::string& sink);

  class Reader;

 private:
  struct Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads the log from a position onwards. One reader belongs to one thread; the log must outlive it.
class Log::Reader {
 public:
  Reader(const Log& log, std::uint64_t position);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  /// The next frame into `batch` (cleared first), and moves behind it; nullopt: nothing durable yet.
  std::optional<Read> next(tags::Batch& batch);
  /// Where the next read starts.
  std::uint64_t position() const;
  void seek(std::uint64_t position);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondline::store
