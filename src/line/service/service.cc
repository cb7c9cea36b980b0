#include "line/service/service.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <optional>

#include "line/service/api.h"

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

/// A station with its interface, as far as its line file wants one.
class Service {
 public:
  Service(station::Station& station, const ServiceOptions& options) : station_(station) {
    // The interface speaks from a thread of its own.
    say_ = [this, say = options.say](const std::string& text) {
      if (!say) return;
      const std::lock_guard lock(mutex_);
      say(text);
    };
    open_api();
  }

  void reload() {
    base::Diagnostics diagnostics;
    station::Reloaded what;
    const bool done = station_.reload(diagnostics, &what);
    for (const auto& diagnostic : diagnostics.all()) say_(base::to_text(diagnostic));
    say_(done ? "line file read again: " + what.text() : "line file refused; the line runs on as it was");
    if (!done) return;
    const auto& access = station_.line().api;
    if ((access ? access->said : "") != api_said_ || access.has_value() != api_.has_value()) {
      api_.reset();
      open_api();
    } else if (api_) {
      api_->reloaded();
    }
  }

 private:
  void open_api() {
    const auto& access = station_.line().api;
    api_said_ = access ? access->said : "";
    if (access) api_.emplace(station_, *access, say_);
  }
  station::Station& station_;
  std::mutex mutex_;
  std::function<void(const std::string&)> say_;
  std::string api_said_;
  std::optional<Api> api_;
};

}  // namespace

void serve(station::Station& station, const ServiceOptions& options) {
  sigset_t taken, before;
  sigemptyset(&taken);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&taken, one);
  // Blocked before any thread is started: threads inherit it.
  pthread_sigmask(SIG_BLOCK, &taken, &before);
  signal(SIGPIPE, SIG_IGN);
  station.start();
  auto service = std::make_unique<Service>(station, options);
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
  };
  const auto never = Clock::time_point::max();
  const auto begun = Clock::now();
  const auto end = options.seconds > 0 ? begun + seconds(options.seconds) : never;
  auto report = options.report_every > 0 && options.report ? begun + seconds(options.report_every) : never;
  auto look = options.reload_on_change ? begun + seconds(1) : never;
  std::string read = options.reload_on_change ? stamps_of(station.line().files) : "", seen = read;
  bool told_to_end = false;
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
        const std::vector<std::string> files = station.line().files;
        service->reload();
        // What is written while it is being read is read the next time.
        read = station.line().files == files ? stamps : stamps_of(station.line().files);
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
      service->reload();
      if (options.reload_on_change) read = seen = stamps_of(station.line().files);
    } else if (got > 0) {
      told_to_end = true;
      break;
    }
  }
  service.reset();
  station.stop();
  // Who was told to end is told nothing more: a second signal must not cut off the report.
  if (!told_to_end) pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace bondline::service
