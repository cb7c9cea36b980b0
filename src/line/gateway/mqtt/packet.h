// MQTT control packets, versions 3.1.1 (OASIS 2014) and 5.0 (OASIS 2019); section numbers are the latter's.
// Decoded packets are views into the bytes they were read from. Decoders never throw, check every length and
// say what they refuse.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bondline::mqtt {

enum class Version : std::uint8_t { v311 = 4, v5 = 5 };

enum class Type : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth
};

/// The properties of version 5 that are used here (2.2.2.2); others are read over.
struct Properties {
  std::optional<std::uint32_t> session_expiry;                      // 0x11
  std::optional<std::uint16_t> receive_maximum;                     // 0x21
  std::optional<std::uint32_t> maximum_packet_size;                 // 0x27
  std::optional<std::uint16_t> topic_alias_maximum;                 // 0x22
  std::optional<std::uint16_t> topic_alias;                         // 0x23
  std::optional<std::uint16_t> server_keep_alive;                   // 0x13
  std::optional<std::uint8_t> maximum_qos;                          // 0x24
  std::optional<std::uint8_t> payload_format;                       // 0x01
  std::optional<std::uint32_t> message_expiry;                      // 0x02
  std::string_view content_type;                                    // 0x03
  std::string_view assigned_client_id;                              // 0x12
  std::string_view reason;                                          // 0x1F
  std::vector<std::pair<std::string_view, std::string_view>> user;  // 0x26
};

/// One packet; which fields count depends on its type.
struct Packet {
  Type type = Type::pingreq;
  std::uint16_t id = 0;     ///< of publish with qos > 0, the acknowledgements, (un)subscribe
  std::uint8_t reason = 0;  ///< connack, acknowledgements, disconnect; 0: success (2.4)
  Properties properties;    ///< version 5
  // publish
  std::uint8_t qos = 0;
  bool duplicate = false, retain = false;
  std::string_view topic;
  std::span<const std::uint8_t> payload;
  // connect
  Version version = Version::v5;
  bool clean_start = true;
  std::uint16_t keep_alive_s = 60;
  std::string_view client_id, user_name, password;
  bool has_user_name = false, has_password = false, has_will = false, will_retain = false;
  std::uint8_t will_qos = 0;
  std::string_view will_topic;
  std::span<const std::uint8_t> will_payload;
  // connack
  bool session_present = false;
  // (un)subscribe, suback
  struct Filter {
    std::string_view filter;
    std::uint8_t options = 0;  ///< qos in the low two bits
  };
  std::vector<Filter> filters;
  std::vector<std::uint8_t> reasons;
};

/// Largest packet that can be written (2.1.4).
inline constexpr std::uint32_t kMostPacketBytes = 268'435'455;

/// Appends a packet. "" or why it can't be: a string over 65535 bytes, an empty topic without alias, too
/// large.
std::string encode(const Packet& packet, Version version, std::vector<std::uint8_t>& out);

/// How many bytes the packet takes that `bytes` begins with; 0 when that can't be known yet; nullopt when its
/// length is malformed.
std::optional<std::size_t> packet_length(std::span<const std::uint8_t> bytes);

/// Reads one whole packet. "" or what is wrong with it.
std::string decode(std::span<const std::uint8_t> bytes, Version version, Packet& packet);

/// What a reason code says (2.4; CONNACK codes of 3.1.1 when `v311_connack`).
std::string_view name_of_reason(std::uint8_t reason, bool v311_connack = false);

/// UTF-8 as 1.5.4 demands: well-formed, no U+0000, no surrogates.
bool is_valid_utf8(std::string_view text);
/// Whether a topic matches a filter with + and # (4.7).
bool matches(std::string_view filter, std::string_view topic);
/// Whether a filter is well-formed (4.7.1).
bool is_valid_filter(std::string_view filter);

}  // namespace bondline::mqtt
