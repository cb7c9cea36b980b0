#include "line/gateway/store/log.h"

#include <algorithm>

#include "line/gateway/store/log_impl.h"

namespace bondline::store {

std::int64_t Log::Impl::wall_ns() const {
  if (options.wall_ns) return options.wall_ns();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Log::Impl::path_of(const SegmentName& name) const {
  return base::join_path(options.folder, to_file_name(name));
}

std::uint64_t Log::Impl::stored_bytes() const {
  std::uint64_t bytes = 0;
  for (const SegmentInfo& segment : segments) bytes += segment.bytes;
  return bytes;
}

std::unique_ptr<Group> Log::Impl::new_group() {
  auto group = std::make_unique<Group>();
  group->dictionary = dictionary;
  group->before = encoder.references();
  group->before_number = encoder.number();
  group->first_sequence = group->end_sequence = next_sequence;
  return group;
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<Log> Log::open(base::Files& files, LogOptions options, Dictionary dictionary,
                               base::Diagnostics& diagnostics) {
  auto impl = std::make_unique<Impl>(files, std::move(options));
  const bool writes = !impl->options.read_only;
  if (base::FileProblem why; writes && !(why = files.make_folder(impl->options.folder)).empty()) {
    diagnostics.error({impl->options.folder}, why, "give `store.path` a folder this user may write to");
    return nullptr;
  }
  // Two writers would give the same sequences twice, and each remove what the other has just begun.
  if (writes && &files == &base::disk() && !base::FolderLock::take(impl->options.folder, &impl->alone)) {
    diagnostics.error({impl->options.folder}, "another line that runs is using this store",
                      "end that one, or give this line a `store.path` of its own");
    return nullptr;
  }
  if (!impl->recover(diagnostics)) return nullptr;
  impl->dictionary = std::make_shared<const Dictionary>(std::move(dictionary));
  impl->encoder.start(*impl->dictionary);
  impl->waiting.push_back(impl->new_group());
  auto* const raw = impl.get();
  std::unique_ptr<Log> log(new Log(std::move(impl)));
  if (raw->options.background && writes) raw->committer = std::thread([raw] { raw->run(); });
  return log;
}

Log::~Log() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->committer.joinable()) impl_->committer.join();
  if (!impl_->options.read_only) impl_->commit();
}

void Log::set_dictionary(Dictionary dictionary) {
  const std::lock_guard lock(impl_->mutex);
  Impl& log = *impl_;
  log.encoder.close(*log.waiting.back());
  log.waiting.back()->closed = true;
  log.dictionary = std::make_shared<const Dictionary>(std::move(dictionary));
  log.encoder.start(*log.dictionary);
  log.thin_count.clear();
  log.waiting.push_back(log.new_group());
}

std::uint64_t Log::append(const tags::Batch& batch, bool* refused) {
  if (batch.empty()) return 0;
  bool early = false;
  std::uint64_t taken = 0;
  {
    const std::lock_guard lock(impl_->mutex);
    Impl& log = *impl_;
    const auto refuse = [&](const char* why, std::uint64_t samples) { log.counted.refused[why] += samples; };
    if (log.options.read_only) {
      refuse("read only", batch.size());
      if (refused) *refused = true;
      return 0;
    }
    const tags::TagId largest = *std::max_element(batch.tag().begin(), batch.tag().end());
    if (largest >= log.encoder.tags()) {
      refuse("unknown tag", batch.size());
      return 0;
    }
    if (log.waiting_bytes >= log.options.waiting_bytes) {
      refuse(log.counted.problem.empty() ? "waiting full"
             : log.disk_full             ? "store full"
                                         : "store failed",
             batch.size());
      if (refused) *refused = true;
      return 0;
    }
    if (log.over_bound && log.options.when_full == WhenFull::stop) {
      refuse("store full", batch.size());
      if (refused) *refused = true;
      return 0;
    }
    const tags::Batch* wanted = &batch;
    if (log.thinning) {
      log.thin_count.resize(log.encoder.tags());
      log.thinned.clear();
      for (const tags::Run& run : batch.runs()) {
        log.thinned.begin(run.times);
        for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
          const tags::TagId tag = batch.tag()[i];
          if (log.thin_count[tag]++ % std::max(1u, log.options.decimate_by) != 0) continue;
          if ((*log.dictionary)[tag].type == tags::ValueType::text)
            log.thinned.add_text(tag, batch.text_of(i), batch.quality()[i]);
          else
            log.thinned.add(tag, batch.bits()[i], batch.quality()[i]);
        }
      }
      if (batch.size() > log.thinned.size()) refuse("decimated", batch.size() - log.thinned.size());
      wanted = &log.thinned;
      if (wanted->empty()) return 0;
    }
    Group& group = *log.waiting.back();
    const std::size_t before = group.bytes.size();
    if (log.waiting_bytes == 0) log.waiting_since = std::chrono::steady_clock::now();
    log.encoder.add(*wanted, group);
    taken = wanted->size();
    log.next_sequence += taken;
    log.counted.appended += taken;
    log.waiting_bytes += group.bytes.size() - before;
    early =
        before == 0 || (before < log.options.commit_bytes && group.bytes.size() >= log.options.commit_bytes);
  }
  if (early && impl_->options.background) impl_->wake.notify_one();
  return taken;
}

