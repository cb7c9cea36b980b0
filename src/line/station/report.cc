// What a running line tells of itself.
#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "line/station/station.h"

namespace bondline::station {

namespace {

using Json = nlohmann::ordered_json;

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) * 1024;
  return 0;
}

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t total = 0;
  for (const auto& [name, n] : counts) total += n;
  return total;
}

}  // namespace

std::string Station::report() const {
  const std::shared_ptr<const LineFile> line = line_file();
  const gateway::Counters c = engine_->counters();
  const store::LogCounters log = log_->counters();
  Json dropped = Json::object();
  for (const auto& [reason, n] : c.dropped) dropped[reason] = n;
  Json body;
  body["line"] = line->name;
  body["counters"] = {
      {"received", c.received},
      {"suppressed", c.suppressed},
      {"made", c.made},
      {"stored", c.stored},
      {"waiting", c.waiting},
      {"acknowledged", sum(c.acknowledged)},
      {"pending", sum(c.pending)},
      {"dropped", dropped},
      {"balanced", c.received + c.made == c.suppressed + c.stored + c.waiting + sum(c.dropped)}};
  Json failed = Json::object();
  for (const auto& [reason, n] : c.routes_failed) failed[reason] = n;
  if (const std::uint64_t refused = refused_routes()) failed["outside the limits"] = refused;
  body["routes"] = {{"failed", std::move(failed)}};
  Json drivers = Json::object(), serve = Json::object();
  engine_->each_driver([&](const gateway::Driver& driver) {
    const auto& s = driver.status();
    if (driver.machine().starts_with("serve:")) {
      serve[driver.machine().substr(6)] = {
          {"state", gateway::name_of(s.state)}, {"requests", s.requests.load()},
          {"refused", s.errors.load()},         {"masters", s.connects.load()},
          {"restarts", s.restarts.load()},      {"last_problem", s.last_problem()}};
      return;
    }
    drivers[driver.machine()] = {{"state", gateway::name_of(s.state)}, {"polls", s.polls.load()},
                                 {"requests", s.requests.load()},      {"errors", s.errors.load()},
                                 {"overruns", s.overruns.load()},      {"received", s.received.load()},
                                 {"connects", s.connects.load()},      {"strays", s.strays.load()},
                                 {"restarts", s.restarts.load()},      {"last_problem", s.last_problem()}};
  });
  body["drivers"] = std::move(drivers);
  body["serve"] = std::move(serve);
  Json sinks = Json::object();
  engine_->each_sink([&](const gateway::Sink& sink, std::uint64_t pending) {
    const auto& s = sink.status();
    sinks[sink.name()] = {{"state", gateway::name_of(s.state)},
                          {"acknowledged", s.acknowledged.load()},
                          {"pending", pending},
                          {"sent", s.sent.load()},
                          {"sent_again", s.resent.load()},
                          {"lost", s.lost.load()},
                          {"refused", s.refused.load()},
                          {"errors", s.errors.load()},
                          {"connects", s.connects.load()},
                          {"last_problem", s.last_problem()}};
  });
  body["sinks"] = std::move(sinks);
  Json models = Json::object();
  each_model([&](const std::string& name, const gateway::ModelCounters& m) {
    models[name] = {{"runs", m.runs},
                    {"skipped", m.skipped},
                    {"left_out", m.left_out},
                    {"failed", m.failed},
                    {"last_ms", 1e3 * m.seconds}};
  });
  if (!models.empty()) body["models"] = std::move(models);
  Json lost = Json::object();
  for (const auto& [reason, n] : log.dropped) lost[reason] = n;
  body["store"] = {
      {"folder", line->store.folder},
      {"segments", log.segments},
      {"bytes", log.stored_bytes},
      {"commits", log.commits},
      {"failed_commits", log.failed_commits},
      {"dropped", lost},
      {"commit_ms", {{"p50", 1e3 * log.commit_seconds_p50}, {"p99", 1e3 * log.commit_seconds_p99}}},
      {"epoch", log_->epoch()},
      {"problem", log.problem},
      {"recovery",
       {{"segments", log_->recovery().segments},
        {"torn_bytes", log_->recovery().torn_bytes},
        {"damaged_bytes", log_->recovery().damaged_bytes},
        {"seconds", log_->recovery().seconds}}}};
  const AuditLog::Status audit = audit_->status();
  body["audit"] = {{"records", audit.head.number},
                   {"head", audit.head.hash},
                   {"lost", audit.lost},
                   {"problem", audit.problem}};
  body["latency_ms"] = {{"p50", 1e3 * c.latency_p50_s}, {"p99", 1e3 * c.latency_p99_s}};
  body["rss_bytes"] = resident_bytes();
  body["cpu_seconds"] = processor_seconds();
  return body.dump();
}

std::string Station::table() const {
  const std::shared_ptr<const LineFile> line = line_file();
  const gateway::Counters c = engine_->counters();
  std::string out =
      fmt::format("{}: {} received, {} stored, {} waiting", line->name, c.received, c.stored, c.waiting);
  if (c.made + c.suppressed > 0)
    out += fmt::format(", {} made by rules, {} suppressed", c.made, c.suppressed);
  for (const auto& [reason, n] : c.dropped)
    if (n > 0) out += fmt::format(", {} dropped ({})", n, reason);
  out += fmt::format("; received to durable {:.1f} ms (p50) {:.1f} ms (p99)\n", 1e3 * c.latency_p50_s,
                     1e3 * c.latency_p99_s);
  engine_->each_driver([&](const gateway::Driver& driver) {
    const auto& s = driver.status();
    if (driver.machine().starts_with("serve:")) {
      out += fmt::format("  <- {:<13} {:<12} {:>10} requests {:>7} refused{}{}\n", driver.machine().substr(6),
                         gateway::name_of(s.state), s.requests.load(), s.errors.load(),
                         s.last_problem().empty() ? "" : "  ", s.last_problem());
      return;
    }
    out += fmt::format("  {:<16} {:<12} {:>10} samples {:>8} polls {:>6} errors {:>6} overruns{}{}\n",
                       driver.machine(), gateway::name_of(s.state), s.received.load(), s.polls.load(),
                       s.errors.load(), s.overruns.load(), s.last_problem().empty() ? "" : "  ",
                       s.last_problem());
  });
  each_model([&](const std::string& name, const gateway::ModelCounters& m) {
    out += fmt::format(
        "  {:<16} model        {:>10} runs {:>8} skipped {:>6} left out {:>6} failed  {:.2f} ms\n", name,
        m.runs, m.skipped, m.left_out, m.failed, 1e3 * m.seconds);
  });
  engine_->each_sink([&](const gateway::Sink& sink, std::uint64_t pending) {
    const auto& s = sink.status();
    out += fmt::format("  -> {:<13} {:<12} {:>10} acknowledged {:>8} pending{}{}\n", sink.name(),
                       gateway::name_of(s.state), s.acknowledged.load(), pending,
                       s.last_problem().empty() ? "" : "  ", s.last_problem());
  });
  return out;
}

}  // namespace bondline::station
