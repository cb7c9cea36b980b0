#include "net/http/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace bondline::net::http {

namespace {

constexpr std::array<bool, 256> token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    table[static_cast<std::size_t>(c)] = true;
  return table;
}
constexpr auto kToken = token_table();

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void two_digits(std::string& out, int n) {
  out += static_cast<char>('0' + n / 10 % 10);
  out += static_cast<char>('0' + n % 10);
}

}  // namespace

bool is_token(std::string_view text) {
  for (const char c : text)
    if (!kToken[static_cast<unsigned char>(c)]) return false;
  return !text.empty();
}

bool is_field_value(std::string_view text) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return false;
  return true;
}

bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view name_of_status(int status) {
  switch (status) {  // RFC 9110, 15; RFC 6585
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

std::string date(std::chrono::sys_seconds at) {
  const std::time_t seconds = at.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::string out = kDays[static_cast<std::size_t>(parts.tm_wday)];
  out += ", ";
  two_digits(out, parts.tm_mday);
  out += ' ';
  out += kMonths[static_cast<std::size_t>(parts.tm_mon)];
  out += ' ';
  out += std::to_string(parts.tm_year + 1900);
  out += ' ';
  two_digits(out, parts.tm_hour);
  out += ':';
  two_digits(out, parts.tm_min);
  out += ':';
  two_digits(out, parts.tm_sec);
  return out + " GMT";
}

std::optional<std::chrono::sys_seconds> read_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT": the one form that may be made today.
  if (text.size() != 29 || text.substr(25) != " GMT" || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t n) -> int {
    const auto found = whole_number(text.substr(from, n));
    return found ? static_cast<int>(*found) : -1;
  };
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  std::tm parts{};
  parts.tm_mday = number(5, 2);
  parts.tm_mon = static_cast<int>(month - kMonths.begin());
  parts.tm_year = number(12, 4) - 1900;
  parts.tm_hour = number(17, 2);
  parts.tm_min = number(20, 2);
  parts.tm_sec = number(23, 2);
  if (month == kMonths.end() || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_year < 0 ||
      parts.tm_hour < 0 || parts.tm_hour > 23 || parts.tm_min < 0 || parts.tm_min > 59 || parts.tm_sec < 0 ||
      parts.tm_sec > 60)
    return std::nullopt;
  const std::chrono::sys_seconds at(std::chrono::seconds(timegm(&parts)));
  const std::chrono::sys_days year_10000{std::chrono::year(10000) / 1 / 1};  // a leap second may reach it
  return at < year_10000 ? std::optional(at) : std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out += c;
  }
  return out;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto key = percent_decoded(pair.substr(0, equals), true);
    if (key && *key == name) return percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";  // RFC 4648
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string basic_credentials(std::string_view user, std::string_view password) {
  return "Basic " + base64(std::string(user) + ":" + std::string(password));
}

std::string bearer_credentials(std::string_view token) {
  return "Bearer " + std::string(token);
}

std::string Url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::optional<Url> read_url(std::string_view text, std::string* problem) {
  const auto failed = [&](std::string why) -> std::optional<Url> {
    *problem = "\"" + std::string(text) + "\" " + std::move(why);
    return std::nullopt;
  };
  Url url;
  std::string_view rest = text;
  const std::size_t scheme = rest.find("://");
  const std::string_view kind = rest.substr(0, std::min(scheme, rest.size()));
  if (scheme == std::string_view::npos ||
      (kind != "http" && kind != "https" && kind != "ws" && kind != "wss"))
    return failed("is no http:// or https:// address");
  url.tls = kind == "https" || kind == "wss";
  url.port = url.tls ? 443 : 80;
  rest.remove_prefix(scheme + 3);
  const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view place = rest.substr(0, path);
  std::string_view target = rest.substr(path);
  target = target.substr(0, target.find('#'));
  if (!target.empty()) url.target = target.front() == '/' ? std::string(target) : "/" + std::string(target);
  for (const char c : url.target)
    if (c <= 0x20 || c >= 0x7F) return failed("holds characters that must be written with a percent sign");
  if (place.find('@') != std::string_view::npos) {
    *problem = "an address is no place for a password";  // and not repeated here
    return std::nullopt;
  }
  std::string_view port;
  bool has_port = false;
  if (place.starts_with('[')) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) return failed("has a [ without ]");
    url.host = place.substr(1, end - 1);
    port = place.substr(end + 1);
    has_port = port.starts_with(':');
    if (!has_port && !port.empty()) return failed("has something behind the ]");
  } else {
    const std::size_t colon = place.find(':');
    url.host = place.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = place.substr(colon);
  }
  if (url.host.empty()) return failed("names no host");
  for (const char c : url.host)
    if (c <= 0x20 || c >= 0x7F) return failed("names no host");
  if (has_port) {
    const auto number = whole_number(port.substr(1));
    if (!number || *number < 1 || *number > 65535) return failed("has no port from 1 to 65535");
    url.port = static_cast<std::uint16_t>(*number);
  }
  return url;
}

}  // namespace bondline::net::http
