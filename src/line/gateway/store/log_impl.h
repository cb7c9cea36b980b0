// Inside the room: what the files of the log share. One mutex guards memory, a second one lets a single
// thread write.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/folder_lock.h"
#include "line/gateway/store/frame.h"
#include "line/gateway/store/latency.h"
#include "line/gateway/store/log.h"
#include "line/gateway/store/run_codec.h"

namespace bondline::store {

/// A frame inside a Group's bytes.
struct GroupFrame {
  FrameHead head;
  std::size_t at = 0;                            ///< of its head
  std::shared_ptr<const References> references;  ///< what its data are coded against; of a snapshot: itself
};

/// What one commit writes: frames in a row, coded against one dictionary.
struct Group {
  ByteBuffer bytes;
  std::vector<GroupFrame> frames;
  std::shared_ptr<const Dictionary> dictionary;
  std::shared_ptr<const References> before;  ///< references in force before its first frame
  std::uint16_t before_number = 0;
  std::uint64_t first_sequence = 0, end_sequence = 0;
  bool closed = false;  ///< nothing is added any more, heads are written
  std::uint64_t samples() const { return end_sequence - first_sequence; }
};

struct SegmentInfo {
  SegmentName name;
  std::uint64_t bytes = 0;
  std::uint64_t epoch = 0;
  std::int64_t created_ns = 0;
};

/// Turns batches into frames of a Group; holds what coding needs to remember from one batch to the next.
class Encoder {
 public:
  void start(const Dictionary& dictionary);  ///< forgets everything
  void add(const tags::Batch& batch, Group& group);
  void close(Group& group);  ///< ends the open data frame
  const std::shared_ptr<const References>& references() const { return references_; }
  std::uint16_t number() const { return number_; }
  std::size_t tags() const { return type_.size(); }

 private:
  void open_frame(Group& group);
  void take_snapshot(Group& group);
  std::shared_ptr<const References> references_;
  std::vector<tags::ValueType> type_;
  std::vector<std::uint64_t> last_;
  std::vector<char> seen_;
  RunContext context_;
  std::uint16_t number_ = 0;
  std::size_t since_snapshot_ = 0, snapshot_bytes_ = 0;
  bool open_ = false;
};

struct Log::Impl {
  Impl(base::Files& opened_files, LogOptions chosen) : files(opened_files), options(std::move(chosen)) {}

  base::Files& files;
  LogOptions options;
  std::unique_ptr<base::FolderLock> alone;  ///< no other process writes here

  mutable std::mutex mutex;  ///< guards all below but what is marked
  std::condition_variable wake;
  Encoder encoder;
  std::shared_ptr<const Dictionary> dictionary;
  std::deque<std::unique_ptr<Group>> waiting;  ///< the last one is open
  std::size_t waiting_bytes = 0;
  std::chrono::steady_clock::time_point waiting_since;
  std::uint64_t next_sequence = 1, durable_end = 1, epoch = 1;
  std::deque<std::shared_ptr<const Group>> recent;
  std::size_t recent_bytes = 0;
  std::deque<SegmentInfo> segments;
  State state;
  bool state_changed = false, stopping = false;
  bool disk_full = false;   ///< the last write said so
  bool over_bound = false;  ///< more than max_bytes is stored and nothing may be deleted
  bool thinning = false;    ///< WhenFull::decimate is at work
  LogCounters counted;
  Latency commit_time;
  tags::Batch thinned;
  std::vector<std::uint32_t> thin_count;
  std::function<void(std::uint64_t)> listener;
  Recovery recovery;
  std::uint64_t next_serial = 1;

  std::mutex writing;  ///< held by whoever commits; guards the file
  std::unique_ptr<base::AppendFile> file;
  std::shared_ptr<const Dictionary> file_dictionary;
  std::thread committer;

  std::int64_t wall_ns() const;
  std::string path_of(const SegmentName& name) const;
  std::uint64_t stored_bytes() const;  ///< mutex held
  std::unique_ptr<Group> new_group();  ///< mutex held

  /// Reads segments, state and the last sequence of the folder (recovery.cc).
  bool recover(base::Diagnostics& diagnostics);
  void run();                                                                ///< the commit thread
  bool commit();                                                             ///< everything that waits
  bool write_group(Group& group, const State* state, std::string& problem);  ///< writing held, mutex free
  bool start_segment(const Group& group, std::string& problem);              ///< likewise
  /// Deletes what may go; with `make_room` also what `when_full` allows, until at least one segment went.
  /// True when one did. mutex held.
  bool retire(bool make_room);
  void keep_within_bounds();  ///< retires by age and size, sets over_bound and thinning; mutex held
  std::uint64_t slowest_cursor() const;  ///< mutex held; durable_end when there is no sink
};

}  // namespace bondline::store
