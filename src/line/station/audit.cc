#include "line/station/audit.h"

#include <pwd.h>
#include <unistd.h>

#include <ctime>
#include <nlohmann/json.hpp>

namespace bondline::station {

namespace {

using Json = nlohmann::ordered_json;

std::int64_t wall_now_ns() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

std::string path_of(const std::string& folder) {
  return base::join_path(folder, "audit.log");
}

std::string payload_of(const Deed& deed) {
  return Json{{"who", deed.who}, {"what", deed.what}, {"subject", deed.subject}, {"detail", deed.detail}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

Deed deed_in(std::string_view payload) {
  Deed deed;
  const Json body = Json::parse(payload, nullptr, false);
  if (!body.is_object()) return {"", "", "", std::string(payload)};
  for (const auto& [key, to] : {std::pair{"who", &deed.who},
                                {"what", &deed.what},
                                {"subject", &deed.subject},
                                {"detail", &deed.detail}})
    if (const auto it = body.find(key); it != body.end() && it->is_string()) *to = it->get<std::string>();
  return deed;
}

}  // namespace

std::string local_user() {
  const uid_t uid = getuid();
  passwd entry{}, *found = nullptr;
  char buffer[4096];
  const bool known = getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found;
  const std::string number = "uid " + std::to_string(uid);
  return known ? std::string(found->pw_name) + " (" + number + ")" : number;
}

std::unique_ptr<AuditLog> AuditLog::open(base::Files& files, const std::string& folder,
                                         const std::string& line, base::Diagnostics& d) {
  const std::string path = path_of(folder);
  const auto failed = [&](const std::string& why) {
    d.error({path, 0, 0}, "the audit log can't be used: " + why,
            "make the store's folder writable, or name another");
    return nullptr;
  };
  base::FileProblem problem = files.make_folder(folder);
  if (!problem.empty()) return failed(problem);
  std::optional<std::string> text;
  if (files.exists(path)) {
    text = files.read(path, &problem);
    if (!text) return failed(problem);
  }
  auto file = files.open_append(path, &problem);
  if (!file) return failed(problem);
  trust::ChainHead head = trust::chain_origin(line);
  std::string first, broken;
  const bool begun = text && text->find('\n') != std::string::npos;
  if (begun) {
    const trust::ChainCheck check = trust::check_chain(*text);
    head = check.head;
    if (check.ends_torn) first = trust::kTornEnd;
    if (check.first_break) {
      broken = "line " + std::to_string(check.first_break->line) + ": " + check.first_break->what;
      d.warning({path, static_cast<int>(check.first_break->line), 0},
                "the audit log was changed: " + check.first_break->what,
                "keep a copy of it and ask who did it; it goes on from its last record");
    }
  } else {
    // Nothing there, or less than a first line: a loss of power while it was begun.
    if (text && !text->empty()) problem = files.write_atomic(path, "");
    if (!problem.empty()) return failed(problem);
    if (text && !text->empty()) file = files.open_append(path, &problem);
    if (!file) return failed(problem);
    first = trust::chain_start(line);
  }
  if (!first.empty()) problem = file->append(first);
  if (!problem.empty()) return failed(problem);
  std::unique_ptr<AuditLog> log(new AuditLog(std::move(file), std::move(head)));
  if (!broken.empty()) log->record({"bondline", "found broken", "audit.log", broken});
  return log;
}

AuditLog::AuditLog(std::unique_ptr<base::AppendFile> file, trust::ChainHead head)
    : file_(std::move(file)), head_(std::move(head)), synced_(head_.number) {
  thread_ = std::thread([this] { run(); });
}

AuditLog::~AuditLog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void AuditLog::record(const Deed& deed) {
  const std::string payload = payload_of(deed);
  const std::lock_guard lock(mutex_);
  trust::ChainHead next = head_;
  // A file that could not be synced is given up: what is appended later might stand while this is lost.
  if (problem_.empty()) problem_ = file_->append(trust::next_record(next, wall_now_ns(), payload));
  if (!problem_.empty()) {
    ++lost_;
    return;
  }
  head_ = std::move(next);
  changed_.notify_all();
}

void AuditLog::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || (synced_ < head_.number && problem_.empty()); });
    if (synced_ < head_.number && problem_.empty()) {
      const std::uint64_t up_to = head_.number;
      lock.unlock();
      const std::string problem = file_->sync();
      lock.lock();
      if (problem.empty())
        synced_ = up_to;
      else
        problem_ = problem;
      changed_.notify_all();
    } else {
      return;
    }
  }
}

std::string AuditLog::sync() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = head_.number;
  changed_.wait(lock, [&] { return synced_ >= wanted || !problem_.empty(); });
  return problem_;
}

AuditLog::Status AuditLog::status() const {
  const std::lock_guard lock(mutex_);
  return {head_, problem_, lost_};
}

std::optional<trust::ChainCheck> read_audit(base::Files& files, const std::string& folder,
                                            const std::function<void(const AuditEntry&)>& visit,
                                            base::Diagnostics& d) {
  base::FileProblem problem;
  const auto text = files.read(path_of(folder), &problem);
  if (!text) {
    d.error({path_of(folder), 0, 0}, "the audit log can't be read: " + problem,
            "name a line file whose line has run");
    return std::nullopt;
  }
  return trust::check_chain(*text, [&](const trust::ChainRecord& record, bool sound) {
    visit({record.number, record.time_ns, deed_in(record.payload), record.hash, sound});
  });
}

}  // namespace bondline::station
