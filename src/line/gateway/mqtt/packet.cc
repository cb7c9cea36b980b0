#include "line/gateway/mqtt/packet.h"

#include "line/gateway/mqtt/wire.h"

namespace bondline::mqtt {

namespace {

void put(const Properties& p, Writer& out) {
  std::vector<std::uint8_t> bytes;
  Writer w(bytes);
  const auto put_u8 = [&](unsigned id, const std::optional<std::uint8_t>& v) {
    if (v) w.u8(id), w.u8(*v);
  };
  const auto put_u16 = [&](unsigned id, const std::optional<std::uint16_t>& v) {
    if (v) w.u8(id), w.u16(*v);
  };
  const auto put_u32 = [&](unsigned id, const std::optional<std::uint32_t>& v) {
    if (v) w.u8(id), w.u32(*v);
  };
  const auto put_text = [&](unsigned id, std::string_view v) {
    if (!v.empty()) w.u8(id), w.text(v);
  };
  put_u8(0x01, p.payload_format);
  put_u32(0x02, p.message_expiry);
  put_text(0x03, p.content_type);
  put_u32(0x11, p.session_expiry);
  put_text(0x12, p.assigned_client_id);
  put_u16(0x13, p.server_keep_alive);
  put_text(0x1F, p.reason);
  put_u16(0x21, p.receive_maximum);
  put_u16(0x22, p.topic_alias_maximum);
  put_u16(0x23, p.topic_alias);
  put_u8(0x24, p.maximum_qos);
  for (const auto& [name, value] : p.user) {
    w.u8(0x26);
    w.text(name);
    w.text(value);
  }
  put_u32(0x27, p.maximum_packet_size);
  out.variable(static_cast<std::uint32_t>(bytes.size()));
  out.bytes(bytes);
}

/// "" or what is wrong.
std::string get(Reader& in, Properties& p) {
  const std::uint32_t length = in.variable();
  Reader r(in.bytes(length));
  if (!in.good()) return "properties are cut off";
  while (!r.empty()) {
    switch (const std::uint32_t id = r.variable()) {
      case 0x01:
        p.payload_format = r.u8();
        break;
      case 0x02:
        p.message_expiry = r.u32();
        break;
      case 0x03:
        p.content_type = r.text();
        break;
      case 0x11:
        p.session_expiry = r.u32();
        break;
      case 0x12:
        p.assigned_client_id = r.text();
        break;
      case 0x13:
        p.server_keep_alive = r.u16();
        break;
      case 0x1F:
        p.reason = r.text();
        break;
      case 0x21:
        p.receive_maximum = r.u16();
        if (r.good() && *p.receive_maximum == 0) return "a receive maximum of 0";
        break;
      case 0x22:
        p.topic_alias_maximum = r.u16();
        break;
      case 0x23:
        p.topic_alias = r.u16();
        if (r.good() && *p.topic_alias == 0) return "a topic alias of 0";
        break;
      case 0x24:
        p.maximum_qos = r.u8();
        break;
      case 0x26: {
        const std::string_view name = r.text();
        p.user.emplace_back(name, r.text());
        break;
      }
      case 0x27:
        p.maximum_packet_size = r.u32();
        if (r.good() && *p.maximum_packet_size == 0) return "a maximum packet size of 0";
        break;
      // Known and not needed here.
      case 0x17:
      case 0x19:
      case 0x25:
      case 0x28:
      case 0x29:
      case 0x2A:
        r.u8();
        break;
      case 0x18:
        r.u32();
        break;
      case 0x08:
      case 0x09:
      case 0x15:
      case 0x16:
      case 0x1A:
      case 0x1C:
        r.counted();
        break;
      case 0x0B:
        r.variable();
        break;
      default:
        return r.good() ? "property " + std::to_string(id) + " is not known" : "properties are cut off";
    }
    if (!r.good()) return "properties are cut off";
  }
  return "";
}

std::uint8_t flags_of(const Packet& p) {
  switch (p.type) {
    case Type::publish:
      return static_cast<std::uint8_t>((p.duplicate ? 8 : 0) | p.qos << 1 | (p.retain ? 1 : 0));
    case Type::pubrel:
    case Type::subscribe:
    case Type::unsubscribe:
      return 2;
    default:
      return 0;
  }
}

void put_connect(const Packet& p, Version version, Writer& w) {
  w.text("MQTT");
  w.u8(static_cast<unsigned>(version));
  w.u8((p.clean_start ? 2u : 0u) |
       (p.has_will ? 4u | static_cast<unsigned>(p.will_qos) << 3 | (p.will_retain ? 32u : 0u) : 0u) |
       (p.has_password ? 64u : 0u) | (p.has_user_name ? 128u : 0u));
  w.u16(p.keep_alive_s);
  if (version == Version::v5) put(p.properties, w);
  w.text(p.client_id);
  if (p.has_will) {
    if (version == Version::v5) put(Properties{}, w);
    w.text(p.will_topic);
    w.counted(p.will_payload);
  }
  if (p.has_user_name) w.text(p.user_name);
  if (p.has_password) w.text(p.password);
}

std::string get_connect(Reader& r, Packet& p) {
  if (r.text() != "MQTT") return r.good() ? "not MQTT" : "cut off";
  const std::uint8_t version = r.u8();
  if (r.good() && version != 4 && version != 5) return "protocol version " + std::to_string(version);
  p.version = static_cast<Version>(version);
  const std::uint8_t flags = r.u8();
  if (flags & 1) return "a reserved flag is set";
  p.clean_start = flags & 2;
  p.has_will = flags & 4;
  p.will_qos = flags >> 3 & 3;
  p.will_retain = flags & 32;
  p.has_password = flags & 64;
  p.has_user_name = flags & 128;
  if (p.will_qos > 2 || (!p.has_will && (flags & 0x38))) return "will flags that contradict each other";
  p.keep_alive_s = r.u16();
  if (r.good() && p.version == Version::v5)
    if (std::string problem = get(r, p.properties); !problem.empty()) return problem;
  p.client_id = r.text();
  if (p.has_will) {
    Properties will;
    if (r.good() && p.version == Version::v5)
      if (std::string problem = get(r, will); !problem.empty()) return problem;
    p.will_topic = r.text();
    p.will_payload = r.counted();
  }
  if (p.has_user_name) p.user_name = r.text();
  if (p.has_password) p.password = r.text();
  return "";
}

}  // namespace

std::string encode(const Packet& p, Version version, std::vector<std::uint8_t>& out) {
  const bool v5 = version == Version::v5;
  std::vector<std::uint8_t> body;
  Writer w(body);
  switch (p.type) {
    case Type::connect:
      put_connect(p, version, w);
      break;
    case Type::connack:
      w.u8(p.session_present);
      w.u8(p.reason);
      if (v5) put(p.properties, w);
      break;
    case Type::publish:
      if (p.topic.empty() && !(v5 && p.properties.topic_alias)) return "a message without a topic";
      if (p.topic.find_first_of("+#") != std::string_view::npos)
        return "a topic with a wildcard: " + std::string(p.topic);
      w.text(p.topic);
      if (p.qos > 0) w.u16(p.id);
      if (v5) put(p.properties, w);
      w.bytes(p.payload);
      break;
    case Type::puback:
    case Type::pubrec:
    case Type::pubrel:
    case Type::pubcomp:
      w.u16(p.id);
      if (v5 && p.reason != 0) w.u8(p.reason);
      break;
    case Type::subscribe:
    case Type::unsubscribe:
      w.u16(p.id);
      if (v5) put(p.properties, w);
      for (const Packet::Filter& filter : p.filters) {
        w.text(filter.filter);
        if (p.type == Type::subscribe) w.u8(filter.options);
      }
      break;
    case Type::suback:
    case Type::unsuback:
      w.u16(p.id);
      if (v5) put(p.properties, w);
      if (v5 || p.type == Type::suback) w.bytes(p.reasons);
      break;
    case Type::disconnect:
      if (v5 && p.reason != 0) w.u8(p.reason);
      break;
    case Type::auth:
      w.u8(p.reason);
      put(p.properties, w);
      break;
    case Type::pingreq:
    case Type::pingresp:
      break;
  }
  if (w.too_long()) return "a string of more than 65535 bytes";
  if (body.size() > kMostPacketBytes) return "a packet of " + std::to_string(body.size()) + " bytes";
  Writer head(out);
  head.u8(static_cast<unsigned>(p.type) << 4 | flags_of(p));
  head.variable(static_cast<std::uint32_t>(body.size()));
  head.bytes(body);
  return "";
}

std::optional<std::size_t> packet_length(std::span<const std::uint8_t> bytes) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < 5; ++i) {
    if (bytes.size() <= i) return 0;
    length |= static_cast<std::size_t>(bytes[i] & 127) << (7 * (i - 1));
    if (!(bytes[i] & 128)) return i + 1 + length;
  }
  return std::nullopt;
}

