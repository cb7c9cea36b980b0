#include "line/gateway/drivers/file/source_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.h"

namespace bondline::gateway {

namespace {

std::string problem_of(const std::string& doing, int error = errno) {
  char buffer[256] = "";
  return doing + ": " + strerror_r(error, buffer, sizeof buffer);
}

std::string sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return problem_of("cannot open folder " + folder);
  const bool fine = ::fsync(fd) == 0 || errno == EINVAL;  // some network shares know no fsync of a folder
  const int error = errno;
  ::close(fd);
  return fine ? "" : problem_of("cannot sync folder " + folder, error);
}

}  // namespace

std::optional<std::vector<std::string>> list_folder(const std::string& folder, std::string* problem) {
  DIR* const opened = ::opendir(folder.c_str());
  if (!opened) {
    *problem = problem_of("cannot read folder " + folder);
    return std::nullopt;
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(opened)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(opened);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<FileFacts> facts_of(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return FileFacts{static_cast<std::uint64_t>(info.st_ino), static_cast<std::uint64_t>(info.st_size),
                   static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::string read_file(const std::string& path, std::uint64_t offset, std::size_t count, std::string& to) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return problem_of("cannot open " + path);
  const std::size_t before = to.size();
  to.resize(before + count);
  std::size_t have = 0;
  std::string problem;
  while (have < count) {
    const ssize_t got =
        ::pread(fd, to.data() + before + have, count - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) problem = problem_of("cannot read " + path);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  ::close(fd);
  to.resize(before + have);
  return problem;
}

std::string move_into(const std::string& path, const std::string& folder) {
  const std::string name = path.substr(path.rfind('/') + 1);
  if (std::string why = base::disk().make_folder(folder); !why.empty()) return why;
  std::string target = base::join_path(folder, name);
  struct stat info;
  for (int n = 1; ::lstat(target.c_str(), &info) == 0; ++n)
    target = base::join_path(folder, name) + "." + std::to_string(n);
  if (::rename(path.c_str(), target.c_str()) != 0) return problem_of("cannot move " + path + " to " + target);
  std::string why = sync_folder(folder);
  if (why.empty()) why = sync_folder(base::folder_of(path));
  return why;
}

bool fits_pattern(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, from = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace bondline::gateway
