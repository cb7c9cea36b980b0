#include "trust/key_file.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace bondline::trust {

namespace {

constexpr std::size_t kMostBytes = 64 * 1024;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Bio = std::unique_ptr<BIO, Free>;

/// OpenSSL would ask on the terminal otherwise.
int no_password(char*, int, int, void*) {
  return -1;
}

Bio bio_over(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Why a PEM text gave no Ed25519 key.
std::string reason(std::string_view pem, const EVP_PKEY* key, const char* wanted) {
  ERR_clear_error();
  if (key) {
    const char* name = EVP_PKEY_get0_type_name(key);
    return std::string("it is a key for ") + (name ? name : "something else") + ", and Ed25519 is needed";
  }
  if (pem.find("ENCRYPTED") != std::string_view::npos)
    return "it is locked by a password; keep it unlocked with mode 0600";
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos && std::strcmp(wanted, "public") == 0)
    return "it holds a private key, and the public one is needed: openssl pkey -in KEY.pem -pubout";
  return std::string("it holds no ") + wanted + " key in PEM";
}

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  std::string text(data, static_cast<std::size_t>(size));
  OPENSSL_cleanse(data, static_cast<std::size_t>(size));
  return text;
}

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : file_(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (file_ >= 0) close(file_);
  }
  int get() const { return file_; }

 private:
  int file_;
};

std::optional<std::string> read_file(const std::string& path, bool secret, std::string* problem) {
  // O_NONBLOCK: opening a pipe must not wait for who writes it.
  const File file(path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) {
    *problem = std::strerror(errno);
    return std::nullopt;
  }
  if (!S_ISREG(status.st_mode)) {
    *problem = "it is no plain file";
    return std::nullopt;
  }
  if (secret && (status.st_mode & 077) != 0) {
    *problem = "others than its owner may use it; chmod 600 it, and make a new key if they may have read it";
    return std::nullopt;
  }
  std::string text(kMostBytes, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = read(file.get(), text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      *problem = std::strerror(errno);
      return std::nullopt;
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
}

}  // namespace

std::optional<PrivateKey> private_key_in(std::string_view pem, std::string* problem) {
  if (pem.size() > kMostBytes) pem = pem.substr(0, kMostBytes);
  const Bio bio = bio_over(pem);
  const Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  std::array<std::uint8_t, 32> seed{};
  std::size_t size = seed.size();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) != 1 || size != seed.size()) {
    *problem = reason(pem, key.get(), "private");
    return std::nullopt;
  }
  ERR_clear_error();
  std::optional<PrivateKey> out(std::in_place, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return out;
}

std::optional<PublicKey> public_key_in(std::string_view pem, std::string* problem) {
  if (pem.size() > kMostBytes) pem = pem.substr(0, kMostBytes);
  const Bio bio = bio_over(pem);
  const Key key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr) : nullptr);
  PublicKey out;
  std::size_t size = out.bytes.size();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), out.bytes.data(), &size) != 1 || size != out.bytes.size()) {
    *problem = reason(pem, key.get(), "public");
    return std::nullopt;
  }
  ERR_clear_error();
  return out;
}

std::string to_pem(const PrivateKey& key) {
  const Key made(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().data(), key.seed().size()));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!made || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), made.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    throw std::runtime_error("libcrypto can't write a private key");
  return text_of(bio);
}

std::string to_pem(const PublicKey& key) {
  const Key made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!made || !bio || PEM_write_bio_PUBKEY(bio.get(), made.get()) != 1)
    throw std::runtime_error("libcrypto can't write a public key");
  return text_of(bio);
}

std::optional<PrivateKey> read_private_key(const std::string& path, std::string* problem) {
  auto text = read_file(path, true, problem);
  if (!text) return std::nullopt;
  auto key = private_key_in(*text, problem);
  OPENSSL_cleanse(text->data(), text->size());
  return key;
}

std::optional<PublicKey> read_public_key(const std::string& path, std::string* problem) {
  const auto text = read_file(path, false, problem);
  if (!text) return std::nullopt;
  return public_key_in(*text, problem);
}

std::string write_private_key(const std::string& path, const PrivateKey& key) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (file.get() < 0) return std::strerror(errno);
  std::string text = to_pem(key);
  std::size_t at = 0;
  std::string problem;
  while (at < text.size() && problem.empty()) {
    const ssize_t n = write(file.get(), text.data() + at, text.size() - at);
    if (n >= 0)
      at += static_cast<std::size_t>(n);
    else if (errno != EINTR)
      problem = std::strerror(errno);
  }
  if (problem.empty() && fsync(file.get()) != 0) problem = std::strerror(errno);
  OPENSSL_cleanse(text.data(), text.size());
  if (!problem.empty()) unlink(path.c_str());
  return problem;
}

}  // namespace bondline::trust
