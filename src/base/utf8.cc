#include "base/utf8.h"

namespace bondline::base {

bool Utf8Check::feed(std::span<const std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t b = bytes[i];
    if (left_ > 0) {
      if (b < low_ || b > high_) return false;
      low_ = 0x80;
      high_ = 0xBF;
      --left_;
      continue;
    }
    if (b < 0x80) continue;
    if (b >= 0xC2 && b <= 0xDF) {
      left_ = 1;
    } else if (b >= 0xE0 && b <= 0xEF) {
      left_ = 2;
      if (b == 0xE0) low_ = 0xA0;
      if (b == 0xED) high_ = 0x9F;
    } else if (b >= 0xF0 && b <= 0xF4) {
      left_ = 3;
      if (b == 0xF0) low_ = 0x90;
      if (b == 0xF4) high_ = 0x8F;
    } else {
      return false;
    }
  }
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}) && check.complete();
}

}  // namespace bondline::base
