#include "line/gateway/engine/hub.h"

namespace bondline::gateway {

Hub::Hub(store::Log& log, Stage* stage, std::function<std::int64_t()> wall_ns)
    : log_(log), stage_(stage), wall_ns_(std::move(wall_ns)), next_sequence_(log.durable_end()) {}

tags::Times Hub::now() const {
  tags::Times times = times_now();
  if (wall_ns_) times.source_ns = times.receive_ns = wall_ns_();
  return times;
}

void Hub::offer(const tags::Batch& batch) {
  if (!batch.empty()) take(batch);
}

Outlet::SafeAt Hub::offer_to_keep(const tags::Batch& batch) {
  return batch.empty() ? SafeAt(0) : take(batch);
}

Outlet::SafeAt Hub::take(const tags::Batch& batch) {
  const std::lock_guard lock(mutex_);
  received_ += batch.size();
  const std::int64_t begun = batch.runs().front().times.mono_ns;
  if (!stage_) return pass_on({}, batch, begun);
  out_.clear();
  const Stage::Effect effect = stage_->process(batch, out_);
  return pass_on(effect, out_, begun);
}

void Hub::tick() {
  const std::lock_guard lock(mutex_);
  if (!stage_) return;
  out_.clear();
  const tags::Times times = now();
  const Stage::Effect effect = stage_->tick(times, out_);
  // What time makes, a window's result for one, may be true of a moment before: it is there since now.
  pass_on(effect, out_, times.mono_ns);
}

Outlet::SafeAt Hub::pass_on(Stage::Effect effect, const tags::Batch& out, std::int64_t begun_mono_ns) {
  made_ += effect.made;
  suppressed_ += effect.suppressed;
  if (out.empty()) return next_sequence_;
  for (const tags::Run& run : out.runs())
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i)
      live_.set(out.tag()[i], out.bits()[i], out.quality()[i], run.times);
  if (!out.text().empty())
    for (std::size_t i = 0; i < out.size(); ++i) {
      // Only a text tag's bits can be a stretch of the batch's text; keep it where they are one.
      const std::uint64_t at = out.bits()[i] >> 32, length = out.bits()[i] & 0xFFFFFFFFu;
      if (at + length <= out.text().size()) live_.set_text(out.tag()[i], out.text_of(i));
    }
  for (const auto& watch : watches_) watch->offer(out);
  if (listener) listener(out);
  bool refused = false;
  const std::uint64_t taken = log_.append(out, &refused);
  if (taken == 0) return refused ? SafeAt() : next_sequence_;
  next_sequence_ += taken;
  const std::lock_guard lock(latency_mutex_);
  // A log that can't commit must not make this list grow without bound.
  if (waiting_.size() < 100'000) waiting_.push_back({next_sequence_, begun_mono_ns});
  return next_sequence_;
}

void Hub::durable(std::uint64_t end) {
  const std::int64_t now = mono_now_ns();
  const std::lock_guard lock(latency_mutex_);
  while (!waiting_.empty() && waiting_.front().end <= end) {
    latency_.add(static_cast<double>(now - waiting_.front().received_mono_ns) * 1e-9);
    waiting_.pop_front();
  }
}

void Hub::count(Counters& counters) const {
  const std::lock_guard lock(mutex_);
  counters.received = received_;
  counters.made = made_;
  counters.suppressed = suppressed_;
  const store::LogCounters log = log_.counters();
  counters.stored = log.durable;
  counters.waiting = log.appended - log.durable;
  for (const auto& [reason, n] : log.refused) counters.dropped[reason] += n;
  const std::lock_guard latency_lock(latency_mutex_);
  counters.latency_p50_s = latency_.quantile(0.5);
  counters.latency_p99_s = latency_.quantile(0.99);
}

void Hub::set_stage(Stage* stage, const std::function<void()>& meanwhile) {
  const std::lock_guard lock(mutex_);
  if (meanwhile) meanwhile();
  stage_ = stage;
}

void Hub::forget(const std::vector<tags::TagId>& tags) {
  const std::lock_guard lock(mutex_);
  for (const tags::TagId tag : tags) live_.clear(tag);
}

void Hub::add(std::shared_ptr<Watch> watch) {
  const std::lock_guard lock(mutex_);
  watches_.push_back(std::move(watch));
}

void Hub::remove(const Watch& watch) {
  const std::lock_guard lock(mutex_);
  std::erase_if(watches_, [&](const auto& w) { return w.get() == &watch; });
}

}  // namespace bondline::gateway
