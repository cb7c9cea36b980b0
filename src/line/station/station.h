// A line that runs: reads a line file, wires log, engine, drivers and sinks, and takes them down in good
// order. Has no logic of its own.
#pragma once
#include <memory>
#include <string>

#include "base/diagnostic.h"
#include "base/file.h"
#include "line/gateway/engine/engine.h"
#include "line/gateway/store/log.h"
#include "line/station/line_file.h"
#include "line/station/rules_stage.h"

namespace bondline::station {

class Station {
 public:
  /// Opens the store and makes drivers and sinks; nothing runs yet. Null with the reasons in `diagnostics`.
  static std::unique_ptr<Station> make(base::Files& files, LineFile line, base::Diagnostics& diagnostics);
  ~Station();  ///< stop()s
  void start();
  void stop();

  const LineFile& line() const { return line_; }
  gateway::Engine& engine() { return *engine_; }
  const store::Log& log() const { return *log_; }
  /// What `line run --json` prints: counters, drivers, sinks, latency, memory, processor time (docs/cli.md).
  /// One JSON object.
  std::string report() const;
  /// The same for people.
  std::string table() const;

 private:
  explicit Station(LineFile line) : line_(std::move(line)) {}
  LineFile line_;
  std::unique_ptr<store::Log> log_;
  std::unique_ptr<RulesStage> stage_;  ///< null: samples pass as they are
  std::unique_ptr<gateway::Engine> engine_;
};

/// What a line would do, for `line check`: machines, their read plans, bytes a second.
std::string plan_json(const LineFile& line);
std::string plan_text(const LineFile& line);

}  // namespace bondline::station
