#include "line/gateway/fields/time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "line/gateway/fields/value.h"

namespace bondline::fields {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// What of a time a text has said.
struct Parts {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int day_of_year = 0;
  std::int64_t fraction_ns = 0;
  bool afternoon = false, twelve = false;
  std::optional<std::int32_t> offset_s;
  std::optional<std::int64_t> since_1970;
};

/// `least` to `most` digits off the front.
bool digits(std::string_view& text, int least, int most, int& value) {
  int n = 0;
  value = 0;
  while (n < most && static_cast<std::size_t>(n) < text.size() && text[static_cast<std::size_t>(n)] >= '0' &&
         text[static_cast<std::size_t>(n)] <= '9')
    value = value * 10 + (text[static_cast<std::size_t>(n++)] - '0');
  text.remove_prefix(static_cast<std::size_t>(n));
  return n >= least;
}

/// Digits of a fraction of a second; beyond nanoseconds they are dropped.
bool fraction(std::string_view& text, std::int64_t& ns) {
  std::int64_t unit = kSecond / 10;
  std::size_t n = 0;
  for (ns = 0; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n, unit /= 10)
    ns += (text[n] - '0') * unit;
  text.remove_prefix(n);
  return n > 0;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Z, +01:00, +0100, +01
bool zone(std::string_view& text, std::optional<std::int32_t>& offset_s) {
  if (take(text, 'Z') || take(text, 'z')) {
    offset_s = 0;
    return true;
  }
  const bool west = take(text, '-');
  if (!west && !take(text, '+')) return false;
  int h = 0, m = 0;
  if (!digits(text, 2, 2, h)) return false;
  const bool colon = take(text, ':');
  if ((colon || (!text.empty() && text.front() >= '0' && text.front() <= '9')) && !digits(text, 2, 2, m))
    return false;
  if (h > 15 || m > 59) return false;
  offset_s = (west ? -1 : 1) * (h * 3600 + m * 60);
  return true;
}

const char* put_together(const Parts& parts, const Zone& zone, std::int64_t& ns) {
  if (parts.since_1970) {
    ns = *parts.since_1970 * kSecond + parts.fraction_ns;
    return nullptr;
  }
  const std::chrono::year_month_day date{std::chrono::year(parts.year),
                                         std::chrono::month(static_cast<unsigned>(parts.month)),
                                         std::chrono::day(static_cast<unsigned>(parts.day))};
  int hour = parts.hour;
  if (parts.twelve) {
    if (hour < 1 || hour > 12) return "is no time of day";
    hour = hour % 12 + (parts.afternoon ? 12 : 0);
  }
  if (parts.year < 1700 || parts.year > 2261) return "is a year that can't be stored";
  if (!date.ok()) return "is no day of the calendar";
  // A leap second is the first of the next minute.
  if (hour > 23 || parts.minute > 59 || parts.second > 60) return "is no time of day";
  std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  if (parts.day_of_year > 0) days += parts.day_of_year - 1;
  const std::int64_t wall = days * 86400 + hour * 3600 + parts.minute * 60 + parts.second;
  const std::int64_t utc = parts.offset_s ? wall - *parts.offset_s : zone.utc_of(wall);
  // A day of the year counted from December reaches beyond the year.
  if (utc >= INT64_MAX / kSecond) return "is a year that can't be stored";
  ns = utc * kSecond + parts.fraction_ns;
  return nullptr;
}

const char* read_iso(const TimeFormat& format, std::string_view text, std::int64_t& ns) {
  constexpr const char* kNone = "is no time like 2026-11-21T09:00:00Z";
  Parts parts;
  if (!digits(text, 4, 4, parts.year) || !take(text, '-') || !digits(text, 2, 2, parts.month) ||
      !take(text, '-') || !digits(text, 2, 2, parts.day))
    return kNone;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return kNone;
  if (!digits(text, 2, 2, parts.hour) || !take(text, ':') || !digits(text, 2, 2, parts.minute)) return kNone;
  if (take(text, ':')) {
    if (!digits(text, 2, 2, parts.second)) return kNone;
    if ((take(text, '.') || take(text, ',')) && !fraction(text, parts.fraction_ns)) return kNone;
  }
  if (!text.empty()) {
    take(text, ' ');
    if (!zone(text, parts.offset_s) || !text.empty()) return kNone;
  }
  return put_together(parts, format.zone, ns);
}

const char* read_number(const TimeFormat& format, std::string_view text, std::int64_t& ns) {
  constexpr const char* kNone = "is no count of time since 1970";
  constexpr double kMost = 9.2e18;
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc{}) return kNone;
  if (std::fabs(static_cast<double>(whole)) * static_cast<double>(format.unit_ns) > kMost)
    return "is too far from 1970: is its unit another one?";
  ns = whole * format.unit_ns;
  if (at == end) return nullptr;
  if (*at == '.') {
    // The fraction is read apart, so that microseconds of today's time survive.
    std::string_view rest(at + 1, static_cast<std::size_t>(end - at - 1));
    std::int64_t of_second = 0;
    if (!rest.empty() && !fraction(rest, of_second)) return kNone;
    const std::int64_t part = of_second / (kSecond / format.unit_ns);
    ns += text.front() == '-' ? -part : part;
    if (rest.empty()) return nullptr;
  }
  double number = 0;  // 1.7e9
  const auto [last, wrong] = std::from_chars(text.data(), end, number);
  if (wrong != std::errc{} || last != end || std::fabs(number) * static_cast<double>(format.unit_ns) > kMost)
    return kNone;
  ns = std::llround(number * static_cast<double>(format.unit_ns));
  return nullptr;
}

const char* read_pattern(const TimeFormat& format, std::string_view text, std::int64_t& ns) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  constexpr const char* kNone = "does not look as time_format says";
  Parts parts;
  for (std::size_t i = 0; i < format.pattern.size(); ++i) {
    const char c = format.pattern[i];
    if (c != '%') {
      if (!take(text, c)) return kNone;
      continue;
    }
    bool fine = true;
    int value = 0;
    switch (format.pattern[++i]) {
      case 'Y':
        fine = digits(text, 4, 4, parts.year);
        break;
      case 'y':
        fine = digits(text, 2, 2, value);
        parts.year = value + (value < 69 ? 2000 : 1900);  // as POSIX strptime
        break;
      case 'm':
        fine = digits(text, 1, 2, parts.month);
        break;
      case 'd':
        fine = digits(text, 1, 2, parts.day);
        break;
      case 'j':
        fine = digits(text, 1, 3, parts.day_of_year) && parts.day_of_year >= 1 && parts.day_of_year <= 366;
        break;
      case 'b': {
        fine = false;
        for (std::size_t m = 0; m < kMonths.size() && text.size() >= 3 && !fine; ++m) {
          fine = true;
          for (std::size_t k = 0; k < 3; ++k) fine &= (text[k] | 32) == kMonths[m][k];
          if (fine) parts.month = static_cast<int>(m) + 1;
        }
        if (fine) text.remove_prefix(3);
        break;
      }
      case 'H':
        fine = digits(text, 1, 2, parts.hour);
        break;
      case 'I':
        parts.twelve = true;
        fine = digits(text, 1, 2, parts.hour);
        break;
      case 'p':
        fine = text.size() >= 2 && ((text[0] | 32) == 'a' || (text[0] | 32) == 'p') && (text[1] | 32) == 'm';
        if (fine) {
          parts.afternoon = (text[0] | 32) == 'p';
          text.remove_prefix(2);
        }
        break;
      case 'M':
        fine = digits(text, 1, 2, parts.minute);
        break;
      case 'S':
        fine = digits(text, 1, 2, parts.second);
        break;
      case 'f':
        fine = fraction(text, parts.fraction_ns);
        break;
      case 'z':
        fine = zone(text, parts.offset_s);
        break;
      case 's': {
        std::int64_t seconds = 0;
        const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        fine = error == std::errc{} && seconds > -9'000'000'000 && seconds < 9'000'000'000;
        text.remove_prefix(fine ? static_cast<std::size_t>(at - text.data()) : 0);
        parts.since_1970 = seconds;
        break;
      }
      default:
        fine = take(text, '%');
        break;
    }
    if (!fine) return kNone;
  }
  return text.empty() ? put_together(parts, format.zone, ns) : kNone;
}

}  // namespace

