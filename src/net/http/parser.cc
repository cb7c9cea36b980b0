#include "net/http/parser.h"

#include <algorithm>

#include "net/http/text.h"

namespace bondline::net::http {

void Parser::reset() {
  state_ = State::start;
  head_.method.clear();
  head_.target.clear();
  head_.status = 0;
  head_.reason.clear();
  head_.headers.clear();
  head_.minor = 1;
  head_.keep_alive = true;
  head_.chunked = head_.expects_continue = false;
  head_.length.reset();
  line_.clear();
  line_done_ = no_body_ = false;
  head_bytes_ = blank_lines_ = trailers_ = 0;
  left_ = body_ = 0;
  status_ = 0;
  problem_.clear();
}

bool Parser::fail(int status, std::string_view problem) {
  state_ = State::broken;
  status_ = status;
  problem_ = problem;
  return false;
}

/// A whole line without its CRLF. False: its end has not come yet, or it is broken.
bool Parser::take_line(std::string_view bytes, std::size_t& used, std::string_view& line, std::size_t most) {
  if (line_done_) {
    line_.clear();
    line_done_ = false;
  }
  const std::size_t found = bytes.find('\n', used);
  const std::size_t end = found == std::string_view::npos ? bytes.size() : found + 1;
  const std::string_view piece = bytes.substr(used, end - used);
  const bool chunk = state_ == State::chunk_line || state_ == State::chunk_end;
  const int too_long = chunk ? 400 : state_ == State::start ? 414 : 431;
  if (line_.size() + piece.size() > most + 2) return fail(too_long, "a line is too long");
  if (!chunk) head_bytes_ += piece.size();
  if (head_bytes_ > limits_.head) return fail(431, "the head is too long");
  used = end;
  if (found == std::string_view::npos) {
    line_.append(piece);
    return false;
  }
  if (line_.empty()) {
    line = piece;
  } else {
    line_.append(piece);
    line = line_;
  }
  line_done_ = true;
  if (line.size() < 2 || line[line.size() - 2] != '\r') return fail(400, "a line does not end with CR LF");
  line.remove_suffix(2);
  return true;
}

bool Parser::take_version(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.' || text[5] < '0' || text[5] > '9' ||
      text[7] < '0' || text[7] > '9')
    return fail(400, "no version of HTTP");
  if (text[5] != '1') return fail(505, "a version of HTTP other than 1");
  head_.minor = text[7] == '0' ? 0 : 1;  // 1.2 and later would be understood as 1.1 (RFC 9110, 2.5)
  return true;
}

bool Parser::take_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return fail(400, "no request line");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (!is_token(method) || method.size() > 32) return fail(400, "no method");
  if (target.empty()) return fail(400, "no target");
  for (const char c : target)
    if (c <= 0x20 || c >= 0x7F) return fail(400, "characters in the target that must be encoded");
  if (!take_version(line.substr(second + 1))) return false;
  head_.method = method;
  head_.target = target;
  return true;
}

bool Parser::take_status_line(std::string_view line) {
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
    return fail(502, "no status line");
  if (!take_version(line.substr(0, 8))) return false;
  const auto status = whole_number(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return fail(502, "no status");
  head_.status = static_cast<int>(*status);
  head_.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  return is_field_value(head_.reason) || fail(502, "control characters in the status line");
}

bool Parser::take_field(std::string_view line, bool keep) {
  if (line.front() == ' ' || line.front() == '\t') return fail(400, "a folded field");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return fail(400, "a field without a colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return fail(400, "a field whose name is no token");
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) return fail(400, "control characters in a field");
  if (!keep) return ++trailers_ <= limits_.fields || fail(431, "too many fields");
  if (head_.headers.size() >= limits_.fields) return fail(431, "too many fields");
  head_.headers.add(name, value);
  return true;
}

/// How the message ends (RFC 9112, 6.3), stricter where it leaves a choice.
bool Parser::settle_framing() {
  const Headers& headers = head_.headers;
  const bool request = kind_ == Kind::request;
  const std::size_t lengths = headers.count("content-length"), codings = headers.count("transfer-encoding");
  if (lengths > 0 && codings > 0) return fail(400, "both Content-Length and Transfer-Encoding");
  if (lengths > 1) return fail(400, "more than one Content-Length");
  if (lengths == 1) {
    head_.length = whole_number(headers.get("content-length"));
    if (!head_.length) return fail(400, "a Content-Length that is no number");
  }
  if (codings > 0) {
    if (head_.minor == 0) return fail(400, "Transfer-Encoding in HTTP/1.0");
    if (codings > 1 || !same_word(headers.get("transfer-encoding"), "chunked"))
      return fail(501, "a Transfer-Encoding other than chunked");
    head_.chunked = true;
  }
  if (request && head_.minor == 1 && headers.count("host") != 1) return fail(400, "not one Host");
  if (request && headers.count("host") > 1) return fail(400, "more than one Host");
  head_.keep_alive = headers.lists("connection", "close")        ? false
                     : head_.minor == 1                          ? true
                     : headers.lists("connection", "keep-alive") ? true
                                                                 : false;
  head_.expects_continue = request && head_.minor == 1 && same_word(headers.get("expect"), "100-continue");
  if (request && headers.has("expect") && !head_.expects_continue && head_.minor == 1)
    return fail(417, "an expectation nobody knows");

  const bool never =
      !request && (no_body_ || head_.status < 200 || head_.status == 204 || head_.status == 304);
  if (never) {
    state_ = State::end;
  } else if (head_.chunked) {
    state_ = State::chunk_line;
  } else if (head_.length) {
    if (*head_.length > limits_.body) return fail(413, "the body is too long");
    left_ = *head_.length;
    state_ = left_ > 0 ? State::length : State::end;
  } else if (request) {
    state_ = State::end;
  } else {
    head_.keep_alive = false;
    state_ = State::until_close;
  }
  return true;
}

bool Parser::take_chunk_line(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const char c = line[digits];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) break;
    if (digits >= 15) return fail(400, "a chunk's size is too long");
    size = size << 4 | static_cast<std::uint64_t>(digit);
  }
  const std::string_view rest = line.substr(digits);
  if (digits == 0 || (!rest.empty() && rest.front() != ';')) return fail(400, "no size of a chunk");
  if (!is_field_value(rest)) return fail(400, "control characters in a chunk's extension");
  if (size > limits_.body - body_) return fail(413, "the body is too long");
  left_ = size;
  head_bytes_ = size == 0 ? 0 : head_bytes_;  // the trailer has a head's length for itself
  state_ = size == 0 ? State::trailer : State::chunk;
  return true;
}

