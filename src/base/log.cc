#include "base/log.h"

#include <cstdio>
#include <utility>

namespace bondline::base {
namespace {

// One fwrite per line, so that lines of several threads do not mix.
void write_to_stderr(Level level, std::string_view line) {
  static constexpr const char* kMark[] = {"debug: ", "", "warning: ", "error: "};
  std::string text = kMark[static_cast<int>(level)];
  text += line;
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

Log::Log() : Log(Level::warning, write_to_stderr) {}

Log::Log(Level threshold, Sink sink) : threshold_(threshold), sink_(std::move(sink)) {}

void Log::write(Level level, std::string_view line) const {
  if (wants(level) && sink_) sink_(level, line);
}

}  // namespace bondline::base
