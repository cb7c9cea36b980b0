// Damaging compiled models in ways a checksum would notice, and hiding it from the checksum.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/crc32c.h"
#include "line/inference/artefact/layout.h"

namespace bondline::inference::testing {

inline std::uint64_t number_at(const std::vector<std::byte>& file, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(file[at + i]) << (8 * i);
  return value;
}
inline void put(std::vector<std::byte>& file, std::size_t at, std::size_t width, std::uint64_t value) {
  for (std::size_t i = 0; i < width; ++i) file[at + i] = static_cast<std::byte>(value >> (8 * i));
}

/// Makes every checksum right again, wherever the table's sections lie inside the file.
inline void mend_checksums(std::vector<std::byte>& file) {
  constexpr std::size_t kTable = blm::kEntryBytes * blm::kSections;
  if (file.size() < blm::kHeaderBytes + kTable) return;
  const std::span<const std::byte> all(file);
  for (std::size_t i = 0; i < blm::kSections; ++i) {
    const std::size_t entry = blm::kHeaderBytes + i * blm::kEntryBytes;
    const std::uint64_t offset = number_at(file, entry + 8, 8), size = number_at(file, entry + 16, 8);
    if (offset > file.size() || size > file.size() - offset) continue;
    put(file, entry + 4, 4, base::crc32c(all.subspan(offset, size)));
  }
  put(file, 16, 8, file.size());
  put(file, 28, 4, base::crc32c(all.subspan(blm::kHeaderBytes, kTable)));
  put(file, 32, 4, base::crc32c(all.first(32)));
}

/// Offset and size of a section.
inline std::pair<std::size_t, std::size_t> section_of(const std::vector<std::byte>& file,
                                                      blm::Section which) {
  const std::size_t entry = blm::kHeaderBytes + (static_cast<std::size_t>(which) - 1) * blm::kEntryBytes;
  return {number_at(file, entry + 8, 8), number_at(file, entry + 16, 8)};
}

}  // namespace bondline::inference::testing
