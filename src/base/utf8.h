// Whether bytes are UTF-8 as RFC 3629 and The Unicode Standard (table 3-7) have it: shortest forms, no
// surrogates, nothing beyond U+10FFFF.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace bondline::base {

/// Feeds on a text piece by piece: false as soon as it can't be UTF-8 any more.
class Utf8Check {
 public:
  bool feed(std::span<const std::uint8_t> bytes);
  /// No character is left unfinished.
  bool complete() const { return left_ == 0; }
  void reset() { *this = Utf8Check(); }

 private:
  int left_ = 0;                           ///< bytes the current character still needs
  std::uint8_t low_ = 0x80, high_ = 0xBF;  ///< bounds of the next one
};

/// True when all of `text` is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace bondline::base
