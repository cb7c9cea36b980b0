#include "net/websocket/frame.h"

#include <algorithm>
#include <cstring>

namespace bondline::net::websocket {

bool may_be_sent(int c) {
  return (c >= 1000 && c <= 1003) || (c >= 1007 && c <= 1014) || (c >= 3000 && c <= 4999);
}

Decoder::Event Decoder::fail(int close_code, std::string_view problem) {
  state_ = State::broken;
  code_ = close_code;
  problem_ = problem;
  return Event::broken;
}

namespace {
bool is_control(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

/// Bytes of a frame's head, as far as its first two tell.
std::size_t head_length(const std::uint8_t* head) {
  const unsigned length = head[1] & 0x7F;
  return 2u + (length == 126 ? 2u : length == 127 ? 8u : 0u) + (head[1] & 0x80 ? 4u : 0u);
}
}  // namespace

/// The head is complete. False: it is not one.
bool Decoder::take_head() {
  const auto refused = [&](int close_code, std::string_view why) {
    fail(close_code, why);
    return false;
  };
  const unsigned first = head_[0], second = head_[1];
  fin_ = first & 0x80;
  if (first & 0x70) return refused(code::kProtocolError, "reserved bits are set");
  const unsigned opcode = first & 0x0F;
  if ((opcode > 2 && opcode < 8) || opcode > 10) return refused(code::kProtocolError, "an unknown opcode");
  opcode_ = static_cast<Opcode>(opcode);
  const bool masked = second & 0x80;
  if (masked != (role_ == Role::server))
    return refused(code::kProtocolError,
                   masked ? "a masked frame from a server" : "a frame from a client without a mask");
  left_ = second & 0x7F;
  const unsigned extended = left_ == 126 ? 2 : left_ == 127 ? 8 : 0;
  if (extended > 0) {
    left_ = 0;
    for (unsigned i = 0; i < extended; ++i) left_ = left_ << 8 | head_[2 + i];
    if (left_ >> 63 || left_ < (extended == 2 ? 126u : 65536u))
      return refused(code::kProtocolError, "a length that is not written in the shortest form");
  }
  std::memset(mask_, 0, sizeof mask_);
  if (masked) std::memcpy(mask_, head_ + 2 + extended, 4);
  at_ = 0;
  if (is_control(opcode_)) {
    if (!fin_ || left_ > 125) return refused(code::kProtocolError, "a control frame that is split or long");
    control_.clear();
    return true;
  }
  if (delivered_) {
    message_.clear();
    delivered_ = false;
  }
  if ((opcode_ == Opcode::continuation) != in_message_)
    return refused(code::kProtocolError,
                   in_message_ ? "a new message within another" : "a continuation of nothing");
  if (left_ > most_message_ - message_.size()) return refused(code::kTooBig, "a message that is too long");
  if (opcode_ != Opcode::continuation) {
    text_ = opcode_ == Opcode::text;
    utf8_.reset();
  }
  in_message_ = true;
  return true;
}

/// The frame is complete.
Decoder::Event Decoder::take_end() {
  state_ = State::head;
  head_size_ = 0;
  switch (opcode_) {
    case Opcode::ping:
      return Event::ping;
    case Opcode::pong:
      return Event::pong;
    case Opcode::close: {
      code_ = code::kNoStatus;
      if (control_.empty()) return Event::close;
      if (control_.size() == 1) return fail(code::kProtocolError, "half a close code");
      const int found = static_cast<std::uint8_t>(control_[0]) << 8 | static_cast<std::uint8_t>(control_[1]);
      if (!may_be_sent(found)) return fail(code::kProtocolError, "a close code that may not be sent");
      control_.erase(0, 2);
      base::Utf8Check check;
      if (!check.feed({reinterpret_cast<const std::uint8_t*>(control_.data()), control_.size()}) ||
          !check.complete())
        return fail(code::kInvalidText, "a close reason that is not UTF-8");
      code_ = found;
      return Event::close;
    }
    default:
      break;
  }
  if (!fin_) return Event::more;
  if (text_ && !utf8_.complete()) return fail(code::kInvalidText, "a text that ends within a character");
  in_message_ = false;
  delivered_ = true;
  return Event::message;
}

Decoder::Step Decoder::next(std::span<const std::uint8_t> bytes) {
  Step step;
  for (;;) {
    if (state_ == State::broken) {
      step.event = Event::broken;
      return step;
    }
    if (state_ == State::head) {
      const std::size_t need = head_size_ < 2 ? 2 : head_length(head_);
      if (head_size_ < need) {
        const std::size_t n = std::min(need - head_size_, bytes.size() - step.used);
        if (n == 0) return step;
        std::memcpy(head_ + head_size_, bytes.data() + step.used, n);
        head_size_ += n;
        step.used += n;
        continue;
      }
      if (take_head()) state_ = State::payload;
      continue;
    }
    if (left_ > 0) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - step.used));
      if (n == 0) return step;
      std::string& into = is_control(opcode_) ? control_ : message_;
      const std::size_t from = into.size();
      into.append(reinterpret_cast<const char*>(bytes.data()) + step.used, n);
      if (role_ == Role::server)
        for (std::size_t i = 0; i < n; ++i)
          into[from + i] = static_cast<char>(into[from + i] ^ mask_[(at_ + i) & 3]);
      at_ += n;
      left_ -= n;
      step.used += n;
      if (!is_control(opcode_) && text_ &&
          !utf8_.feed({reinterpret_cast<const std::uint8_t*>(into.data()) + from, n})) {
        step.event = fail(code::kInvalidText, "a text that is not UTF-8");
        return step;
      }
    }
    if (left_ > 0) continue;
    step.event = take_end();
    if (step.event != Event::more) return step;
  }
}

void append_frame(std::vector<std::uint8_t>& out, Opcode opcode, std::string_view payload,
                  const std::uint8_t* mask, bool fin) {
  out.push_back(static_cast<std::uint8_t>((fin ? 0x80u : 0u) | static_cast<unsigned>(opcode)));
  const unsigned masked = mask ? 0x80u : 0u;
  const auto big_endian = [&](int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(std::uint64_t{payload.size()} >> shift));
  };
  if (payload.size() < 126) {
    out.push_back(static_cast<std::uint8_t>(masked | payload.size()));
  } else if (payload.size() < 65536) {
    out.push_back(static_cast<std::uint8_t>(masked | 126u));
    big_endian(2);
  } else {
    out.push_back(static_cast<std::uint8_t>(masked | 127u));
    big_endian(8);
  }
  if (mask) out.insert(out.end(), mask, mask + 4);
  const std::size_t from = out.size();
  out.insert(out.end(), payload.begin(), payload.end());
  if (mask)
    for (std::size_t i = 0; i < payload.size(); ++i) out[from + i] ^= mask[i & 3];
}

void append_close(std::vector<std::uint8_t>& out, int close_code, std::string_view reason,
                  const std::uint8_t* mask) {
  std::string payload;
  if (close_code != code::kNoStatus) {
    payload += static_cast<char>(close_code >> 8 & 0xFF);
    payload += static_cast<char>(close_code & 0xFF);
    std::size_t length = std::min<std::size_t>(reason.size(), 123);
    // Not in the middle of a character.
    while (length > 0 && length < reason.size() &&
           (static_cast<unsigned char>(reason[length]) & 0xC0) == 0x80)
      --length;
    payload += reason.substr(0, length);
  }
  append_frame(out, Opcode::close, payload, mask);
}

}  // namespace bondline::net::websocket
