// When to poll: at absolute times, so that a late poll makes no later one late; a poll that takes longer than
// its period leaves the missed times out and counts them.
#pragma once
#include <chrono>
#include <cstdint>

#include "net/loop.h"

namespace bondline::gateway {

class Schedule {
 public:
  Schedule(net::Clock::time_point first, net::Clock::duration period) : next_(first), period_(period) {}
  /// The next time that is not before `now`; times already gone are counted as overruns, all but the one that
  /// is due.
  net::Clock::time_point advance(net::Clock::time_point now) {
    const auto due = next_;
    if (due + period_ <= now) {
      const auto missed = (now - due) / period_;
      overruns_ += static_cast<std::uint64_t>(missed);
      next_ = due + period_ * missed;
    }
    const auto at = next_;
    next_ += period_;
    return at;
  }
  std::uint64_t overruns() const { return overruns_; }
  net::Clock::duration period() const { return period_; }

 private:
  net::Clock::time_point next_;
  net::Clock::duration period_;
  std::uint64_t overruns_ = 0;
};

/// Waits between attempts: doubling from `first` to `most`, with a fifth of jitter so that a plant full of
/// boxes does not come back in one stroke.
class BackOff {
 public:
  BackOff(net::Clock::duration first, net::Clock::duration most, std::uint64_t seed)
      : first_(first), most_(most), wait_(first), state_(seed | 1) {}
  net::Clock::duration next() {
    state_ ^= state_ << 13;  // xorshift64 (Marsaglia 2003)
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    const double jitter = 0.8 + 0.4 * static_cast<double>(state_ >> 11) * 0x1p-53;
    const auto wait = std::chrono::duration_cast<net::Clock::duration>(wait_ * jitter);
    wait_ = wait_ * 2 < most_ ? wait_ * 2 : most_;
    return wait;
  }
  void reset() { wait_ = first_; }

 private:
  net::Clock::duration first_, most_, wait_;
  std::uint64_t state_;
};

}  // namespace bondline::gateway
