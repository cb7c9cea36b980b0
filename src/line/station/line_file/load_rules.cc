#include "line/station/line_file/load_rules.h"

#include <charconv>
#include <cmath>

#include "line/station/line_file/keys.h"
#include "line/station/line_file/load_handoff.h"

namespace bondline::station {

using document::Node;
using std::chrono::nanoseconds;

namespace {

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

void read_deadband(std::string_view text, const base::Where& where, Thinning& to, base::Diagnostics& d) {
  if (text.ends_with('%')) {
    to.percent = true;
    text.remove_suffix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
  }
  to.deadband = number_in(text);
  if (to.deadband && *to.deadband >= 0 && (!to.percent || *to.deadband <= 100)) return;
  to.deadband.reset();
  d.error(where, "deadband \"" + std::string(text) + (to.percent ? " %" : "") + "\" is no size of a change",
          "write 0.5 (in the tag's unit), 1 % (of its span) or 0 (whatever changes)");
}

std::optional<nanoseconds> span_in(const std::string& text, const char* column, const base::Where& where,
                                   base::Diagnostics& d) {
  if (text.empty()) return std::nullopt;
  const auto time = base::parse_as(text, base::dim::time);
  const double seconds = time.quantity ? time.quantity->value : 0;
  if (seconds >= 0.001 && seconds <= 366 * 86400.0) return nanoseconds_of(seconds);
  d.error(where, std::string(column) + " \"" + text + "\" is no time", "write 500 ms, 10 s, 1 h ...");
  return std::nullopt;
}

/// Where an expression's first character stands: behind the quote, if it is a line in quotes.
base::Where start_of(const Node& node) {
  base::Where where = node.where;
  if (node.quoted && node.text.find('\n') == std::string::npos) ++where.column;
  return where;
}

/// Reads one rule.
class RuleReader {
 public:
  RuleReader(const Node& map, LineFile& line, base::Diagnostics& d) : map_(map), line_(line), d_(d) {}

  bool read(const std::string& name, const base::Where& where) {
    const std::size_t before = d_.all().size();
    const Node *emit = map_.find("emit"), *when = map_.find("when");
    if (!emit == !when) {
      d_.error(
          where,
          emit ? "rule \"" + name + "\" has both emit and when" : "rule \"" + name + "\" says nothing to do",
          "a computed tag or window has emit: EXPRESSION, an alarm has when: CONDITION");
      return false;
    }
    tags::Tag tag;
    tag.name = "rules." + name;
    tag.machine = "rules";
    tag.where = where;
    pipeline::Rule rule;
    if (when)
      read_alarm(*when, rule, tag, name);
    else
      read_computed(*emit, rule, tag);
    if (d_.all().size() > before) return false;
    const auto id = line_.tags->add(tag);
    if (!id) {
      d_.error(where, "tag \"" + tag.name + "\" is there already", "give the rule another name");
      return false;
    }
    rule.made = *id;
    rule.said = said(rule);
    line_.rules.push_back(std::move(rule));
    return true;
  }

 private:
  /// The rule as written, with the types and units of what it reads and writes.
  std::string said(const pipeline::Rule& rule) const {
    std::string said = document::to_yaml(map_);
    const auto add = [&](tags::TagId id) {
      const tags::Tag& tag = (*line_.tags)[id];
      said += std::to_string(id) + " " + tag.name + " " + std::string(tags::name_of(tag.type)) + " " +
              tag.unit + "\n";
    };
    const auto add_inputs = [&](const rules::Program& program) {
      for (const rules::Input& input : program.inputs()) add(input.tag);
    };
    add_inputs(rule.what.program);
    if (rule.release) add_inputs(*rule.release);
    if (rule.acknowledge) add_inputs(*rule.acknowledge);
    if (rule.route) add(*rule.route);
    return said;
  }
  rules::Names names() const {
    rules::Names names{*line_.tags, {}};
    if (line_.handoff)
      names.limit = [this](std::string_view name, std::string_view unit, std::string* problem,
                           std::string* mend) { return limit_of(*line_.handoff, name, unit, problem, mend); };
    return names;
  }
  nanoseconds span(const char* key) { return duration(map_, key, 0, d_); }
  void refuse(std::initializer_list<const char*> keys, const std::string& whom) {
    for (const char* key : keys)
      if (const Node* node = map_.find(key))
        d_.error(node->where, whom + " has no \"" + std::string(key) + "\"", "remove it");
  }
  std::optional<rules::Program> condition(const Node& node) {
    auto program = rules::compile(node.text, start_of(node), names(), d_);
    if (program && program->type() != rules::Type::boolean)
      d_.error(node.where,
               "a condition is needed, and this is " + std::string(rules::name_of(program->type())),
               "compare it: " + node.text + " > 0");
    return program;
  }

