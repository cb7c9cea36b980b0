// How a command speaks: text for people or one JSON document on stdout; messages and progress on stderr.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/log.h"
#include "show/table.h"

namespace bondline::app {

class Io {
 public:
  Io(std::string command, bool json);

  bool json() const { return json_; }
  const show::Terminal& terminal() const { return terminal_; }

  /// Text for people: printed at once, nothing with --json.
  void text(const std::string& text) const;
  /// The one JSON document: `body` behind the "bondline" header. Nothing without --json.
  void document(const nlohmann::ordered_json& body) const;
  /// A line on stderr.
  void say(const std::string& line) const;
  /// Warnings and notes on stderr, errors too.
  void say(const base::Diagnostics& diagnostics) const;
  /// Errors on stderr and, with --json, a document that holds only them.
  void errors(const base::Diagnostics& diagnostics) const;
  /// The same with a list of a command's own behind them, under `key`.
  void errors(const base::Diagnostics& diagnostics, const std::string& key,
              const nlohmann::ordered_json& list) const;
  /// A bar on stderr where it is a terminal; empty elsewhere.
  base::Progress progress() const;

 private:
  std::string command_;
  bool json_;
  show::Terminal terminal_;
};

/// Program and version: "bondline 0.1.0".
std::string made_by();

}  // namespace bondline::app
