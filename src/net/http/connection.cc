#include "net/http/connection.h"

#include <charconv>
#include <chrono>

#include "net/http/text.h"

namespace bondline::net::http {

namespace {
constexpr std::size_t kReadAtOnce = 16 * 1024;
constexpr std::size_t kJoined = 64 * 1024;  ///< bodies up to this length go out in one write with their head
}  // namespace

Served::Served(Stream& stream, const Handler& handler, const ServerOptions& options, ServerCounters& counters,
               Scope* going_away)
    : stream_(stream),
      handler_(handler),
      options_(options),
      counters_(counters),
      going_away_(going_away),
      parser_(Parser::Kind::request, options.limits),
      in_(kReadAtOnce) {
  request_.peer = stream.peer();
}

Task<std::error_code> Served::fill(Clock::time_point until, Scope& under) {
  at_ = end_ = 0;
  Deadline deadline(under, until);
  const Moved moved = co_await deadline.run(stream_.read_some(std::span(in_)));
  end_ = moved.error ? 0 : moved.bytes;
  if (deadline.passed() && moved.error) co_return std::make_error_code(std::errc::timed_out);
  co_return moved.error;
}

Task<std::error_code> Served::send(std::string_view bytes) {
  if (gone_) co_return std::make_error_code(std::errc::connection_aborted);
  Scope& scope = co_await current_scope();
  Deadline deadline(scope, options_.write_within);
  const Moved moved = co_await deadline.run(stream_.write(bytes));
  // Some of it may have gone out: nothing can follow.
  if (moved.error) gone_ = true, keep_ = false;
  counters_.late += deadline.passed() ? 1 : 0;
  co_return moved.error;
}

/// What the parser found becomes the request. False: refused.
bool Served::take_head() {
  Head& head = parser_.head();
  std::swap(request_.method, head.method);
  std::swap(request_.target, head.target);
  std::swap(request_.headers, head.headers);
  request_.minor = head.minor;
  request_.body.clear();
  std::string_view target = request_.target;
  // The form a proxy gets (RFC 9112, 3.2.2).
  if (target.starts_with("http://") || target.starts_with("https://")) {
    target.remove_prefix(target.find("://") + 3);
    target.remove_prefix(std::min(target.find('/'), target.size()));
    if (target.empty()) target = "/";
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  request_.query = target.substr(std::min(question + 1, target.size()));
  const auto path = percent_decoded(target.substr(0, question));
  if (!path || path->empty() || (path->front() != '/' && *path != "*")) {
    refusal_ = 400;
    why_ = "no path";
    return false;
  }
  request_.path = *path;
  if (options_.admit) refusal_ = options_.admit(request_);
  return refusal_ == 0;
}

Task<Served::Read> Served::read_request() {
  Scope& scope = co_await current_scope();
  parser_.reset();
  refusal_ = 0;
  why_.clear();
  if (at_ == end_) {
    // Between requests, and only there, the server may hang up at its end.
    const std::error_code error =
        co_await fill(Clock::now() + options_.idle_within, going_away_ ? *going_away_ : scope);
    if (error) co_return Read::closed;
  }
  auto until = Clock::now() + options_.head_within;
  for (;;) {
    const Parser::Step step = parser_.next(unread());
    at_ += step.used;
    switch (step.event) {
      case Parser::Event::more: {
        const std::error_code error = co_await fill(until, scope);
        if (!error) break;
        if (error != std::errc::timed_out) co_return Read::closed;
        ++counters_.late;
        refusal_ = 408;
        why_ = "too slow";
        co_return Read::refused;
      }
      case Parser::Event::head: {
        const bool waits = parser_.head().expects_continue && at_ == end_;
        keep_ = parser_.head().keep_alive;
        if (!take_head()) co_return Read::refused;
        until = Clock::now() + options_.body_within;
        if (waits) {
          const std::error_code error = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
          if (error) co_return Read::closed;
        }
        break;
      }
      case Parser::Event::body:
        request_.body += step.piece;
        break;
      case Parser::Event::end:
        co_return Read::request;
      case Parser::Event::broken:
        refusal_ = parser_.status();
        why_ = parser_.problem();
        co_return Read::refused;
    }
  }
}

void Served::write_head(const Response& response, std::optional<std::size_t> length) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now.time_since_epoch().count() != date_second_) {
    date_second_ = now.time_since_epoch().count();
    date_ = date(now);
  }
  if (response.headers.lists("connection", "close") || ending()) keep_ = false;
  const auto number = [&](std::size_t n) {
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
  };
  out_ = "HTTP/1.1 ";
  number(static_cast<std::size_t>(response.status));
  out_ += ' ';
  out_ += name_of_status(response.status);
  out_ += "\r\nDate: ";
  out_ += date_;
  const Headers& headers = response.headers;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    // How the message is framed is said here and nowhere else.
    const std::string_view name = headers.name(i);
    if (same_word(name, "content-length") || same_word(name, "transfer-encoding") ||
        same_word(name, "connection") || same_word(name, "date"))
      continue;
    out_ += "\r\n";
    out_ += name;
    out_ += ": ";
    out_ += headers.value(i);
  }
  if (length) {
    out_ += "\r\nContent-Length: ";
    number(*length);
  } else if (chunked_) {
    out_ += "\r\nTransfer-Encoding: chunked";
  }
  if (!keep_)
    out_ += "\r\nConnection: close";
  else if (request_.minor == 0)
    out_ += "\r\nConnection: keep-alive";
  out_ += "\r\n\r\n";
}