  void read_alarm(const Node& when, pipeline::Rule& rule, tags::Tag& tag, const std::string& name) {
    refuse({"emit", "every", "window", "gap", "deadband", "write", "unit"}, "an alarm");
    tag.type = tags::ValueType::i64;
    tag.path = "alarms/" + document::read_text(map_, "alarm", "warning") + "/" + name;
    rule.alarm = true;
    if (auto program = condition(when)) rule.what.program = std::move(*program);
    if (const Node* release = map_.find("release")) rule.release = condition(*release);
    if (const Node* given = map_.find("acknowledge")) {
      rule.must_acknowledge = true;
      rule.acknowledge = condition(*given);
    }
    rule.on_delay = span("for");
    rule.off_delay = span("release_after");
  }

  void read_computed(const Node& emit, pipeline::Rule& rule, tags::Tag& tag) {
    refuse({"alarm", "for", "release", "release_after", "acknowledge"}, "a computed tag");
    rule.every = span("every");
    rule.window = span("window");
    rule.gap = span("gap");
    if (rule.every.count() > 0 && rule.every < std::chrono::milliseconds(100))
      d_.error(map_.find("every")->where, "rules are looked at every 100 ms at most",
               "write every: 100 ms or more");
    if (rule.window.count() > 0 && rule.window < std::chrono::milliseconds(100))
      d_.error(map_.find("window")->where, "rules are looked at every 100 ms at most",
               "write window: 100 ms or more");
    if (rule.window.count() > 0 && rule.gap.count() > 0)
      d_.error(map_.find("gap")->where, "a window ends by time or by silence, not by both",
               "keep one of window and gap");
    if (rule.gap.count() > 0 && rule.every.count() > 0)
      d_.error(map_.find("every")->where, "a session ends when there is silence, not at times",
               "remove every, or gap");
    if (rule.every.count() > 0 && rule.window.count() > 0 && rule.every > rule.window)
      d_.error(map_.find("every")->where, "values between the windows would count nowhere",
               "make every as long as the window, or shorter");
    const bool windowed = rule.window.count() > 0 || rule.gap.count() > 0;
    auto emission = rules::compile_emission(emit.text, start_of(emit), names(), windowed, d_);
    if (!emission) return;
    rule.what = std::move(*emission);
    const rules::Program& program = rule.what.program;
    const rules::Type type = windowed ? rules::Type::number : program.type();
    tag.type = type == rules::Type::number    ? tags::ValueType::f64
               : type == rules::Type::boolean ? tags::ValueType::boolean
                                              : tags::ValueType::text;
    tag.unit = document::read_text(
        map_, "unit", windowed && *rule.what.aggregate == rules::Aggregate::count ? "" : program.unit());
    for (const rules::Input& input : program.inputs())
      if (input.facet == rules::Facet::age && rule.every.count() == 0)
        d_.error(emit.where, "age(...) changes all the time", "say how often: every: 1 s");
    if (const Node* deadband = map_.find("deadband")) {
      const auto value = number_in(deadband->text);
      if (windowed || type != rules::Type::number || rule.every.count() > 0)
        d_.error(deadband->where, "a deadband is for numbers that are made when their inputs change",
                 "remove it");
      else if (!value || *value < 0)
        d_.error(deadband->where, "deadband \"" + deadband->text + "\" is no size of a change",
                 "write 0.5, in the tag's unit");
      else
        rule.deadband = *value;
    }
    if (const Node* write = map_.find("write")) read_route(*write, type, rule);
  }

