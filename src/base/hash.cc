#include "base/hash.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace bondline::base {

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[32];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1 ||
      size != sizeof digest)
    throw std::runtime_error("libcrypto offers no SHA-256");
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(64);
  for (unsigned char byte : digest) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace bondline::base
