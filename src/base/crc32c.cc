#include "base/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

namespace bondline::base {
namespace detail {
namespace {

constexpr std::uint32_t kReflected = 0x82F63B78u;  // 0x1EDC6F41 with its bits in reverse order

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t n = 0; n < 256; ++n) {
    std::uint32_t c = n;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) ? kReflected ^ (c >> 1) : c >> 1;
    tables[0][n] = c;
  }
  for (std::size_t t = 1; t < 8; ++t)
    for (std::size_t n = 0; n < 256; ++n)
      tables[t][n] = (tables[t - 1][n] >> 8) ^ tables[0][tables[t - 1][n] & 255];
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32c_portable(const unsigned char* bytes, std::size_t count, std::uint32_t state) {
  if constexpr (std::endian::native == std::endian::little)
    for (; count >= 8; bytes += 8, count -= 8) {
      std::uint32_t low, high;
      std::memcpy(&low, bytes, 4);
      std::memcpy(&high, bytes + 4, 4);
      low ^= state;
      state = kTables[7][low & 255] ^ kTables[6][(low >> 8) & 255] ^ kTables[5][(low >> 16) & 255] ^
              kTables[4][low >> 24] ^ kTables[3][high & 255] ^ kTables[2][(high >> 8) & 255] ^
              kTables[1][(high >> 16) & 255] ^ kTables[0][high >> 24];
    }
  for (; count; ++bytes, --count) state = (state >> 8) ^ kTables[0][(state ^ *bytes) & 255];
  return state;
}

#if defined(__x86_64__)
bool crc32c_has_instruction() {
  return __builtin_cpu_supports("sse4.2") != 0;
}
#else
bool crc32c_has_instruction() {
  return false;
}
std::uint32_t crc32c_sse42(const unsigned char* bytes, std::size_t count, std::uint32_t state) {
  return crc32c_portable(bytes, count, state);
}
#endif

}  // namespace detail

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  return detail::crc32c_has_instruction() ? ~detail::crc32c_sse42(data, bytes.size(), ~before)
                                          : ~detail::crc32c_portable(data, bytes.size(), ~before);
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  return crc32c(std::as_bytes(std::span(bytes)), before);
}

}  // namespace bondline::base
