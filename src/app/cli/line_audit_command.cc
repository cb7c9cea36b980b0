// bondline line audit: what operators did, and whether its record is whole.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "base/file.h"
#include "line/station/audit.h"
#include "line/station/history.h"
#include "line/station/line_file.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file, head;
};

/// "12:3f...": whether record 12 has that hash.
struct Noted {
  std::uint64_t number = 0;
  std::string hash;
};

std::optional<Noted> read_noted(const std::string& text) {
  if (text.empty()) return std::nullopt;
  Noted noted;
  const std::size_t colon = text.find(':');
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min(colon, text.size()), noted.number);
  if (colon != std::string::npos) noted.hash = text.substr(colon + 1);
  if (error != std::errc{} || end != text.data() + colon || noted.number == 0 || noted.hash.size() != 64)
    throw base::Error("\"" + text + "\" is no head of a chain",
                      "write NUMBER:HASH as `line audit` prints it");
  return noted;
}

int audit(const Arguments& a, Io& io) {
  base::Diagnostics diagnostics;
  const auto line = station::load_line(base::disk(), a.file, diagnostics);
  if (!line) throw base::Error(diagnostics);
  const auto noted = read_noted(a.head);
  Json records = Json::array();
  bool met = false;
  const auto check = station::read_audit(
      base::disk(), line->store.folder,
      [&](const station::AuditEntry& e) {
        if (noted && e.number == noted->number && e.hash == noted->hash && e.sound) met = true;
        io.text(fmt::format("{:>6}  {}  {:<20} {:<12} {} {}{}\n", e.number, station::time_text(e.time_ns),
                            e.deed.who, e.deed.what, e.deed.subject, e.deed.detail,
                            e.sound ? "" : "   [behind a break]"));
        if (io.json())
          records.push_back({{"number", e.number},
                             {"time_ns", e.time_ns},
                             {"who", e.deed.who},
                             {"what", e.deed.what},
                             {"subject", e.deed.subject},
                             {"detail", e.deed.detail},
                             {"hash", e.hash},
                             {"sound", e.sound}});
      },
      diagnostics);
  if (!check) throw base::Error(diagnostics);
  std::string problem;
  if (check->first_break)
    problem = fmt::format("broken at line {}: {}", check->first_break->line, check->first_break->what);
  else if (check->is_chain && check->title != line->name)
    problem = fmt::format("it is the log of line \"{}\", not of \"{}\"", check->title, line->name);
  else if (noted && !met)
    problem = fmt::format(
        "record {} with the hash that was noted is not in it: its end was cut off, or it was written anew",
        noted->number);
  io.text(problem.empty() ? fmt::format("whole; head {}:{}\n", check->head.number, check->head.hash)
                          : problem + "\n");
  if (check->torn > 0 || check->ends_torn)
    io.text(fmt::format("{} half-written lines, left by losses of power\n",
                        check->torn + (check->ends_torn ? 1 : 0)));
  Json first_break;
  if (check->first_break)
    first_break = {{"line", check->first_break->line}, {"what", check->first_break->what}};
  io.document({{"line", line->name},
               {"verified", problem.empty()},
               {"problem", problem},
               {"first_break", std::move(first_break)},
               {"torn", check->torn + (check->ends_torn ? 1 : 0)},
               {"head", {{"number", check->head.number}, {"hash", check->head.hash}}},
               {"records", std::move(records)}});
  return problem.empty() ? kDone : kJudged;
}

}  // namespace

void add_line_audit_command(CLI::App& noun, Chosen& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand(
      "audit", "what operators did, and whether its record is whole; exit status 1 when not");
  const auto common = add_common(*c,
                                 "  bondline line audit examples/line/line.yaml\n"
                                 "  bondline line audit line.yaml --json | jq .verified",
                                 false);
  c->add_option("L.yaml", arguments->file, "the line file whose store is read")->required();
  c->add_option("--head", arguments->head, "NUMBER:HASH that was noted before: it must be in the log still");
  c->callback([=, &chosen] {
    chosen = {"line audit", common->json, [=](Io& io) { return audit(*arguments, io); }};
  });
}

}  // namespace bondline::app
