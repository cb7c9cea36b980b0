#include "line/gateway/pipeline/pipeline.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <map>

#include "line/gateway/pipeline/alarm.h"
#include "line/gateway/pipeline/tag_state.h"
#include "line/gateway/pipeline/window.h"

namespace bondline::pipeline {

using rules::Cell;
using tags::Quality;
using tags::ValueType;

namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

/// Begins a run in `out` only when something is added to it.
class Writer {
 public:
  Writer(tags::Batch& out, const tags::Times& times) : out_(out), times_(times) {}
  void add(tags::TagId tag, std::uint64_t bits, Quality quality) {
    begin();
    out_.add(tag, bits, quality);
  }
  void add_text(tags::TagId tag, std::string_view text, Quality quality) {
    begin();
    out_.add_text(tag, text, quality);
  }
  const tags::Times& times() const { return times_; }

 private:
  void begin() {
    if (!begun_) out_.begin(times_);
    begun_ = true;
  }
  tags::Batch& out_;
  tags::Times times_;
  bool begun_ = false;
};

/// A value as bits of a type; whole numbers are rounded and kept within what the type holds.
std::uint64_t bits_for(ValueType type, double number) {
  constexpr double kTwo63 = 0x1p63, kTwo64 = 0x1p64;
  switch (type) {
    case ValueType::boolean:
      return number != 0;
    case ValueType::i64:
      number = std::round(number);
      return tags::bits_of(number >= kTwo63   ? INT64_MAX
                           : number < -kTwo63 ? INT64_MIN
                                              : static_cast<std::int64_t>(number));
    case ValueType::u64:
      number = std::round(number);
      return number >= kTwo64 ? UINT64_MAX : number <= 0 ? 0 : static_cast<std::uint64_t>(number);
    case ValueType::f32:
      return tags::bits_of(static_cast<float>(number));
    default:
      return tags::bits_of(number);
  }
}

}  // namespace

struct Pipeline::Impl {
  struct Running {
    explicit Running(Rule r) : rule(std::move(r)) {}
    Rule rule;
    bool timed = false, uses_age = false, armed = false;
    std::int64_t next_ns = 0;  ///< of a period or a window: when the next is due
    Window window;
    Alarm alarm;
    bool acknowledging = false;
    bool made = false, routed = false;
    double number = 0;
    Quality quality = Quality::good;
    std::string text, routed_text;
    std::uint64_t routed_bits = 0;
  };

  std::shared_ptr<const tags::TagTable> tags;
  Route route;
  std::vector<std::uint32_t> slot_of;  ///< by tag; kNone: passes as it is
  std::vector<ValueType> types;
  std::vector<Limits> limits;
  std::vector<TagState> states;
  std::vector<Running> rules;
  std::unique_ptr<std::atomic<bool>[]> acknowledged;
  std::vector<std::uint32_t> timed, stale;  ///< rules, states
  std::vector<std::uint32_t> pending;       ///< rules whose inputs came, a heap with the first in front
  std::vector<bool> is_pending;
  std::vector<Cell> cells;
  rules::Workspace workspace;
  Effect effect;

  TagState& state_of(tags::TagId tag) {
    if (slot_of[tag] == kNone) {
      slot_of[tag] = static_cast<std::uint32_t>(states.size());
      states.emplace_back((*tags)[tag].type, tag);
    }
    return states[slot_of[tag]];
  }

  void read_by(const rules::Program& program, std::uint32_t rule) {
    for (const rules::Input& input : program.inputs()) {
      auto& readers = state_of(input.tag).readers;
      if (readers.empty() || readers.back() != rule) readers.push_back(rule);
      rules[rule].uses_age |= input.facet == rules::Facet::age;
    }
    cells.resize(std::max(cells.size(), program.inputs().size()));
  }

  void mark(const TagState& state, std::uint32_t after) {
    for (const std::uint32_t reader : state.readers) {
      if (is_pending[reader] || (after != kNone && reader <= after)) continue;
      is_pending[reader] = true;
      pending.push_back(reader);
      std::push_heap(pending.begin(), pending.end(), std::greater<>());
    }
  }

