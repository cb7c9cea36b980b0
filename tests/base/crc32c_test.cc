#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace bondline::base {
namespace {

// RFC 3720 B.4 and the check value of the CRC catalogues.
TEST(Crc32c, GivesThePublishedValues) {
  EXPECT_EQ(crc32c(std::string_view()), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising.push_back(static_cast<char>(i));
  EXPECT_EQ(crc32c(rising), 0x46DD794Eu);
}

TEST(Crc32c, InstructionAndTableAgreeOnEveryLengthAndOffset) {
  if (!detail::crc32c_has_instruction()) GTEST_SKIP() << "no CRC-32C instruction on this machine";
  std::mt19937 random(7);
  std::string bytes(5000, '\0');
  for (auto& c : bytes) c = static_cast<char>(random());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  for (std::size_t count = 0; count < 4600; count += count < 64 ? 1 : 97)
    for (std::size_t at = 0; at < 9; ++at)
      ASSERT_EQ(detail::crc32c_sse42(data + at, count, 0x12345678u),
                detail::crc32c_portable(data + at, count, 0x12345678u))
          << count << " bytes at " << at;
}

TEST(Crc32c, ContinuesWhereItStopped) {
  const std::string whole(3000, 'x');
  for (std::size_t cut : {0, 1, 7, 512, 1536, 2999, 3000})
    EXPECT_EQ(crc32c(std::string_view(whole).substr(cut), crc32c(std::string_view(whole).substr(0, cut))),
              crc32c(whole));
}

TEST(Crc32c, SeesEverySingleFlippedBit) {
  std::string bytes = "a block of the log";
  const std::uint32_t good = crc32c(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(crc32c(bytes), good);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

}  // namespace
}  // namespace bondline::base
