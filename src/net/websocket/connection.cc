#include "net/websocket/connection.h"

#include <openssl/rand.h>

#include <algorithm>
#include <deque>

namespace bondline::net::websocket {

namespace {

constexpr std::size_t kWriteAtOnce = 64 * 1024;

class Open : public Connection {
 public:
  Open(Stream& stream, Decoder::Role role, Options options, std::string early)
      : stream_(stream),
        masks_(role == Decoder::Role::client),
        options_(std::move(options)),
        early_(std::move(early)),
        peer_(stream.peer()),
        decoder_(role, options_.most_message) {}

  Task<std::optional<Message>> receive() override;
  bool send(bool text, std::string_view data) override;
  Task<std::error_code> drained() override;
  void close(int close_code, std::string_view reason) override;
  bool open() const override { return !ended_ && !goodbye_said_; }
  std::size_t queued() const override { return queued_; }
  const Counters& counters() const override { return counters_; }
  int close_code() const override { return close_code_; }
  const std::string& close_reason() const override { return close_reason_; }
  const std::string& peer() const override { return peer_; }

  Task<> read();
  Task<> write();
  Task<> keep();
  Task<> watch(Scope& going_away);
  Task<> say_goodbye(bool failed);
  void on_end(Group& user) { user_ = &user; }

 private:
  bool take(std::span<const std::uint8_t> bytes);
  void put(std::vector<std::uint8_t> frame, bool counts);
  bool make_room(std::size_t bytes);
  void end(int close_code, std::string_view reason);
  void broke(std::string_view reason);
  const std::uint8_t* mask();

