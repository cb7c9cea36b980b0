#include "trust/ed25519.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

#include "base/hash.h"

namespace bondline::trust {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Key private_key(const PrivateKey& key) {
  Key made(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().data(), key.seed().size()));
  if (!made) throw std::runtime_error("libcrypto offers no Ed25519");
  return made;
}

}  // namespace

PrivateKey::~PrivateKey() {
  OPENSSL_cleanse(seed_.data(), seed_.size());
}

PrivateKey generate_key() {
  std::array<std::uint8_t, 32> seed{};
  if (RAND_priv_bytes(seed.data(), static_cast<int>(seed.size())) != 1)
    throw std::runtime_error("libcrypto has no random numbers");
  PrivateKey key(seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return key;
}

PublicKey public_key_of(const PrivateKey& key) {
  const Key made = private_key(key);
  PublicKey out;
  std::size_t size = out.bytes.size();
  if (EVP_PKEY_get_raw_public_key(made.get(), out.bytes.data(), &size) != 1 || size != out.bytes.size())
    throw std::runtime_error("libcrypto gives no public key");
  return out;
}

Signature sign(const PrivateKey& key, std::string_view bytes) {
  const Key made = private_key(key);
  const Context context(EVP_MD_CTX_new());
  Signature out{};
  std::size_t size = out.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, made.get()) != 1 ||
      EVP_DigestSign(context.get(), out.data(), &size, bytes_of(bytes), bytes.size()) != 1 ||
      size != out.size())
    throw std::runtime_error("libcrypto can't sign");
  return out;
}

bool verify(const PublicKey& key, std::string_view bytes, const Signature& signature) {
  const Key made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  const Context context(EVP_MD_CTX_new());
  return made && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(bytes), bytes.size()) ==
             1;
}

std::string to_hex(const std::uint8_t* bytes, std::size_t count) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

bool from_hex(std::string_view text, std::uint8_t* bytes, std::size_t count) {
  if (text.size() != 2 * count) return false;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

std::string fingerprint(const PublicKey& key) {
  return base::sha256_hex({reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()}).substr(0, 16);
}

}  // namespace bondline::trust
