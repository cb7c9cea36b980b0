// Content hashes. SHA-256 (FIPS 180-4) by OpenSSL's libcrypto: files that outlive a run carry it.
#pragma once
#include <string>
#include <string_view>

namespace bondline::base {

/// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace bondline::base
