// Times as machines write them, into nanoseconds since 1970 (UTC).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::fields {

/// How far a place's clocks are from UTC, and when that changes.
class Zone {
 public:
  static Zone fixed(std::int32_t seconds_east);
  /// "UTC", "Z", "+01:00", "-0530"; nullopt for other texts.
  static std::optional<Zone> of_offset(std::string_view text);
  /// The bytes of a compiled time-zone file (RFC 8536, version 2 and later); nullopt when they are not one.
  static std::optional<Zone> of_tzif(std::string_view bytes);

  std::int32_t offset_at(std::int64_t utc_s) const;
  /// Of a time on the wall. One that comes twice (autumn) is the first, one that does not come (spring) is
  /// reckoned as before the change.
  std::int64_t utc_of(std::int64_t wall_s) const;

 private:
  /// A day of the year a change of the clocks falls on, in the form Mm.w.d of RFC 8536's footer (POSIX TZ).
  struct Change {
    int month = 0, week = 0, day = 0;
    std::int32_t at_s = 7200;  ///< on the wall
  };
  bool read_footer(std::string_view text);
  std::int32_t offset_by_rule(std::int64_t utc_s) const;
  std::vector<std::int64_t> from_;    ///< ascending
  std::vector<std::int32_t> offset_;  ///< since from_[i]
  std::int32_t first_ = 0;            ///< before from_[0]
  bool ruled_ = false, summer_ = false;
  std::int32_t standard_s_ = 0, summer_s_ = 0;
  Change to_summer_, to_standard_;
};

/// What a column or member that holds a time looks like.
struct TimeFormat {
  enum class Kind : std::uint8_t { iso, since_1970, pattern };
  Kind kind = Kind::iso;
  std::int64_t unit_ns = 1'000'000'000;  ///< of since_1970
  std::string pattern;
  Zone zone = Zone::fixed(0);  ///< of times that name none
};

/// "iso" (RFC 3339; a blank for the T; seconds, fraction and zone may be left out), "unix" (seconds),
/// "unix ms", "unix us", "unix ns", or a pattern of %Y %y %m %d %j %b %H %I %p %M %S %f %z %s %% and other
/// characters as they are (%b: Jan ...; %f: digits of a fraction; %s: seconds since 1970). Nullopt with
/// *problem.
std::optional<TimeFormat> time_format_of(std::string_view text, Zone zone, std::string* problem);

/// Null, or what is wrong.
const char* read_time(const TimeFormat& format, std::string_view text, std::int64_t& ns);

}  // namespace bondline::fields
