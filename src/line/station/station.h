// A line that runs: reads a line file, wires log, engine, drivers and sinks, and takes them down in good
// order. Has no logic of its own.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "line/gateway/engine/engine.h"
#include "line/gateway/inference/model_stage.h"
#include "line/gateway/store/log.h"
#include "line/station/audit.h"
#include "line/station/line_file.h"
#include "line/station/rules_stage.h"

namespace bondline::station {

/// What a line file that was read again has changed.
struct Reloaded {
  std::vector<std::string> started, ended, restarted;  ///< machines and sinks ("sink NAME")
  std::vector<std::string> taken_over;  ///< machines that read on with other tags, without a pause
  std::size_t tags_added = 0, tags_removed = 0;
  bool rules_changed = false;
  double seconds = 0;  ///< from reading the file to the last change
  bool nothing() const;
  std::string text() const;  ///< "oven reads on with other tags; sink plant restarted; 12 tags more; 40 ms"
};

class Station {
 public:
  /// Opens the store and makes drivers and sinks; nothing runs yet. Null with the reasons in `diagnostics`.
  static std::unique_ptr<Station> make(base::Files& files, LineFile line, base::Diagnostics& diagnostics);
  ~Station();  ///< stop()s
  void start();
  void stop();

  /// Reads the line file again and changes what has changed in it: machines and sinks that say the same run
  /// on untouched, counters and cursors go on. False when the file has errors, or changes what can't be
  /// changed while the line runs (name, store, shards): all is told in `diagnostics`, and nothing is changed.
  /// By the thread that starts and stops.
  bool reload(base::Diagnostics& diagnostics, Reloaded* what = nullptr);

  /// What runs now; gone with the next reload().
  const LineFile& line() const { return *line_; }
  /// The same for other threads.
  std::shared_ptr<const LineFile> line_file() const;
  /// Rises with every reload that changed something. Any thread.
  std::uint64_t generation() const { return generation_; }
  gateway::Engine& engine() { return *engine_; }
  const store::Log& log() const { return *log_; }
  /// Newest samples; any thread.
  const gateway::LiveTable& live() const { return engine_->live(); }
  /// Acknowledges an alarm for somebody, on record either way; "" or why not: there is none of this name, it
  /// is normal, it is acknowledged already. Shown by the alarm's tag within 100 ms. Any thread.
  std::string acknowledge(const std::string& alarm, const std::string& who);
  /// What operators do is recorded here: whoever writes a tag, acknowledges an alarm or has the line file
  /// read again says so.
  AuditLog& audit() { return *audit_; }
  /// What `line run --json` prints: counters, drivers, sinks, latency, memory, processor time (docs/cli.md).
  /// One JSON object.
  std::string report() const;
  /// The same for people.
  std::string table() const;

 private:
  Station(base::Files& files, LineFile line)
      : files_(files), line_(std::make_shared<const LineFile>(std::move(line))) {}
  std::unique_ptr<gateway::Driver> driver_of(const Machine& machine, const LineFile& line) const;
  std::unique_ptr<gateway::Driver> server_of(const ServeTarget& target, const LineFile& line) const;
  std::unique_ptr<gateway::Sink> sink_of(const SinkTarget& sink, const LineFile& line) const;
  std::unique_ptr<RulesStage> stage_of(const LineFile& line) const;
  /// The models' stage before it; null where there are none, or (told) they can't be made.
  static std::unique_ptr<gateway::ModelStage> models_of(const LineFile& line, RulesStage* rules,
                                                        base::Diagnostics& diagnostics);
  void change_tags(const std::shared_ptr<const LineFile>& next, Reloaded& what);
  /// Machines that have ended already, with what they had counted.
  using Ended = std::map<std::string, gateway::DriverStatus>;
  void change_machines(const LineFile& before, const LineFile& next, const Ended& ended, Reloaded& what);
  void change_servers(const LineFile& before, const LineFile& next, Reloaded& what);
  void change_sinks(const LineFile& before, const LineFile& next, Reloaded& what);
  std::uint64_t refused_routes() const;
  void each_model(const std::function<void(const std::string&, const gateway::ModelCounters&)>& visit) const;
  base::Files& files_;
  mutable std::mutex mutex_;  ///< guards the pointers line_, stage_ and models_ against other threads
  std::shared_ptr<const LineFile> line_;
  std::atomic<std::uint64_t> generation_{1};
  std::unique_ptr<store::Log> log_;
  std::unique_ptr<AuditLog> audit_;
  bool started_ = false;
  std::unique_ptr<RulesStage> stage_;            ///< null: samples pass as they are
  std::unique_ptr<gateway::ModelStage> models_;  ///< before stage_; null: none
  std::unique_ptr<gateway::Engine> engine_;
};

/// What ids mean in the log.
store::Dictionary dictionary_of(const tags::TagTable& tags);

/// What a line would do, for `line check`: machines, their read plans, bytes a second.
std::string plan_json(const LineFile& line);
std::string plan_text(const LineFile& line);

}  // namespace bondline::station
