// Keys in files, as openssl(1) writes them: PKCS#8 for private keys, SubjectPublicKeyInfo for public ones
// (RFC 8410), both in PEM. `openssl genpkey -algorithm ed25519` makes such a private key.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "trust/ed25519.h"

namespace bondline::trust {

/// Reads the first key of a PEM text. Nullopt with *problem in words: no key, another algorithm, a key locked
/// by a password. Never throws, whatever the bytes.
std::optional<PrivateKey> private_key_in(std::string_view pem, std::string* problem);
/// The same of a public key; a private key is refused by name, so that nobody hands one on by mistake.
std::optional<PublicKey> public_key_in(std::string_view pem, std::string* problem);

std::string to_pem(const PrivateKey& key);
std::string to_pem(const PublicKey& key);

/// Reads a private key's file. Refuses a file that its group or others may read or write (mode & 077) and
/// what is no plain file.
std::optional<PrivateKey> read_private_key(const std::string& path, std::string* problem);
std::optional<PublicKey> read_public_key(const std::string& path, std::string* problem);
/// Makes a new file with mode 0600 (never over one that is there); "" or why not.
std::string write_private_key(const std::string& path, const PrivateKey& key);

}  // namespace bondline::trust
