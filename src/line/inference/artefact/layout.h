// The fixed parts of a .blm file, little-endian throughout:
//
//   0   8  magic "\x89BLM\r\n\x1a\n": a text-mode copy or a cut eighth bit breaks it (as PNG's does)
//   8   4  version of this format (kArtefactVersion)
//   12  4  byte order mark 0x01020304
//   16  8  size of the file in bytes
//   24  4  number of sections (kSections)
//   28  4  CRC-32C of the section table
//   32  4  CRC-32C of bytes 0..31
//   36  28 zero
//   64     section table, 32 bytes each: kind u32, CRC-32C u32, offset u64, bytes u64, zero u64
//
// Sections follow in the order of the table, each at a multiple of 64, the gaps zero. A plan section is a
// stream of the fields of Plan in their order: integers little-endian, strings as u32 indices into the
// strings section, lists as a u32 count and the items.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace bondline::inference::blm {

inline constexpr std::array<unsigned char, 8> kMagic = {0x89, 'B', 'L', 'M', '\r', '\n', 0x1a, '\n'};
inline constexpr std::uint32_t kByteOrder = 0x01020304;
inline constexpr std::size_t kHeaderBytes = 64, kEntryBytes = 32;
enum class Section : std::uint32_t { plan = 1, strings = 2, metadata = 3, weights = 4 };
inline constexpr std::uint32_t kSections = 4;
/// Kinds of attributes of generic nodes, as indices of graph.h's Attribute variant; graphs are not stored.
inline constexpr std::uint8_t kAttributeKinds = 7;

inline constexpr std::size_t aligned(std::size_t offset) {
  return (offset + 63) / 64 * 64;
}

}  // namespace bondline::inference::blm
