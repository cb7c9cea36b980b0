// bondline design check | import | export | schema
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/design_io.h"
#include "base/file.h"
#include "design/formats/formats.h"
#include "design/package/load.h"
#include "design/package/solids.h"
#include "design/rules/rules.h"
#include "design/signoff/report_json.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

void must_write(const std::string& path, const std::string& bytes) {
  const auto problem = base::disk().write_atomic(path, bytes);
  if (!problem.empty())
    throw base::Error(fmt::format("{} could not be written: {}", path, problem), "choose another --out");
}

Json summary_json(const package::Design& design, const package::Assembly& assembly) {
  std::size_t layers = design.block ? design.block->layers.size() : 0;
  if (design.substrate) layers += design.substrate->layers.size();
  if (design.board) layers += design.board->layers.size();
  double power = 0;
  for (const auto& source : assembly.sources) power += source.power;
  return {{"bodies", assembly.solids.size()},   {"dies", design.dies.size()},         {"layers", layers},
          {"nets", design.nets.size()},         {"passives", design.passives.size()}, {"power_W", power},
          {"defaults", design.defaults.size()}, {"stored", design.stored.size()}};
}

std::string summary_text(const Json& s) {
  return fmt::format("{} bodies, {} dies, {} layers, {} nets, {} passives, {:.4g} W\n",
                     s["bodies"].get<int>(), s["dies"].get<int>(), s["layers"].get<int>(),
                     s["nets"].get<int>(), s["passives"].get<int>(), s["power_W"].get<double>());
}

int check(const std::vector<std::string>& paths, Io& io) {
  const package::Design design = read_design(paths, io);
  const package::Assembly assembly = package::assemble(design);
  const auto findings = rules::check(design, assembly);
  const Json summary = summary_json(design, assembly);
  io.text(show::paint(design.name, show::Tone::heading, io.terminal()) + "\n" + summary_text(summary));
  io.text(findings_text(findings, io.terminal()));
  if (!design.stored.empty()) {
    std::string keys;
    for (const auto& key : design.stored) keys += (keys.empty() ? "" : ", ") + key.path;
    const std::string text = fmt::format("{} keys are stored, not yet used: {}", design.stored.size(), keys);
    io.text(show::paint(show::wrap(text, io.terminal().width, 2), show::Tone::quiet, io.terminal()));
  }
  Json notes = Json::array();
  for (const auto& d : design.notes.all()) notes.push_back(signoff::diagnostic_json(d));
  io.document(
      {{"design", {{"name", design.name}, {"file", design.file}, {"content_hash", design.content_hash}}},
       {"verdict", package::to_text(package::worst(findings))},
       {"findings", signoff::findings_json(findings)},
       {"summary", summary},
       {"defaults", signoff::defaults_json(design)},
       {"stored", signoff::stored_json(design)},
       {"notes", std::move(notes)}});
  return status_of(findings);
}

int import(const std::vector<std::string>& paths, const std::string& out, Io& io) {
  auto imported = formats::import_files(paths, base::disk());
  if (!imported.design || imported.diagnostics.has_errors()) throw base::Error(imported.diagnostics);
  const std::string text = package::to_design_file(*imported.design);
  must_write(out, text);
  const Json summary = summary_json(*imported.design, package::assemble(*imported.design));
  io.text(fmt::format("Wrote {}: ", out) + summary_text(summary));
  Json lost = Json::array();
  for (const auto& d : imported.diagnostics.all()) {
    lost.push_back(signoff::diagnostic_json(d));
    io.text("  " + base::to_text(d) + "\n");
  }
  io.document({{"file", out},
               {"design", {{"name", imported.design->name}}},
               {"summary", summary},
               {"not_carried", lost}});
  return kDone;
}

int do_export(const std::vector<std::string>& paths, const std::string& format, const std::string& out,
              Io& io) {
  const package::Design design = read_design(paths, io);
  const auto exported = formats::export_design(design, format);
  must_write(out, exported.bytes);
  Json files = Json::array({out});
  for (const auto& other : exported.others) {
    const std::string path = base::join_path(base::folder_of(out), other.name);
    must_write(path, other.bytes);
    files.push_back(path);
  }
  for (const auto& file : files) io.text("Wrote " + file.get<std::string>() + "\n");
  for (const auto& line : exported.not_carried) io.text("  not carried over: " + line + "\n");
  io.document({{"format", format},
               {"files", files},
               {"bytes", exported.bytes.size()},
               {"not_carried", exported.not_carried}});
  return kDone;
}

int schema(Io& io) {
  const std::string text =
      document::to_json_schema(package::design_schema(), "https://bondline.example/schemas/design-1.json");
  io.text(text);
  if (io.json()) io.document({{"schema", Json::parse(text)}});
  return kDone;
}

}  // namespace

void add_design_commands(CLI::App& program, Chosen& chosen) {
  CLI::App* design = program.add_subcommand("design", "check, import and export designs");
  design->footer(
      "Examples:\n  bondline design check examples/sip-edge-node/design.yaml\n"
      "  bondline design import ev6.flp gcc.ptrace package.config --out ev6.yaml");
  struct Arguments {
    std::vector<std::string> paths;
    std::string out, format;
  };
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* c = design->add_subcommand("check", "check a design's geometry and rules");
  auto common =
      add_common(*c,
                 "  bondline design check examples/sip-edge-node/design.yaml\n"
                 "  bondline design check my.yaml --json | jq '.findings[] | select(.verdict == \"fail\")'",
                 false);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->callback([=, &chosen] {
    chosen = {"design check", common->json, [=](Io& io) { return check(arguments->paths, io); }};
  });

  c = design->add_subcommand("import", "make a design file of HotSpot, 3D-ICE, 3Dblox or CSV files");
  common = add_common(*c,
                      "  bondline design import ev6.flp gcc.ptrace package.config --out ev6.yaml\n"
                      "  bondline design import stack.stk --out stack.yaml",
                      false);
  c->add_option("FILE", arguments->paths, "all files that describe the one design")->required();
  c->add_option("--out", arguments->out, "the design file to write")->required()->type_name("D.yaml");
  c->callback([=, &chosen] {
    chosen = {"design import", common->json,
              [=](Io& io) { return import(arguments->paths, arguments->out, io); }};
  });

  c = design->add_subcommand("export", "write a design's geometry for other tools");
  common = add_common(*c,
                      "  bondline design export my.yaml --format gltf --out my.glb\n"
                      "  bondline design export my.yaml --format vtk --out my.vtr",
                      false);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->add_option("--format", arguments->format, "one of vtk, gltf, 3dblox, csv")
      ->required()
      ->check(CLI::IsMember(formats::export_formats()));
  c->add_option("--out", arguments->out, "the file to write")->required()->type_name("F");
  c->callback([=, &chosen] {
    chosen = {"design export", common->json,
              [=](Io& io) { return do_export(arguments->paths, arguments->format, arguments->out, io); }};
  });

  c = design->add_subcommand("schema", "print the JSON Schema of the design file");
  common = add_common(*c,
                      "  bondline design schema > design.schema.json\n"
                      "  bondline design schema --json | jq .schema.title",
                      false);
  c->callback([=, &chosen] { chosen = {"design schema", common->json, [](Io& io) { return schema(io); }}; });
}

}  // namespace bondline::app
