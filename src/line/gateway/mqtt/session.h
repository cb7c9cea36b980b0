// One MQTT client's session without its network: packets out, packets in, and what is under way between. The
// session outlives connections: what was published with QoS 1 or 2 and not acknowledged is kept, and sent
// again when a connection is back; after a broker has lost the session it is sent anew. A message's ticket,
// chosen by the caller, comes back when the broker has taken the message over: then, and not before, it is
// the broker's.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "line/gateway/mqtt/packet.h"

namespace bondline::mqtt {

struct Will {
  std::string topic;
  std::vector<std::uint8_t> payload;
  std::uint8_t qos = 1;
  bool retain = true;
};

struct SessionOptions {
  Version version = Version::v5;
  std::string client_id;
  bool clean_start = false;
  std::uint32_t session_expiry_s = 7 * 24 * 3600;  ///< version 5; what a broker keeps of us while we are away
  std::uint16_t keep_alive_s = 30;
  std::optional<std::string> user_name, password;
  std::optional<Will> will;
  std::size_t most_in_flight = 100;  ///< messages without acknowledgement; the broker may allow fewer
  std::size_t most_in_flight_bytes = 8u << 20;  ///< kept for sending again
  bool topic_aliases = true;                    ///< version 5, as many as the broker allows
  std::uint16_t receive_maximum = 100;    ///< version 5; messages the broker may send without acknowledgement
  std::uint32_t most_packet = 64u << 20;  ///< larger packets from the broker end the connection
};

class Session {
 public:
  explicit Session(SessionOptions options);

  /// A connection is up: CONNECT goes out.
  void connected();
  /// It is gone; what is under way waits for the next.
  void disconnected();

  /// Takes what came from the network. "" or why the connection must be closed (then say disconnected()).
  std::string feed(std::span<const std::uint8_t> bytes);
  /// What has to be sent; take it by swapping or clear it after sending.
  std::vector<std::uint8_t>& out() { return out_; }

  /// The broker has accepted the connection.
  bool ready() const { return ready_; }
  /// One more message may go out (flow control). Never without ready().
  bool may_publish() const;
  /// Publishes. Tickets must rise. With QoS 0 the message is the network's business as soon as it is in
  /// out(). "" or why not.
  std::string publish(std::uint64_t ticket, std::string_view topic, std::span<const std::uint8_t> payload,
                      std::uint8_t qos, bool retain);
  /// Asks for topics; confirmed by on_subscribed. Beside the QoS (low two bits) the options of version 5
  /// (3.8.3.1) are sent to brokers that know them.
  std::string subscribe(const std::vector<std::pair<std::string, std::uint8_t>>& filters);
  /// Forgets what is under way, so that it is not sent again: for callers who send it anew in another form.
  void abandon();
  /// Says goodbye: no will is sent.
  void say_goodbye();
  /// To be called about every second: sends PINGREQ in time. False when the broker has not answered for 1.5
  /// keep-alives.
  bool keep_alive(std::int64_t now_ms);

  std::size_t in_flight() const { return flying_.size(); }
  /// The lowest ticket that is not acknowledged: everything below is the broker's. UINT64_MAX when nothing is
  /// under way.
  std::uint64_t lowest_unacknowledged() const;
  bool session_was_present() const { return session_present_; }

  /// A message was taken over, or (a reason of 0x80 and above) refused by the broker.
  std::function<void(std::uint64_t ticket, std::uint8_t reason)> on_acknowledged;
  /// A message from the broker. It is acknowledged when this returns.
  std::function<void(const Packet&)> on_message;
  /// Instead of on_message, for receivers that acknowledge later: answers a mark, and the message is
  /// acknowledged by the release() that reaches it, in the order messages came (4.6). Nullopt: it is not
  /// taken and never acknowledged; end the connection, and the broker sends it again.
  /// A broker that knows the session sends what was not acknowledged again on the next connection: what was
  /// taken already is then held anew under its mark, and not handed over a second time.
  std::function<std::optional<std::uint64_t>(const Packet&)> on_held_message;
  /// Acknowledges what is held up to this mark.
  void release(std::uint64_t mark);
  /// Messages taken and not acknowledged on this connection.
  std::size_t held() const { return held_.size(); }
  std::function<void(const std::vector<std::uint8_t>& reasons)> on_subscribed;
  /// After CONNACK, before anything is sent again (abandon() is in time here); `present`: the broker still
  /// knows us.
  std::function<void(bool present)> on_ready;

  struct Counters {
    std::uint64_t published = 0, resent = 0, acknowledged = 0, refused = 0, received = 0;
    std::uint64_t known_again = 0;  ///< received again and known to be taken already
  };
  const Counters& counters() const { return counters_; }

 private:
  /// A message under way, kept whole for sending again.
  struct Flying {
    std::uint64_t ticket = 0;
    std::uint16_t id = 0;
    std::uint8_t qos = 1;
    bool released = false;  ///< QoS 2: PUBREC came, PUBREL went
    bool retain = false;
    std::string topic;
    std::vector<std::uint8_t> payload;
  };
  /// A message taken and not acknowledged.
  struct Held {
    std::uint16_t id = 0;
    std::uint8_t qos = 1;
    std::uint64_t mark = 0;
  };
  std::string handle(const Packet& packet);
  void take(const Packet& packet);
  void hold(const Packet& packet);
  void send(const Packet& packet);
  void send_message(const Flying& message, bool duplicate);
  void send_again(bool present);
  std::uint16_t free_id();
  void finish(std::deque<Flying>::iterator message, std::uint8_t reason);

  SessionOptions options_;
  std::vector<std::uint8_t> in_, out_;
  std::size_t in_at_ = 0;
  bool ready_ = false, session_present_ = false, ping_under_way_ = false;
  std::int64_t last_sent_ms_ = 0, last_heard_ms_ = 0, ping_sent_ms_ = 0;
  bool heard_ = false, sent_ = false;
  std::uint16_t last_id_ = 0, keep_alive_s_ = 0;
  std::size_t receive_maximum_ = 65535, flying_bytes_ = 0;
  std::uint32_t maximum_packet_ = kMostPacketBytes;
  std::uint8_t maximum_qos_ = 2;
  std::uint16_t alias_maximum_ = 0;
  std::map<std::string, std::uint16_t, std::less<>> aliases_;
  std::deque<Flying> flying_;  ///< in the order published
  std::vector<bool> id_used_;
  std::vector<std::uint16_t> half_received_;  ///< QoS 2 from the broker: PUBREC sent, PUBREL awaited
  std::deque<Held> held_;                     ///< in the order they came
  std::vector<Held> carried_;  ///< held when the connection before ended: the broker has no answer to them
  Counters counters_;
};

}  // namespace bondline::mqtt
