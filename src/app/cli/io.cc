#include "app/cli/io.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

void put(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

Json diagnostic_json(const base::Diagnostic& d) {
  return {{"file", d.where.file},
          {"line", d.where.line},
          {"column", d.where.column},
          {"severity", d.severity == base::Severity::error     ? "error"
                       : d.severity == base::Severity::warning ? "warning"
                                                               : "note"},
          {"what", d.what},
          {"mend", d.mend}};
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
  errors(diagnostics, "", Json());
}

void Io::errors(const base::Diagnostics& diagnostics, const std::string& key, const Json& more) const {
  say(diagnostics);
  Json list = Json::array();
  for (const auto& d : diagnostics.all()) list.push_back(diagnostic_json(d));
  Json body = {{"errors", std::move(list)}};
  if (!key.empty()) body[key] = more;
  document(body);
}

base::Progress Io::progress() const {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [terminal = terminal_](double fraction, std::string_view doing) {
    if (fraction >= 1) return put(stderr, "\r\x1b[K");
    const std::string bar = show::bar(fraction, 30, terminal);
    put(stderr, fmt::format("\r\x1b[K[{}] {:3.0f} %  {}", bar, 100 * fraction, doing.substr(0, 50)));
  };
}

std::string made_by() {
  return std::string("bondline ") + BONDLINE_VERSION;
}

}  // namespace bondline::app
