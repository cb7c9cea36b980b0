#include "trust/signature.h"

#include <algorithm>

namespace bondline::trust {

namespace {

constexpr std::string_view kFirst = "bondline: signature/1";

bool is_time(std::string_view t) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddZ";
  return t.size() == kForm.size() && std::equal(t.begin(), t.end(), kForm.begin(), [](char c, char form) {
           return form == 'd' ? c >= '0' && c <= '9' : c == form;
         });
}

bool is_purpose(std::string_view p) {
  return !p.empty() && p.size() <= 64 && std::all_of(p.begin(), p.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string signed_part(const Detached& d) {
  std::string text(kFirst);
  text += "\npurpose: " + d.purpose + "\nkey: " + to_hex(d.key.bytes.data(), d.key.bytes.size()) +
          "\ntime: " + d.time + "\nsha256: " + d.sha256 + "\n";
  return text;
}

/// Takes "NAME: value\n" off `text`.
std::optional<std::string_view> take(std::string_view& text, std::string_view name, std::string* problem) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name) || text.substr(name.size(), 2) != ": ") {
    *problem = "the line \"" + std::string(name) + ": ...\" is missing or not in its place";
    return std::nullopt;
  }
  const std::string_view value = text.substr(name.size() + 2, end - name.size() - 2);
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

Detached sign_document(const PrivateKey& key, std::string purpose, std::string time, std::string sha256) {
  Detached out{std::move(purpose), public_key_of(key), std::move(time), std::move(sha256), {}};
  out.signature = sign(key, signed_part(out));
  return out;
}

std::string to_text(const Detached& d) {
  return signed_part(d) + "signature: " + to_hex(d.signature.data(), d.signature.size()) + "\n";
}

std::optional<Detached> read_detached(std::string_view text, std::string* problem) {
  const auto version = take(text, "bondline", problem);
  if (!version) return std::nullopt;
  if (*version != kFirst.substr(10)) {
    *problem = "it is no signature/1";
    return std::nullopt;
  }
  Detached out;
  const auto purpose = take(text, "purpose", problem);
  if (!purpose) return std::nullopt;
  const auto key = take(text, "key", problem);
  if (!key) return std::nullopt;
  const auto time = take(text, "time", problem);
  if (!time) return std::nullopt;
  const auto hash = take(text, "sha256", problem);
  if (!hash) return std::nullopt;
  const auto signature = take(text, "signature", problem);
  if (!signature) return std::nullopt;
  std::uint8_t digest[32];
  const char* wrong = !is_purpose(*purpose)                                               ? "purpose"
                      : !from_hex(*key, out.key.bytes.data(), out.key.bytes.size())       ? "key"
                      : !is_time(*time)                                                   ? "time"
                      : !from_hex(*hash, digest, sizeof digest)                           ? "sha256"
                      : !from_hex(*signature, out.signature.data(), out.signature.size()) ? "signature"
                                                                                          : nullptr;
  if (wrong) {
    *problem = std::string("its ") + wrong + " is not written as one";
    return std::nullopt;
  }
  if (!text.empty()) {
    *problem = "there is something behind its last line";
    return std::nullopt;
  }
  out.purpose = *purpose;
  out.time = *time;
  out.sha256 = *hash;
  return out;
}

std::string check(const Detached& d, std::string_view purpose, std::string_view sha256,
                  std::span<const PublicKey> trusted) {
  if (!verify(d.key, signed_part(d), d.signature)) return "the signature is not sound: its file was changed";
  if (d.purpose != purpose)
    return "it was signed as \"" + d.purpose + "\", not as \"" + std::string(purpose) + "\"";
  if (d.sha256 != sha256) return "the document was changed after it was signed";
  if (!trusted.empty() && std::find(trusted.begin(), trusted.end(), d.key) == trusted.end())
    return "it was signed by the key " + fingerprint(d.key) + ", which is not one that is trusted here";
  return "";
}

}  // namespace bondline::trust
