#include "net/websocket/handshake.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "net/http/text.h"

namespace bondline::net::websocket {

bool is_upgrade(std::string_view method, int minor, const http::Headers& headers) {
  return method == "GET" && minor == 1 && headers.lists("upgrade", "websocket") &&
         headers.lists("connection", "upgrade");
}

int refusal_of(const http::Headers& headers) {
  if (headers.count("sec-websocket-version") != 1 || headers.get("sec-websocket-version") != "13") return 426;
  const std::string_view key = headers.get("sec-websocket-key");
  if (headers.count("sec-websocket-key") != 1 || key.size() != 24 || !key.ends_with("==")) return 400;
  for (const char c : key.substr(0, 22))
    if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'))
      return 400;
  return 0;
}

std::string accept_of(std::string_view key) {
  // RFC 6455, 1.3
  const std::string joined = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(joined.data()), joined.size(), digest);
  return http::base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

std::string make_key() {
  unsigned char bytes[16] = {};
  RAND_bytes(bytes, sizeof bytes);
  return http::base64({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

}  // namespace bondline::net::websocket
