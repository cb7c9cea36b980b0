// How far a value can be trusted. One byte; the upper two bits are the OPC UA severity (Part 4, 7.39: good
// 00, uncertain 01, bad 10), so that a comparison of the severity needs no table.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace bondline::tags {

enum class Quality : std::uint8_t {
  good = 0x00,
  good_local_override = 0x01,  ///< set by hand or forced
  good_again = 0x02,           ///< the source marks it as sent again: it may have come before
  good_retained = 0x03,        ///< kept by a broker: of an age that is not known
  uncertain = 0x40,
  uncertain_last_usable = 0x41,   ///< the source stopped updating it
  uncertain_out_of_range = 0x42,  ///< outside the tag's own limits
  uncertain_substitute = 0x43,    ///< computed from something else
  bad = 0x80,
  bad_not_connected = 0x81,
  bad_communication = 0x82,  ///< the last read failed
  bad_device = 0x83,         ///< the device says so
  bad_sensor = 0x84,
  bad_configuration = 0x85,  ///< no such register, wrong type
  bad_out_of_service = 0x86,
  bad_not_a_number = 0x87,
};

inline bool is_good(Quality q) {
  return (static_cast<std::uint8_t>(q) & 0xC0) == 0;
}
inline bool is_uncertain(Quality q) {
  return (static_cast<std::uint8_t>(q) & 0xC0) == 0x40;
}
inline bool is_bad(Quality q) {
  return (static_cast<std::uint8_t>(q) & 0x80) != 0;
}

/// "good", "bad_not_connected", ...; a byte without a name is shown as its severity.
std::string_view name_of(Quality quality);
/// nullopt for a name that is not one.
std::optional<Quality> quality_of(std::string_view name);

}  // namespace bondline::tags
