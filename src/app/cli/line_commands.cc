// bondline line check | run, bondline history query (audit: line_audit_command.cc)
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "base/file.h"
#include "line/service/service.h"
#include "line/station/history.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file, tag, from, to;
  double seconds = 0;
  std::uint64_t most = 0;
  bool csv = false, reload_on_change = false;
};

station::LineFile read_line(const std::string& path, const Io& io, Json* doubts = nullptr) {
  base::Diagnostics diagnostics;
  auto line = station::load_line(base::disk(), path, diagnostics);
  if (!line) throw base::Error(diagnostics);
  io.say(diagnostics);
  if (doubts)
    for (const auto& d : diagnostics.all())
      doubts->push_back({{"file", d.where.file},
                         {"line", d.where.line},
                         {"column", d.where.column},
                         {"severity", d.severity == base::Severity::warning ? "warning" : "note"},
                         {"what", d.what},
                         {"mend", d.mend}});
  return std::move(*line);
}

int check(const Arguments& a, Io& io) {
  Json doubts = Json::array();
  const auto line = read_line(a.file, io, &doubts);
  io.text(station::plan_text(line));
  if (!io.json()) return kDone;
  Json plan = Json::parse(station::plan_json(line));
  plan["warnings"] = std::move(doubts);
  io.document(plan);
  return kDone;
}

int run_line(const Arguments& a, Io& io) {
  auto line = read_line(a.file, io);
  for (const auto& note : line.notes) io.say("note: " + note);
  base::Diagnostics diagnostics;
  const auto station = station::Station::make(base::disk(), std::move(line), diagnostics);
  if (!station) throw base::Error(diagnostics);
  service::ServiceOptions options;
  options.seconds = a.seconds;
  options.report_every = 5;
  options.reload_on_change = a.reload_on_change;
  options.say = [&](const std::string& text) { io.say(text); };
  options.report = [&](const station::Station& s) { io.text(s.table()); };
  io.say(fmt::format("running; {}", a.seconds > 0 ? fmt::format("ends after {:g} s", a.seconds)
                                                  : std::string("Ctrl-C ends it")));
  service::serve(*station, options);
  io.text(station->table());
  const Json report = Json::parse(station->report());
  io.document(report);
  return report.at("counters").at("balanced").get<bool>() &&
                 report.at("store").at("problem").get<std::string>().empty()
             ? kDone
             : kJudged;
}

Json value_of(const station::HistorySample& s) {
  if (tags::is_bad(s.sample.quality)) return nullptr;
  switch (s.type) {
    case tags::ValueType::boolean:
      return s.sample.bits != 0;
    case tags::ValueType::i64:
      return static_cast<std::int64_t>(s.sample.bits);
    case tags::ValueType::u64:
      return s.sample.bits;
    case tags::ValueType::text:
      return std::string(s.text);
    default: {
      const double value = tags::number_of(s.type, s.sample.bits);
      return std::isfinite(value) ? Json(value) : Json();
    }
  }
}

int query(const Arguments& a, Io& io) {
  const auto line = read_line(a.file, io);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t now_ns = static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
  station::HistoryQuery wanted;
  wanted.tag = a.tag;
  if (a.most > 0) wanted.most = a.most;
  base::Diagnostics diagnostics;
  std::string problem;
  for (const auto& [text, bound] : {std::pair{&a.from, &wanted.from_ns}, {&a.to, &wanted.to_ns}}) {
    if (text->empty()) continue;
    const auto time = station::time_of(*text, now_ns, &problem);
    if (time)
      *bound = *time;
    else
      diagnostics.error({}, problem);
  }
  diagnostics.throw_if_errors();
  Json samples = Json::array();
  std::uint64_t n = 0;
  const bool many = a.tag.ends_with('*');
  if (a.csv && !io.json()) io.text("time,tag,value,quality\n");
  const bool fine = station::query_history(
      base::disk(), line.store.folder, wanted,
      [&](const station::HistorySample& s) {
        ++n;
        const Json value = value_of(s);
        if (io.json()) {
          Json one = {{"time_ns", s.sample.times.source_ns},
                      {"value", value},
                      {"quality", tags::name_of(s.sample.quality)}};
          if (many) one["tag"] = s.tag;
          samples.push_back(std::move(one));
          return;
        }
        const std::string shown = value.is_null()               ? ""
                                  : value.is_string() && !a.csv ? value.get<std::string>()
                                                                : value.dump();
        if (a.csv)
          io.text(fmt::format("{},{},{},{}\n", station::time_text(s.sample.times.source_ns), s.tag, shown,
                              tags::name_of(s.sample.quality)));
        else
          io.text(fmt::format("{}  {}{:>16}  {}\n", station::time_text(s.sample.times.source_ns),
                              many ? fmt::format("{:<24} ", s.tag) : std::string(), shown,
                              tags::name_of(s.sample.quality)));
      },
      diagnostics);
  if (!fine) throw base::Error(diagnostics);
  io.say(fmt::format("{} samples", n));
  io.document({{"tag", a.tag}, {"samples", std::move(samples)}});
  return kDone;
}

}  // namespace

