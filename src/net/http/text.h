// Small words of HTTP: tokens, addresses, dates, percent signs, names of statuses.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bondline::net::http {

/// A token (RFC 9110, 5.6.2): not empty, letters, digits and !#$%&'*+-.^_`|~ only.
bool is_token(std::string_view text);
/// What may stand in a field's value: no control characters but the tabulator.
bool is_field_value(std::string_view text);
/// Equal without regard to ASCII case.
bool same_word(std::string_view a, std::string_view b);
/// Without spaces and tabulators around it.
std::string_view trimmed(std::string_view text);
/// Decimal digits only, nothing else, no overflow.
std::optional<std::uint64_t> whole_number(std::string_view text);

/// "Not Found" of 404; "" of a status nobody named.
std::string_view name_of_status(int status);
/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string date(std::chrono::sys_seconds at);
/// Reads one such date of the years 1900 to 9999; nullopt for anything else. Whole seconds, for nanoseconds
/// end in 2262: bound it before it is counted in a finer unit.
std::optional<std::chrono::sys_seconds> read_date(std::string_view text);

/// %41 to A; `plus_is_space` for queries. Nullopt when a percent sign has no two digits behind it or a NUL
/// would come out.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);
/// The decoded value of a name in "a=1&b=two%20words"; nullopt when it is not there.
std::optional<std::string> query_value(std::string_view query, std::string_view name);
std::string base64(std::string_view bytes);
/// Values of an Authorization field (RFC 7617, RFC 6750).
std::string basic_credentials(std::string_view user, std::string_view password);
std::string bearer_credentials(std::string_view token);

/// "https://host:8443/path?query" in its parts.
struct Url {
  bool tls = false;
  std::string host;  ///< without brackets
  std::uint16_t port = 80;
  std::string target = "/";  ///< path and query, as they are sent
  /// For the Host field: the port only when it is not the scheme's own.
  std::string authority() const;
};
/// Reads http:// and https:// (ws:// and wss:// mean the same). Nullopt with *problem for others, and for
/// addresses that hold a password.
std::optional<Url> read_url(std::string_view text, std::string* problem);

}  // namespace bondline::net::http
