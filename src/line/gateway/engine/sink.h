// What a receiver must give to be a sink, and what it gets: a feed that reads the log from the sink's own
// cursor. The cursor moves only by acknowledge(), which the sink calls when the receiver has taken a value
// over, never before.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "line/gateway/engine/driver.h"
#include "line/gateway/store/log.h"

namespace bondline::gateway {

struct SinkStatus {
  std::atomic<DriverState> state{DriverState::starting};
  std::atomic<std::uint64_t> acknowledged{0};  ///< samples, in this run
  std::atomic<std::uint64_t> sent{0};  ///< samples handed to the network; those sent twice count twice
  std::atomic<std::uint64_t> resent{
      0};  ///< of those, sent again after a connection broke: receivers may see them twice
  std::atomic<std::uint64_t> lost{0};  ///< samples the log no longer had (dropped as oldest, damage)
  std::atomic<std::uint64_t> refused{
      0};  ///< samples the receiver calls wrong, dropped because the line file says so
  std::atomic<std::uint64_t> errors{0}, connects{0}, restarts{0};
  void say(std::string problem);
  std::string last_problem() const;
  /// Counts on from those of the sink it takes the place of.
  void continue_from(const SinkStatus& before);

 private:
  mutable std::mutex mutex_;
  std::string problem_;
};

/// A sink's way into the log. Belongs to the sink's loop.
class Feed {
 public:
  Feed(store::Log& log, std::string sink, net::Loop& loop);
  ~Feed();
  /// The next stored samples into `batch`; waits until there are some. Nullopt: the scope was cancelled.
  net::Task<std::optional<store::Read>> next(tags::Batch& batch);
  /// The same without waiting; nullopt: nothing is there.
  std::optional<store::Read> try_next(tags::Batch& batch);
  /// Everything below this sequence has been taken over.
  void acknowledge(std::uint64_t next_sequence);
  /// Reads again from the cursor: what was sent and not acknowledged is sent once more.
  void rewind();
  std::uint64_t position() const;
  std::uint64_t cursor() const { return cursor_; }
  /// Stored and not acknowledged.
  std::uint64_t pending() const;
  /// For the engine: something has become durable. Any thread.
  void wake();

 private:
  store::Log& log_;
  std::string sink_;
  net::Loop& loop_;
  store::Log::Reader reader_;
  std::uint64_t cursor_;
  struct Waking {
    net::Signal more;
    std::atomic<bool> posted{false};
  };
  std::shared_ptr<Waking> waking_;
};

class Sink {
 public:
  virtual ~Sink() = default;
  /// Runs until its scope is cancelled; connects, sends, acknowledges. If it throws it is started again after
  /// a pause.
  virtual net::Task<> run(Feed& feed) = 0;
  const std::string& name() const { return name_; }
  const SinkStatus& status() const { return status_; }

 protected:
  explicit Sink(std::string name) : name_(std::move(name)) {}
  friend class Engine;
  std::string name_;
  SinkStatus status_;
};

}  // namespace bondline::gateway
