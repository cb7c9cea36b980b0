// The engine: shards (a thread and a loop each) that run drivers and sinks, the hub through which every
// sample passes on its way into the log, and an end in good order: drivers stop, what was received becomes
// durable, sinks get a last chance, all threads are joined. What the hub counts balances:
//   received = stored + dropped (by reason) + suppressed (by the pipeline's rules) - made (by the pipeline).
#pragma once
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "line/gateway/engine/driver.h"
#include "line/gateway/engine/live.h"
#include "line/gateway/engine/sink.h"
#include "line/gateway/store/log.h"

namespace bondline::gateway {

/// What stands between drivers and log. Called under the hub's lock, one batch at a time.
class Stage {
 public:
  virtual ~Stage() = default;
  /// What became of a batch: out = in - suppressed + made.
  struct Effect {
    std::uint64_t suppressed = 0, made = 0;
  };
  /// Appends to `out` what shall be stored of `in`, and what follows from it.
  virtual Effect process(const tags::Batch& in, tags::Batch& out) = 0;
  /// Called at least every `interval()` so that time itself can have effects (stale values, windows, delays).
  virtual Effect tick(const tags::Times& now, tags::Batch& out) = 0;
  virtual std::chrono::nanoseconds interval() const { return std::chrono::milliseconds(100); }
};

struct EngineOptions {
  int shards = 1;
  std::chrono::nanoseconds first_pause =
      std::chrono::milliseconds(500);  ///< before a driver that threw starts again
  std::chrono::nanoseconds most_pause = std::chrono::seconds(30);
  std::chrono::nanoseconds drain =
      std::chrono::seconds(2);            ///< time sinks get at the end to send what is stored
  std::function<std::int64_t()> wall_ns;  ///< the wall clock samples are stamped with; empty: the system's
};

struct Counters {
  std::uint64_t received = 0;    ///< samples drivers offered
  std::uint64_t made = 0;        ///< samples the pipeline added (computed tags, alarms, windows)
  std::uint64_t suppressed = 0;  ///< samples the pipeline held back (deadband, decimation)
  std::uint64_t stored = 0;      ///< durable
  std::uint64_t waiting = 0;     ///< accepted, not yet durable
  std::map<std::string, std::uint64_t> dropped;                ///< by reason
  std::map<std::string, std::uint64_t> acknowledged, pending;  ///< by sink
  std::map<std::string, std::uint64_t> routes_failed;          ///< by reason
  double latency_p50_s = 0, latency_p99_s = 0;                 ///< received to durable
};

class Engine {
 public:
  /// Every sample goes through `stage` (null: as it is) into `log`; both must outlive the engine.
  Engine(store::Log& log, Stage* stage, EngineOptions options);
  ~Engine();  ///< stop()s
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Before or after start(). A driver goes to the shard that has the fewest.
  void add(std::unique_ptr<Driver> driver);
  void add(std::unique_ptr<Sink> sink);
  /// Ends a driver or a sink and forgets it; waits for it. False when there is none of that name. `last` is
  /// added what the driver had counted.
  bool remove_driver(const std::string& machine, DriverStatus* last = nullptr);
  bool remove_sink(const std::string& name);
  /// Gives a running driver other tags; "" or why it can't.
  std::string retag(const std::string& machine, std::vector<tags::TagId> tags);

  /// Live reload: the running driver of this name takes over what `next` was made for, between two polls,
  /// where it can ("" then); else it is ended and `next` runs in its place (why it could not is returned).
  /// Counters go on either way; for a driver that was removed before, from `counted`.
  std::string replace(std::unique_ptr<Driver> next, const DriverStatus* counted = nullptr);
  /// A sink of this name is ended and `next` reads on from its cursor; counters go on.
  void replace(std::unique_ptr<Sink> next);
  /// What stands between drivers and log from now on (null: nothing); `meanwhile` is called between two
  /// batches, when the old stage is used no more and the new one not yet.
  void set_stage(Stage* stage, const std::function<void()>& meanwhile);
  /// These ids stand for other tags from now on: their newest samples are forgotten.
  void forget(const std::vector<tags::TagId>& tags);

  void start();
  /// Drivers first, then the log's last commit, then the sinks (up to options.drain), then the threads.
  void stop();

  /// Writes a value to a machine. The future gets "" or why not; a driver that hangs answers "timed out".
  std::future<std::string> write(const std::string& machine, Setting setting,
                                 std::chrono::nanoseconds timeout = std::chrono::seconds(5));
  /// The same for who can't wait: `told` is called once, on the driver's loop or, when it can't even begin,
  /// before this returns.
  void write(const std::string& machine, Setting setting, std::chrono::nanoseconds timeout,
             std::function<void(std::string)> told);
  /// The same from within the pipeline: counted, not waited for. At most `kMostRouted` are under way per
  /// machine; more are dropped and counted.
  void route(const std::string& machine, Setting setting);
  static constexpr int kMostRouted = 256;

  Counters counters() const;
  /// What is known of each, while the engine lives.
  void each_driver(const std::function<void(const Driver&)>& visit) const;
  void each_sink(const std::function<void(const Sink&, std::uint64_t pending)>& visit) const;
  /// The newest sample of every tag (`visit` gets those ever received), for reading tags.
  std::optional<tags::Sample> newest(tags::TagId tag, std::string* text = nullptr) const;
  const LiveTable& live() const;
  /// A live view of what goes into the log. Any thread, while the engine lives.
  void add(std::shared_ptr<Watch> watch);
  void remove(const Watch& watch);
  /// Called with every batch on its way into the log (live views); under the hub's lock: be quick. Set before
  /// start().
  void on_batch(std::function<void(const tags::Batch&)> listener);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondline::gateway
