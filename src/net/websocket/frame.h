// WebSocket frames (RFC 6455, 5), without I/O: bytes in, whole messages and control frames out. Memory is
// bounded, nothing throws; whatever the standard forbids ends the connection with its close code.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace bondline::net::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Codes of RFC 6455, 7.4.1 that are used here.
namespace code {
constexpr int kNormal = 1000, kGoingAway = 1001, kProtocolError = 1002, kNoStatus = 1005, kAbnormal = 1006,
              kInvalidText = 1007, kPolicy = 1008, kTooBig = 1009, kInternal = 1011, kTryAgain = 1013;
}

/// Whether a close code may stand in a frame (7.4).
bool may_be_sent(int close_code);

class Decoder {
 public:
  enum class Role {
    client,
    server
  };  ///< of who decodes: a server demands masked frames, a client refuses them
  enum class Event { more, message, ping, pong, close, broken };
  struct Step {
    Event event = Event::more;
    std::size_t used = 0;
  };
  Decoder(Role role, std::size_t most_message) : role_(role), most_message_(most_message) {}

  /// The next event; never `more` with bytes left over.
  Step next(std::span<const std::uint8_t> bytes);

  /// After `message`: what came, and whether it is text (checked). May be moved out.
  std::string& message() { return message_; }
  bool is_text() const { return text_; }
  /// After `ping`, `pong`: what came with it; after `close`: the reason.
  const std::string& control() const { return control_; }
  /// After `close`: the other side's code (kNoStatus when it gave none); after `broken`: the one to close
  /// with.
  int close_code() const { return code_; }
  const std::string& problem() const { return problem_; }

 private:
  enum class State { head, payload, broken };
  bool take_head();
  Event take_end();
  Event fail(int code, std::string_view problem);

  Role role_;
  std::size_t most_message_;
  State state_ = State::head;
  std::uint8_t head_[14] = {};
  std::size_t head_size_ = 0;
  bool fin_ = false, text_ = false, in_message_ = false, delivered_ = false;
  Opcode opcode_ = Opcode::continuation;
  std::uint64_t left_ = 0, at_ = 0;
  std::uint8_t mask_[4] = {};
  base::Utf8Check utf8_;
  std::string message_, control_, problem_;
  int code_ = 0;
};

/// Appends a frame. `mask`: four bytes that nobody can foresee, from clients; null from servers.
void append_frame(std::vector<std::uint8_t>& out, Opcode opcode, std::string_view payload,
                  const std::uint8_t* mask, bool fin = true);
/// Appends a close frame; kNoStatus sends no code. A reason is cut to what fits.
void append_close(std::vector<std::uint8_t>& out, int close_code, std::string_view reason,
                  const std::uint8_t* mask);

}  // namespace bondline::net::websocket
