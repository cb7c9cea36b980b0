// A signature that stands beside a document, in a file of its own:
//   bondline: signature/1
//   purpose: handoff
//   key: 64 hexadecimal digits, the public key
//   time: 2026-11-21T12:40:00Z
//   sha256: 64 hexadecimal digits, of the document's canonical bytes
//   signature: 128 hexadecimal digits, Ed25519 over all lines above this one
// Exactly these lines, in this order, each ended by LF: there is one way to write it. The purpose is signed
// too, so that a signature made for one kind of document says nothing of another.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "trust/ed25519.h"

namespace bondline::trust {

struct Detached {
  std::string purpose;  ///< "handoff": letters, digits and '-'
  PublicKey key;
  std::string time;    ///< when it was signed, as the signer's clock told: "2026-11-21T12:40:00Z"
  std::string sha256;  ///< of the document
  Signature signature{};
};

/// Signs a document's hash.
Detached sign_document(const PrivateKey& key, std::string purpose, std::string time, std::string sha256);

/// The file's text.
std::string to_text(const Detached& detached);
/// Reads one; nullopt with *problem. Never throws. What was read is written to the same bytes again.
std::optional<Detached> read_detached(std::string_view text, std::string* problem);

/// "" when `detached` is a sound signature, for this purpose, of the document with this hash, by one of
/// `trusted` (any key when `trusted` is empty: then it proves only that the document has not changed since).
/// Else why not.
std::string check(const Detached& detached, std::string_view purpose, std::string_view sha256,
                  std::span<const PublicKey> trusted);

}  // namespace bondline::trust