void add_line_commands(CLI::App& program, Chosen& chosen) {
  CLI::App* noun =
      program.add_subcommand("line", "the gateway on the line: machines in, nothing lost, receivers out");
  noun->footer(
      "Examples:\n  bondline line check examples/line/line.yaml\n  bondline line run examples/line/line.yaml "
      "--for 10");
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* c = noun->add_subcommand("check", "read a line file and say what it would do");
  auto common = add_common(*c,
                           "  bondline line check examples/line/line.yaml\n"
                           "  bondline line check examples/line/line.yaml --json | jq .samples_per_second",
                           false);
  c->add_option("L.yaml", arguments->file, "the line file")->required();
  c->callback([=, &chosen] {
    chosen = {"line check", common->json, [=](Io& io) { return check(*arguments, io); }};
  });

  c = noun->add_subcommand("run", "connect the machines, store what they say, send it on");
  common = add_common(*c,
                      "  bondline line run examples/line/line.yaml --for 10\n"
                      "  bondline line run examples/line/line.yaml --for 10 --json | jq .counters",
                      false);
  c->add_option("L.yaml", arguments->file, "the line file")->required();
  c->add_option("--for", arguments->seconds,
                "seconds after which it ends; without, Ctrl-C or SIGTERM ends it")
      ->check(number_from(0.001, 1e9));
  c->add_flag(
      "--reload-on-change", arguments->reload_on_change,
      "read the line file again whenever it, or a file it names, has changed; SIGHUP does it at once");
  c->callback([=, &chosen] {
    chosen = {"line run", common->json, [=](Io& io) { return run_line(*arguments, io); }};
  });

  add_line_audit_command(*noun, chosen);

  CLI::App* history = program.add_subcommand("history", "what a line has stored");
  history->footer(
      "Examples:\n  bondline history query line.yaml --tag oven.zone4 --from '-10 min'\n  bondline history "
      "query line.yaml --tag 'oven.*' --csv > oven.csv");
  c = history->add_subcommand("query", "samples of a tag, also while the line runs");
  common = add_common(*c,
                      "  bondline history query examples/line/line.yaml --tag oven.zone4 --from '-10 min'\n"
                      "  bondline history query examples/line/line.yaml --tag 'oven.*' --csv > oven.csv",
                      false);
  c->add_option("L.yaml", arguments->file, "the line file whose store is read")->required();
  c->add_option("--tag", arguments->tag, "its name; NAME* for all that begin so")->required();
  c->add_option("--from", arguments->from,
                "first time: 2026-11-21T09:00:00Z, nanoseconds since 1970, or '-10 min'");
  c->add_option("--to", arguments->to, "time before which they lie");
  c->add_option("--most", arguments->most, "most samples")->check(CLI::Range(1, 1'000'000'000));
  c->add_flag("--csv", arguments->csv, "as a table: time, tag, value, quality");
  c->callback([=, &chosen] {
    chosen = {"history query", common->json, [=](Io& io) { return query(*arguments, io); }};
  });
}

}  // namespace bondline::app
