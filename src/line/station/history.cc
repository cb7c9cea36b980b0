#include "line/station/history.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <map>

#include "base/quantity.h"
#include "document/document.h"
#include "line/gateway/fields/time.h"
#include "line/gateway/store/log.h"

namespace bondline::station {

bool query_history(base::Files& files, const std::string& folder, const HistoryQuery& query,
                   const std::function<void(const HistorySample&)>& take, base::Diagnostics& diagnostics) {
  if (files.list(folder).empty()) {
    diagnostics.error({folder, 0, 0}, "there is no log",
                      "run the line first, or name the line file whose store it is");
    return false;
  }
  store::LogOptions options;
  options.folder = folder;
  options.read_only = true;  // the line may be running
  const auto log = store::Log::open(files, options, {}, diagnostics);
  return log && query_history(*log, query, take, diagnostics);
}

bool query_history(const store::Log& log, const HistoryQuery& query,
                   const std::function<void(const HistorySample&)>& take, base::Diagnostics& diagnostics) {
  const bool prefix = query.tag.ends_with('*');
  const std::string wanted = prefix ? query.tag.substr(0, query.tag.size() - 1) : query.tag;
  store::Log::Reader reader(log, log.begin());
  tags::Batch batch;
  std::uint64_t taken = 0;
  std::shared_ptr<const store::Dictionary> dictionary;
  std::vector<bool> fits;
  bool known = false;
  std::map<std::string, int> names;
  while (const auto read = reader.next(batch)) {
    if (query.given_up && *query.given_up) return true;
    if (read->dictionary != dictionary) {
      dictionary = read->dictionary;
      fits.assign(dictionary->size(), false);
      for (std::size_t i = 0; i < dictionary->size(); ++i) {
        const std::string& name = (*dictionary)[i].name;
        fits[i] = prefix ? name.starts_with(wanted) : name == wanted;
        known |= fits[i];
        if (names.size() < 100000) names[name];
      }
    }
    for (const tags::Run& run : batch.runs()) {
      if (run.times.source_ns < query.from_ns || run.times.source_ns >= query.to_ns) continue;
      for (std::uint32_t i = std::max(run.first, read->skip); i < run.first + run.count; ++i) {
        const tags::TagId tag = batch.tag()[i];
        if (!fits[tag]) continue;
        if (taken++ >= query.most) return true;
        const store::NamedTag& named = (*dictionary)[tag];
        take({named.name,
              named.type,
              {tag, batch.bits()[i], batch.quality()[i], run.times},
              named.type == tags::ValueType::text ? batch.text_of(i) : std::string_view()});
      }
    }
  }
  if (known) return true;
  std::vector<std::string> all;
  for (const auto& [name, n] : names) all.push_back(name);
  const std::string close = document::nearest(query.tag, all);
  diagnostics.error({}, "the log holds no tag \"" + query.tag + "\"",
                    close.empty()
                        ? "bondline line check shows a line's tags; NAME* asks for all that begin so"
                        : "did you mean \"" + close + "\"?");
  return false;
}

std::optional<std::int64_t> time_of(const std::string& text, std::int64_t now_ns, std::string* problem) {
  std::int64_t ns = 0;
  const char* end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, ns);
      error == std::errc{} && at == end && (ns > 100'000'000'000 || ns < -100'000'000'000))
    return ns;
  if (text.starts_with('-')) {
    const auto ago = base::parse_as(text.substr(1), base::dim::time);
    // No further back than nanoseconds can say.
    if (ago.quantity && ago.quantity->value >= 0 && ago.quantity->value <= 9e9)
      return now_ns - static_cast<std::int64_t>(std::llround(ago.quantity->value * 1e9));
  }
  const bool day = text.size() == 10;
  if (fields::read_time(fields::TimeFormat{}, day ? text + "T00:00" : text, ns) == nullptr) return ns;
  *problem = "\"" + text + "\" is no time; write 2026-11-21T09:00:00Z, nanoseconds since 1970, or -10 min";
  return std::nullopt;
}

std::string time_text(std::int64_t ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(ns)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto in_day = (time - day).count();
  const auto s = in_day / 1'000'000'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), s / 3600,
                     s / 60 % 60, s % 60, in_day % 1'000'000'000);
}

}  // namespace bondline::station
