// bondline handoff show | diff | schema (sign and verify: handoff_sign_commands.cc)
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "base/file.h"
#include "handoff/handoff.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

std::string celsius(const std::optional<double>& kelvin, const std::string& unit) {
  if (!kelvin) return "–";
  return unit == "K" ? fmt::format("{:.1f} °C", *kelvin - 273.15) : fmt::format("{:g} {}", *kelvin, unit);
}

std::string text_of(const handoff::Handoff& h, const show::Terminal& terminal) {
  std::string out =
      show::paint(fmt::format("{}, signed off: {}", h.design_name, h.verdict), show::Tone::heading, terminal);
  out += fmt::format("\nby {}, hash {}\n\n", h.made_by, h.hash);
  show::Table limits;
  limits.columns = {{"tag", show::Align::left, 10, 0},        {"low alarm", show::Align::right, 8, 0},
                    {"low warn", show::Align::right, 8, 0},   {"high warn", show::Align::right, 8, 0},
                    {"high alarm", show::Align::right, 8, 0}, {"why", show::Align::left, 16, 1}};
  for (const auto& l : h.limits) {
    limits.rows.push_back({{l.tag},
                           {celsius(l.low_alarm, l.unit)},
                           {celsius(l.low_warn, l.unit)},
                           {celsius(l.high_warn, l.unit)},
                           {celsius(l.high_alarm, l.unit)},
                           {l.why}});
  }
  if (!limits.rows.empty()) out += show::render(limits, terminal) + "\n";
  show::Table regions;
  regions.columns = {{"region", show::Align::left, 8, 1},      {"kind", show::Align::left, 7, 0},
                     {"side", show::Align::left, 6, 0},        {"centre (mm)", show::Align::right, 12, 0},
                     {"size (mm)", show::Align::right, 12, 0}, {"face (mm)", show::Align::right, 8, 0}};
  for (const auto& r : h.regions) {
    regions.rows.push_back({{r.name},
                            {r.kind},
                            {r.side},
                            {fmt::format("{:.3f}, {:.3f}", r.x * 1e3, r.y * 1e3)},
                            {fmt::format("{:.3f} x {:.3f}", r.width * 1e3, r.height * 1e3)},
                            {fmt::format("{:.3f}", r.z * 1e3)}});
  }
  if (!regions.rows.empty()) out += show::render(regions, terminal) + "\n";
  out += fmt::format("{} tags, {} golden features, {} reduced models, {} life models, {} test steps\n",
                     h.tags.size(), h.golden.size(), h.models.size(), h.life.size(), h.tests.size());
  return out;
}

int show_one(const std::string& path, Io& io) {
  const auto document = read_handoff(path);
  io.text(text_of(document, io.terminal()));
  if (io.json()) io.document({{"file", path}, {"handoff", Json::parse(handoff::write(document))}});
  return kDone;
}

int diff(const std::string& a, const std::string& b, Io& io) {
  const auto lines = handoff::diff(read_handoff(a), read_handoff(b));
  for (const auto& line : lines) io.text(line + "\n");
  if (lines.empty()) io.text("no difference\n");
  io.document({{"files", {a, b}}, {"equal", lines.empty()}, {"differences", lines}});
  return lines.empty() ? kDone : kJudged;
}

int schema(Io& io) {
  io.text(handoff::json_schema());
  if (io.json()) io.document({{"schema", Json::parse(handoff::json_schema())}});
  return kDone;
}

}  // namespace

handoff::Handoff read_handoff(const std::string& path) {
  base::FileProblem problem;
  const auto text = base::disk().read(path, &problem, 256u << 20);
  if (!text) throw base::Error(fmt::format("{} could not be read: {}", path, problem), "name a handoff.json");
  base::Diagnostics diagnostics;
  auto document = handoff::read(*text, path, diagnostics);
  if (!document) throw base::Error(diagnostics);
  return std::move(*document);
}

void add_handoff_commands(CLI::App& program, Chosen& chosen) {
  CLI::App* noun = program.add_subcommand("handoff", "the document between the design and the line");
  noun->footer(
      "Examples:\n  bondline handoff show report/handoff.json\n"
      "  bondline handoff diff old/handoff.json new/handoff.json");
  struct Arguments {
    std::string a, b;
  };
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* c = noun->add_subcommand("show", "read, check and print a handoff");
  auto common = add_common(*c,
                           "  bondline handoff show report/handoff.json\n"
                           "  bondline handoff show report/handoff.json --json | jq .handoff.limits",
                           false);
  c->add_option("H.json", arguments->a, "the handoff")->required();
  c->callback([=, &chosen] {
    chosen = {"handoff show", common->json, [=](Io& io) { return show_one(arguments->a, io); }};
  });

  c = noun->add_subcommand("diff",
                           "what changed from one handoff to another; exit status 1 when they differ");
  common = add_common(*c,
                      "  bondline handoff diff old/handoff.json new/handoff.json\n"
                      "  bondline handoff diff a.json b.json --json | jq .equal",
                      false);
  c->add_option("H.json", arguments->a, "the older")->required();
  c->add_option("H2.json", arguments->b, "the newer")->required();
  c->callback([=, &chosen] {
    chosen = {"handoff diff", common->json, [=](Io& io) { return diff(arguments->a, arguments->b, io); }};
  });

  c = noun->add_subcommand("schema", "print the JSON Schema of the handoff");
  common = add_common(*c,
                      "  bondline handoff schema > handoff.schema.json\n"
                      "  bondline handoff schema --json | jq .schema.title",
                      false);
  c->callback([=, &chosen] { chosen = {"handoff schema", common->json, [](Io& io) { return schema(io); }}; });
  add_handoff_sign_commands(*noun, chosen);
}

}  // namespace bondline::app
