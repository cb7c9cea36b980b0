#include "line/service/access.h"

#include "net/http/text.h"

namespace bondline::service {

namespace {

std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.rfind(':'));
}

bool is_loopback_name(std::string_view host) {
  // Only digits and dots behind "127.": 127.evil.example is a name like any other.
  return net::http::same_word(host, "localhost") || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

/// What stands behind "Bearer".
std::string_view token_of(const net::http::Request& request) {
  std::string_view field = request.headers.get("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (field.size() < kScheme.size() || !net::http::same_word(field.substr(0, kScheme.size()), kScheme))
    return {};
  return net::http::trimmed(field.substr(kScheme.size()));
}

}  // namespace

bool same_secret(std::string_view a, std::string_view b) {
  unsigned char differ = a.size() != b.size();
  for (std::size_t i = 0; i < a.size(); ++i)
    differ = static_cast<unsigned char>(differ | (a[i] ^ b[i < b.size() ? i : 0]));
  return differ == 0 && !b.empty();
}

Refusal refusal_of(const station::ApiAccess& access, const net::http::Request& request, Wish wish) {
  const std::string_view host = request.headers.get("Host");
  if (access.token.empty() && !is_loopback_name(host_of(host)))
    return {403, "this is reached as 127.0.0.1 or localhost only"};
  if (wish == Wish::watch || wish == Wish::write)
    if (const auto origin = request.headers.find("Origin")) {
      const std::size_t slashes = origin->find("://");
      if (slashes == std::string_view::npos || !net::http::same_word(origin->substr(slashes + 3), host))
        return {403, "pages of other origins may not"};
    }
  if (wish == Wish::know_it_lives) return {};
  const std::string_view shown = token_of(request);
  const bool may_write = access.writable && same_secret(shown, access.write_token);
  if (wish == Wish::write) {
    if (!access.writable)
      return {403, "this line's tags can't be written from here; its line file has no api.write"};
    if (!may_write) return {401, "writing takes the token of api.write"};
    return {};
  }
  if (access.token.empty() || may_write || same_secret(shown, access.token)) return {};
  return {401, "reading takes the token of api.token_file"};
}

}  // namespace bondline::service