  /// Nullopt while an input has not come yet.
  std::optional<Cell> evaluate(const rules::Program& program, std::int64_t now_ns) {
    const auto& inputs = program.inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const TagState& state = states[slot_of[inputs[i].tag]];
      if (!state.knows(inputs[i].facet)) return std::nullopt;
      cells[i] = state.cell(inputs[i].facet, now_ns);
    }
    Cell out;
    program.evaluate(cells, 1, workspace, {&out, 1});
    return out;
  }

  void run_pending(Writer& to) {
    while (!pending.empty()) {
      std::pop_heap(pending.begin(), pending.end(), std::greater<>());
      const std::uint32_t rule = pending.back();
      pending.pop_back();
      is_pending[rule] = false;
      inputs_came(rule, to);
    }
  }

  void inputs_came(std::uint32_t index, Writer& to) {
    Running& running = rules[index];
    const Rule& rule = running.rule;
    if (rule.alarm) return step_alarm(index, to, true);
    if (rule.what.aggregate) {
      const auto value = evaluate(rule.what.program, to.times().mono_ns);
      if (!value) return;
      if (rule.gap.count() > 0)
        end_session(index, to);
      else if (running.next_ns == 0)
        running.next_ns = to.times().mono_ns + period(rule);  // the first window begins with its first value
      running.window.add(std::max(to.times().mono_ns, running.next_ns - period(rule)), *value);
      return;
    }
    if (rule.every.count() > 0) return;
    if (const auto value = evaluate(rule.what.program, to.times().mono_ns); value && is_new(running, *value))
      make(index, *value, to);
  }

  static std::int64_t period(const Rule& rule) {
    return rule.every.count() > 0 ? rule.every.count() : rule.window.count();
  }

  static bool is_new(const Running& running, const Cell& value) {
    if (!running.made || value.quality != running.quality) return true;
    if (tags::is_bad(value.quality)) return false;
    if (running.rule.what.program.type() == rules::Type::text) return value.text != running.text;
    return std::fabs(value.number - running.number) > running.rule.deadband;
  }

  void make(std::uint32_t index, const Cell& value, Writer& to) {
    Running& running = rules[index];
    const tags::TagId tag = running.rule.made;
    const ValueType type = (*tags)[tag].type;
    running.made = true;
    running.number = value.number;
    running.quality = value.quality;
    running.text.assign(value.text);
    const std::uint64_t bits =
        std::isfinite(value.number) || type == ValueType::f64 ? bits_for(type, value.number) : 0;
    if (type == ValueType::text)
      to.add_text(tag, running.text, value.quality);
    else
      to.add(tag, bits, value.quality);
    ++effect.made;
    if (slot_of[tag] != kNone) {
      TagState& state = states[slot_of[tag]];
      state.take(bits, value.number, running.text, value.quality, to.times().mono_ns);
      mark(state, index);
    }
    if (running.rule.route && route && !tags::is_bad(value.quality)) send(running, *running.rule.route);
  }

  void send(Running& running, tags::TagId target) {
    const ValueType type = (*tags)[target].type;
    const std::uint64_t bits = type == ValueType::text ? 0 : bits_for(type, running.number);
    if (running.routed && running.routed_bits == bits &&
        (type != ValueType::text || running.routed_text == running.text))
      return;
    running.routed = true;
    running.routed_bits = bits;
    running.routed_text.assign(running.text);
    route(target, bits, type == ValueType::text ? std::string_view(running.text) : std::string_view());
  }

  void end_session(std::uint32_t index, Writer& to) {
    Running& running = rules[index];
    if (running.window.empty() || to.times().mono_ns - running.window.last_ns() <= running.rule.gap.count())
      return;
    const auto result = running.window.result(running.rule.what, INT64_MAX);
    running.window.clear();
    if (result) make(index, *result, to);
  }

  /// `fresh`: an input has come (or time is an input), so conditions are reckoned anew.
  void step_alarm(std::uint32_t index, Writer& to, bool fresh) {
    Running& running = rules[index];
    const std::int64_t now = to.times().mono_ns;
    Quality quality = running.made ? running.quality : Quality::good;
    bool changed = false;
    if (fresh) {
      const auto condition = evaluate(running.rule.what.program, now);
      if (!condition) return;
      const Cell holds = *condition;
      Cell ends{holds.number == 0 ? 1.0 : 0.0, holds.quality, {}};
      if (running.rule.release) {
        const auto release = evaluate(*running.rule.release, now);
        if (!release) return;
        ends = *release;
        // While the condition itself holds nothing is released.
        if (holds.number != 0) ends.number = 0;
      }
      quality = rules::worst(holds.quality, ends.quality);
      running.alarm.known = !tags::is_bad(quality);
      running.alarm.condition = holds.number != 0;
      running.alarm.release = ends.number != 0;
      if (running.rule.acknowledge) {
        const auto given = evaluate(*running.rule.acknowledge, now);
        const bool acknowledging = given && given->number != 0 && !tags::is_bad(given->quality);
        if (acknowledging && !running.acknowledging) changed |= running.alarm.acknowledge();
        running.acknowledging = acknowledging;
      }
      changed |= !running.made || quality != running.quality;
      running.armed = true;
    }
    if (!running.armed) return;
    changed |= running.alarm.step(running.rule, now);
    if (changed)
      make(index, {static_cast<double>(static_cast<std::int64_t>(running.alarm.state)), quality, {}}, to);
  }

  void time_has_come(std::uint32_t index, const tags::Times& now, Writer& to, tags::Batch& out) {
    Running& running = rules[index];
    const Rule& rule = running.rule;
    if (rule.alarm) {
      if (acknowledged[index].exchange(false) && running.armed && running.alarm.acknowledge())
        make(index,
             {static_cast<double>(static_cast<std::int64_t>(running.alarm.state)), running.quality, {}}, to);
      step_alarm(index, to, running.uses_age);
      return;
    }
    if (rule.gap.count() > 0) return end_session(index, to);
    const std::int64_t each = period(rule);
    if (running.next_ns == 0) running.next_ns = now.mono_ns + each;
    // After a long pause of the whole box only the last results are made.
    if ((now.mono_ns - running.next_ns) / each > 100)
      running.next_ns = now.mono_ns - (now.mono_ns - running.next_ns) % each;
    for (; running.next_ns <= now.mono_ns; running.next_ns += each) {
      if (!rule.what.aggregate) {
        if (running.next_ns + each <= now.mono_ns) continue;  // one is enough
        if (const auto value = evaluate(rule.what.program, now.mono_ns)) make(index, *value, to);
        continue;
      }
      running.window.forget_before(running.next_ns - rule.window.count());
      const auto result = running.window.result(rule.what, running.next_ns);
      if (!result) continue;
      // The result is true of the window's end, which may lie a little back.
      const std::int64_t back = now.mono_ns - running.next_ns;
      Writer then(out, {now.source_ns - back, now.receive_ns - back, running.next_ns});
      make(index, *result, then);
    }
  }
};

