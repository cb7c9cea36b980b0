// bondline signoff
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "base/file.h"
#include "base/parallel.h"
#include "design/signoff/report_json.h"
#include "design/signoff/signoff.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

int sign_off(const std::vector<std::string>& paths, const std::string& out, double cells, int threads,
             Io& io) {
  const package::Design design = read_design(paths, io);
  base::Pool pool(threads);
  signoff::Options options;
  options.out = out;
  options.cells = cells;
  options.made_by = made_by();
  options.progress = io.progress();
  const signoff::SignOff result = signoff::sign_off(design, base::disk(), pool, options);
  io.text(signoff::to_terminal(design, result, io.terminal().width, io.terminal().colour));
  if (!out.empty()) {
    std::string files;
    for (const auto& file : result.files) files += (files.empty() ? "" : ", ") + file;
    io.text(show::paint(show::wrap(fmt::format("In {}: {}", out, files), io.terminal().width, 2),
                        show::Tone::quiet, io.terminal()));
  }
  if (io.json()) {
    Json body = Json::parse(signoff::to_json(design, result));
    body.erase("bondline");  // the report's own version; the document has the command's
    if (out.empty())
      body.erase("files");
    else
      body["out"] = out;
    io.document(body);
  }
  return status_of(result.findings);
}

}  // namespace

void add_signoff_command(CLI::App& program, Chosen& chosen) {
  struct Arguments {
    std::vector<std::string> paths;
    std::string out;
    double cells = 0;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = program.add_subcommand("signoff", "run every analysis of a design and judge it");
  const auto common = add_common(*c,
                                 "  bondline signoff examples/sip-edge-node/design.yaml --out report\n"
                                 "  bondline signoff my.yaml --json --threads 2 | jq .verdict",
                                 true);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->add_option("--out", arguments->out,
                "folder for report.json, handoff.json and pictures (default: write nothing)")
      ->type_name("DIR");
  c->add_option("--cells", arguments->cells, "cells of the fine grid to aim at")
      ->check(number_from(1, 1e12))
      ->type_name("N");
  c->callback([=, &chosen] {
    chosen = {"signoff", common->json, [=](Io& io) {
                return sign_off(arguments->paths, arguments->out, arguments->cells, common->threads, io);
              }};
  });
}

}  // namespace bondline::app
