#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "show/table.h"

namespace bondline::show {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The first locale variable that is set decides (POSIX.1-2017, 8.2). Unset: modern terminals are UTF-8.
bool locale_is_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = variable(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (value == "c" || value == "posix") return true;  // says nothing of the terminal itself
    return value.find('.') == std::string::npos || value.find("utf-8") != std::string::npos ||
           value.find("utf8") != std::string::npos;
  }
  return true;
}

}  // namespace

Terminal this_terminal() {
  Terminal terminal;
  terminal.unicode = locale_is_unicode();
  if (isatty(STDOUT_FILENO) == 0) return terminal;
  terminal.colour = variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = std::clamp<int>(size.ws_col, 40, 100);
  }
  return terminal;
}

}  // namespace bondline::show
