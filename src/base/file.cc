// The disk, by POSIX calls. write_atomic follows the known recipe: temporary file beside the target, fsync,
// rename, fsync of the folder; devices and pipes ("/dev/stdout") are written straight, since a rename would
// replace them.
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace bondline::base {
namespace {

FileProblem problem_of(const std::string& doing, int error = errno) {
  char buffer[256] = "";
  return doing + ": " + strerror_r(error, buffer, sizeof buffer);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int close() {
    const int result = fd_ >= 0 ? ::close(fd_) : 0;
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

Descriptor open_file(const std::string& path, int flags, mode_t mode = 0666) {
  int fd = -1;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

FileProblem sync_folder(const std::string& folder) {
  const Descriptor opened = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return problem_of("cannot open folder " + folder);
  // Some file systems know no fsync of a folder and say EINVAL; their rename is then as durable as they can
  // do.
  if (::fsync(opened.get()) != 0 && errno != EINVAL) return problem_of("cannot sync folder " + folder);
  return {};
}

// Where a path really lies when it is a symbolic link, so that a link is kept and its target replaced.
std::string target_of(const std::string& path) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) ? resolved : path;
}

class DiskAppendFile : public AppendFile {
 public:
  DiskAppendFile(std::string path, int fd, std::uint64_t size)
      : path_(std::move(path)), file_(fd), size_(size) {}

  FileProblem append(std::string_view bytes) override {
    if (write_all(file_.get(), bytes)) {
      size_ += bytes.size();
      return {};
    }
    const FileProblem why = problem_of("cannot append to " + path_);
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
      return why + " (and a part of it stayed in the file)";
    return why;
  }
  FileProblem sync() override {
    return ::fdatasync(file_.get()) == 0 ? FileProblem{} : problem_of("cannot sync " + path_);
  }
  std::uint64_t size() const override { return size_; }

 private:
  std::string path_;
  Descriptor file_;
  std::uint64_t size_;
};

class Disk : public Files {
 public:
  std::optional<std::string> read(const std::string& path, FileProblem* problem,
                                  std::uint64_t max_bytes) override {
    const auto failed = [&](FileProblem why) {
      if (problem) *problem = std::move(why);
      return std::nullopt;
    };
    const Descriptor file = open_file(path, O_RDONLY);
    if (!file.ok()) return failed(problem_of("cannot open " + path));
    struct stat info;
    if (::fstat(file.get(), &info) != 0) return failed(problem_of("cannot read " + path));
    if (S_ISDIR(info.st_mode)) return failed("cannot read " + path + ": it is a folder");
    const FileProblem too_large =
        "cannot read " + path + ": larger than " + std::to_string(max_bytes) + " bytes";
    const std::uint64_t size = S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
    if (size > max_bytes) return failed(too_large);
    // The size is a hint only: files in /proc say 0, and a file may grow while it is read.
    std::string bytes;
    std::uint64_t have = 0;
    for (;;) {
      if (have == bytes.size()) bytes.resize(std::max<std::uint64_t>({size + 1, have + have / 2, 4096}));
      const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed(problem_of("cannot read " + path));
      if (got == 0) break;
      have += static_cast<std::uint64_t>(got);
      if (have > max_bytes) return failed(too_large);
    }
    bytes.resize(have);
    return bytes;
  }

  FileProblem write_atomic(const std::string& path, std::string_view bytes) override {
    struct stat info;
    const bool there = ::stat(path.c_str(), &info) == 0;
    if (there && S_ISDIR(info.st_mode)) return "cannot write " + path + ": it is a folder";
    if (there && !S_ISREG(info.st_mode)) {
      Descriptor device = open_file(path, O_WRONLY);
      if (!device.ok() || !write_all(device.get(), bytes)) return problem_of("cannot write " + path);
      return {};
    }
    const std::string target = target_of(path);
    std::string temporary;
    Descriptor file = open_temporary(target, temporary);
    if (!file.ok()) return problem_of("cannot write " + temporary);
    const auto failed = [&](const char* doing) {
      const FileProblem why = problem_of(doing + path);
      ::unlink(temporary.c_str());
      return why;
    };
    if (there && ::fchmod(file.get(), info.st_mode & 07777) != 0) return failed("cannot write ");
    if (!write_all(file.get(), bytes)) return failed("cannot write ");
    if (::fsync(file.get()) != 0) return failed("cannot sync ");
    if (file.close() != 0) return failed("cannot close ");
    if (::rename(temporary.c_str(), target.c_str()) != 0) return failed("cannot replace ");
    return sync_folder(folder_of(target));
  }

  FileProblem append(const std::string& path, std::string_view bytes) override {
    const Descriptor file = open_file(path, O_WRONLY | O_CREAT | O_APPEND);
    struct stat info;
    if (!file.ok() || ::fstat(file.get(), &info) != 0) return problem_of("cannot append to " + path);
    if (write_all(file.get(), bytes)) return {};
    const FileProblem why = problem_of("cannot append to " + path);
    // A full disk may have taken a part: take it back, so that the next append does not continue half a
    // record.
    if (S_ISREG(info.st_mode) && ::ftruncate(file.get(), info.st_size) != 0)
      return why + " (and a part of it stayed in the file)";
    return why;
  }

  FileProblem sync(const std::string& path) override {
    const Descriptor file = open_file(path, O_RDONLY);
    if (!file.ok()) return problem_of("cannot open " + path);
    if (::fsync(file.get()) != 0) return problem_of("cannot sync " + path);
    return sync_folder(folder_of(path));  // the name of a new file must last as well
  }

  std::unique_ptr<AppendFile> open_append(const std::string& path, FileProblem* problem) override {
    const auto failed = [&](FileProblem why) {
      if (problem) *problem = std::move(why);
      return nullptr;
    };
    struct stat info;
    const bool there = ::stat(path.c_str(), &info) == 0;
    int fd = -1;
    do fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) return failed(problem_of("cannot open " + path));
    if (!there) {
      if (FileProblem why = sync_folder(folder_of(path)); !why.empty()) {
        ::close(fd);
        return failed(std::move(why));
      }
    }
    return std::make_unique<DiskAppendFile>(path, fd, there ? static_cast<std::uint64_t>(info.st_size) : 0);
  }

  FileProblem read_range(const std::string& path, std::uint64_t offset, std::size_t count,
                         std::string& bytes) override {
    const Descriptor file = open_file(path, O_RDONLY);
    if (!file.ok()) return problem_of("cannot open " + path);
    bytes.resize(count);
    std::size_t have = 0;
    while (have < count) {
      const ssize_t got =
          ::pread(file.get(), bytes.data() + have, count - have, static_cast<off_t>(offset + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return problem_of("cannot read " + path);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return {};
  }

  std::optional<std::uint64_t> size(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(info.st_size);
  }

  FileProblem make_folder(const std::string& path) override {
    if (path.empty()) return "cannot make a folder without a name";
    for (std::size_t end = 0; end != std::string::npos;) {
      end = path.find('/', end + 1);
      const std::string part = path.substr(0, end);
      if (::mkdir(part.c_str(), 0777) == 0) continue;
      const int error = errno;
      struct stat info;
      if (::stat(part.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) continue;
      return problem_of("cannot make folder " + part, error);
    }
    return {};
  }

  FileProblem remove(const std::string& path) override {
    if (std::remove(path.c_str()) != 0) return problem_of("cannot remove " + path);
    return {};
  }

  bool exists(const std::string& path) override {
    struct stat info;
    return ::stat(path.c_str(), &info) == 0;
  }

  std::vector<std::string> list(const std::string& folder) override {
    std::vector<std::string> names;
    DIR* opened = ::opendir(folder.c_str());
    if (!opened) return names;
    while (const dirent* entry = ::readdir(opened)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    ::closedir(opened);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  // A new file beside `target`; O_EXCL makes the name ours even if another process picks names the same way.
  static Descriptor open_temporary(const std::string& target, std::string& name) {
    for (int attempt = 0;; ++attempt) {
      name = target + ".new-" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
      const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd >= 0 || (errno != EEXIST && errno != EINTR) || attempt > 1000) return Descriptor(fd);
    }
  }
};

}  // namespace

bool is_disk_full(const FileProblem& problem) {
  char buffer[256];
  for (const int error : {ENOSPC, EDQUOT})
    if (problem.find(strerror_r(error, buffer, sizeof buffer)) != std::string::npos) return true;
  return false;
}

Files& disk() {
  static Disk disk;  // has no state: a name for the system's files, not a global
  return disk;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string join_path(const std::string& folder, const std::string& path) {
  if (folder.empty() || folder == "." || (!path.empty() && path.front() == '/')) return path;
  return folder.back() == '/' ? folder + path : folder + "/" + path;
}

}  // namespace bondline::base
