// How what waits becomes durable. A group is written with one append and one fdatasync. After an error of
// either, the file is given up and the group is written whole into a new segment: what a failed fdatasync
// leaves behind is unknown, and asking again may answer "fine" without the bytes. Readers stop at the first
// sequence of the next segment, so nothing is seen twice.
#include <algorithm>
#include <cstring>

#include "base/crc32c.h"
#include "line/gateway/store/log_impl.h"

namespace bondline::store {
namespace {

constexpr auto kRetry = std::chrono::seconds(1);

void seal(Group& group) {
  for (GroupFrame& frame : group.frames) {
    unsigned char* const at = group.bytes.data() + frame.at;
    frame.head.body_crc =
        base::crc32c(group.bytes.view().substr(frame.at + kHeadBytes, frame.head.body_bytes));
    put_head(frame.head, at);
  }
}

}  // namespace

void Log::Impl::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    if (waiting_bytes == 0 && !state_changed) {
      wake.wait(lock, [&] { return stopping || waiting_bytes > 0 || state_changed; });
    } else if (waiting_bytes == 0) {
      // Cursors alone may wait longer, so that many of them share a commit.
      wake.wait_for(lock, 20 * options.window, [&] { return stopping || waiting_bytes > 0; });
    }
    if (waiting_bytes > 0)
      wake.wait_until(lock, waiting_since + options.window,
                      [&] { return stopping || waiting_bytes >= options.commit_bytes; });
    if (stopping || (waiting_bytes == 0 && !state_changed)) continue;
    lock.unlock();
    const bool fine = commit();
    lock.lock();
    if (!fine && !stopping) wake.wait_for(lock, kRetry, [&] { return stopping; });
  }
}

bool Log::Impl::start_segment(const Group& group, std::string& problem) {
  SegmentInfo info;
  State head_state;
  {
    const std::lock_guard lock(mutex);
    info.name.serial = next_serial++;
    info.name.first_sequence = group.first_sequence;
    info.epoch = epoch;
    head_state = state;
  }
  info.created_ns = wall_ns();
  file.reset();
  ByteBuffer body, head;
  put(SegmentHead{1, info.epoch, info.name.serial, info.created_ns}, body);
  put_frame({.kind = FrameKind::segment}, body.view(), head);
  body.clear();
  put(*group.dictionary, body);
  put_frame({.kind = FrameKind::tags}, body.view(), head);
  body.clear();
  put(head_state, body);
  put_frame({.kind = FrameKind::state}, body.view(), head);
  body.clear();
  put(*group.before, body);
  put_frame({.kind = FrameKind::snapshot, .snapshot = group.before_number}, body.view(), head);

  const std::string path = path_of(info.name);
  file = files.open_append(path, &problem);
  if (!file) return false;
  if (problem = file->append(head.view()); !problem.empty()) {
    file.reset();
    files.remove(path);
    return false;
  }
  info.bytes = head.size();
  file_dictionary = group.dictionary;
  const std::lock_guard lock(mutex);
  segments.push_back(info);
  counted.bytes += head.size();
  return true;
}

bool Log::Impl::write_group(Group& group, const State* changed, std::string& problem) {
  if (!file || file->size() >= options.segment_bytes || file_dictionary != group.dictionary)
    if (!start_segment(group, problem)) return false;
  ByteBuffer tail;
  if (changed) {
    ByteBuffer body;
    put(*changed, body);
    put_frame({.kind = FrameKind::state}, body.view(), tail);
  }
  problem.clear();
  if (group.bytes.size() > 0) problem = file->append(group.bytes.view());
  if (problem.empty() && tail.size() > 0) problem = file->append(tail.view());
  if (problem.empty()) problem = file->sync();
  if (!problem.empty()) {
    file.reset();  // given up, whatever went wrong
    return false;
  }
  const std::lock_guard lock(mutex);
  segments.back().bytes = file->size();
  counted.bytes += group.bytes.size() + tail.size();
  return true;
}

bool Log::Impl::commit() {
  const std::lock_guard one_writer(writing);
  std::unique_lock lock(mutex);
  // Only what waits now; what comes meanwhile is the next commit's.
  Group* const last = waiting.back().get();
  if (!last->closed && last->samples() > 0) {
    encoder.close(*last);
    last->closed = true;
    waiting.push_back(new_group());
  }
  for (bool again = false;;) {
    Group* const group = waiting.front().get();
    const bool only_state = !group->closed;
    if (only_state && !state_changed) return true;
    Group none;
    none.dictionary = group->dictionary;
    none.before = group->before;
    none.before_number = group->before_number;
    none.first_sequence = none.end_sequence = group->first_sequence;
    Group& wanted = only_state ? none : *group;
    const State now = state;
    const bool with_state = state_changed;
    state_changed = false;
    const std::uint64_t end = wanted.end_sequence;
    lock.unlock();

    const auto began = std::chrono::steady_clock::now();
    std::string problem;
    bool fine = true;
    if (wanted.samples() > 0 || only_state) {
      seal(wanted);
      fine = write_group(wanted, with_state ? &now : nullptr, problem);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;

    lock.lock();
    if (!fine) {
      ++counted.failed_commits;
      counted.problem = problem;
      state_changed |= with_state;
      disk_full = base::is_disk_full(problem);
      if (disk_full) {
        if (options.when_full == WhenFull::decimate) thinning = true;
        if (retire(true)) continue;  // each turn deletes a segment, so this ends
        return false;
      }
      if (again) return false;
      again = true;  // once more, in a new segment
      continue;
    }
    again = false;
    counted.problem.clear();
    disk_full = false;
    if (only_state) return true;
    if (wanted.samples() > 0) {
      ++counted.commits;
      commit_time.add(took.count());
    }
    counted.durable += wanted.samples();
    durable_end = end;
    std::shared_ptr<const Group> done = std::move(waiting.front());
    waiting.pop_front();
    waiting_bytes -= done->bytes.size();
    waiting_since = std::chrono::steady_clock::now();
    if (done->samples() > 0) {
      recent_bytes += done->bytes.size();
      recent.push_back(std::move(done));
      while (recent_bytes > options.recent_bytes && recent.size() > 1) {
        recent_bytes -= recent.front()->bytes.size();
        recent.pop_front();
      }
    }
    keep_within_bounds();
    if (listener) {
      const auto tell = listener;
      lock.unlock();
      tell(end);
      lock.lock();
    }
    if (!waiting.front()->closed) return true;
  }
}

}  // namespace bondline::store
