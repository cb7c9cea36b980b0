// What a line file says of a machine that writes files.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "line/gateway/fields/time.h"
#include "line/gateway/fields/value.h"
#include "line/tags/tag.h"

namespace bondline::gateway {

enum class FileFormat : std::uint8_t { csv, json_lines };

struct FilePoint {
  tags::TagId tag = 0;
  std::string column;  ///< CSV: name, or "#3" for the third; JSON: path of a member
  fields::Format format;
};

/// A file known again whatever it is called, and how much of it has been read.
struct FilePlace {
  std::uint64_t number = 0;                    ///< inode; 0: no file yet
  std::uint32_t head_bytes = 0, head_crc = 0;  ///< CRC32C of its first bytes
  std::uint64_t offset = 0;                    ///< bytes read
  std::string name;

  /// "name #number head_bytes:head_crc": the value of the tag `file`.
  std::string text() const;
  /// The same back, with offset 0; nullopt when it is none.
  static std::optional<FilePlace> of(std::string_view text);
};

struct FileConfig {
  std::string machine;
  std::string folder, pattern;  ///< "*.csv", or the one file's name
  bool tail = false;  ///< one file that grows; else a folder whose files are read once and moved away
  std::string done;   ///< folder for what has been read; drop only
  FileFormat format = FileFormat::csv;
  bool header = true;     ///< the first line names the columns
  bool from_end = false;  ///< tail, when nothing is remembered: begin with what comes from now on
  char separator = ',';
  std::chrono::nanoseconds poll = std::chrono::seconds(1);
  std::chrono::nanoseconds settle =
      std::chrono::seconds(2);  ///< a file that changes is left alone for so long
  std::vector<FilePoint> points;
  std::string time_column;  ///< "": the time of reading
  fields::TimeFormat time;
  tags::TagId file_tag = 0, position_tag = 0, problem_tag = 0;
  std::string state_path;  ///< where the place is remembered, so that little of the log must be searched
  FilePlace place;         ///< where to go on
};

}  // namespace bondline::gateway
