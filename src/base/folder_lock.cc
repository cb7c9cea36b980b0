#include "base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace bondline::base {

FolderLock::~FolderLock() {
  ::close(fd_);
}

bool FolderLock::take(const std::string& folder, std::unique_ptr<FolderLock>* lock) {
  lock->reset();
  int fd = -1;
  do fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return true;
  std::unique_ptr<FolderLock> taken(new FolderLock(fd));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
    *lock = std::move(taken);
    return true;
  }
  return errno != EWOULDBLOCK;
}

}  // namespace bondline::base
