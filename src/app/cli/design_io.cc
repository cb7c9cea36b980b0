#include "app/cli/design_io.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "design/formats/formats.h"
#include "design/package/load.h"

namespace bondline::app {
namespace {

bool ends_with_any(const std::string& path, std::initializer_list<std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view s) { return path.ends_with(s); });
}

}  // namespace

package::Design read_design(const std::vector<std::string>& paths, const Io& io) {
  if (paths.size() == 1 && ends_with_any(paths[0], {".yaml", ".yml", ".json"})) {
    package::Design design = package::load(paths[0], base::disk());
    io.say(design.notes);
    return design;
  }
  for (const auto& path : paths) {
    if (ends_with_any(path, {".yaml", ".yml"})) {
      throw base::Error(
          "a design file stands alone, but " + std::to_string(paths.size()) + " files were named",
          "name " + path + " only, or only the other tool's files");
    }
  }
  auto imported = formats::import_files(paths, base::disk());
  if (!imported.design || imported.diagnostics.has_errors()) throw base::Error(imported.diagnostics);
  io.say(imported.diagnostics);
  return std::move(*imported.design);
}

int status_of(const std::vector<package::Finding>& findings) {
  const package::Verdict worst = package::worst(findings);
  return worst == package::Verdict::fail || worst == package::Verdict::unknown ? 1 : 0;
}

std::string findings_text(const std::vector<package::Finding>& findings, const show::Terminal& terminal) {
  using package::Verdict;
  const auto tone = [](Verdict v) {
    if (v == Verdict::fail) return show::Tone::bad;
    if (v == Verdict::unknown) return show::Tone::unsure;
    return v == Verdict::warn ? show::Tone::caution : show::Tone::quiet;
  };
  std::string sums;
  for (Verdict v : {Verdict::fail, Verdict::unknown, Verdict::warn, Verdict::pass, Verdict::info}) {
    const auto n =
        std::count_if(findings.begin(), findings.end(), [&](const auto& f) { return f.verdict == v; });
    if (n > 0) sums += fmt::format("{}{} {}", sums.empty() ? "" : " · ", n, package::to_text(v));
  }
  if (sums.empty()) sums = "none (no limit is set)";
  show::Table table;
  table.columns = {
      {"", show::Align::left, 7, 0}, {"", show::Align::left, 12, 0}, {"", show::Align::left, 24, 1}};
  for (const auto& f : findings) {
    if (f.verdict == Verdict::pass) continue;
    std::string why = f.why + (f.mend.empty() ? "" : "; " + f.mend);
    if (f.where.line > 0) why += " [" + base::to_text(f.where) + "]";
    table.rows.push_back(
        {{package::to_text(f.verdict), tone(f.verdict)}, {f.rule + "\n" + f.subject}, {why}});
  }
  return show::paint("Checks: " + sums, show::Tone::heading, terminal) + "\n" + show::render(table, terminal);
}

}  // namespace bondline::app
