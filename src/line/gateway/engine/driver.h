// What a protocol must give to be a driver, and what it gets. A driver is one machine's connection: a
// coroutine on one shard's loop that polls or listens and offers what came as batches. It awaits whatever it
// waits for, so it can't hold up another; if it throws, the engine counts it and starts it again after a
// pause.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "line/tags/batch.h"
#include "line/tags/tag.h"
#include "net/loop.h"

namespace bondline::gateway {

/// The three clocks of a sample received now. Drivers ask their outlet instead: its wall clock may be
/// another.
tags::Times times_now();

/// Monotonic now, ns.
std::int64_t mono_now_ns();

/// Where samples go. offer() takes what it needs before it returns and never waits for a disk or a network.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void offer(const tags::Batch& batch) = 0;
  /// The clocks of a sample received now.
  virtual tags::Times now() const { return times_now(); }
  /// What became of a batch: what it left behind is on disk once durable_end() >= safe_at. Nullopt: the log
  /// refused it (full, failing); it is counted as dropped, and may be offered again.
  using SafeAt = std::optional<std::uint64_t>;
  /// offer() for drivers whose source waits to be told that its values are safe.
  virtual SafeAt offer_to_keep(const tags::Batch& batch) {
    offer(batch);
    return 0;
  }
  virtual std::uint64_t durable_end() const { return UINT64_MAX; }
};

enum class DriverState : std::uint8_t { starting, connected, disconnected, failed, stopped };
std::string_view name_of(DriverState state);

/// What a driver tells of itself while it runs; any thread may read.
struct DriverStatus {
  std::atomic<DriverState> state{DriverState::starting};
  std::atomic<std::uint64_t> polls{0};     ///< rounds begun
  std::atomic<std::uint64_t> requests{0};  ///< messages sent
  std::atomic<std::uint64_t> errors{0};    ///< requests that failed: timeouts, exceptions, broken messages
  std::atomic<std::uint64_t> overruns{0};  ///< rounds left out because the one before had not ended
  std::atomic<std::uint64_t> connects{0};  ///< connections made
  std::atomic<std::uint64_t> received{0};  ///< samples offered
  std::atomic<std::uint64_t> strays{0};    ///< messages that answered nothing: late replies, noise
  std::atomic<std::uint64_t> restarts{0};  ///< times the engine had to start it again
  void say(std::string problem);           ///< the last thing that went wrong
  std::string last_problem() const;
  /// Counts on from those of the driver it takes the place of.
  void continue_from(const DriverStatus& before);

 private:
  mutable std::mutex mutex_;
  std::string problem_;
};

/// A value on its way to a device.
struct Setting {
  tags::TagId tag = 0;
  std::uint64_t bits = 0;  ///< engineering value, of the tag's type
  std::string text;        ///< of a text tag
};

class Driver {
 public:
  virtual ~Driver() = default;
  /// Runs until its scope is cancelled. Connecting, reconnecting with back-off and telling bad quality while
  /// there is no connection are its own business.
  virtual net::Task<> run(Outlet& outlet) = 0;
  /// Writes one value and reads it back where the protocol can; "" or why not. Called on the driver's loop.
  virtual net::Task<std::string> write(Setting setting) = 0;
  /// From the next poll on these are the tags (live reload). Called on the driver's loop. "" or why the
  /// driver can't: it is replaced then.
  virtual std::string retag(std::vector<tags::TagId> tags) = 0;
  /// Something has become durable. Called on the driver's loop, once for each time waits_for_durable_ was
  /// set.
  virtual void on_durable() {}

  /// From the next poll on this driver does what `next`, made for the same machine and never run, was made
  /// for (live reload): it may take whatever `next` holds. Called on the driver's loop. "" or why it can't:
  /// it is replaced then.
  virtual std::string take_over(Driver& next) {
    static_cast<void>(next);
    return "it starts anew with other settings";
  }

  const std::string& machine() const { return machine_; }
  const DriverStatus& status() const { return status_; }

 protected:
  explicit Driver(std::string machine) : machine_(std::move(machine)) {}
  friend class Engine;
  std::string machine_;
  DriverStatus status_;
  /// Set (on the driver's loop) to be told of the next commit; the engine clears it when it tells. Set it
  /// first, then look at durable_end(): so no commit is missed.
  std::atomic<bool> waits_for_durable_{false};
};

}  // namespace bondline::gateway
