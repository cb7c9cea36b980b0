// One owner for a folder: two processes that both believe a log is theirs would destroy it. The folder itself
// is locked (flock(2)): that needs no room on a full disk and leaves no file behind, and the system ends the
// lock with the process, however that ends.
#pragma once
#include <memory>
#include <string>

namespace bondline::base {

class FolderLock {
 public:
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// Takes a folder on disk as long as *lock lives. False when another owner has it, in this process or
  /// another. True with *lock null where the folder can't be opened or its file system knows no locks.
  static bool take(const std::string& folder, std::unique_ptr<FolderLock>* lock);

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace bondline::base
