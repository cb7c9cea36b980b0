// CRC-32C (Castagnoli, IEEE Trans. Comm. 41(6), 1993; polynomial 0x1EDC6F41 reflected, as in iSCSI, RFC 3720
// B.4): the checksum of everything stored in blocks. Uses the processor's instruction where there is one; the
// same value everywhere.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bondline::base {

/// The checksum of `bytes`; with `before` the checksum of what came before them, so that
/// crc32c(b, crc32c(a)) == crc32c(a followed by b). crc32c("") is 0.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

namespace detail {
/// The table-driven form (eight bytes at a time), for machines without the instruction and for tests.
std::uint32_t crc32c_portable(const unsigned char* bytes, std::size_t count, std::uint32_t state);
/// The instruction's form; only to be called where crc32c_has_instruction().
std::uint32_t crc32c_sse42(const unsigned char* bytes, std::size_t count, std::uint32_t state);
bool crc32c_has_instruction();
}  // namespace detail

}  // namespace bondline::base
