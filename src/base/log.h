// Logging to stderr or wherever the program's owner points it. A Log is passed, never global.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace bondline::base {

enum class Level { debug, info, warning, error };

/// A sink for lines and a threshold. Copyable; safe to use from several threads if the sink is.
class Log {
 public:
  using Sink = std::function<void(Level, std::string_view line)>;
  Log();  ///< to stderr, warnings and above
  Log(Level threshold, Sink sink);
  void write(Level level, std::string_view line) const;
  bool wants(Level level) const { return level >= threshold_; }

 private:
  Level threshold_;
  Sink sink_;
};

/// How far long work has come: called with a fraction in [0, 1] and what is being done, at most ~20 times a
/// second.
using Progress = std::function<void(double fraction, std::string_view doing)>;

}  // namespace bondline::base
