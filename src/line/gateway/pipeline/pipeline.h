// Between drivers and log: marks values outside their limits, holds back what says nothing new, notices
// silence, and makes tags by rules. What comes out is what came in, less what was suppressed, plus what was
// made; both are counted. One thread at a time (the hub's lock), but acknowledge().
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "line/gateway/rules/compile.h"
#include "line/tags/batch.h"
#include "line/tags/tag.h"

namespace bondline::pipeline {

/// How one tag's samples are thinned out. A change of quality always passes.
struct TagOptions {
  tags::TagId tag = 0;
  std::optional<double>
      deadband;  ///< passes when moved by more than this from what passed last; 0: when changed
  std::chrono::nanoseconds silence{0};  ///< with a deadband: the next sample after this long passes; 0: never
  std::uint32_t keep_every = 1;         ///< every n-th sample passes
  std::chrono::nanoseconds stale{0};    ///< silent for longer: uncertain_last_usable; 0: never
};

/// A made tag. Rules run in their order and may read tags made by rules before them.
struct Rule {
  tags::TagId made = 0;
  std::string said;      ///< the rule and what it reads in words: one that says the same is the same
  rules::Emission what;  ///< of an alarm: its condition
  /// Computed tag: 0: when an input comes and the result has changed; else at this period, always. Window:
  /// between results (0: as long as the window).
  std::chrono::nanoseconds every{0};
  std::chrono::nanoseconds window{0};  ///< of a time window
  std::chrono::nanoseconds gap{0};     ///< of a session window: silence that ends it
  double deadband = 0;                 ///< computed tag: made when moved by more than this
  std::optional<tags::TagId> route;    ///< every new good or uncertain value is written there

  bool alarm = false;
  std::optional<rules::Program> release;      ///< ends the alarm; without: the condition no longer holds
  std::optional<rules::Program> acknowledge;  ///< acknowledges when it becomes true
  bool must_acknowledge = false;
  std::chrono::nanoseconds on_delay{0}, off_delay{0};
};

/// The value of an alarm's tag.
enum class AlarmState : std::int64_t { normal = 0, raised = 1, acknowledged = 2, gone = 3 };

struct Effect {
  std::uint64_t suppressed = 0, made = 0;
};

/// Writes a value to a tag: engineering value as bits of the tag's type, or a text.
using Route = std::function<void(tags::TagId tag, std::uint64_t bits, std::string_view text)>;

class Pipeline {
 public:
  Pipeline(std::shared_ptr<const tags::TagTable> tags, std::vector<TagOptions> options,
           std::vector<Rule> rules, Route route);
  ~Pipeline();
  /// Goes on where `before` stands (a line file that is read again): tags of the same name and type keep what
  /// is known of them; rules that say the same keep their windows, delays and alarm states. Before the first
  /// process(); `before` is of no use afterwards.
  void continue_from(Pipeline& before);
  /// Appends to `out` what passes of `in` and what rules make of it.
  Effect process(const tags::Batch& in, tags::Batch& out);
  /// What time alone brings about: stale values, windows that end, periods, delays of alarms. Durations go by
  /// now.mono_ns, so that a clock that jumps moves nothing.
  Effect tick(const tags::Times& now, tags::Batch& out);
  /// Acknowledges an alarm at the next tick. Any thread. False: there is no such alarm.
  bool acknowledge(tags::TagId alarm);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondline::pipeline