  Stream& stream_;
  bool masks_;
  Options options_;
  std::string early_, peer_;
  Decoder decoder_;
  struct Waiting {
    std::vector<std::uint8_t> frame;
    bool message = true;
  };
  std::deque<Waiting> queue_;
  std::size_t queued_ = 0;
  std::deque<Message> inbox_;
  std::size_t inbox_bytes_ = 0;
  Signal arrived_, taken_, kick_, empty_, over_;
  bool writing_ = false;
  bool goodbye_said_ = false;  ///< our close frame is queued or sent; nothing follows it
  bool goodbye_sent_ = false, goodbye_heard_ = false;
  bool ended_ = false, broken_ = false;
  Group* user_ = nullptr;
  Clock::time_point heard_ = Clock::now();
  std::uint8_t mask_[4] = {};
  Counters counters_;
  int close_code_ = 0;
  std::string close_reason_;
};

const std::uint8_t* Open::mask() {
  if (!masks_) return nullptr;
  RAND_bytes(mask_, sizeof mask_);
  return mask_;
}

void Open::put(std::vector<std::uint8_t> frame, bool message) {
  queued_ += frame.size();
  queue_.push_back({std::move(frame), message});
  kick_.notify();
}

/// The connection is of no further use (or the other side has said goodbye): nobody shall wait for it.
void Open::end(int close_code, std::string_view reason) {
  if (ended_) return;
  ended_ = true;
  close_code_ = close_code;
  close_reason_ = reason;
  if (user_) user_->cancel();
  kick_.notify();
  over_.notify();
}

/// The link is gone: nothing can be sent any more.
void Open::broke(std::string_view reason) {
  goodbye_said_ = broken_ = true;
  queue_.clear();
  queued_ = 0;
  end(code::kAbnormal, reason);
  over_.notify();
}

bool Open::make_room(std::size_t bytes) {
  if (queued_ + bytes <= options_.queue_bytes) return true;
  if (options_.overflow == Overflow::close) {
    close(code::kPolicy, "does not keep up");
    return false;
  }
  if (options_.overflow == Overflow::drop_newest || bytes > options_.queue_bytes) return false;
  for (auto it = queue_.begin(); it != queue_.end() && queued_ + bytes > options_.queue_bytes;) {
    if (!it->message) {
      ++it;
      continue;
    }
    ++counters_.dropped;
    counters_.dropped_bytes += it->frame.size();
    queued_ -= it->frame.size();
    it = queue_.erase(it);
  }
  return queued_ + bytes <= options_.queue_bytes;
}

bool Open::send(bool text, std::string_view data) {
  if (!open()) return false;
  constexpr std::size_t kMostHead = 14;
  if (!make_room(data.size() + kMostHead)) {
    ++counters_.dropped;
    counters_.dropped_bytes += data.size();
    return false;
  }
  std::vector<std::uint8_t> frame;
  frame.reserve(data.size() + kMostHead);
  append_frame(frame, text ? Opcode::text : Opcode::binary, data, mask());
  put(std::move(frame), true);
  ++counters_.sent;
  return true;
}

void Open::close(int close_code, std::string_view reason) {
  if (goodbye_said_ || ended_) return;
  goodbye_said_ = true;
  std::vector<std::uint8_t> frame;
  append_close(frame, close_code, reason, mask());
  put(std::move(frame), false);
}

Task<std::optional<Message>> Open::receive() {
  while (inbox_.empty()) {
    if (ended_) co_return std::nullopt;
    const std::error_code stopped = co_await arrived_.wait();
    if (stopped && inbox_.empty()) co_return std::nullopt;
  }
  Message message = std::move(inbox_.front());
  inbox_.pop_front();
  inbox_bytes_ -= message.data.size();
  taken_.notify();
  co_return message;
}

Task<std::error_code> Open::drained() {
  while (queued_ > 0 || writing_) {
    if (ended_) co_return std::make_error_code(std::errc::operation_canceled);
    const std::error_code stopped = co_await empty_.wait();
    if (stopped) co_return stopped;
  }
  co_return std::error_code();
}

/// Takes what came. False: nothing more is to be read.
bool Open::take(std::span<const std::uint8_t> bytes) {
  while (!goodbye_heard_) {
    const Decoder::Step step = decoder_.next(bytes);
    bytes = bytes.subspan(step.used);
    switch (step.event) {
      case Decoder::Event::more:
        return true;
      case Decoder::Event::message: {
        ++counters_.received;
        inbox_bytes_ += decoder_.message().size();
        inbox_.push_back({decoder_.is_text(), std::move(decoder_.message())});
        decoder_.message().clear();
        arrived_.notify();
        break;
      }
      case Decoder::Event::ping: {
        // One answer is enough for many pings (RFC 6455, 5.5.3): nobody fills the queue with them.
        if (goodbye_said_) break;
        std::vector<std::uint8_t> frame;
        append_frame(frame, Opcode::pong, decoder_.control(), mask());
        const auto waiting =
            std::find_if(queue_.begin(), queue_.end(), [](const Waiting& w) { return !w.message; });
        if (waiting != queue_.end()) {
          queued_ -= waiting->frame.size();
          queue_.erase(waiting);
        }
        put(std::move(frame), false);
        break;
      }
      case Decoder::Event::pong:
        break;
      case Decoder::Event::close: {
        goodbye_heard_ = true;
        const int answer = decoder_.close_code();
        close(answer, "");
        end(answer, decoder_.control());
        return false;
      }
      case Decoder::Event::broken:
        close(decoder_.close_code(), decoder_.problem());
        end(decoder_.close_code(), decoder_.problem());
        return false;
    }
  }
  return false;
}

Task<> Open::read() {
  std::vector<std::uint8_t> bytes(16 * 1024);
  bool on = take({reinterpret_cast<const std::uint8_t*>(early_.data()), early_.size()});
  while (on) {
    while (inbox_bytes_ > options_.inbox_bytes) {
      const std::error_code stopped = co_await taken_.wait();
      if (stopped) co_return;
      heard_ = Clock::now();  // it was us who did not listen
    }
    const Moved moved = co_await stream_.read_some(std::span(bytes));
    if (moved.error == std::errc::operation_canceled) co_return;
    if (moved.error) {
      broke(moved.error.message());
      co_return;
    }
    heard_ = Clock::now();
    on = take(std::span<const std::uint8_t>(bytes).first(moved.bytes));
  }
}

Task<> Open::write() {
  Scope& scope = co_await current_scope();
  std::vector<std::uint8_t> bytes;
  while (!goodbye_sent_) {
    if (queue_.empty()) {
      empty_.notify();
      const std::error_code stopped = co_await kick_.wait();
      if (stopped) co_return;
      if (ended_ && queue_.empty() && !goodbye_said_) co_return;
      continue;
    }
    bytes.clear();
    while (!queue_.empty() && (bytes.empty() || bytes.size() + queue_.front().frame.size() <= kWriteAtOnce)) {
      queued_ -= queue_.front().frame.size();
      if (bytes.empty())
        bytes.swap(queue_.front().frame);
      else
        bytes.insert(bytes.end(), queue_.front().frame.begin(), queue_.front().frame.end());
      queue_.pop_front();
    }
    const bool last = goodbye_said_ && queue_.empty();
    writing_ = true;
    Moved moved;
    {
      Deadline deadline(scope, options_.write_within);
      moved = co_await deadline.run(stream_.write(std::span<const std::uint8_t>(bytes)));
    }
    writing_ = false;
    if (scope.cancelled()) co_return;
    if (moved.error) {
      broke(moved.error == std::errc::operation_canceled ? "the other side takes nothing"
                                                         : moved.error.message());
      co_return;
    }
    if (last) {
      goodbye_sent_ = true;
      over_.notify();
    }
  }
}

Task<> Open::keep() {
  for (;;) {
    const std::error_code stopped = co_await sleep_until(heard_ + options_.ping_every);
    if (stopped) co_return;
    const auto heard = heard_;
    if (Clock::now() < heard + options_.ping_every || goodbye_said_) {
      if (goodbye_said_) co_return;
      continue;
    }
    std::vector<std::uint8_t> frame;
    append_frame(frame, Opcode::ping, "", mask());
    put(std::move(frame), false);
    const std::error_code again = co_await sleep_for(options_.pong_within);
    if (again) co_return;
    if (heard_ == heard && inbox_bytes_ <= options_.inbox_bytes) {
      broke("no sign of life");
      co_return;
    }
  }
}

Task<> Open::watch(Scope& scope) {
  Signal never;
  Signal::Wait wait(never);
  Deadline::Under<Signal::Wait> under(scope, wait);
  co_await under;
  close(code::kGoingAway, "going away");
}

/// Closes in good order: our goodbye goes out, the other side's is waited for.
Task<> Open::say_goodbye(bool failed) {
  Scope& scope = co_await current_scope();
  close(failed ? code::kInternal : code::kNormal, "");
  Deadline deadline(scope, options_.close_within);
  while (!broken_ && !deadline.passed() && !scope.cancelled()) {
    // Who broke the rules is told so, and not waited for.
    if (goodbye_sent_ && (goodbye_heard_ || ended_)) co_return;
    Signal::Wait wait(over_);
    co_await deadline.run(wait);
  }
}

}  // namespace

Task<> run(Stream& stream, Decoder::Role role, Options options, std::string early, const Talk& talk,
           Scope* going_away) {
  Scope& scope = co_await current_scope();
  Open connection(stream, role, std::move(options), std::move(early));
  Group work(scope.loop(), &scope), user(scope.loop(), &scope);
  Scope watched(scope.loop(), going_away);
  connection.on_end(user);
  work.spawn(connection.read());
  work.spawn(connection.write());
  work.spawn(connection.keep());
  if (going_away) work.spawn(connection.watch(watched));
  user.spawn(talk(connection));
  std::exception_ptr failure;
  try {
    co_await user.join();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await connection.say_goodbye(failure != nullptr);
  watched.cancel();
  work.cancel();
  co_await work.join();
  stream.close();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace bondline::net::websocket
