// HTTP/1.1 off the wire (RFC 9112), without I/O: bytes in, events out, as they come. Memory is bounded by
// Limits, nothing throws, and nothing that two readers could understand differently is let through:
// Content-Length beside Transfer-Encoding, repeated or odd lengths, folded lines, bare LF or CR, spaces
// before a colon and encodings other than "chunked" are refused by name (request smuggling).
//   Parser parser(Parser::Kind::request, limits);
//   for (;;) {
//     const auto step = parser.next(unread);          // a view of what was read and not yet used
//     unread.remove_prefix(step.used);
//     if (step.event == Parser::Event::more) ...read more...
//     if (step.event == Parser::Event::head) ...parser.head()...
//     if (step.event == Parser::Event::body) ...step.piece...
//     if (step.event == Parser::Event::end) parser.reset();   // the next message may follow in `unread`
//     if (step.event == Parser::Event::broken) ...parser.status(), parser.problem()...
//   }
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/headers.h"

namespace bondline::net::http {

struct Limits {
  std::size_t line = 8192;        ///< bytes of a start line or of a field
  std::size_t head = 32768;       ///< bytes of all lines of a head; of a chunked body's trailer, once more
  std::size_t fields = 100;       ///< in a head
  std::uint64_t body = 1u << 20;  ///< bytes of a body, chunks joined
  std::size_t chunk_line = 256;   ///< bytes of a chunk's size with its extensions, which are ignored
};

/// Start line and fields of a message.
struct Head {
  std::string method, target;  ///< of a request
  int status = 0;              ///< of a response
  std::string reason;
  int minor = 1;  ///< HTTP/1.minor
  Headers headers;
  bool keep_alive = true;               ///< the connection may carry another message after this one
  bool chunked = false;                 ///< of unknown length
  std::optional<std::uint64_t> length;  ///< as announced
  bool expects_continue = false;        ///< wants 100 before it sends the body
};

class Parser {
 public:
  enum class Kind { request, response };
  enum class Event {
    more,   ///< everything was used; more bytes are needed
    head,   ///< head() is complete
    body,   ///< `piece` is the next part of the body
    end,    ///< the message is over; reset() before the next
    broken  ///< status() and problem() say why; the connection is of no further use
  };
  struct Step {
    Event event = Event::more;
    std::size_t used = 0;    ///< bytes of the argument that are done with
    std::string_view piece;  ///< a view into the argument
  };
  Parser(Kind kind, Limits limits) : kind_(kind), limits_(limits) {}

  /// The next event. Never `more` with bytes left over.
  Step next(std::string_view bytes);
  /// The other side has closed: `end` when that is how the message ends, `more` when none had begun, else
  /// `broken`.
  Event finish();
  /// For a response: it answers HEAD, so no body follows whatever the head says. After reset().
  void expect_no_body() { no_body_ = true; }
  /// Forgets the message; keeps its buffers.
  void reset();

  Head& head() { return head_; }
  const Head& head() const { return head_; }
  /// The status to refuse a request with.
  int status() const { return status_; }
  const std::string& problem() const { return problem_; }
  /// Some bytes of a message have come.
  bool begun() const { return state_ != State::start || !line_.empty() || blank_lines_ > 0; }

 private:
  enum class State { start, fields, length, until_close, chunk_line, chunk, chunk_end, trailer, end, broken };
  bool take_line(std::string_view bytes, std::size_t& used, std::string_view& line, std::size_t most);
  bool fail(int status, std::string_view problem);
  bool take_request_line(std::string_view line);
  bool take_status_line(std::string_view line);
  bool take_version(std::string_view text);
  bool take_field(std::string_view line, bool keep);
  bool take_chunk_line(std::string_view line);
  bool settle_framing();

  Kind kind_;
  Limits limits_;
  State state_ = State::start;
  Head head_;
  std::string line_;  ///< the beginning of a line whose end has not come
  bool line_done_ = false, no_body_ = false;
  std::size_t head_bytes_ = 0, blank_lines_ = 0, trailers_ = 0;
  std::uint64_t left_ = 0, body_ = 0;
  int status_ = 0;
  std::string problem_;
};

}  // namespace bondline::net::http
