// Time zones: fixed offsets, and compiled files of the tz database (RFC 8536).
#include <algorithm>
#include <charconv>
#include <chrono>

#include "line/gateway/fields/time.h"

namespace bondline::fields {

namespace {

std::int64_t days_of(int year, int month, int day) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
                               std::chrono::day(static_cast<unsigned>(day)))
      .time_since_epoch()
      .count();
}

int year_of(std::int64_t s) {
  const std::chrono::sys_days day{std::chrono::days(s >= 0 ? s / 86400 : (s - 86399) / 86400)};
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

std::uint64_t big_endian(std::string_view bytes, std::size_t at, int width) {
  std::uint64_t value = 0;
  for (int i = 0; i < width; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

/// Reads the front of a text; what is read is taken away.
class Front {
 public:
  explicit Front(std::string_view text) : left(text) {}
  bool number(int& value) {
    const auto [end, error] = std::from_chars(left.data(), left.data() + left.size(), value);
    if (error != std::errc{} || left.front() == '-') return false;
    left.remove_prefix(static_cast<std::size_t>(end - left.data()));
    return true;
  }
  bool take(char c) {
    if (left.empty() || left.front() != c) return false;
    left.remove_prefix(1);
    return true;
  }
  /// [+-]hh[:mm[:ss]]
  bool span(std::int32_t& seconds) {
    const bool negative = take('-');
    if (!negative) take('+');
    int h = 0, m = 0, s = 0;
    if (!number(h)) return false;
    if (take(':') && !number(m)) return false;
    if (take(':') && !number(s)) return false;
    if (h > 167 || m > 59 || s > 59) return false;
    seconds = h * 3600 + m * 60 + s;
    if (negative) seconds = -seconds;
    return true;
  }
  /// A zone's short name: letters, or anything in < >.
  bool name() {
    if (take('<')) {
      const auto end = left.find('>');
      if (end == std::string_view::npos) return false;
      left.remove_prefix(end + 1);
      return true;
    }
    std::size_t n = 0;
    while (n < left.size() && ((left[n] | 32) >= 'a' && (left[n] | 32) <= 'z')) ++n;
    left.remove_prefix(n);
    return n >= 3;
  }
  std::string_view left;
};

}  // namespace

Zone Zone::fixed(std::int32_t seconds_east) {
  Zone zone;
  zone.first_ = seconds_east;
  return zone;
}

std::optional<Zone> Zone::of_offset(std::string_view text) {
  if (text == "UTC" || text == "Z" || text == "utc" || text == "GMT") return fixed(0);
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  std::string digits(text.substr(1));
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if (digits.size() == 2) digits += "00";
  if (digits.size() != 4 || digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const int value = std::stoi(digits), h = value / 100, m = value % 100;
  if (h > 15 || m > 59) return std::nullopt;
  const std::int32_t seconds = h * 3600 + m * 60;
  return fixed(text[0] == '-' ? -seconds : seconds);
}

std::optional<Zone> Zone::of_tzif(std::string_view bytes) {
  constexpr std::size_t kHead = 44;
  if (bytes.size() < kHead || !bytes.starts_with("TZif") || bytes[4] < '2') return std::nullopt;
  const auto counts = [&](std::size_t head, std::uint64_t* of) {
    for (std::size_t i = 0; i < 6; ++i) of[i] = big_endian(bytes, head + 20 + 4 * i, 4);
  };
  // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt; the first block has times of 32 bits: passed over.
  std::uint64_t n[6];
  counts(0, n);
  const std::uint64_t first_block = n[3] * 5 + n[4] * 6 + n[5] + n[2] * 8 + n[1] + n[0];
  if (first_block > bytes.size() || bytes.size() - first_block < 2 * kHead) return std::nullopt;
  const std::size_t second = kHead + static_cast<std::size_t>(first_block);
  if (bytes.substr(second, 4) != "TZif") return std::nullopt;
  counts(second, n);
  const std::uint64_t block = n[3] * 9 + n[4] * 6 + n[5] + n[2] * 12 + n[1] + n[0];
  const std::size_t data = second + kHead;
  if (block > bytes.size() - data || n[4] == 0 || n[4] > 255) return std::nullopt;
  const std::size_t times = static_cast<std::size_t>(n[3]), types = data + 9 * times;
  const auto offset_of = [&](std::size_t type) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(big_endian(bytes, types + 6 * type, 4)));
  };
  // RFC 8536, 3.2: from -25 to 26 hours. What else stands there is no zone of this earth, and would not be
  // added to times unharmed.
  for (std::size_t type = 0; type < n[4]; ++type)
    if (offset_of(type) < -89'999 || offset_of(type) > 93'599) return std::nullopt;
  Zone zone;
  zone.first_ = offset_of(0);
  for (std::size_t i = 0; i < times; ++i) {
    const auto type = static_cast<unsigned char>(bytes[data + 8 * times + i]);
    if (type >= n[4]) return std::nullopt;
    const auto from = static_cast<std::int64_t>(big_endian(bytes, data + 8 * i, 8));
    if (!zone.from_.empty() && from <= zone.from_.back()) return std::nullopt;
    zone.from_.push_back(from);
    zone.offset_.push_back(offset_of(type));
  }
  std::string_view footer = bytes.substr(data + static_cast<std::size_t>(block));
  if (footer.size() >= 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    footer = footer.substr(0, footer.find('\n'));
    if (!footer.empty() && !zone.read_footer(footer)) return std::nullopt;
  }
  return zone;
}

bool Zone::read_footer(std::string_view text) {
  Front front(text);
  std::int32_t west = 0;
  if (!front.name() || !front.span(west)) return false;
  standard_s_ = -west;  // POSIX counts to the west
  ruled_ = true;
  if (front.left.empty()) return true;
  summer_ = true;
  summer_s_ = standard_s_ + 3600;
  if (!front.name()) return false;
  if (!front.left.empty() && front.left.front() != ',') {
    if (!front.span(west)) return false;
    summer_s_ = -west;
  }
  for (Change* change : {&to_summer_, &to_standard_}) {
    if (!front.take(',') || !front.take('M') || !front.number(change->month) || !front.take('.') ||
        !front.number(change->week) || !front.take('.') || !front.number(change->day))
      return false;
    if (change->month < 1 || change->month > 12 || change->week < 1 || change->week > 5 || change->day > 6)
      return false;
    if (front.take('/') && !front.span(change->at_s)) return false;
  }
  return front.left.empty();
}

std::int32_t Zone::offset_by_rule(std::int64_t utc_s) const {
  if (!summer_) return standard_s_;
  const int year = year_of(utc_s + standard_s_);
  const auto instant = [&](const Change& change, std::int32_t offset_before) {
    const std::int64_t first = days_of(year, change.month, 1);
    const auto weekday = static_cast<int>(((first % 7) + 11) % 7);  // 1970-01-01 was a Thursday (4)
    std::int64_t day = first + (change.day - weekday + 7) % 7 + (change.week - 1) * 7;
    const std::int64_t next =
        change.month == 12 ? days_of(year + 1, 1, 1) : days_of(year, change.month + 1, 1);
    while (day >= next) day -= 7;
    return day * 86400 + change.at_s - offset_before;
  };
  const std::int64_t begin = instant(to_summer_, standard_s_), end = instant(to_standard_, summer_s_);
  const bool summer = begin < end ? utc_s >= begin && utc_s < end : !(utc_s >= end && utc_s < begin);
  return summer ? summer_s_ : standard_s_;
}

std::int32_t Zone::offset_at(std::int64_t utc_s) const {
  if (from_.empty()) return ruled_ ? offset_by_rule(utc_s) : first_;
  if (ruled_ && utc_s >= from_.back()) return offset_by_rule(utc_s);
  const auto after = std::upper_bound(from_.begin(), from_.end(), utc_s);
  if (after == from_.begin()) return first_;
  return offset_[static_cast<std::size_t>(after - from_.begin()) - 1];
}

std::int64_t Zone::utc_of(std::int64_t wall_s) const {
  const std::int32_t before = offset_at(wall_s - 86400), after = offset_at(wall_s + 86400);
  if (before == after || offset_at(wall_s - before) == before) return wall_s - before;
  return offset_at(wall_s - after) == after ? wall_s - after : wall_s - before;
}

}  // namespace bondline::fields
