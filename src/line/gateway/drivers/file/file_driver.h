// Files as a machine. Every line becomes one run of samples that also says which file and how many of its
// bytes were read (tags `file` and `position`): a run is stored whole or not at all, so a line is stored
// exactly once, whatever process or power does. `problem` holds what could not be read, with file and line.
#pragma once
#include <memory>

#include "base/file.h"
#include "line/gateway/drivers/file/config.h"
#include "line/gateway/engine/driver.h"

namespace bondline::gateway {

/// What config.state_path holds: up to which sequence of the log this is the last word.
struct FileState {
  std::uint64_t sequence = 0;
  FilePlace place;
  std::string text() const;
  static std::optional<FileState> of(std::string_view text);
};

/// `files` is where the state is kept; the machine's own files are always the disk's.
std::unique_ptr<Driver> make_file_driver(FileConfig config, base::Files& files);

}  // namespace bondline::gateway
