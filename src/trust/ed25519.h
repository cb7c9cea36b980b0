// Ed25519 (RFC 8032) by OpenSSL's libcrypto: 32-byte keys, 64-byte signatures, the same signature for the
// same key and bytes. Verification refuses signatures whose scalar is not reduced, so that nobody can make a
// second one from a first.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bondline::trust {

using Signature = std::array<std::uint8_t, 64>;

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

/// The secret seed. Wiped when it goes; it can be moved and copied, but what prints or compares it is not
/// offered.
class PrivateKey {
 public:
  explicit PrivateKey(const std::array<std::uint8_t, 32>& seed) : seed_(seed) {}
  PrivateKey(const PrivateKey&) = default;
  PrivateKey& operator=(const PrivateKey&) = default;
  ~PrivateKey();
  const std::array<std::uint8_t, 32>& seed() const { return seed_; }

 private:
  std::array<std::uint8_t, 32> seed_;
};

/// A new key from the system's random numbers. Throws std::runtime_error where libcrypto has none.
PrivateKey generate_key();
PublicKey public_key_of(const PrivateKey& key);
Signature sign(const PrivateKey& key, std::string_view bytes);
/// Whether `signature` is `key`'s of exactly these bytes.
bool verify(const PublicKey& key, std::string_view bytes, const Signature& signature);

/// Lower-case hexadecimal digits, two a byte.
std::string to_hex(const std::uint8_t* bytes, std::size_t count);
/// The other way; false unless `text` is exactly 2 * count lower-case hexadecimal digits.
bool from_hex(std::string_view text, std::uint8_t* bytes, std::size_t count);

/// How people tell keys apart: the first 16 digits of the SHA-256 of the public key.
std::string fingerprint(const PublicKey& key);

}  // namespace bondline::trust
