#include "line/gateway/mqtt/session.h"

#include <algorithm>

namespace bondline::mqtt {

Session::Session(SessionOptions options) : options_(std::move(options)), id_used_(65536, false) {}

void Session::send(const Packet& packet) {
  encode(packet, options_.version, out_);
  sent_ = true;
}

void Session::connected() {
  in_.clear();
  in_at_ = 0;
  out_.clear();
  ready_ = false;
  ping_under_way_ = false;
  aliases_.clear();
  carried_.insert(carried_.end(), held_.begin(), held_.end());
  held_.clear();
  Packet packet;
  packet.type = Type::connect;
  packet.version = options_.version;
  packet.clean_start = options_.clean_start;
  packet.keep_alive_s = options_.keep_alive_s;
  packet.client_id = options_.client_id;
  if (options_.version == Version::v5) {
    packet.properties.session_expiry = options_.session_expiry_s;
    packet.properties.receive_maximum = options_.receive_maximum;
    if (options_.most_packet < kMostPacketBytes) packet.properties.maximum_packet_size = options_.most_packet;
  }
  if (options_.user_name) {
    packet.has_user_name = true;
    packet.user_name = *options_.user_name;
  }
  if (options_.password) {
    packet.has_password = true;
    packet.password = *options_.password;
  }
  if (options_.will) {
    packet.has_will = true;
    packet.will_topic = options_.will->topic;
    packet.will_payload = options_.will->payload;
    packet.will_qos = options_.will->qos;
    packet.will_retain = options_.will->retain;
  }
  send(packet);
}

void Session::disconnected() {
  ready_ = false;
  out_.clear();
}

std::string Session::feed(std::span<const std::uint8_t> bytes) {
  heard_ = true;
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(in_at_));
  in_at_ = 0;
  in_.insert(in_.end(), bytes.begin(), bytes.end());
  for (;;) {
    const auto left = std::span<const std::uint8_t>(in_).subspan(in_at_);
    const auto length = packet_length(left);
    if (!length) return "a malformed packet length";
    // What we have not subscribed to has no business being large.
    if (*length > options_.most_packet) return "a packet of " + std::to_string(*length) + " bytes";
    if (*length == 0 || left.size() < *length) return "";
    Packet packet;
    if (std::string problem = decode(left.first(*length), options_.version, packet); !problem.empty())
      return problem;
    if (std::string problem = handle(packet); !problem.empty()) return problem;
    in_at_ += *length;
  }
}

std::string Session::handle(const Packet& packet) {
  if (!ready_ && packet.type != Type::connack) return "the broker's first packet is no CONNACK";
  switch (packet.type) {
    case Type::connack: {
      if (ready_) return "a second CONNACK";
      if (packet.reason != 0)
        return "the broker refuses: " +
               std::string(name_of_reason(packet.reason, options_.version == Version::v311));
      ready_ = true;
      session_present_ = packet.session_present;
      const Properties& p = packet.properties;
      // A broker of 3.1.1 can't tell its window, and mosquitto 2.0.11 silently drops messages of QoS 2 beyond
      // its own (20).
      receive_maximum_ = options_.version == Version::v311 ? 20 : p.receive_maximum.value_or(65535);
      maximum_packet_ = p.maximum_packet_size.value_or(kMostPacketBytes);
      maximum_qos_ = p.maximum_qos.value_or(2);
      alias_maximum_ = options_.topic_aliases ? p.topic_alias_maximum.value_or(0) : 0;
      keep_alive_s_ = p.server_keep_alive.value_or(options_.keep_alive_s);
      if (!session_present_) {
        half_received_.clear();
        carried_.clear();
      }
      if (on_ready) on_ready(session_present_);
      send_again(session_present_);
      return "";
    }
    case Type::puback:
    case Type::pubcomp:
    case Type::pubrec: {
      const auto found =
          std::find_if(flying_.begin(), flying_.end(), [&](const Flying& f) { return f.id == packet.id; });
      if (packet.type == Type::pubrec) {
        Packet release;
        release.type = Type::pubrel;
        release.id = packet.id;
        if (found == flying_.end()) {
          // Lost track (a restart): let the broker finish.
          if (packet.reason < 0x80) send(release);
          return "";
        }
        if (found->qos != 2) return "PUBREC for a message of QoS " + std::to_string(found->qos);
        if (packet.reason >= 0x80) {
          finish(found, packet.reason);
          return "";
        }
        found->released = true;
        send(release);
        return "";
      }
      if (found == flying_.end()) return "";  // acknowledged twice: nothing is lost by it
      const bool fits = packet.type == Type::puback ? found->qos == 1 : found->qos == 2 && found->released;
      if (!fits) return "an acknowledgement that does not fit its message";
      finish(found, packet.reason);
      return "";
    }
    case Type::publish: {
      ++counters_.received;
      if (on_held_message)
        hold(packet);
      else
        take(packet);
      return "";
    }
    case Type::pubrel: {
      std::erase(half_received_, packet.id);
      Packet answer;
      answer.type = Type::pubcomp;
      answer.id = packet.id;
      send(answer);
      return "";
    }
    case Type::suback:
      if (on_subscribed) on_subscribed(packet.reasons);
      return "";
    case Type::unsuback:
      return "";
    case Type::pingresp:
      ping_under_way_ = false;
      return "";
    case Type::disconnect:
      return "the broker disconnects: " + std::string(name_of_reason(packet.reason));
    default:
      return "a packet that only clients send";
  }
}

