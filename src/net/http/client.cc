#include "net/http/client.h"

#include <algorithm>

namespace bondline::net::http {

namespace {
constexpr std::size_t kJoined = 64 * 1024;  ///< bodies up to this length go out in one write with their head
constexpr int kMostInterim = 10;            ///< answers 1xx before the answer
}  // namespace

Client::Client(Url url, ClientOptions options)
    : url_(std::move(url)),
      options_(std::move(options)),
      parser_(Parser::Kind::response, options_.limits),
      in_(16 * 1024) {}

Client::~Client() = default;

void Client::close() {
  if (stream_) stream_->close();
  stream_.reset();
}

Task<Opened> connect_to(const Url& url, std::shared_ptr<TlsContext> tls) {
  if (!url.tls) co_return co_await connect_tcp(url.host, url.port);
  if (!tls) {
    Opened none;
    none.error = std::make_error_code(std::errc::invalid_argument);
    co_return none;
  }
  co_return co_await connect_tls(std::move(tls), url.host, url.port);
}

Task<std::string> Client::connect() {
  Scope& scope = co_await current_scope();
  Deadline deadline(scope, options_.connect_within);
  Opened opened = co_await deadline.run(connect_to(url_, options_.tls));
  if (!opened.stream)
    co_return "cannot connect: " + (deadline.passed() ? std::string("timed out") : opened.error.message());
  stream_ = std::move(opened.stream);
  used_ = false;
  at_ = end_ = 0;
  ++connects_;
  co_return std::string();
}

std::string Client::head_of(const Request& request) const {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + url_.authority();
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const std::string_view name = request.headers.name(i);
    if (same_word(name, "host") || same_word(name, "content-length") ||
        same_word(name, "transfer-encoding") || same_word(name, "connection"))
      continue;
    out += "\r\n";
    out += name;
    out += ": ";
    out += request.headers.value(i);
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
      request.method == "PATCH")
    out += "\r\nContent-Length: " + std::to_string(request.body.size());
  return out + "\r\n\r\n";
}

/// Hears one answer; "" or what is wrong. `begun`: some of it came.
Task<std::string> Client::hear(Answer& answer, bool* begun) {
  int interim = 0;
  for (;;) {
    const std::string_view unread(reinterpret_cast<const char*>(in_.data()) + at_, end_ - at_);
    const Parser::Step step = parser_.next(unread);
    at_ += step.used;
    switch (step.event) {
      case Parser::Event::more: {
        const Moved moved = co_await stream_->read_some(std::span(in_));
        at_ = 0;
        end_ = moved.error ? 0 : moved.bytes;
        *begun |= end_ > 0;
        if (!moved.error) break;
        if (moved.error != end_of_stream()) co_return moved.error.message();
        const Parser::Event event = parser_.finish();
        if (event == Parser::Event::end) co_return std::string();
        co_return event == Parser::Event::more ? "the server has hung up" : "the answer was cut short";
      }
      case Parser::Event::head:
        if (parser_.head().status == 101) co_return "the server changes the protocol unasked";
        break;
      case Parser::Event::body:
        answer.response.body += step.piece;
        break;
      case Parser::Event::end:
        if (parser_.head().status >= 200) co_return std::string();
        if (++interim > kMostInterim) co_return "the server does not come to an answer";
        parser_.reset();
        break;
      case Parser::Event::broken:
        co_return "the answer is not HTTP: " + parser_.problem();
    }
  }
}

Task<Answer> Client::exchange(const Request& request, bool* stale) {
  Scope& scope = co_await current_scope();
  Answer answer;
  *stale = false;
  if (!stream_) {
    answer.problem = co_await connect();
    if (!answer.problem.empty()) co_return answer;
  }
  const bool reused = std::exchange(used_, true);
  parser_.reset();
  if (request.method == "HEAD") parser_.expect_no_body();
  std::string head = head_of(request);
  const bool joined = request.body.size() <= kJoined;
  if (joined) head += request.body;
  bool begun = false;
  answer.sent = true;
  Deadline deadline(scope, options_.answer_within);
  {
    // Head and body go out while the answer is listened for: who refuses a long body says so before its end.
    Group writing(scope.loop(), &deadline.scope());
    auto write = [&]() -> Task<> {
      const Moved first = co_await stream_->write(head);
      if (first.error) co_return;
      if (!joined) {
        const Moved rest = co_await stream_->write(request.body);
        if (rest.error) co_return;
      }
      answer.all_sent = true;
    };
    if (joined) {
      co_await deadline.run(write());
    } else {
      writing.spawn(write());
    }
    answer.problem = co_await deadline.run(hear(answer, &begun));
    const bool all = answer.all_sent;
    writing.cancel();
    co_await writing.join();
    answer.all_sent = all;
  }
  if (deadline.passed() && !answer.problem.empty()) answer.problem = "no answer in time";
  answer.response.status = parser_.head().status;
  std::swap(answer.response.headers, parser_.head().headers);
  const bool whole = answer.problem.empty();
  if (!whole || !answer.all_sent || !parser_.head().keep_alive || at_ != end_) close();
  *stale = !whole && reused && !begun && !deadline.passed() && !scope.cancelled();
  co_return answer;
}

Task<Answer> Client::send(const Request& request) {
  Answer answer;
  if (!is_token(request.method) || !request.headers.writable() || request.target.empty() ||
      !std::all_of(request.target.begin(), request.target.end(),
                   [](char c) { return c > 0x20 && c < 0x7F; })) {
    answer.problem = "the request can't be written: control characters in it";
    co_return answer;
  }
  bool stale = false;
  answer = co_await exchange(request, &stale);
  const bool repeatable =
      request.method != "POST" && request.method != "PATCH" && request.method != "CONNECT";
  if (stale && repeatable) answer = co_await exchange(request, &stale);
  co_return answer;
}

}  // namespace bondline::net::http