bool Log::commit() {
  return impl_->options.read_only || impl_->commit();
}

std::uint64_t Log::durable_end() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->durable_end;
}

std::uint64_t Log::begin() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->segments.empty() ? impl_->durable_end : impl_->segments.front().name.first_sequence;
}

std::uint64_t Log::epoch() const {
  return impl_->epoch;
}
const Recovery& Log::recovery() const {
  return impl_->recovery;
}

LogCounters Log::counters() const {
  const std::lock_guard lock(impl_->mutex);
  LogCounters counters = impl_->counted;
  constexpr std::string_view kDropped = "dropped.";
  for (const auto& [name, value] : impl_->state.counters)
    if (name.starts_with(kDropped)) counters.dropped[name.substr(kDropped.size())] = value;
  counters.segments = impl_->segments.size();
  counters.stored_bytes = impl_->stored_bytes();
  counters.commit_seconds_p50 = impl_->commit_time.quantile(0.5);
  counters.commit_seconds_p99 = impl_->commit_time.quantile(0.99);
  counters.commit_seconds_max = impl_->commit_time.largest();
  return counters;
}

void Log::on_durable(std::function<void(std::uint64_t)> listener) {
  const std::lock_guard no_call_under_way(impl_->writing);
  const std::lock_guard lock(impl_->mutex);
  impl_->listener = std::move(listener);
}

std::uint64_t Log::cursor(const std::string& sink) const {
  const std::lock_guard lock(impl_->mutex);
  const std::uint64_t first =
      impl_->segments.empty() ? impl_->durable_end : impl_->segments.front().name.first_sequence;
  const auto found = impl_->state.cursors.find(sink);
  return found == impl_->state.cursors.end() ? first : std::max(found->second, first);
}

void Log::acknowledge(const std::string& sink, std::uint64_t next_sequence) {
  std::unique_lock lock(impl_->mutex);
  bool first = false;
  const std::uint64_t end = std::min(next_sequence, impl_->durable_end);
  std::uint64_t& cursor = impl_->state.cursors[sink];
  if (end > cursor) {
    cursor = end;
    if (!impl_->state_changed) first = impl_->state_changed = true;
    if (impl_->over_bound || impl_->thinning) impl_->keep_within_bounds();
  }
  lock.unlock();
  if (first && impl_->options.background) impl_->wake.notify_one();
}

std::vector<std::string> Log::sinks() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<std::string> names;
  for (const auto& [sink, cursor] : impl_->state.cursors) names.push_back(sink);
  return names;
}

void Log::forget(const std::string& sink) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->state.cursors.erase(sink) > 0) impl_->state_changed = true;
}

}  // namespace bondline::store