/// Hands a message over and acknowledges it.
void Session::take(const Packet& packet) {
  Packet answer;
  answer.id = packet.id;
  const bool again = packet.qos == 2 && std::find(half_received_.begin(), half_received_.end(), packet.id) !=
                                            half_received_.end();
  if (!again && on_message) on_message(packet);
  if (packet.qos == 1) {
    answer.type = Type::puback;
    send(answer);
  } else if (packet.qos == 2) {
    if (!again) half_received_.push_back(packet.id);
    answer.type = Type::pubrec;
    send(answer);
  }
}

/// Hands a message over; it is acknowledged by release().
void Session::hold(const Packet& packet) {
  if (packet.qos == 0) {
    on_held_message(packet);
    return;
  }
  // The broker has had no answer to this packet, so it can't have given its number to another message.
  const auto known = std::find_if(carried_.begin(), carried_.end(), [&](const Held& h) {
    return packet.duplicate && h.id == packet.id && h.qos == packet.qos;
  });
  if (known != carried_.end()) {
    ++counters_.known_again;
    held_.push_back(*known);
    carried_.erase(known);
    return;
  }
  if (!packet.duplicate) std::erase_if(carried_, [&](const Held& h) { return h.id == packet.id; });
  const bool answered = packet.qos == 2 && std::find(half_received_.begin(), half_received_.end(),
                                                     packet.id) != half_received_.end();
  if (answered) {
    // Our PUBREC was lost on its way: said once more, handed over never again.
    ++counters_.known_again;
    held_.push_back({packet.id, packet.qos, 0});
    return;
  }
  if (const auto mark = on_held_message(packet)) held_.push_back({packet.id, packet.qos, *mark});
}

void Session::release(std::uint64_t mark) {
  while (ready_ && !held_.empty() && held_.front().mark <= mark) {
    Packet answer;
    answer.id = held_.front().id;
    answer.type = held_.front().qos == 1 ? Type::puback : Type::pubrec;
    if (held_.front().qos == 2 &&
        std::find(half_received_.begin(), half_received_.end(), answer.id) == half_received_.end())
      half_received_.push_back(answer.id);
    send(answer);
    held_.pop_front();
  }
}

void Session::finish(std::deque<Flying>::iterator message, std::uint8_t reason) {
  const std::uint64_t ticket = message->ticket;
  id_used_[message->id] = false;
  flying_bytes_ -= message->payload.size();
  flying_.erase(message);
  ++(reason >= 0x80 ? counters_.refused : counters_.acknowledged);
  if (on_acknowledged) on_acknowledged(ticket, reason);
}

std::uint16_t Session::free_id() {
  do {
    last_id_ = last_id_ == 65535 ? 1 : static_cast<std::uint16_t>(last_id_ + 1);
  } while (id_used_[last_id_]);
  return last_id_;
}

bool Session::may_publish() const {
  return ready_ &&
         flying_.size() < std::min({options_.most_in_flight, receive_maximum_, std::size_t{60000}}) &&
         flying_bytes_ < options_.most_in_flight_bytes;
}

