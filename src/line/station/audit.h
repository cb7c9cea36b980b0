// What operators did to a line: a chain of records (trust/chain.h) in `audit.log` in the store's folder. A
// record's payload is one JSON object: {"who", "what", "subject", "detail"}. Recording never waits for the
// disk: a thread of its own makes records durable, at once and many together.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "trust/chain.h"

namespace bondline::station {

/// One thing done.
struct Deed {
  std::string who;      ///< local_user(), or who the interface says it is
  std::string what;     ///< "start", "stop", "reload", "write", "acknowledge"
  std::string subject;  ///< the line, tag or alarm it was done to
  std::string detail;   ///< the value written, what came of it
};

/// The user this process runs for: "anna (uid 1000)".
std::string local_user();

class AuditLog {
 public:
  /// Opens or begins the log and checks what is there: a broken chain is warned of, recorded, and goes on
  /// from its last record, so that the break stays to be seen. Null with an error when it can't be read or
  /// written.
  static std::unique_ptr<AuditLog> open(base::Files& files, const std::string& folder,
                                        const std::string& line, base::Diagnostics& diagnostics);
  ~AuditLog();  ///< syncs
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Any thread.
  void record(const Deed& deed);
  /// Waits until what was recorded is durable; "" or why it can't be.
  std::string sync();

  struct Status {
    trust::ChainHead head;
    std::string problem;  ///< why records are missing; "" when none is
    std::uint64_t lost = 0;
  };
  Status status() const;

 private:
  AuditLog(std::unique_ptr<base::AppendFile> file, trust::ChainHead head);
  void run();
  std::unique_ptr<base::AppendFile> file_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  trust::ChainHead head_;
  std::string problem_;
  std::uint64_t lost_ = 0, synced_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

/// A record as it is read back.
struct AuditEntry {
  std::uint64_t number = 0;
  std::int64_t time_ns = 0;
  Deed deed;
  std::string_view hash;  ///< valid during the visit
  bool sound = false;     ///< the chain holds up to and with it
};

/// Reads and checks the log of a store's folder, also while the line runs. Nullopt with an error when there
/// is none.
std::optional<trust::ChainCheck> read_audit(base::Files& files, const std::string& folder,
                                            const std::function<void(const AuditEntry&)>& visit,
                                            base::Diagnostics& diagnostics);

}  // namespace bondline::station
