#include "line/gateway/drivers/file/file_driver.h"

#include <charconv>

#include "line/gateway/drivers/file/follower.h"
#include "line/gateway/drivers/file/work_thread.h"
#include "line/gateway/engine/schedule.h"

namespace bondline::gateway {

namespace {

using net::Clock;

constexpr auto kSaveEvery = std::chrono::seconds(10);

class FileDriver : public Driver {
 public:
  FileDriver(FileConfig config, base::Files& files)
      : Driver(config.machine), config_(std::move(config)), files_(files), follower_(config_) {}

  net::Task<> run(Outlet& outlet) override;
  net::Task<std::string> write(Setting) override { co_return "a file's values can't be written"; }
  std::string retag(std::vector<tags::TagId>) override { return "its columns must be read again"; }
  void on_durable() override { durable_.notify(); }

 private:
  /// What has been offered and may not be on disk yet.
  struct Offered {
    std::uint64_t safe_at = 0;
    FilePlace place;
  };
  net::Task<bool> offer(Outlet& outlet);
  net::Task<bool> wait_until_durable(Outlet& outlet, std::uint64_t end);
  net::Task<bool> save();
  void report();

  FileConfig config_;
  base::Files& files_;
  Follower follower_;
  tags::Batch batch_;
  net::Signal durable_;
  // What work on the thread takes and leaves behind: a cancelled run() does not wait for it, so it is
  // nobody's local.
  bool more_ = false;
  std::string save_text_, save_problem_;
  tags::Times now_;
  bool offered_all_ = true;  ///< false: batch_ was taken from files and is not in the log
  Offered last_;
  std::uint64_t saved_at_ = 0;
  Clock::time_point save_due_{};
  std::unique_ptr<WorkThread> thread_;  ///< last: joined before what it works on goes
};

void FileDriver::report() {
  std::string problem;
  const std::uint64_t errors = follower_.take_errors(problem);
  status_.errors += errors;
  if (errors > 0) status_.say(problem);
}

/// Offers batch_ until the log takes it. False: cancelled.
net::Task<bool> FileDriver::offer(Outlet& outlet) {
  BackOff back_off(std::chrono::seconds(1), std::chrono::seconds(30), 1);
  while (!batch_.empty()) {
    status_.received += batch_.size();
    const Outlet::SafeAt safe = outlet.offer_to_keep(batch_);
    if (safe) {
      last_ = {*safe, follower_.place()};
      break;
    }
    status_.say("the log takes nothing at present; the file waits");
    const std::error_code ended = co_await net::sleep_for(back_off.next());
    if (ended) co_return false;
  }
  offered_all_ = true;
  co_return true;
}

net::Task<bool> FileDriver::wait_until_durable(Outlet& outlet, std::uint64_t end) {
  for (;;) {
    waits_for_durable_ = true;
    if (outlet.durable_end() >= end) co_return true;
    const std::error_code ended = co_await durable_.wait();
    if (ended) co_return false;
  }
}

/// Remembers the place, so that a start has not to search the whole log. What it says is on disk.
net::Task<bool> FileDriver::save() {
  if (last_.safe_at <= saved_at_ || config_.state_path.empty()) co_return true;
  const FileState state{last_.safe_at, last_.place};
  // (g++ 12 destroys closures that are temporaries of a co_await twice: they get names.)
  save_text_ = state.text();
  std::function<void()> work = [this] {
    save_problem_ = files_.write_atomic(config_.state_path, save_text_);
  };
  const bool done = co_await thread_->run(std::move(work));
  if (!done) co_return false;
  if (!save_problem_.empty()) status_.say(save_problem_);
  saved_at_ = state.sequence;
  co_return true;
}

net::Task<> FileDriver::run(Outlet& outlet) {
  net::Scope& scope = co_await net::current_scope();
  if (!thread_) thread_ = std::make_unique<WorkThread>(scope.loop());
  Schedule schedule(Clock::now(), std::chrono::duration_cast<Clock::duration>(config_.poll));
  save_due_ = Clock::now() + kSaveEvery;
  status_.state = DriverState::connected;
  ++status_.connects;
  while (!scope.cancelled()) {
    bool more = false, fine = true;
    if (offered_all_) {
      ++status_.polls;
      now_ = outlet.now();
      std::function<void()> look = [this] { more_ = follower_.step(now_, batch_); };
      fine = co_await thread_->run(std::move(look));
      if (!fine) break;
      offered_all_ = false;
      more = more_;
      report();
    }
    const std::uint64_t before = last_.safe_at;
    fine = co_await offer(outlet);
    if (!fine) break;
    // One batch is written while the next is read; more would only fill memory.
    fine = co_await wait_until_durable(outlet, before);
    if (!fine) break;
    const bool finished = follower_.finished();
    if (finished || Clock::now() >= save_due_) {
      fine = co_await wait_until_durable(outlet, last_.safe_at);
      if (fine) fine = co_await save();
      if (!fine) break;
      save_due_ = Clock::now() + kSaveEvery;
    }
    if (finished) {
      std::function<void()> put_away = [this] { follower_.put_away(); };
      fine = co_await thread_->run(std::move(put_away));
      if (!fine) break;
      report();
      more = !follower_.finished();
    }
    if (more) continue;
    const std::uint64_t overruns = schedule.overruns();
    const auto due = schedule.advance(Clock::now());
    status_.overruns += schedule.overruns() - overruns;
    const std::error_code ended = co_await net::sleep_until(due);
    if (ended) break;
  }
  status_.state = DriverState::stopped;
}

}  // namespace

std::string FileState::text() const {
  return "bondline file place 1\n" + std::to_string(sequence) + " " + std::to_string(place.offset) + "\n" +
         place.text() + "\n";
}

std::optional<FileState> FileState::of(std::string_view text) {
  constexpr std::string_view kFirst = "bondline file place 1\n";
  if (!text.starts_with(kFirst)) return std::nullopt;
  text.remove_prefix(kFirst.size());
  if (!text.ends_with('\n')) return std::nullopt;  // also where nothing follows the first line
  text.remove_suffix(1);
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = text.substr(0, line);
  FileState state;
  const auto [blank, wrong] =
      std::from_chars(numbers.data(), numbers.data() + numbers.size(), state.sequence);
  if (wrong != std::errc{} || blank == numbers.data() + numbers.size() || *blank != ' ') return std::nullopt;
  std::uint64_t offset = 0;
  const auto [end, error] = std::from_chars(blank + 1, numbers.data() + numbers.size(), offset);
  if (error != std::errc{} || end != numbers.data() + numbers.size()) return std::nullopt;
  const auto place = FilePlace::of(text.substr(line + 1));
  if (!place) return std::nullopt;
  state.place = *place;
  state.place.offset = offset;
  return state;
}

std::unique_ptr<Driver> make_file_driver(FileConfig config, base::Files& files) {
  return std::make_unique<FileDriver>(std::move(config), files);
}

}  // namespace bondline::gateway