void Session::send_message(const Flying& message, bool duplicate) {
  Packet packet;
  packet.type = Type::publish;
  packet.id = message.id;
  packet.qos = message.qos;
  packet.duplicate = duplicate;
  packet.retain = message.retain;
  packet.topic = message.topic;
  packet.payload = message.payload;
  if (alias_maximum_ > 0) {
    const auto found = aliases_.find(message.topic);
    if (found != aliases_.end()) {
      packet.topic = "";
      packet.properties.topic_alias = found->second;
    } else if (aliases_.size() < alias_maximum_) {
      const auto alias = static_cast<std::uint16_t>(aliases_.size() + 1);
      aliases_.emplace(message.topic, alias);
      packet.properties.topic_alias = alias;
    }
  }
  send(packet);
}

std::string Session::publish(std::uint64_t ticket, std::string_view topic,
                             std::span<const std::uint8_t> payload, std::uint8_t qos, bool retain) {
  if (topic.empty() || topic.size() > 65535 || topic.find_first_of("+#") != std::string_view::npos ||
      !is_valid_utf8(topic))
    return "\"" + std::string(topic) + "\" is no topic to publish under";
  if (payload.size() + topic.size() + 32 > maximum_packet_)
    return "a message of " + std::to_string(payload.size()) + " bytes is larger than the broker takes (" +
           std::to_string(maximum_packet_) + ")";
  qos = std::min(qos, maximum_qos_);
  Flying message;
  message.ticket = ticket;
  message.qos = qos;
  message.retain = retain;
  message.topic = topic;
  message.payload.assign(payload.begin(), payload.end());
  ++counters_.published;
  if (qos == 0) {
    send_message(message, false);
    return "";
  }
  message.id = free_id();
  id_used_[message.id] = true;
  flying_bytes_ += message.payload.size();
  send_message(message, false);
  flying_.push_back(std::move(message));
  return "";
}

void Session::send_again(bool present) {
  for (Flying& message : flying_) {
    if (present && message.released) {
      Packet release;
      release.type = Type::pubrel;
      release.id = message.id;
      send(release);
      continue;
    }
    // A broker that has forgotten the session may have forgotten a message it had not released yet: it is
    // sent anew, and may arrive twice, rather than not at all.
    message.released = false;
    send_message(message, present);
    ++counters_.resent;
  }
}

std::string Session::subscribe(const std::vector<std::pair<std::string, std::uint8_t>>& filters) {
  Packet packet;
  packet.type = Type::subscribe;
  packet.id = free_id();
  for (const auto& [filter, qos] : filters) {
    if (!is_valid_filter(filter)) return "\"" + filter + "\" is no topic filter";
    packet.filters.push_back(
        {filter, options_.version == Version::v5 ? qos : static_cast<std::uint8_t>(qos & 3)});
  }
  send(packet);
  return "";
}

void Session::abandon() {
  for (const Flying& message : flying_) id_used_[message.id] = false;
  flying_.clear();
  flying_bytes_ = 0;
}

void Session::say_goodbye() {
  Packet packet;
  packet.type = Type::disconnect;
  send(packet);
}

bool Session::keep_alive(std::int64_t now_ms) {
  if (std::exchange(heard_, false)) last_heard_ms_ = now_ms;
  if (std::exchange(sent_, false)) last_sent_ms_ = now_ms;
  if (!ready_ || keep_alive_s_ == 0) return true;
  const std::int64_t period = keep_alive_s_ * 1000;
  // A slow broker's answer may lie behind much else; while it takes things over it is there.
  if (ping_under_way_ && now_ms - std::max(ping_sent_ms_, last_heard_ms_) > period / 2) return false;
  // A broker that has gone quiet is asked too, though we may be sending: our bytes may lead nowhere.
  if (!ping_under_way_ && (now_ms - last_sent_ms_ >= period * 3 / 4 || now_ms - last_heard_ms_ >= period)) {
    Packet ping;
    ping.type = Type::pingreq;
    send(ping);
    ping_under_way_ = true;
    ping_sent_ms_ = now_ms;
  }
  return true;
}

std::uint64_t Session::lowest_unacknowledged() const {
  std::uint64_t lowest = UINT64_MAX;
  for (const Flying& message : flying_) lowest = std::min(lowest, message.ticket);
  return lowest;
}

}  // namespace bondline::mqtt
