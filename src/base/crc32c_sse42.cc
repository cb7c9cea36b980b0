// The only file of this room with an instruction-set flag (SSE 4.2). Three streams of 512 bytes run at once,
// since the instruction takes three cycles and can start every cycle; their states are joined by a table that
// moves a state over 512 zero bytes (the state is linear in the message: Kadatch & Jenkins, "Everything we
// know about CRC", 2010).
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <nmmintrin.h>

namespace bondline::base::detail {
std::uint32_t crc32c_sse42(const unsigned char* bytes, std::size_t count, std::uint32_t state);
namespace {

constexpr std::size_t kStride = 512;

struct Move {
  std::uint32_t table[4][256];
};

// state -> state after kStride zero bytes, by bytes of the state.
constexpr Move make_move() {
  std::uint32_t after[32] = {};
  for (int bit = 0; bit < 32; ++bit) {
    std::uint32_t c = 1u << bit;
    for (std::size_t n = 0; n < kStride * 8; ++n) c = (c & 1) ? 0x82F63B78u ^ (c >> 1) : c >> 1;
    after[bit] = c;
  }
  Move move{};
  for (int byte = 0; byte < 4; ++byte)
    for (std::uint32_t value = 0; value < 256; ++value) {
      std::uint32_t c = 0;
      for (int bit = 0; bit < 8; ++bit)
        if (value >> bit & 1) c ^= after[byte * 8 + bit];
      move.table[byte][value] = c;
    }
  return move;
}

constexpr Move kMove = make_move();

inline std::uint32_t moved(std::uint32_t c) {
  return kMove.table[0][c & 255] ^ kMove.table[1][(c >> 8) & 255] ^ kMove.table[2][(c >> 16) & 255] ^
         kMove.table[3][c >> 24];
}

inline std::uint64_t word(const unsigned char* bytes) {
  std::uint64_t value;
  __builtin_memcpy(&value, bytes, 8);
  return value;
}

}  // namespace

std::uint32_t crc32c_sse42(const unsigned char* bytes, std::size_t count, std::uint32_t state) {
  for (; count >= 3 * kStride; bytes += 3 * kStride, count -= 3 * kStride) {
    std::uint64_t a = state, b = 0, c = 0;
    for (std::size_t at = 0; at < kStride; at += 8) {
      a = _mm_crc32_u64(a, word(bytes + at));
      b = _mm_crc32_u64(b, word(bytes + kStride + at));
      c = _mm_crc32_u64(c, word(bytes + 2 * kStride + at));
    }
    state = moved(moved(static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b)) ^
            static_cast<std::uint32_t>(c);
  }
  std::uint64_t rest = state;
  for (; count >= 8; bytes += 8, count -= 8) rest = _mm_crc32_u64(rest, word(bytes));
  auto last = static_cast<std::uint32_t>(rest);
  for (; count; ++bytes, --count) last = _mm_crc32_u8(last, *bytes);
  return last;
}

}  // namespace bondline::base::detail
#endif
