// Files behind an interface, so that a test can cut the power. Everything that reads or writes a file takes a
// Files&.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::base {

/// The outcome of a file operation that has no value: empty text means success, else what went wrong (errno
/// in words).
using FileProblem = std::string;

/// True when a problem says that the disk, or the quota on it, is full.
bool is_disk_full(const FileProblem& problem);

/// A file kept open at its end, for logs. Closed by its destructor, without sync.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  /// All of it or, after a problem, none of it (what a full disk took of it is taken back).
  virtual FileProblem append(std::string_view bytes) = 0;
  /// fdatasync: what was appended lasts when this returns "". After a problem the file must be given up: the
  /// system may have dropped the pages it could not write (Rebello et al., "Can applications recover from
  /// fsync failures?", 2020).
  virtual FileProblem sync() = 0;
  virtual std::uint64_t size() const = 0;
};

class Files {
 public:
  virtual ~Files() = default;
  /// The whole file; nullopt with *problem set when it cannot be read or is larger than max_bytes.
  virtual std::optional<std::string> read(const std::string& path, FileProblem* problem,
                                          std::uint64_t max_bytes = 1ull << 30) = 0;
  /// Writes via a temporary file in the same folder, fsync, rename, fsync of the folder: old or new, never
  /// half.
  virtual FileProblem write_atomic(const std::string& path, std::string_view bytes) = 0;
  /// Appends; durable only after sync().
  virtual FileProblem append(const std::string& path, std::string_view bytes) = 0;
  virtual FileProblem sync(const std::string& path) = 0;
  /// Opens a file for appending, creating it (and then making its name durable). Null with *problem set when
  /// it can't.
  virtual std::unique_ptr<AppendFile> open_append(const std::string& path, FileProblem* problem) = 0;
  /// Up to `count` bytes from `offset` into `bytes` (resized to what was there).
  virtual FileProblem read_range(const std::string& path, std::uint64_t offset, std::size_t count,
                                 std::string& bytes) = 0;
  virtual std::optional<std::uint64_t> size(const std::string& path) = 0;  ///< nullopt: not there
  virtual FileProblem make_folder(const std::string& path) = 0;  ///< with parents; an existing one is fine
  virtual FileProblem remove(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual std::vector<std::string> list(const std::string& folder) = 0;  ///< names, sorted
};

/// The disk.
Files& disk();

/// Files in memory for tests: counts operations, fails on demand, and forgets what was not synced.
class MemoryFiles : public Files {
 public:
  std::optional<std::string> read(const std::string& path, FileProblem* problem,
                                  std::uint64_t max_bytes = 1ull << 30) override;
  FileProblem write_atomic(const std::string& path, std::string_view bytes) override;
  FileProblem append(const std::string& path, std::string_view bytes) override;
  FileProblem sync(const std::string& path) override;
  std::unique_ptr<AppendFile> open_append(const std::string& path, FileProblem* problem) override;
  FileProblem read_range(const std::string& path, std::uint64_t offset, std::size_t count,
                         std::string& bytes) override;
  std::optional<std::uint64_t> size(const std::string& path) override;
  FileProblem make_folder(const std::string& path) override;
  FileProblem remove(const std::string& path) override;
  bool exists(const std::string& path) override;
  std::vector<std::string> list(const std::string& folder) override;

  /// From now on the n-th changing operation (1 = the next) and all later ones fail with `why`.
  void fail_after(int n, std::string why);
  /// Only the n-th changing operation from now fails.
  void fail_once(int n, std::string why);
  /// From now on nothing fails.
  void mend();
  /// A disk of so many bytes: appends beyond it say that the disk is full.
  void set_capacity(std::uint64_t bytes);
  /// Flips one bit of a file, as failing media do; false when there is no such byte.
  bool flip_bit(const std::string& path, std::uint64_t byte, int bit);
  /// What a disk holds after the power went: synced bytes stay; of unsynced appends only the first
  /// `kept_bytes` of each file survive, and a file that was never synced is gone if none do. Ends what
  /// fail_after() began.
  void cut_power(std::uint64_t kept_bytes = 0);
  /// Changing operations so far (write, append, sync, make_folder, remove), failed ones included.
  int changes();

 private:
  struct Entry {
    std::string durable, volatile_tail;
    bool name_is_durable = false;
  };
  std::map<std::string, Entry> files_;
  std::set<std::string> folders_;
  int changes_ = 0;
  std::mutex mutex_;
  int fail_in_ = -1;
  bool fail_again_ = true;
  std::string fail_why_;
  std::uint64_t capacity_ = UINT64_MAX;
  FileProblem charge();
  FileProblem room_for(std::size_t bytes) const;
};

/// Path helpers: the folder a file lies in ("." if none) and a path joined to it unless it is absolute.
std::string folder_of(const std::string& path);
std::string join_path(const std::string& folder, const std::string& path);

}  // namespace bondline::base
