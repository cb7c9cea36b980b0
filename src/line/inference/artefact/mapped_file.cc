#include "line/inference/artefact/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bondline::inference {

std::unique_ptr<MappedFile> MappedFile::open(const std::string& path, base::Diagnostics& diagnostics) {
  const auto refuse = [&](const std::string& what) {
    diagnostics.error({path}, what, "name a file made by bondline model compile");
    return nullptr;
  };
  // Without waiting: a pipe nobody writes to would hold us for ever.
  const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle < 0) return refuse(std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status {};
  if (::fstat(handle, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(handle);
    return refuse("is no regular file");
  }
  if (status.st_size <= 0) {
    ::close(handle);
    return refuse("is empty");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  // Populated at once: the checksum reads every page anyway, and no page fault is left for the first run.
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, handle, 0);
  const int why = errno;
  ::close(handle);
  if (address == MAP_FAILED) return refuse(std::string("cannot be mapped: ") + std::strerror(why));
  return std::unique_ptr<MappedFile>(new MappedFile(address, size));
}

MappedFile::~MappedFile() {
  ::munmap(address_, size_);
}

}  // namespace bondline::inference
