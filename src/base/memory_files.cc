#include <algorithm>
#include <set>

#include "base/file.h"

namespace bondline::base {

FileProblem MemoryFiles::charge() {
  ++changes_;
  if (fail_in_ < 0) return {};
  if (fail_in_ > 0) --fail_in_;
  return fail_in_ == 0 ? fail_why_ : FileProblem{};
}

std::optional<std::string> MemoryFiles::read(const std::string& path, FileProblem* problem,
                                             std::uint64_t max_bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  FileProblem why;
  if (found == files_.end()) {
    why = "cannot open " + path + ": No such file or directory";
  } else if (found->second.durable.size() + found->second.volatile_tail.size() > max_bytes) {
    why = "cannot read " + path + ": larger than " + std::to_string(max_bytes) + " bytes";
  } else {
    return found->second.durable + found->second.volatile_tail;
  }
  if (problem) *problem = std::move(why);
  return std::nullopt;
}

FileProblem MemoryFiles::write_atomic(const std::string& path, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (FileProblem why = charge(); !why.empty()) return why;
  files_[path] = {std::string(bytes), {}, true};
  return {};
}

FileProblem MemoryFiles::append(const std::string& path, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (FileProblem why = charge(); !why.empty()) return why;
  files_[path].volatile_tail += bytes;
  return {};
}

FileProblem MemoryFiles::sync(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (FileProblem why = charge(); !why.empty()) return why;
  const auto found = files_.find(path);
  if (found == files_.end()) return "cannot open " + path + ": No such file or directory";
  Entry& entry = found->second;
  entry.durable += entry.volatile_tail;
  entry.volatile_tail.clear();
  entry.name_is_durable = true;
  return {};
}

FileProblem MemoryFiles::make_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (FileProblem why = charge(); !why.empty()) return why;
  for (std::string part = path; part != "." && part != "/"; part = folder_of(part)) folders_.insert(part);
  return {};
}

FileProblem MemoryFiles::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (FileProblem why = charge(); !why.empty()) return why;
  if (files_.erase(path) + folders_.erase(path) == 0)
    return "cannot remove " + path + ": No such file or directory";
  return {};
}

bool MemoryFiles::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return files_.count(path) + folders_.count(path) > 0;
}

std::vector<std::string> MemoryFiles::list(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> names;
  const auto take = [&](const std::string& path) {
    if (folder_of(path) == folder) names.insert(path.substr(path.rfind('/') + 1));
  };
  for (const auto& [path, entry] : files_) take(path);
  for (const std::string& path : folders_) take(path);
  return {names.begin(), names.end()};
}

void MemoryFiles::fail_after(int n, std::string why) {
  const std::lock_guard lock(mutex_);
  fail_in_ = std::max(1, n);
  fail_why_ = std::move(why);
}

void MemoryFiles::cut_power(std::uint64_t kept_bytes) {
  const std::lock_guard lock(mutex_);
  fail_in_ = -1;
  for (auto at = files_.begin(); at != files_.end();) {
    Entry& entry = at->second;
    entry.durable += entry.volatile_tail.substr(0, kept_bytes);
    entry.volatile_tail.clear();
    const bool lost = !entry.name_is_durable && entry.durable.empty();
    entry.name_is_durable = true;
    at = lost ? files_.erase(at) : std::next(at);
  }
}

int MemoryFiles::changes() {
  const std::lock_guard lock(mutex_);
  return changes_;
}

}  // namespace bondline::base
