#include "line/gateway/drivers/file/records.h"

#include <algorithm>
#include <charconv>

#include "line/gateway/fields/csv.h"

namespace bondline::gateway {

using tags::Quality;

std::string FilePlace::text() const {
  return name + " #" + std::to_string(number) + " " + std::to_string(head_bytes) + ":" +
         std::to_string(head_crc);
}

std::optional<FilePlace> FilePlace::of(std::string_view text) {
  FilePlace place;
  const std::size_t hash = text.rfind(" #");
  if (hash == std::string_view::npos) return std::nullopt;
  place.name = text.substr(0, hash);
  const char* at = text.data() + hash + 2;
  const char* const end = text.data() + text.size();
  const auto number = [&](auto& value, char then) {
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc{} || (then ? next == end || *next != then : next != end)) return false;
    at = next + (then ? 1 : 0);
    return true;
  };
  if (!number(place.number, ' ') || !number(place.head_bytes, ':') || !number(place.head_crc, '\0'))
    return std::nullopt;
  return place;
}

namespace {

/// "#3" -> 2; -1 for others.
std::ptrdiff_t numbered(std::string_view column) {
  std::ptrdiff_t n = 0;
  if (column.size() < 2 || column.front() != '#') return -1;
  const auto [end, error] = std::from_chars(column.data() + 1, column.data() + column.size(), n);
  return error == std::errc{} && end == column.data() + column.size() && n >= 1 ? n - 1 : -1;
}

std::string shortened(std::string_view text) {
  return "\"" + std::string(text.substr(0, 40)) + (text.size() > 40 ? "...\"" : "\"");
}

}  // namespace

Records::Records(const FileConfig& config) : config_(config), columns_(config.points.size()) {
  texts_.resize(config.points.size());
  refused_.resize(config.points.size());
  results_.resize(config.points.size());
  result_texts_.resize(config.points.size());
  if (config.format == FileFormat::json_lines) {
    for (std::size_t i = 0; i < config.points.size(); ++i) {
      const auto path = static_cast<std::size_t>(paths_.add(config.points[i].column, nullptr));
      by_path_.resize(std::max(by_path_.size(), path + 1));
      by_path_[path].push_back(i);
    }
    if (!config.time_column.empty()) time_path_ = paths_.add(config.time_column, nullptr);
    by_path_.resize(paths_.size());
  }
  begin_file();
}

void Records::begin_file() {
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] = {numbered(config_.points[i].column), false};
  time_ = {numbered(config_.time_column), false};
}

std::optional<std::string> Records::begin_file(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  begin_file();
  if (const char* why = fields::split_record(head, config_.separator, cells_, scratch_)) return why;
  const auto place_of = [&](const std::string& column) {
    const std::ptrdiff_t n = numbered(column);
    if (n >= 0) return n < static_cast<std::ptrdiff_t>(cells_.size()) ? n : std::ptrdiff_t{-1};
    for (std::size_t i = 0; i < cells_.size(); ++i)
      if (fields::trimmed(cells_[i]) == column) return static_cast<std::ptrdiff_t>(i);
    return std::ptrdiff_t{-1};
  };
  std::string missing;
  const auto look = [&](Column& to, const std::string& column) {
    to.at = place_of(column);
    if (to.at < 0) missing += (missing.empty() ? "\"" : ", \"") + column + "\"";
  };
  for (std::size_t i = 0; i < columns_.size(); ++i) look(columns_[i], config_.points[i].column);
  if (!config_.time_column.empty()) look(time_, config_.time_column);
  if (missing.empty()) return std::nullopt;
  return "there is no column " + missing;
}

std::size_t Records::length(std::string_view bytes) const {
  if (config_.format == FileFormat::csv) return fields::record_length(bytes, config_.separator);
  const std::size_t end = bytes.find('\n');
  return end == std::string_view::npos ? 0 : end + 1;
}

