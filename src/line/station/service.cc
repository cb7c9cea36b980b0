#include "line/station/service.h"

#include <csignal>
#include <ctime>

#include <cerrno>
#include <cmath>

namespace bondline::station {

void serve(Station& station, const ServiceOptions& options) {
  sigset_t stops, before;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  // Blocked before any thread is started: threads inherit it.
  pthread_sigmask(SIG_BLOCK, &stops, &before);
  signal(SIGPIPE, SIG_IGN);
  station.start();
  double left = options.seconds > 0 ? options.seconds : 1e9,
         to_report = options.report_every > 0 ? options.report_every : 1e9;
  while (left > 0) {
    const double wait = std::min({left, to_report, 3600.0});
    const timespec time{static_cast<time_t>(wait), static_cast<long>((wait - std::floor(wait)) * 1e9)};
    const int got = sigtimedwait(&stops, nullptr, &time);
    if (got > 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (options.seconds > 0) left -= wait;
    if (options.report_every > 0) {
      to_report -= wait;
      if (to_report <= 0) {
        if (options.report) options.report(station);
        to_report = options.report_every;
      }
    }
  }
  station.stop();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace bondline::station
