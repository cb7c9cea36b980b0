#include "line/gateway/drivers/mqtt/topics.h"

#include <algorithm>

#include "line/gateway/mqtt/packet.h"

namespace bondline::gateway {

using fields::JsonFound;
using fields::JsonKind;
using tags::Quality;

bool covers(std::string_view wide, std::string_view narrow) {
  // Wildcards at the front do not fit topics of the broker's own ($SYS/...; 4.7.2).
  if (!wide.empty() && (wide.front() == '+' || wide.front() == '#') && narrow.starts_with('$')) return false;
  for (;;) {
    const std::string_view w = wide.substr(0, wide.find('/')), n = narrow.substr(0, narrow.find('/'));
    if (w == "#") return true;
    if (n == "#" || (n == "+" && w != "+") || (w != "+" && w != n)) return false;
    const bool wide_ends = w.size() == wide.size(), narrow_ends = n.size() == narrow.size();
    if (wide_ends && narrow_ends) return true;
    if (wide_ends) return false;
    wide.remove_prefix(w.size() + 1);
    if (narrow_ends) return wide == "#";  // a/# fits a too
    narrow.remove_prefix(n.size() + 1);
  }
}

MqttTopics::MqttTopics(std::vector<MqttPoint> points, std::optional<MqttTime> time)
    : points_(std::move(points)), time_(std::move(time)), told_bad_(points_.size(), 0) {
  std::unordered_map<std::string, std::uint32_t> by_filter;
  for (std::uint32_t i = 0; i < points_.size(); ++i) {
    const MqttPoint& point = points_[i];
    by_tag_[point.tag] = i;
    const auto [it, fresh] = by_filter.emplace(point.filter, static_cast<std::uint32_t>(topics_.size()));
    if (fresh) {
      topics_.emplace_back();
      topics_.back().filter = point.filter;
      if (point.filter.find_first_of("+#") == std::string::npos)
        exact_.emplace(point.filter, it->second);
      else
        wild_.push_back(it->second);
    }
    Topic& topic = topics_[it->second];
    if (point.whole) {
      topic.whole.push_back(i);
      continue;
    }
    const auto path = static_cast<std::size_t>(topic.paths.add(point.field, nullptr));
    topic.by_path.resize(std::max(topic.by_path.size(), path + 1));
    topic.by_path[path].push_back(i);
  }
  for (Topic& topic : topics_) {
    if (topic.by_path.empty()) continue;
    if (time_) topic.time_path = topic.paths.add(time_->field, nullptr);
    topic.by_path.resize(topic.paths.size());
    topic.last.resize(topic.paths.size());
  }
}

const MqttPoint* MqttTopics::point_of(tags::TagId tag) const {
  const auto it = by_tag_.find(tag);
  return it == by_tag_.end() ? nullptr : &points_[it->second];
}

std::vector<std::string> MqttTopics::filters() const {
  std::vector<std::string> all;
  for (const Topic& topic : topics_) {
    // A broker may send a message once for each filter it fits; so none that is covered is asked for.
    const bool covered = std::any_of(wild_.begin(), wild_.end(), [&](std::uint32_t w) {
      return topics_[w].filter != topic.filter && covers(topics_[w].filter, topic.filter);
    });
    if (!covered) all.push_back(topic.filter);
  }
  return all;
}

void MqttTopics::refuse(std::uint32_t point, std::string_view topic, const char* why, std::string_view text,
                        Outcome& outcome) const {
  ++outcome.problems;
  outcome.problem = std::string(topic);
  if (!points_[point].whole) outcome.problem += " " + points_[point].field;
  outcome.problem += ": \"" + std::string(text.substr(0, 40)) + (text.size() > 40 ? "...\" " : "\" ") + why;
}

void MqttTopics::add(std::uint32_t point, const fields::Value& value, Quality quality, tags::Batch& out) {
  told_bad_[point] = 0;
  if (points_[point].format.type == tags::ValueType::text)
    out.add_text(points_[point].tag, value.text, quality);
  else
    out.add(points_[point].tag, value.bits, quality);
}

void MqttTopics::add_bad(std::uint32_t point, Quality quality, tags::Batch& out) {
  if (told_bad_[point]) return;
  told_bad_[point] = 1;
  if (points_[point].format.type == tags::ValueType::text)
    out.add_text(points_[point].tag, "", quality);
  else
    out.add(points_[point].tag, 0, quality);
}

std::optional<fields::Value> MqttTopics::value_of(const MqttPoint& point, const JsonFound& found,
                                                  Outcome& outcome) const {
  const char* why = nullptr;
  fields::Value value;
  const bool text = point.format.type == tags::ValueType::text;
  if (found.kind == JsonKind::null)
    why = "is null";
  else if (found.kind == JsonKind::structure && !text)
    why = "is no single value";
  else if (found.kind == JsonKind::boolean && !text && point.format.type != tags::ValueType::boolean)
    why = fields::read(point.format, found.text == "true" ? "1" : "0", value);
  else
    why = fields::read(point.format, found.text, value);
  if (!why) return value;
  refuse(by_tag_.at(point.tag), point.filter, why, found.text, outcome);
  return std::nullopt;
}

void MqttTopics::read(Topic& topic, const Message& message, const tags::Times& now, tags::Batch& out,
                      Outcome& outcome) {
  const Quality good = message.again      ? Quality::good_again
                       : message.retained ? Quality::good_retained
                                          : Quality::good;
  if (!topic.whole.empty()) out.begin(now);
  for (const std::uint32_t i : topic.whole) {
    fields::Value value;
    if (const char* why = fields::read(points_[i].format, message.payload, value)) {
      refuse(i, message.topic, why, message.payload, outcome);
      add_bad(i, Quality::bad_communication, out);
    } else {
      add(i, value, good, out);
    }
  }
  if (topic.by_path.empty()) return;
  std::size_t at = 0;
  if (const char* why = topic.paths.scan(message.payload, found_, &at)) {
    ++outcome.problems;
    outcome.problem = std::string(message.topic) + ": no JSON: " + why + " (byte " + std::to_string(at) + ")";
    out.begin(now);
    for (const auto& points : topic.by_path)
      for (const std::uint32_t i : points) add_bad(i, Quality::bad_communication, out);
    return;
  }
  // A member that comes twice counts as it came last.
  std::fill(topic.last.begin(), topic.last.end(), 0);
  for (std::size_t i = 0; i < found_.size(); ++i)
    topic.last[found_[i].path] = static_cast<std::uint32_t>(i + 1);
  tags::Times times = now;
  Quality quality = good;
  if (topic.time_path >= 0 && topic.last[static_cast<std::size_t>(topic.time_path)] > 0) {
    const JsonFound& stamp = found_[topic.last[static_cast<std::size_t>(topic.time_path)] - 1];
    const char* why = stamp.kind == JsonKind::number || stamp.kind == JsonKind::text
                          ? fields::read_time(time_->format, stamp.text, times.source_ns)
                          : "is no time";
    if (why) {
      // The values are as they were sent; only when is not known.
      times.source_ns = now.source_ns;
      quality = Quality::uncertain;
      ++outcome.problems;
      outcome.problem = std::string(message.topic) + " " + time_->field + ": \"" +
                        std::string(stamp.text.substr(0, 40)) + "\" " + why;
    }
  }
  out.begin(times);
  for (std::size_t path = 0; path < topic.by_path.size(); ++path) {
    if (topic.last[path] == 0) continue;
    const JsonFound& found = found_[topic.last[path] - 1];
    for (const std::uint32_t i : topic.by_path[path]) {
      if (const auto value = value_of(points_[i], found, outcome))
        add(i, *value, quality, out);
      else
        add_bad(i, Quality::bad_communication, out);
    }
  }
}

MqttTopics::Outcome MqttTopics::read(const Message& message, const tags::Times& now, tags::Batch& out) {
  Outcome outcome;
  if (const auto it = exact_.find(message.topic); it != exact_.end()) {
    outcome.known = true;
    read(topics_[it->second], message, now, out, outcome);
  }
  for (const std::uint32_t w : wild_)
    if (mqtt::matches(topics_[w].filter, message.topic)) {
      outcome.known = true;
      read(topics_[w], message, now, out, outcome);
    }
  return outcome;
}

void MqttTopics::mark(std::string_view concerned, Quality quality, const tags::Times& now, tags::Batch& out) {
  out.begin(now);
  for (std::uint32_t i = 0; i < points_.size(); ++i)
    if (concerned.empty() || covers(concerned, points_[i].filter)) add_bad(i, quality, out);
}

}  // namespace bondline::gateway
