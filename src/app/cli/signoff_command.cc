// bondline signoff
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/design_io.h"
#include "app/cli/print_pdf.h"
#include "base/file.h"
#include "base/parallel.h"
#include "design/signoff/report_json.h"
#include "design/signoff/signoff.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::vector<std::string> paths;
  std::string out;
  double cells = 0, field_cells = 250e3;
  int fields = 5;
  bool pdf = false;
  std::vector<std::string> with;
};

int sign_off(const Arguments& arguments, int threads, Io& io) {
  const std::string& out = arguments.out;
  std::optional<std::string> browser;
  if (arguments.pdf) {  // known before the work begins
    if (out.empty()) throw base::Error("--pdf has no folder to print into", "add --out DIR");
    browser = find_browser();
    if (!browser)
      throw base::Error("--pdf needs Chromium or Chrome, and neither is installed",
                        "install chromium, or print report.html from any browser");
  }
  const package::Design design = read_design(arguments.paths, io);
  base::Pool pool(threads);
  signoff::Options options;
  options.out = out;
  options.cells = arguments.cells;
  options.fields = arguments.fields;
  options.field_cells = arguments.field_cells;
  for (const auto& word : arguments.with) {
    options.with.time |= word == "time" || word == "all";
    options.with.impedance |= word == "impedance" || word == "all";
    options.with.reduced |= word == "reduced" || word == "all";
  }
  options.made_by = made_by();
  options.progress = io.progress();
  signoff::SignOff result = signoff::sign_off(design, base::disk(), pool, options);
  if (browser) {
    print_pdf(*browser, base::join_path(out, "report.html"), base::join_path(out, "report.pdf"));
    result.files.emplace_back("report.pdf");
  }
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
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = program.add_subcommand("signoff", "run every analysis of a design and judge it");
  const auto common = add_common(*c,
                                 "  bondline signoff examples/sip-edge-node/design.yaml --out report\n"
                                 "  bondline signoff my.yaml --json --threads 2 | jq .verdict",
                                 true);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->add_option("--out", arguments->out,
                "folder for report.html, report.json, handoff.json and pictures (default: write nothing)")
      ->type_name("DIR");
  c->add_option("--cells", arguments->cells, "cells of the fine grid to aim at")
      ->check(number_from(1, 1e12))
      ->type_name("N");
  c->add_option("--fields", arguments->fields, "fields in report.html at most (0: none)")
      ->check(number_from(0, 100))
      ->type_name("N");
  c->add_option("--field-cells", arguments->field_cells, "cells of one field in report.html at most")
      ->check(number_from(1000, 1e8))
      ->type_name("N");
  c->add_option("--with", arguments->with,
                "analyses that take longer: time, impedance, reduced, all (repeat or join with commas)")
      ->delimiter(',')
      ->check(CLI::IsMember({"time", "impedance", "reduced", "all"}))
      ->type_name("WHAT");
  c->add_flag("--pdf", arguments->pdf,
              "also report.pdf, printed by Chromium or Chrome (which must be installed)");
  c->callback([=, &chosen] {
    chosen = {"signoff", common->json, [=](Io& io) { return sign_off(*arguments, common->threads, io); }};
  });
}

}  // namespace bondline::app