std::string decode(std::span<const std::uint8_t> bytes, Version version, Packet& p) {
  const auto length = packet_length(bytes);
  if (!length || *length == 0 || *length != bytes.size()) return "not one whole packet";
  if (bytes[0] >> 4 == 0) return "packet type 0";
  p = Packet{};
  p.type = static_cast<Type>(bytes[0] >> 4);
  const unsigned flags = bytes[0] & 15;
  std::size_t at = 1;
  while (bytes[at] & 128) ++at;
  Reader r(bytes.subspan(at + 1));
  bool v5 = version == Version::v5;
  std::string problem;
  if (p.type == Type::publish) {
    p.duplicate = flags & 8;
    p.qos = flags >> 1 & 3;
    p.retain = flags & 1;
    if (p.qos == 3) return "quality of service 3";
  } else if (flags != flags_of(p)) {
    return "reserved flags are set";
  }
  switch (p.type) {
    case Type::connect:
      problem = get_connect(r, p);
      break;
    case Type::connack: {
      const std::uint8_t acknowledge = r.u8();
      if (acknowledge > 1) return "reserved flags are set";
      p.session_present = acknowledge;
      p.reason = r.u8();
      if (v5 && r.good()) problem = get(r, p.properties);
      break;
    }
    case Type::publish:
      p.topic = r.text();
      if (p.qos > 0) {
        p.id = r.u16();
        if (r.good() && p.id == 0) return "packet identifier 0";
      }
      if (v5 && r.good()) problem = get(r, p.properties);
      p.payload = r.rest();
      if (r.good() && problem.empty() && p.topic.empty() && !p.properties.topic_alias)
        return "a message without a topic";
      if (p.topic.find_first_of("+#") != std::string_view::npos) return "a topic with a wildcard";
      break;
    case Type::puback:
    case Type::pubrec:
    case Type::pubrel:
    case Type::pubcomp:
      p.id = r.u16();
      if (r.good() && p.id == 0) return "packet identifier 0";
      if (v5 && !r.empty()) p.reason = r.u8();
      if (v5 && !r.empty()) problem = get(r, p.properties);
      break;
    case Type::subscribe:
    case Type::unsubscribe:
      p.id = r.u16();
      if (v5 && r.good()) problem = get(r, p.properties);
      while (problem.empty() && !r.empty()) {
        Packet::Filter filter;
        filter.filter = r.text();
        if (p.type == Type::subscribe) filter.options = r.u8();
        if (r.good() && !is_valid_filter(filter.filter)) return "a malformed topic filter";
        p.filters.push_back(filter);
      }
      if (p.filters.empty() && r.good() && problem.empty()) return "no topic filter";
      break;
    case Type::suback:
    case Type::unsuback: {
      p.id = r.u16();
      if (v5 && r.good()) problem = get(r, p.properties);
      const auto reasons = r.rest();
      p.reasons.assign(reasons.begin(), reasons.end());
      break;
    }
    case Type::disconnect:
      if (v5 && !r.empty()) p.reason = r.u8();
      if (v5 && !r.empty()) problem = get(r, p.properties);
      break;
    case Type::auth:
      if (!v5) return "packet type 15";
      if (!r.empty()) p.reason = r.u8();
      if (!r.empty()) problem = get(r, p.properties);
      break;
    case Type::pingreq:
    case Type::pingresp:
      break;
  }
  if (!problem.empty()) return problem;
  if (!r.good()) return "the packet is cut off";
  if (!r.empty()) return "bytes behind the packet's end";
  for (const std::string_view text :
       {p.topic, p.client_id, p.user_name, p.will_topic, p.properties.reason, p.properties.content_type})
    if (!is_valid_utf8(text)) return "text that is not UTF-8";
  return "";
}

}  // namespace bondline::mqtt