std::optional<TimeFormat> time_format_of(std::string_view text, Zone zone, std::string* problem) {
  TimeFormat format;
  format.zone = std::move(zone);
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kCounts = {
      {{"unix", kSecond}, {"unix ms", 1'000'000}, {"unix us", 1'000}, {"unix ns", 1}}};
  for (const auto& [name, unit] : kCounts)
    if (text == name) {
      format.kind = TimeFormat::Kind::since_1970;
      format.unit_ns = unit;
      return format;
    }
  if (text == "iso") return format;
  format.kind = TimeFormat::Kind::pattern;
  format.pattern = text;
  bool dated = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    const char what = ++i < text.size() ? text[i] : '\0';
    if (what == '\0' || std::string_view("YymdjbHIpMSfzs%").find(what) == std::string_view::npos) {
      *problem = "\"" + std::string(text) + "\" has a % that means nothing here";
      return std::nullopt;
    }
    dated |= what == 'Y' || what == 'y' || what == 's';
  }
  if (dated) return format;
  *problem = "\"" + std::string(text) + "\" is no format of a time with its year";
  return std::nullopt;
}

const char* read_time(const TimeFormat& format, std::string_view text, std::int64_t& ns) {
  text = trimmed(text);
  if (text.empty()) return "is empty";
  switch (format.kind) {
    case TimeFormat::Kind::since_1970:
      return read_number(format, text, ns);
    case TimeFormat::Kind::pattern:
      return read_pattern(format, text, ns);
    case TimeFormat::Kind::iso:
      break;
  }
  return read_iso(format, text, ns);
}

}  // namespace bondline::fields
