#include <algorithm>
#include <set>

#include "base/file.h"

namespace bondline::base {

FileProblem MemoryFiles::charge() {
  ++changes_;
  if (fail_in_ < 0) return {};
  if (fail_in_ > 0) --fail_in_;
  if (fail_in_ > 0) return {};
  if (!fail_again_) fail_in_ = -1;
  return fail_why_;
}

FileProblem MemoryFiles::room_for(std::size_t bytes) const {
  if (capacity_ == UINT64_MAX) return {};
  std::uint64_t used = bytes;
  for (const auto& [path, entry] : files_) used += entry.durable.size() + entry.volatile_tail.size();
  return used > capacity_ ? "cannot write: No space left on device" : FileProblem{};
}

namespace {

// Every call goes through the MemoryFiles, so that failing and counting stay in one place.
class MemoryAppendFile : public AppendFile {
 public:
  MemoryAppendFile(MemoryFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
  FileProblem append(std::string_view bytes) override { return files_.append(path_, bytes); }
  FileProblem sync() override { return files_.sync(path_); }
  std::uint64_t size() const override { return files_.size(path_).value_or(0); }

 private:
  MemoryFiles& files_;
  std::string path_;
};

}  // namespace

std::unique_ptr<AppendFile> MemoryFiles::open_append(const std::string& path, FileProblem* problem) {
  const std::lock_guard lock(mutex_);
  if (!files_.contains(path)) {
    if (FileProblem why = charge(); !why.empty()) {
      if (problem) *problem = std::move(why);
      return nullptr;
    }
    files_[path].name_is_durable = true;
  }
  return std::make_unique<MemoryAppendFile>(*this, path);
}

FileProblem MemoryFiles::read_range(const std::string& path, std::uint64_t offset, std::size_t count,
                                    std::string& bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  bytes.clear();
  if (found == files_.end()) return "cannot open " + path + ": No such file or directory";
  const std::string& durable = found->second.durable;
  const std::string& tail = found->second.volatile_tail;
  if (offset < durable.size()) bytes = durable.substr(offset, count);
  const std::uint64_t next = offset + bytes.size();
  if (bytes.size() < count && next >= durable.size() && next - durable.size() < tail.size())
    bytes += tail.substr(next - durable.size(), count - bytes.size());
  return {};
}

std::optional<std::uint64_t> MemoryFiles::size(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  return found->second.durable.size() + found->second.volatile_tail.size();
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
  if (FileProblem why = room_for(bytes.size()); !why.empty()) return why;
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
  fail_again_ = true;
  fail_why_ = std::move(why);
}

void MemoryFiles::fail_once(int n, std::string why) {
  fail_after(n, std::move(why));
  const std::lock_guard lock(mutex_);
  fail_again_ = false;
}

void MemoryFiles::mend() {
  const std::lock_guard lock(mutex_);
  fail_in_ = -1;
}

void MemoryFiles::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

bool MemoryFiles::flip_bit(const std::string& path, std::uint64_t byte, int bit) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end() || byte >= found->second.durable.size()) return false;
  found->second.durable[byte] = static_cast<char>(found->second.durable[byte] ^ (1 << (bit & 7)));
  return true;
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