Task<std::error_code> Served::respond(const Response& response) {
  if (answered_) co_return std::make_error_code(std::errc::operation_not_permitted);
  if (!response.headers.writable() || response.status < 200 || response.status > 599)
    co_return std::make_error_code(std::errc::invalid_argument);
  answered_ = true;
  const bool no_body = bodiless(response.status);
  write_head(response, no_body ? std::nullopt : std::optional(response.body.size()));
  if (no_body || request_.method == "HEAD") co_return co_await send(out_);
  if (response.body.size() <= kJoined) {
    out_ += response.body;
    co_return co_await send(out_);
  }
  std::error_code error = co_await send(out_);
  // In pieces, so that a deadline is one of standstill and not of length.
  for (std::string_view rest = response.body; !rest.empty() && !error;) {
    const std::string_view piece = rest.substr(0, kJoined);
    error = co_await send(piece);
    rest.remove_prefix(piece.size());
  }
  co_return error;
}

Task<std::error_code> Served::begin(const Response& head) {
  if (answered_) co_return std::make_error_code(std::errc::operation_not_permitted);
  if (!head.headers.writable() || head.status < 200 || head.status > 599)
    co_return std::make_error_code(std::errc::invalid_argument);
  answered_ = open_answer_ = true;
  no_body_ = bodiless(head.status) || request_.method == "HEAD";
  chunked_ = request_.minor == 1 && !bodiless(head.status);
  if (request_.minor == 0 && !no_body_) keep_ = false;  // its end is the connection's
  write_head(head, std::nullopt);
  const std::error_code error = co_await send(out_);
  if (error || head.body.empty()) co_return error;
  co_return co_await write(head.body);
}

Task<std::error_code> Served::write(std::string_view piece) {
  if (!open_answer_) co_return std::make_error_code(std::errc::operation_not_permitted);
  std::error_code error;
  while (!piece.empty() && !no_body_ && !error) {
    const std::string_view part = piece.substr(0, kJoined);
    piece.remove_prefix(part.size());
    if (!chunked_) {
      error = co_await send(part);
      continue;
    }
    char digits[20];
    out_.assign(digits, std::to_chars(digits, digits + sizeof digits, part.size(), 16).ptr);
    out_ += "\r\n";
    out_ += part;
    out_ += "\r\n";
    error = co_await send(out_);
  }
  co_return error;
}

Task<> Served::upgrade(websocket::Options options, websocket::Talk talk) {
  if (answered_) co_return;
  const int refusal = wants_websocket() ? websocket::refusal_of(request_.headers) : 426;
  if (refusal != 0) {
    Response no = text_response(refusal, "this is a WebSocket\n");
    no.headers.add("Sec-WebSocket-Version", "13");
    if (refusal == 426) no.headers.add("Upgrade", "websocket");
    co_await respond(no);
    co_return;
  }
  answered_ = true;
  keep_ = false;
  out_ =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: ";
  out_ += websocket::accept_of(request_.headers.get("sec-websocket-key"));
  if (!options.protocol.empty() && request_.headers.lists("sec-websocket-protocol", options.protocol))
    out_ += "\r\nSec-WebSocket-Protocol: " + options.protocol;
  out_ += "\r\n\r\n";
  const std::error_code error = co_await send(out_);
  if (error) co_return;
  std::string early(unread());
  at_ = end_ = 0;
  co_await websocket::run(stream_, websocket::Decoder::Role::server, std::move(options), std::move(early),
                          talk, going_away_);
}

/// Lets the handler answer, and ends the answer.
Task<> Served::answer() {
  answered_ = open_answer_ = chunked_ = no_body_ = false;
  bool failed = false;
  try {
    co_await handler_(*this);
  } catch (...) {
    failed = true;
  }
  if (failed || !answered_) {
    ++counters_.failed;
    keep_ = false;
    // An answer that broke off must not look complete.
    if (answered_) co_return;
    const Response sorry = text_response(500, "internal error\n");
    co_await respond(sorry);
    co_return;
  }
  if (open_answer_ && chunked_ && !no_body_) co_await send("0\r\n\r\n");
}

/// Tells why, and listens for a moment: who hangs up on unread bytes takes the answer back (RFC 9112, 9.6).
Task<> Served::refuse() {
  Scope& scope = co_await current_scope();
  ++counters_.bad;
  keep_ = answered_ = false;
  Response no = text_response(refusal_, (why_.empty() ? std::string(name_of_status(refusal_)) : why_) + "\n");
  if (refusal_ == 401) no.headers.add("WWW-Authenticate", "Bearer");
  co_await respond(no);
  const auto until = Clock::now() + options_.linger;
  for (std::size_t heard = 0; heard < 1024 * 1024;) {
    const std::error_code error = co_await fill(until, scope);
    if (error) co_return;
    heard += end_;
  }
}

Task<> Served::run() {
  while (keep_) {
    const Read read = co_await read_request();
    if (read == Read::closed) co_return;
    if (read == Read::refused) {
      co_await refuse();
      co_return;
    }
    ++counters_.requests;
    co_await answer();
  }
}

}  // namespace bondline::net::http
