// bondlined L.yaml: a line as a service. Needs nothing of the design wing, so that an edge box installs
// without it.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "line/service/service.h"

namespace {

constexpr const char* kHelp =
    "bondlined LINE.yaml [--check]   runs a line as a service until SIGTERM; SIGHUP reads the line file "
    "again\n"
    "  --check               read the line file, say what it would do, and end\n"
    "  --reload-on-change    read it again whenever it, or a file it names, has changed\n"
    "  --version\n"
    "Examples:\n"
    "  bondlined /etc/bondline/line.yaml\n"
    "  bondlined --check examples/line/line.yaml\n"
    "Messages go to stderr. Exit status: 0 ended in good order, 2 bad input, 3 the store has failed.\n";

int run(const std::string& path, bool check, bool reload_on_change) {
  using namespace bondline;
  base::Diagnostics diagnostics;
  auto line = station::load_line(base::disk(), path, diagnostics);
  std::unique_ptr<station::Station> station;
  if (line && !check) station = station::Station::make(base::disk(), *line, diagnostics);
  for (const auto& d : diagnostics.all()) std::fprintf(stderr, "%s\n", base::to_text(d).c_str());
  if (!line || (!check && !station)) return 2;
  if (check) {
    std::fputs(station::plan_text(*line).c_str(), stdout);
    return 0;
  }
  service::ServiceOptions options;
  options.report_every = 60;
  options.reload_on_change = reload_on_change;
  options.say = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  options.report = [](const station::Station& s) { std::fputs(s.table().c_str(), stderr); };
  service::serve(*station, options);
  std::fputs(station->table().c_str(), stderr);
  return station->log().counters().problem.empty() ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  // serve() waits for these. Until then they wait: a SIGHUP that comes early must not end the service.
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&awaited, one);
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  std::string path;
  bool check = false, reload_on_change = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--help") == 0 || std::strcmp(argv[i], "-h") == 0) {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (std::strcmp(argv[i], "--version") == 0) {
      std::puts("bondlined " BONDLINE_VERSION);
      return 0;
    }
    if (std::strcmp(argv[i], "--check") == 0)
      check = true;
    else if (std::strcmp(argv[i], "--reload-on-change") == 0)
      reload_on_change = true;
    else if (argv[i][0] == '-' || !path.empty()) {
      std::fprintf(stderr, "bondlined: \"%s\" is not understood; see bondlined --help\n", argv[i]);
      return 2;
    } else
      path = argv[i];
  }
  if (path.empty()) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  return run(path, check, reload_on_change);
}