Parser::Step Parser::next(std::string_view bytes) {
  Step step;
  std::string_view line;
  const auto told = [&](Event event) {
    step.event = event;
    return step;
  };
  const auto body = [&](std::size_t most) {
    step.piece = bytes.substr(step.used, most);
    step.used += step.piece.size();
    body_ += step.piece.size();
    return told(Event::body);
  };
  const auto available = [&] { return bytes.size() - step.used; };
  for (;;) {
    switch (state_) {
      case State::start: {
        if (available() == 0) return told(Event::more);
        if (!take_line(bytes, step.used, line, limits_.line)) break;
        // An empty line before a request is left over by some clients (RFC 9112, 2.2).
        if (line.empty() && kind_ == Kind::request && ++blank_lines_ <= 2) break;
        if (kind_ == Kind::request ? take_request_line(line) : take_status_line(line)) state_ = State::fields;
        break;
      }
      case State::fields:
        if (available() == 0) return told(Event::more);
        if (!take_line(bytes, step.used, line, limits_.line)) break;
        if (!line.empty()) {
          take_field(line, true);
          break;
        }
        if (settle_framing()) return told(Event::head);
        break;
      case State::length:
        if (available() == 0) return told(Event::more);
        body(static_cast<std::size_t>(std::min<std::uint64_t>(left_, available())));
        left_ -= step.piece.size();
        if (left_ == 0) state_ = State::end;
        return step;
      case State::until_close:
        if (available() == 0) return told(Event::more);
        // What still fits is told first, so that the same is told however the bytes come.
        if (body_ == limits_.body) {
          fail(413, "the body is too long");
          break;
        }
        return body(static_cast<std::size_t>(std::min<std::uint64_t>(limits_.body - body_, available())));
      case State::chunk_line:
        if (available() == 0) return told(Event::more);
        if (take_line(bytes, step.used, line, limits_.chunk_line)) take_chunk_line(line);
        break;
      case State::chunk:
        if (available() == 0) return told(Event::more);
        body(static_cast<std::size_t>(std::min<std::uint64_t>(left_, available())));
        left_ -= step.piece.size();
        if (left_ == 0) state_ = State::chunk_end;
        return step;
      case State::chunk_end:
        if (available() == 0) return told(Event::more);
        if (!take_line(bytes, step.used, line, 0)) break;
        state_ = State::chunk_line;
        break;
      case State::trailer:
        if (available() == 0) return told(Event::more);
        if (!take_line(bytes, step.used, line, limits_.line)) break;
        if (line.empty())
          state_ = State::end;
        else
          take_field(line, false);
        break;
      case State::end:
        return told(Event::end);
      case State::broken:
        return told(Event::broken);
    }
  }
}

Parser::Event Parser::finish() {
  if (state_ == State::broken) return Event::broken;
  if (state_ == State::until_close) state_ = State::end;
  if (state_ == State::end) return Event::end;
  if (!begun()) return Event::more;
  fail(400, "the connection was closed in the middle of a message");
  return Event::broken;
}

}  // namespace bondline::net::http
