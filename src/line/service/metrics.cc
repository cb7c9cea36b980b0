#include "line/service/metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace bondline::service {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

class Page {
 public:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void add(double value, std::initializer_list<std::pair<std::string_view, std::string_view>> labels = {}) {
    out_ += name_;
    char before = '{';
    for (const auto& [name, text] : labels) {
      out_ += fmt::format("{}{}=\"{}\"", before, name, escaped(text));
      before = ',';
    }
    if (labels.size() > 0) out_ += '}';
    out_ += std::isnan(value)   ? " NaN\n"
            : std::isinf(value) ? (value > 0 ? " +Inf\n" : " -Inf\n")
                                : fmt::format(" {}\n", value);
  }
  void one(std::string_view name, std::string_view type, std::string_view help, double value) {
    begin(name, type, help);
    add(value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_, name_;
};

using Json = nlohmann::ordered_json;

struct Column {
  const char *key, *name, *type, *help;
};

constexpr Column kCounters[] = {
    {"received", "bondline_samples_received_total", "counter", "Samples that machines have said"},
    {"suppressed", "bondline_samples_suppressed_total", "counter", "Samples held back by thinning"},
    {"made", "bondline_samples_made_total", "counter", "Samples made by rules"},
    {"stored", "bondline_samples_stored_total", "counter", "Samples that are durable"},
    {"waiting", "bondline_samples_waiting", "gauge", "Samples accepted and not yet durable"}};

constexpr Column kDriver[] = {
    {"polls", "bondline_driver_polls_total", "counter", "Rounds begun"},
    {"requests", "bondline_driver_requests_total", "counter", "Messages sent to the machine"},
    {"errors", "bondline_driver_errors_total", "counter", "Requests that failed"},
    {"overruns", "bondline_driver_overruns_total", "counter",
     "Rounds left out because the one before had not ended"},
    {"received", "bondline_driver_samples_total", "counter", "Samples the machine has said"},
    {"connects", "bondline_driver_connects_total", "counter", "Connections made"},
    {"strays", "bondline_driver_strays_total", "counter", "Messages that answered nothing"},
    {"restarts", "bondline_driver_restarts_total", "counter", "Times it had to be started again"}};

constexpr Column kSink[] = {
    {"acknowledged", "bondline_sink_samples_acknowledged_total", "counter",
     "Samples the receiver has taken over"},
    {"sent", "bondline_sink_samples_sent_total", "counter", "Samples handed to the network, repetitions too"},
    {"sent_again", "bondline_sink_samples_resent_total", "counter", "Of those, sent again"},
    {"lost", "bondline_sink_samples_lost_total", "counter", "Samples the log no longer had"},
    {"refused", "bondline_sink_samples_refused_total", "counter", "Samples the receiver will not have"},
    {"pending", "bondline_sink_samples_pending", "gauge", "Samples stored and not acknowledged"},
    {"errors", "bondline_sink_errors_total", "counter", "Connections that failed or broke"},
    {"connects", "bondline_sink_connects_total", "counter", "Connections made"}};

constexpr Column kServe[] = {
    {"requests", "bondline_serve_requests_total", "counter", "Requests of masters that were answered"},
    {"refused", "bondline_serve_refused_total", "counter",
     "Answers that were exceptions, and failures to listen"},
    {"masters", "bondline_serve_connections_total", "counter", "Connections masters made"}};

template <std::size_t N>
void table_of(Page& page, const Json& members, const char* label, const Column (&columns)[N]) {
  if (members.empty()) return;
  for (const Column& column : columns) {
    page.begin(column.name, column.type, column.help);
    for (const auto& [name, member] : members.items())
      page.add(member.at(column.key).template get<double>(), {{label, name}});
  }
}

void up_of(Page& page, const Json& members, const char* name, const char* label, const char* help) {
  if (members.empty()) return;
  page.begin(name, "gauge", help);
  for (const auto& [member, about] : members.items())
    page.add(about.at("state") == "connected" ? 1 : 0, {{label, member}});
}

void by_reason(Page& page, const char* name, const char* help, const Json& reasons) {
  page.begin(name, "counter", help);
  if (reasons.empty()) page.add(0, {{"reason", "none"}});
  for (const auto& [reason, n] : reasons.items()) page.add(n.get<double>(), {{"reason", reason}});
}

void api_of(Page& page, const ApiCounters& api) {
  page.one("bondline_api_connections_total", "counter", "Connections accepted",
           static_cast<double>(api.connections));
  page.one("bondline_api_connections_open", "gauge", "Connections now", static_cast<double>(api.open));
  page.one("bondline_api_requests_total", "counter", "Requests", static_cast<double>(api.requests));
  page.one("bondline_api_refused_total", "counter", "Requests refused for who asked or how",
           static_cast<double>(api.refused));
  page.one("bondline_api_writes_total", "counter", "Tags written", static_cast<double>(api.writes));
  page.one("bondline_api_watchers", "gauge", "Live views now", static_cast<double>(api.watchers));
  page.one("bondline_api_watch_dropped_total", "counter", "Samples that live views were too slow for",
           static_cast<double>(api.watch_dropped));
}

}  // namespace

std::string metrics_text(const station::Station& station, const ApiCounters& api, const tags::TagTable& table,
                         const std::vector<tags::TagId>& tags) {
  const Json report = Json::parse(station.report());
  const Json &counters = report.at("counters"), &store = report.at("store");
  Page page;
  page.begin("bondline_line_info", "gauge", "The line that runs here");
  page.add(1, {{"line", report.at("line").get<std::string>()}});
  page.one("bondline_tags", "gauge", "Tags of the line", static_cast<double>(table.active()));
  page.one("bondline_line_file_generation", "gauge", "Rises when the line file has been read again",
           static_cast<double>(station.generation()));
  for (const Column& column : kCounters)
    page.one(column.name, column.type, column.help, counters.at(column.key).get<double>());
  by_reason(page, "bondline_samples_dropped_total", "Samples refused by the log", counters.at("dropped"));
  by_reason(page, "bondline_store_samples_dropped_total", "Samples stored and lost again",
            store.at("dropped"));
  by_reason(page, "bondline_routes_failed_total", "Values that rules could not write",
            report.at("routes").at("failed"));
  page.begin("bondline_sample_durable_latency_seconds", "gauge", "From a sample's arrival to the disk");
  for (const char* p : {"p50", "p99"})
    page.add(1e-3 * report.at("latency_ms").at(p).get<double>(), {{"percentile", p}});
  up_of(page, report.at("drivers"), "bondline_driver_up", "machine", "1: connected");
  table_of(page, report.at("drivers"), "machine", kDriver);
  up_of(page, report.at("sinks"), "bondline_sink_up", "sink", "1: connected");
  table_of(page, report.at("sinks"), "sink", kSink);
  table_of(page, report.at("serve"), "server", kServe);
  page.one("bondline_store_up", "gauge", "1: samples can be stored", store.at("problem") == "" ? 1 : 0);
  page.one("bondline_store_size_bytes", "gauge", "The log on disk", store.at("bytes").get<double>());
  page.one("bondline_store_segments", "gauge", "Files of the log", store.at("segments").get<double>());
  page.one("bondline_store_commits_total", "counter", "Commits", store.at("commits").get<double>());
  page.one("bondline_store_failed_commits_total", "counter", "Commits that failed",
           store.at("failed_commits").get<double>());
  page.begin("bondline_store_commit_seconds", "gauge", "Write and sync of a commit");
  for (const char* p : {"p50", "p99"})
    page.add(1e-3 * store.at("commit_ms").at(p).get<double>(), {{"percentile", p}});
  page.one("bondline_audit_records_total", "counter", "Records of what operators did",
           report.at("audit").at("records").get<double>());
  page.one("bondline_audit_records_lost_total", "counter", "Records that could not be written",
           report.at("audit").at("lost").get<double>());
  api_of(page, api);
  page.one("process_cpu_seconds_total", "counter", "Processor time", report.at("cpu_seconds").get<double>());
  page.one("process_resident_memory_bytes", "gauge", "Resident memory", report.at("rss_bytes").get<double>());
  if (!tags.empty()) {
    page.begin("bondline_tag_value", "gauge", "The newest value of a tag; NaN while it is bad");
    for (const tags::TagId id : tags) {
      const auto sample = station.live().get(id);
      if (!sample || table[id].type == tags::ValueType::text) continue;
      page.add(tags::is_bad(sample->quality) ? NAN : tags::number_of(table[id].type, sample->bits),
               {{"tag", table[id].name}, {"unit", table[id].unit}});
    }
  }
  return page.take();
}

}  // namespace bondline::service