Pipeline::Pipeline(std::shared_ptr<const tags::TagTable> tags, std::vector<TagOptions> options,
                   std::vector<Rule> rules, Route route)
    : impl_(std::make_unique<Impl>()) {
  Impl& p = *impl_;
  p.tags = std::move(tags);
  p.route = std::move(route);
  p.slot_of.assign(p.tags->size(), kNone);
  for (std::size_t i = 0; i < p.tags->size(); ++i) {
    const tags::Tag& tag = p.tags->all()[i];
    p.types.push_back(tag.type);
    Limits limits;
    if (tag.low) limits.low = *tag.low;
    if (tag.high) limits.high = *tag.high;
    p.limits.push_back(limits);
  }
  p.states.reserve(options.size());
  for (const TagOptions& option : options) p.state_of(option.tag).options = option;
  for (Rule& rule : rules) p.rules.emplace_back(std::move(rule));
  p.acknowledged = std::make_unique<std::atomic<bool>[]>(p.rules.size());
  for (std::uint32_t i = 0; i < p.rules.size(); ++i) {
    const Rule& rule = p.rules[i].rule;
    p.read_by(rule.what.program, i);
    if (rule.release) p.read_by(*rule.release, i);
    if (rule.acknowledge) p.read_by(*rule.acknowledge, i);
    if (rule.alarm || rule.what.aggregate || rule.every.count() > 0) p.timed.push_back(i);
  }
  for (std::uint32_t i = 0; i < p.states.size(); ++i)
    if (p.states[i].options.stale.count() > 0) p.stale.push_back(i);
  p.pending.reserve(p.rules.size());
  p.is_pending.assign(p.rules.size(), false);
}