  void read_route(const Node& write, rules::Type type, pipeline::Rule& rule) {
    const auto target = line_.tags->find(write.text);
    if (!target) {
      std::vector<std::string> writable;
      for (const tags::Tag& tag : line_.tags->all())
        if (tag.writable) writable.push_back(tag.name);
      const std::string close = document::nearest(write.text, writable);
      d_.error(write.where, "there is no tag \"" + write.text + "\"",
               close.empty() ? "name a tag that can be written" : "did you mean \"" + close + "\"?");
      return;
    }
    const tags::Tag& tag = (*line_.tags)[*target];
    const rules::Type wanted = rules::type_of(tag.type);
    if (!tag.writable)
      d_.error(write.where, "\"" + tag.name + "\" can't be written",
               "name one that can, or mark it writable in its tag file");
    else if (wanted != type && !(wanted == rules::Type::number && type == rules::Type::boolean))
      d_.error(write.where,
               "\"" + tag.name + "\" takes " + std::string(rules::name_of(wanted)) + ", and this is " +
                   std::string(rules::name_of(type)),
               "");
    rule.route = target;
  }

  const Node& map_;
  LineFile& line_;
  base::Diagnostics& d_;
};

}  // namespace

Thinning read_thinning(const Node& machine, base::Diagnostics& d) {
  Thinning t;
  if (const Node* node = machine.find("deadband")) read_deadband(node->text, node->where, t, d);
  if (const Node* node = machine.find("silence")) t.silence = span_in(node->text, "silence", node->where, d);
  if (const Node* node = machine.find("stale")) t.stale = span_in(node->text, "stale", node->where, d);
  if (const Node* node = machine.find("keep_every"))
    t.keep_every = static_cast<std::uint32_t>(std::atoi(node->text.c_str()));
  return t;
}

Thinning read_thinning(const TagRow& row, base::Diagnostics& d) {
  Thinning t;
  if (!row.deadband.empty()) read_deadband(row.deadband, row.where, t, d);
  t.silence = span_in(row.silence, "silence", row.where, d);
  t.stale = span_in(row.stale, "stale", row.where, d);
  if (!row.keep_every.empty()) {
    const auto n = number_in(row.keep_every);
    if (n && *n >= 1 && *n <= 1e6 && *n == std::floor(*n))
      t.keep_every = static_cast<std::uint32_t>(*n);
    else
      d.error(row.where, "keep_every \"" + row.keep_every + "\" is no number of samples",
              "write 10 for every tenth");
  }
  return t;
}

void thin_out(LineFile& line, tags::TagId id, const Thinning& machine, const Thinning& row,
              base::Diagnostics& d) {
  const tags::Tag& tag = (*line.tags)[id];
  pipeline::TagOptions options;
  options.tag = id;
  const Thinning& band = row.deadband ? row : machine;
  if (band.deadband) {
    const bool number = rules::type_of(tag.type) == rules::Type::number;
    options.deadband = number ? *band.deadband : 0.0;
    if (number && band.percent) {
      options.deadband = tag.low && tag.high ? *band.deadband / 100 * (*tag.high - *tag.low) : 0.0;
      if (row.deadband && !(tag.low && tag.high))
        d.error(tag.where, "a deadband in % needs the span of \"" + tag.name + "\"",
                "fill the columns low and high");
    }
  }
  options.silence = row.silence.value_or(machine.silence.value_or(nanoseconds{0}));
  options.stale = row.stale.value_or(machine.stale.value_or(nanoseconds{0}));
  options.keep_every = row.keep_every.value_or(machine.keep_every.value_or(1));
  if (row.silence && !options.deadband)
    d.error(tag.where, "without a deadband \"" + tag.name + "\" is never silent",
            "give it a deadband, or leave silence empty");
  if (options.deadband || options.stale.count() > 0 || options.keep_every > 1)
    line.options.push_back(options);
}

void load_rules(const Node& rules, LineFile& line, base::Diagnostics& d) {
  for (const Machine& machine : line.machines)
    if (machine.name == "rules") {
      d.error(machine.where, "a machine called \"rules\" and rules can't be in one line",
              "give the machine another name");
      return;
    }
  for (const auto& entry : rules.entries) RuleReader(entry.value, line, d).read(entry.key, entry.where);
}

}  // namespace bondline::station
