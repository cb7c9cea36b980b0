// Where all samples meet: pipeline, newest values, log. One lock, held for the length of one batch.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "line/gateway/engine/engine.h"
#include "line/gateway/store/latency.h"

namespace bondline::gateway {

class Hub : public Outlet {
 public:
  Hub(store::Log& log, Stage* stage);
  void offer(const tags::Batch& batch) override;
  void tick();
  /// Everything below `end` is on disk now.
  void durable(std::uint64_t end);
  void count(Counters& counters) const;
  std::optional<tags::Sample> newest(tags::TagId tag, std::string* text) const;
  std::function<void(const tags::Batch&)> listener;

 private:
  void pass_on(Stage::Effect effect, const tags::Batch& out);
  struct Newest {
    std::uint64_t bits = 0;
    std::int64_t source_ns = 0, receive_ns = 0;
    tags::Quality quality = tags::Quality::good;
    bool ever = false, text = false;
  };
  struct Waiting {
    std::uint64_t end;
    std::int64_t received_mono_ns;
  };
  store::Log& log_;
  Stage* stage_;
  mutable std::mutex mutex_;
  tags::Batch out_;
  std::vector<Newest> newest_;
  std::vector<std::string> newest_text_;
  std::uint64_t received_ = 0, made_ = 0, suppressed_ = 0, next_sequence_;
  mutable std::mutex latency_mutex_;
  std::deque<Waiting> waiting_;
  store::Latency latency_;
};

}  // namespace bondline::gateway