bool Records::split(std::string_view record, Outcome& outcome) {
  std::fill(texts_.begin(), texts_.end(), std::string_view());
  std::fill(refused_.begin(), refused_.end(), nullptr);
  time_text_ = {};
  time_is_there_ = false;
  if (config_.format == FileFormat::csv) {
    if (const char* why = fields::split_record(record, config_.separator, cells_, scratch_)) {
      outcome.problem = why;
      return false;
    }
    const auto cell = [&](const Column& column) {
      return column.at >= 0 && column.at < static_cast<std::ptrdiff_t>(cells_.size())
                 ? cells_[static_cast<std::size_t>(column.at)]
                 : std::string_view();
    };
    for (std::size_t i = 0; i < columns_.size(); ++i) texts_[i] = cell(columns_[i]);
    time_text_ = cell(time_);
    time_is_there_ = !time_text_.empty();
    return true;
  }
  std::size_t at = 0;
  if (const char* why = paths_.scan(fields::trimmed(record), found_, &at)) {
    outcome.problem = std::string("no JSON: ") + why + " (byte " + std::to_string(at) + ")";
    return false;
  }
  for (const fields::JsonFound& found : found_) {
    if (static_cast<int>(found.path) == time_path_) {
      time_text_ = found.text;
      time_is_there_ = found.kind == fields::JsonKind::number || found.kind == fields::JsonKind::text;
    }
    for (const std::size_t i : by_path_[found.path]) {
      const auto type = config_.points[i].format.type;
      const bool number = type != tags::ValueType::text && type != tags::ValueType::boolean;
      texts_[i] = found.text;
      refused_[i] = nullptr;
      if (found.kind == fields::JsonKind::null)
        texts_[i] = {};
      else if (found.kind == fields::JsonKind::structure && type != tags::ValueType::text)
        refused_[i] = "is no single value";
      else if (found.kind == fields::JsonKind::boolean && number)
        texts_[i] = found.text == "true" ? "1" : "0";
    }
  }
  return true;
}

Records::Outcome Records::read(std::string_view record, const tags::Times& now, tags::Batch& out,
                               const std::function<void(const Outcome&)>& start) {
  Outcome outcome;
  if (fields::trimmed(record).empty()) {
    outcome.blank = true;
    return outcome;
  }
  tags::Times times = now;
  bool fine = split(record, outcome);
  if (fine && !config_.time_column.empty()) {
    const char* why =
        time_is_there_ ? fields::read_time(config_.time, time_text_, times.source_ns) : "is not there";
    if (why) {
      outcome.problem = "time " + shortened(time_text_) + " " + why;
      fine = false;
    }
  }
  if (!fine) {
    outcome.bad = 1;
    out.begin(now);
    start(outcome);
    return outcome;
  }
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    results_[i] = {0, nullptr};
    if (texts_[i].empty() && !refused_[i]) continue;
    fields::Value value;
    const char* why = refused_[i] ? refused_[i] : fields::read(config_.points[i].format, texts_[i], value);
    results_[i] = {value.bits, why};
    result_texts_[i] = value.text;
    if (!why) continue;
    if (outcome.bad++ == 0)
      outcome.problem = config_.points[i].column + " " + shortened(texts_[i]) + " " + why;
  }
  out.begin(times);
  start(outcome);
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const FilePoint& point = config_.points[i];
    const bool text = point.format.type == tags::ValueType::text;
    Quality quality = results_[i].second ? Quality::bad_communication : Quality::good;
    if (config_.format == FileFormat::csv && columns_[i].at < 0) {
      if (columns_[i].told_missing) continue;
      columns_[i].told_missing = true;
      quality = Quality::bad_configuration;
    } else if (texts_[i].empty() && !refused_[i]) {
      continue;
    }
    if (text)
      out.add_text(point.tag, tags::is_bad(quality) ? std::string_view() : result_texts_[i], quality);
    else
      out.add(point.tag, tags::is_bad(quality) ? 0 : results_[i].first, quality);
  }
  return outcome;
}

}  // namespace bondline::gateway