Pipeline::~Pipeline() = default;

void Pipeline::continue_from(Pipeline& before) {
  Impl &p = *impl_, &old = *before.impl_;
  const auto same = [&](tags::TagId tag) {
    return tag < old.tags->size() && tag < p.tags->size() && (*p.tags)[tag].name == (*old.tags)[tag].name &&
           (*p.tags)[tag].type == (*old.tags)[tag].type;
  };
  for (TagState& state : p.states)
    if (same(state.id) && old.slot_of[state.id] != kNone)
      state.continue_from(old.states[old.slot_of[state.id]]);
  std::map<tags::TagId, std::uint32_t> old_rules;
  for (std::uint32_t i = 0; i < old.rules.size(); ++i) old_rules[old.rules[i].rule.made] = i;
  for (std::uint32_t i = 0; i < p.rules.size(); ++i) {
    const auto found = old_rules.find(p.rules[i].rule.made);
    if (found == old_rules.end() || !same(found->first)) continue;
    Impl::Running& from = old.rules[found->second];
    if (p.rules[i].rule.said.empty() || p.rules[i].rule.said != from.rule.said) continue;
    std::swap(p.rules[i].rule,
              from.rule);  // `from` runs on with the new rule, whose inputs are compiled anew
    from.timed = p.rules[i].timed;
    from.uses_age = p.rules[i].uses_age;
    p.rules[i] = std::move(from);
    p.acknowledged[i] = old.acknowledged[found->second].load();
  }
}

Effect Pipeline::process(const tags::Batch& in, tags::Batch& out) {
  Impl& p = *impl_;
  p.effect = {};
  for (const tags::Run& run : in.runs()) {
    Writer to(out, run.times);
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      const tags::TagId tag = in.tag()[i];
      const bool known = tag < p.types.size(), text = known && p.types[tag] == ValueType::text;
      const double number = known && !text ? tags::number_of(p.types[tag], in.bits()[i]) : 0;
      const Quality quality =
          known ? judged(p.types[tag], p.limits[tag], number, in.quality()[i]) : in.quality()[i];
      if (known && p.slot_of[tag] != kNone) {
        TagState& state = p.states[p.slot_of[tag]];
        state.take(text ? 0 : in.bits()[i], number, text ? in.text_of(i) : std::string_view(), quality,
                   run.times.mono_ns);
        p.mark(state, kNone);
        if (!state.passes()) {
          ++p.effect.suppressed;
          continue;
        }
      }
      if (text)
        to.add_text(tag, in.text_of(i), quality);
      else
        to.add(tag, in.bits()[i], quality);
    }
    p.run_pending(to);
  }
  return p.effect;
}

Effect Pipeline::tick(const tags::Times& now, tags::Batch& out) {
  Impl& p = *impl_;
  p.effect = {};
  Writer to(out, now);
  for (const std::uint32_t i : p.stale) {
    TagState& state = p.states[i];
    if (state.seen == 0 || tags::is_bad(state.newest.quality) ||
        state.newest.quality == Quality::uncertain_last_usable ||
        now.mono_ns - state.newest.mono_ns <= state.options.stale.count())
      continue;
    state.newest.quality = Quality::uncertain_last_usable;
    state.note_passed();
    if (state.type == ValueType::text)
      to.add_text(state.id, state.newest_text(), state.newest.quality);
    else
      to.add(state.id, state.newest.bits, state.newest.quality);
    ++p.effect.made;
    p.mark(state, kNone);
  }
  p.run_pending(to);
  for (const std::uint32_t rule : p.timed) {
    // A window's result may have begun a run of its own: what follows begins one with the time of the tick.
    Writer next(out, now);
    p.time_has_come(rule, now, next, out);
    Writer after(out, now);
    p.run_pending(after);
  }
  return p.effect;
}

bool Pipeline::acknowledge(tags::TagId alarm) {
  for (std::size_t i = 0; i < impl_->rules.size(); ++i)
    if (impl_->rules[i].rule.alarm && impl_->rules[i].rule.made == alarm) {
      impl_->acknowledged[i] = true;
      return true;
    }
  return false;
}

}  // namespace bondline::pipeline
