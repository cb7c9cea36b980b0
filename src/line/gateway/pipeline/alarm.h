// One alarm's states: a condition must hold for on_delay to raise it, and its release for off_delay to end
// it. A bad condition changes nothing and starts delays over. Private to this room.
#pragma once
#include "line/gateway/pipeline/pipeline.h"

namespace bondline::pipeline {

class Alarm {
 public:
  AlarmState state = AlarmState::normal;
  bool condition = false, release = true;
  bool known = false;  ///< the condition and release are not bad

  /// Lets time pass up to now. True: the state has changed.
  bool step(const Rule& rule, std::int64_t now_ns) {
    const bool active = state == AlarmState::raised || state == AlarmState::acknowledged;
    if (!known || !(active ? release : condition)) {
      waiting_ = false;
      return false;
    }
    if (!waiting_) {
      waiting_ = true;
      since_ns_ = now_ns;
    }
    if (now_ns - since_ns_ < (active ? rule.off_delay : rule.on_delay).count()) return false;
    waiting_ = false;
    state = !active                                                ? AlarmState::raised
            : rule.must_acknowledge && state == AlarmState::raised ? AlarmState::gone
                                                                   : AlarmState::normal;
    return true;
  }
  bool acknowledge() {
    if (state == AlarmState::raised)
      state = AlarmState::acknowledged;
    else if (state == AlarmState::gone)
      state = AlarmState::normal;
    else
      return false;
    return true;
  }

 private:
  bool waiting_ = false;
  std::int64_t since_ns_ = 0;
};

}  // namespace bondline::pipeline
