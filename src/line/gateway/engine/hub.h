// Where all samples meet: pipeline, newest values, log. One lock, held for the length of one batch.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "line/gateway/engine/engine.h"
#include "line/gateway/engine/live.h"
#include "line/gateway/store/latency.h"

namespace bondline::gateway {

class Hub : public Outlet {
 public:
  Hub(store::Log& log, Stage* stage, std::function<std::int64_t()> wall_ns = {});
  void offer(const tags::Batch& batch) override;
  tags::Times now() const override;
  SafeAt offer_to_keep(const tags::Batch& batch) override;
  std::uint64_t durable_end() const override { return log_.durable_end(); }
  void tick();
  /// Everything below `end` is on disk now.
  void durable(std::uint64_t end);
  void count(Counters& counters) const;
  const LiveTable& live() const { return live_; }
  /// Calls `meanwhile` between two batches and has `stage` from then on.
  void set_stage(Stage* stage, const std::function<void()>& meanwhile);
  void forget(const std::vector<tags::TagId>& tags);
  void add(std::shared_ptr<Watch> watch);
  void remove(const Watch& watch);
  std::function<void(const tags::Batch&)> listener;

 private:
  SafeAt take(const tags::Batch& batch);
  /// `begun`: when what it was made of came in. Nullopt: the log took none of it.
  SafeAt pass_on(Stage::Effect effect, const tags::Batch& out, std::int64_t begun_mono_ns);
  struct Waiting {
    std::uint64_t end;
    std::int64_t received_mono_ns;
  };
  store::Log& log_;
  Stage* stage_;
  std::function<std::int64_t()> wall_ns_;
  mutable std::mutex mutex_;
  tags::Batch out_;
  LiveTable live_;
  std::vector<std::shared_ptr<Watch>> watches_;
  std::uint64_t received_ = 0, made_ = 0, suppressed_ = 0, next_sequence_;
  mutable std::mutex latency_mutex_;
  std::deque<Waiting> waiting_;
  store::Latency latency_;
};

}  // namespace bondline::gateway
