#include <ctime>

#include "line/gateway/engine/driver.h"
#include "line/gateway/engine/sink.h"

namespace bondline::gateway {

namespace {
std::int64_t read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}
}  // namespace

std::int64_t mono_now_ns() {
  return read_clock(CLOCK_MONOTONIC);
}

tags::Times times_now() {
  const std::int64_t wall = read_clock(CLOCK_REALTIME);
  return {wall, wall, mono_now_ns()};
}

std::string_view name_of(DriverState state) {
  switch (state) {
    case DriverState::starting:
      return "starting";
    case DriverState::connected:
      return "connected";
    case DriverState::disconnected:
      return "disconnected";
    case DriverState::failed:
      return "failed";
    case DriverState::stopped:
      return "stopped";
  }
  return "?";
}

void DriverStatus::say(std::string problem) {
  const std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
}

std::string DriverStatus::last_problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void DriverStatus::continue_from(const DriverStatus& before) {
  polls += before.polls;
  requests += before.requests;
  errors += before.errors;
  overruns += before.overruns;
  connects += before.connects;
  received += before.received;
  strays += before.strays;
  restarts += before.restarts;
  say(before.last_problem());
}

void SinkStatus::continue_from(const SinkStatus& before) {
  acknowledged += before.acknowledged;
  sent += before.sent;
  resent += before.resent;
  lost += before.lost;
  refused += before.refused;
  errors += before.errors;
  connects += before.connects;
  restarts += before.restarts;
  say(before.last_problem());
}

void SinkStatus::say(std::string problem) {
  const std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
}

std::string SinkStatus::last_problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace bondline::gateway
