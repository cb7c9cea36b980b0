#include "line/service/service.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>

namespace bondline::service {

namespace {

using Clock = std::chrono::steady_clock;

/// Times and sizes of files: something else as soon as one is written.
std::string stamps_of(const std::vector<std::string>& files) {
  std::string stamps;
  for (const std::string& file : files) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(file, error);
    stamps += error ? std::string("-") : std::to_string(time.time_since_epoch().count());
    const auto size = std::filesystem::file_size(file, error);
    stamps += " " + (error ? std::string("-") : std::to_string(size)) + "\n";
  }
  return stamps;
}

void reload(station::Station& station, const ServiceOptions& options) {
  base::Diagnostics diagnostics;
  station::Reloaded what;
  const bool done = station.reload(diagnostics, &what);
  if (!options.say) return;
  for (const auto& diagnostic : diagnostics.all()) options.say(base::to_text(diagnostic));
  options.say(done ? "line file read again: " + what.text()
                   : "line file refused; the line runs on as it was");
}

}  // namespace

void serve(station::Station& station, const ServiceOptions& options) {
  sigset_t taken, before;
  sigemptyset(&taken);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&taken, one);
  // Blocked before any thread is started: threads inherit it.
  pthread_sigmask(SIG_BLOCK, &taken, &before);
  signal(SIGPIPE, SIG_IGN);
  station.start();
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
  };
  const auto never = Clock::time_point::max();
  const auto begun = Clock::now();
  const auto end = options.seconds > 0 ? begun + seconds(options.seconds) : never;
  auto report = options.report_every > 0 && options.report ? begun + seconds(options.report_every) : never;
  auto look = options.reload_on_change ? begun + seconds(1) : never;
  std::string read = options.reload_on_change ? stamps_of(station.line().files) : "", seen = read;
  for (;;) {
    const auto now = Clock::now();
    if (now >= end) break;
    if (now >= report) {
      options.report(station);
      report = now + seconds(options.report_every);
    }
    if (now >= look) {
      // Half a file is no file: it is read when nobody has written to it for a second.
      const std::string stamps = stamps_of(station.line().files);
      if (stamps != read && stamps == seen) {
        reload(station, options);
        read = stamps_of(station.line().files);
      }
      seen = stamps;
      look = now + seconds(1);
    }
    const double wait = std::clamp(
        std::chrono::duration<double>(std::min({end, report, look}) - Clock::now()).count(), 0.0, 3600.0);
    const timespec time{static_cast<time_t>(wait),
                        static_cast<long>((wait - static_cast<double>(static_cast<time_t>(wait))) * 1e9)};
    const int got = sigtimedwait(&taken, nullptr, &time);
    if (got == SIGHUP) {
      reload(station, options);
      if (options.reload_on_change) read = seen = stamps_of(station.line().files);
    } else if (got > 0) {
      break;
    }
  }
  station.stop();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace bondline::service
