#include "line/gateway/sinks/http_sink.h"

#include <algorithm>

#include "line/gateway/engine/schedule.h"

namespace bondline::gateway {

namespace {

using net::Clock;
namespace http = net::http;

constexpr int kSmallFor = 32;

/// What an answer means for the batch it answers.
enum class Verdict { taken, later, too_large, wrong, mend };

Verdict verdict_of(const http::Answer& answer) {
  if (!answer.problem.empty()) return Verdict::later;
  const int status = answer.response.status;
  // Who acknowledges what it has not heard is not believed.
  if (status >= 200 && status < 300) return answer.all_sent ? Verdict::taken : Verdict::later;
  if (status == 408 || status == 425 || status == 429 || status >= 500) return Verdict::later;
  if (status == 413) return Verdict::too_large;
  if (status == 400 || status == 422) return Verdict::wrong;
  return Verdict::mend;
}

std::string reason_of(const http::Answer& answer) {
  if (!answer.problem.empty()) return answer.problem;
  const http::Response& response = answer.response;
  std::string text = "the receiver answers " + std::to_string(response.status);
  const std::string_view name = http::name_of_status(response.status);
  if (!name.empty()) text += " " + std::string(name);
  if (response.status < 300) return text + " before it has heard the batch";
  const std::string_view place = response.headers.get("location");
  if (response.status < 400 && !place.empty())
    return text + " and names " + std::string(place.substr(0, 200)) + ": redirects are not followed";
  // Its first line often says what is wrong.
  std::string_view first = response.body;
  first = first.substr(0, std::min<std::size_t>(first.find_first_of("\r\n"), 120));
  if (!first.empty() && http::is_field_value(first)) text += ": " + std::string(first);
  return text;
}

class HttpSink : public Sink {
 public:
  explicit HttpSink(HttpSinkConfig config)
      : Sink(config.name),
        config_(std::move(config)),
        sent_below_(config_.maybe_sent_below),
        most_samples_(config_.most_samples),
        pause_(std::chrono::duration_cast<Clock::duration>(config_.first_pause),
               std::chrono::duration_cast<Clock::duration>(config_.most_pause),
               std::hash<std::string>{}(name_)) {}
  net::Task<> run(Feed& feed) override;

 private:
  /// What one POST carries.
  struct Batch {
    std::uint64_t epoch = 0, first = 0, end = 0, samples = 0;
    bool again = false;
  };
  net::Task<bool> gather(Feed& feed);
  void add_document(std::size_t count);
  void start_over(Feed& feed);
  bool answered(Feed& feed, const http::Answer& answer);
  Clock::duration wait_after(const http::Answer& answer);

