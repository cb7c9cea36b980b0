#include "line/gateway/engine/sink.h"

namespace bondline::gateway {

Feed::Feed(store::Log& log, std::string sink, net::Loop& loop)
    : log_(log),
      sink_(std::move(sink)),
      loop_(loop),
      reader_(log, log.cursor(sink_)),
      cursor_(log.cursor(sink_)),
      waking_(std::make_shared<Waking>()) {
  // From here on the log keeps for this sink what it has not acknowledged, though it may never have been
  // connected yet.
  log_.acknowledge(sink_, cursor_);
}

Feed::~Feed() = default;

net::Task<std::optional<store::Read>> Feed::next(tags::Batch& batch) {
  for (;;) {
    std::optional<store::Read> read = reader_.next(batch);
    if (read) co_return read;
    const std::error_code ended = co_await waking_->more.wait();
    if (ended) co_return std::nullopt;
  }
}

std::optional<store::Read> Feed::try_next(tags::Batch& batch) {
  return reader_.next(batch);
}

void Feed::acknowledge(std::uint64_t next_sequence) {
  if (next_sequence <= cursor_) return;
  cursor_ = next_sequence;
  log_.acknowledge(sink_, next_sequence);
}

void Feed::rewind() {
  reader_.seek(cursor_);
}

std::uint64_t Feed::position() const {
  return reader_.position();
}

std::uint64_t Feed::pending() const {
  const std::uint64_t end = log_.durable_end(), next = log_.cursor(sink_);
  return end > next ? end - next : 0;
}

void Feed::wake() {
  if (waking_->posted.exchange(true)) return;
  loop_.post([waking = waking_] {
    waking->posted = false;
    waking->more.notify();
  });
}

}  // namespace bondline::gateway
