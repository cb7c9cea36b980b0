#include "app/cli/io.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "design/formats/formats.h"
#include "design/package/load.h"
#include "design/signoff/report_json.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

void put(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

bool ends_with_any(const std::string& path, std::initializer_list<std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view s) { return path.ends_with(s); });
}

}  // namespace

Io::Io(std::string command, bool json)
    : command_(std::move(command)), json_(json), terminal_(show::this_terminal()) {}

void Io::text(const std::string& text) const {
  if (!json_) put(stdout, text);
}

void Io::document(const Json& body) const {
  if (!json_) return;
  Json out;
  out["bondline"] = {{"version", BONDLINE_VERSION}, {"command", command_}};
  out.update(body);
  put(stdout, out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Io::say(const std::string& line) const {
  put(stderr, line + "\n");
}

void Io::say(const base::Diagnostics& diagnostics) const {
  for (const auto& d : diagnostics.all()) say(base::to_text(d));
}

void Io::errors(const base::Diagnostics& diagnostics) const {
  say(diagnostics);
  Json list = Json::array();
  for (const auto& d : diagnostics.all()) list.push_back(signoff::diagnostic_json(d));
  document({{"errors", std::move(list)}});
}

base::Progress Io::progress() const {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [terminal = terminal_](double fraction, std::string_view doing) {
    if (fraction >= 1) return put(stderr, "\r\x1b[K");
    const std::string bar = show::bar(fraction, 30, terminal);
    put(stderr, fmt::format("\r\x1b[K[{}] {:3.0f} %  {}", bar, 100 * fraction, doing.substr(0, 50)));
  };
}

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

std::string made_by() {
  return std::string("bondline ") + BONDLINE_VERSION;
}

}  // namespace bondline::app
