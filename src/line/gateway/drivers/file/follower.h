// Which file to read on, from where: a folder's files one after the other, or one file through growth,
// rotation and truncation. Reads may block; one thread at a time.
#pragma once
#include <map>

#include "line/gateway/drivers/file/records.h"
#include "line/gateway/drivers/file/source_files.h"
#include "line/gateway/engine/driver.h"

namespace bondline::gateway {

class Follower {
 public:
  explicit Follower(const FileConfig& config);

  /// Looks for something to read and replaces `out` with its samples, kMostRecords records at most. True:
  /// there may be more at once.
  bool step(const tags::Times& now, tags::Batch& out);
  static constexpr std::size_t kMostRecords = 2000;
  /// A dropped file has been read to its end: when all its samples are on disk, put_away() has to be called
  /// before the next step() finds another.
  bool finished() const { return finished_; }
  void put_away();

  /// How far everything handed out so far reaches.
  const FilePlace& place() const { return place_; }
  /// Since the last call: what went wrong, and the last of it in words with file and line.
  std::uint64_t take_errors(std::string& last);
  bool reading() const { return !path_.empty(); }

 private:
  struct Seen {
    std::uint64_t number = 0, size = 0;
    std::int64_t modified_ns = 0, since_ns = 0;
  };
  static constexpr std::size_t kChunk = 256u << 10;       // bytes read at once
  static constexpr std::size_t kMostRecord = 256u << 10;  // a record without end beyond this is broken
  static constexpr std::uint64_t kMostTold = 100;         // problems of one file that become samples

  bool choose();
  bool choose_dropped();
  bool choose_growing();
  bool settled(const std::string& name, const FileFacts& facts);
  bool same_file(const std::string& path, const FileFacts& facts) const;
  void begin(const std::string& path, const FileFacts& facts, std::uint64_t offset);
  bool resume();
  bool read_on(tags::Batch& out);
  void take(std::string_view record, tags::Batch& out);
  void remember_head();
  void tell(const std::string& what);

  const FileConfig& config_;
  Records records_;
  std::string path_;  ///< being read; "": none
  FilePlace place_;
  std::string buffer_;  ///< bytes from place_.offset on
  std::uint64_t line_ = 0, told_ = 0;
  bool last_ = false;  ///< nothing will be added to it any more
  bool need_head_ = false, skipping_ = false, finished_ = false, name_told_ = false, looked_ = false;
  std::map<std::string, Seen> seen_;
  std::uint64_t errors_ = 0;
  std::string last_problem_;
  tags::Times now_;
  std::vector<std::string> pending_told_;  ///< problems without a record; told with the next
};

}  // namespace bondline::gateway