  HttpSinkConfig config_;
  std::uint64_t sent_below_;
  std::uint64_t same_until_ = 0;   ///< the batch sent before ended here: its repetition does too
  std::uint64_t lost_before_ = 0;  ///< gaps up to here have been counted
  std::size_t most_samples_;       ///< smaller for a while after a refusal
  int small_for_ = 1;              ///< batches until it may grow again
  BackOff pause_;
  tags::Batch samples_;  ///< read, and from `at_` on not yet in a batch
  std::optional<store::Read> read_;
  std::size_t at_ = 0;
  Batch batch_;
  http::Request request_;
};

/// One document more: samples of one stretch of the log.
void HttpSink::add_document(std::size_t count) {
  PayloadHead head;
  head.line = config_.line;
  head.epoch = read_->epoch;
  head.sequence = read_->first_sequence + at_;
  // A document is marked as a whole.
  head.again = head.sequence < sent_below_;
  if (batch_.samples == 0) {
    batch_.epoch = head.epoch;
    batch_.first = head.sequence;
  }
  batch_.again |= head.again;
  batch_.samples += count;
  batch_.end = head.sequence + count;
  write_payload(config_.payload, head, samples_, at_, count, *read_->dictionary, request_.body);
  if (config_.payload == PayloadFormat::json) request_.body += '\n';
  at_ += count;
}

/// Fills the next batch; waits for its first sample. False: the scope was cancelled.
net::Task<bool> HttpSink::gather(Feed& feed) {
  batch_ = Batch();
  request_.body.clear();
  while (batch_.samples < most_samples_ && request_.body.size() < config_.most_bytes) {
    if (!read_ || at_ >= samples_.size()) {
      if (batch_.samples == 0)
        read_ = co_await feed.next(samples_);
      else
        read_ = feed.try_next(samples_);
      if (!read_) break;
      at_ = read_->skip;
      // Reading again finds the same gaps.
      if (read_->first_sequence + at_ > lost_before_) status_.lost += read_->lost;
      lost_before_ = std::max(lost_before_, read_->first_sequence + at_);
      continue;
    }
    const std::uint64_t next = read_->first_sequence + at_;
    std::size_t count = std::min<std::size_t>(most_samples_ - batch_.samples, samples_.size() - at_);
    if (next < same_until_)
      count = static_cast<std::size_t>(std::min<std::uint64_t>(count, same_until_ - next));
    // A batch's key says its first sequence and its length: it ends where sequences leave a gap, where the
    // epoch changes, and where the one before it ended.
    else if (same_until_ != 0 && batch_.samples > 0)
      break;
    if (batch_.samples > 0 && (next != batch_.end || read_->epoch != batch_.epoch)) break;
    // What was on its way before and what was not stand in documents of their own.
    if (next < sent_below_)
      count = static_cast<std::size_t>(std::min<std::uint64_t>(count, sent_below_ - next));
    add_document(count);
  }
  co_return batch_.samples > 0;
}

/// The same samples once more.
void HttpSink::start_over(Feed& feed) {
  read_.reset();
  feed.rewind();
}

Clock::duration HttpSink::wait_after(const http::Answer& answer) {
  Clock::duration wait = pause_.next();
  const std::string_view after = answer.response.headers.get("retry-after");
  if (!answer.problem.empty() || after.empty()) return wait;
  Clock::duration asked{0};
  if (const auto seconds = http::whole_number(after))
    asked = std::chrono::seconds(std::min<std::uint64_t>(*seconds, 1u << 24));
  else if (const auto date = http::read_date(after))
    asked = std::clamp(*date - std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
                       std::chrono::seconds(0), std::chrono::seconds(1u << 24));
  asked = std::min(asked, std::chrono::duration_cast<Clock::duration>(config_.most_retry_after));
  return std::max(wait, asked);
}

/// What follows from an answer for the log's cursor and the batches to come. True: the next may go out at
/// once.
bool HttpSink::answered(Feed& feed, const http::Answer& answer) {
  if (answer.sent) {
    status_.sent += batch_.samples;
    if (batch_.again) status_.resent += batch_.samples;
    sent_below_ = std::max(sent_below_, batch_.end);
  }
  const Verdict verdict = verdict_of(answer);
  if (verdict == Verdict::taken) {
    status_.state = DriverState::connected;
    status_.acknowledged += batch_.samples;
    feed.acknowledge(batch_.end);
    same_until_ = 0;
    pause_.reset();
    if (most_samples_ < config_.most_samples && --small_for_ <= 0) {
      most_samples_ = std::min(config_.most_samples, most_samples_ * 2);
      small_for_ = kSmallFor;
    }
    return true;
  }
  ++status_.errors;
  status_.say(reason_of(answer));
  const bool drops =
      config_.refused == Refused::drop && (verdict == Verdict::wrong || verdict == Verdict::too_large);
  if (batch_.samples > 1 && (verdict == Verdict::too_large || drops)) {
    most_samples_ = static_cast<std::size_t>(batch_.samples / 2);
    // Who is too small takes no more tomorrow; one wrong sample is soon behind us.
    small_for_ = verdict == Verdict::too_large ? kSmallFor : 1;
    same_until_ = 0;
    start_over(feed);
    return true;
  }
  same_until_ = drops ? 0 : batch_.end;
  if (drops) {
    status_.refused += batch_.samples;
    feed.acknowledge(batch_.end);
    return true;
  }
  status_.state = DriverState::disconnected;
  start_over(feed);
  return false;
}

net::Task<> HttpSink::run(Feed& feed) {
  net::Scope& scope = co_await net::current_scope();
  http::Client client(config_.url, config_.client);
  request_.method = "POST";
  request_.target = config_.url.target;
  start_over(feed);
  for (auto next = Clock::now();;) {
    const std::error_code stopped = co_await net::sleep_until(next);
    if (stopped) break;
    const bool some = co_await gather(feed);
    if (!some) break;
    request_.headers = config_.headers;
    request_.headers.add("Content-Type", config_.payload == PayloadFormat::json ? "application/x-ndjson"
                                                                                : "application/cbor-seq");
    request_.headers.add("Idempotency-Key",
                         "\"" + config_.line + "/" + name_ + "/" + std::to_string(batch_.epoch) + "-" +
                             std::to_string(batch_.first) + "-" + std::to_string(batch_.samples) + "\"");
    next = Clock::now() + std::chrono::duration_cast<Clock::duration>(config_.every);
    const http::Answer answer = co_await client.send(request_);
    status_.connects = client.connects();
    if (scope.cancelled() && !answer.problem.empty()) break;
    if (!answered(feed, answer)) next = std::max(next, Clock::now() + wait_after(answer));
  }
  client.close();
  status_.state = DriverState::stopped;
}

}  // namespace

std::unique_ptr<Sink> make_http_sink(HttpSinkConfig config) {
  return std::make_unique<HttpSink>(std::move(config));
}

}  // namespace bondline::gateway
