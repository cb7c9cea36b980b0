// A WebSocket that is open (RFC 6455), either side. Pings are answered and sent by the connection itself, a
// message may come in fragments, texts are checked to be UTF-8; permessage-deflate is not offered. Sending
// never waits: messages go into a bounded queue, and what becomes of one that does not fit is the user's
// choice and is counted. The loop's thread only; from another: loop.post().
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.h"
#include "net/stream.h"
#include "net/websocket/frame.h"
#include "net/websocket/handshake.h"

namespace bondline::net::websocket {

/// What happens when the other side takes less than it is sent.
enum class Overflow {
  drop_newest,  ///< the new message is dropped
  drop_oldest,  ///< the oldest that waits are dropped until the new one fits
  close         ///< the connection is closed with 1008
};

struct Options {
  std::string protocol;  ///< subprotocol: a client asks for it, a server grants it to who asks; "": none
  std::size_t most_message =
      1u << 20;  ///< bytes of a message that comes; a longer one ends the connection (1009)
  std::size_t queue_bytes = 1u << 20;  ///< most that waits to be sent
  std::size_t inbox_bytes = 1u << 20;  ///< read but not yet received: beyond it nothing is read
  Overflow overflow = Overflow::drop_newest;
  Clock::duration ping_every = std::chrono::seconds(20);    ///< of silence
  Clock::duration pong_within = std::chrono::seconds(20);   ///< after a ping: any sign of life
  Clock::duration write_within = std::chrono::seconds(30);  ///< for the network to take up to 64 KiB
  Clock::duration close_within = std::chrono::seconds(2);   ///< for the other side's goodbye
};

struct Message {
  bool text = true;
  std::string data;
};

struct Counters {
  std::uint64_t sent = 0;           ///< messages put into the queue
  std::uint64_t dropped = 0;        ///< messages that did not fit (new ones, or old ones for them)
  std::uint64_t dropped_bytes = 0;  ///< of those
  std::uint64_t received = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;
  /// The next message; waits for it. Nullopt: the connection has ended, or the scope was cancelled. What had
  /// come before the end is still given.
  virtual Task<std::optional<Message>> receive() = 0;
  /// Queues a message. False: it was dropped, or the connection is closing.
  virtual bool send(bool text, std::string_view data) = 0;
  bool send_text(std::string_view data) { return send(true, data); }  ///< must be UTF-8
  bool send_binary(std::string_view data) { return send(false, data); }
  /// Waits until the queue is empty, for senders who would rather wait than drop. operation_canceled: the
  /// connection has ended.
  virtual Task<std::error_code> drained() = 0;
  /// Begins to close; what is queued goes out before.
  virtual void close(int close_code = code::kNormal, std::string_view reason = "") = 0;

  virtual bool open() const = 0;
  /// Bytes that wait to be sent.
  virtual std::size_t queued() const = 0;
  virtual const Counters& counters() const = 0;
  /// How it ended: the other side's code, or 1006 when the connection broke; 0 while it is open.
  virtual int close_code() const = 0;
  virtual const std::string& close_reason() const = 0;
  virtual const std::string& peer() const = 0;
};

/// What is done with a connection. When the connection ends, everything it awaits is cancelled; when it
/// returns, the connection is closed with 1000 (what it throws: 1011, and thrown on).
using Talk = std::function<Task<>(Connection&)>;

/// Runs a connection that has shaken hands. `early`: bytes that came with the handshake. When `going_away`
/// is cancelled, the other side is told 1001.
Task<> run(Stream& stream, Decoder::Role role, Options options, std::string early, const Talk& talk,
           Scope* going_away = nullptr);

}  // namespace bondline::net::websocket
