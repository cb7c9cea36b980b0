// A frame: the unit that is written, checked and lost as a whole. 32 bytes of head, then the body; each has
// its CRC-32C, so a torn tail, a flipped bit and a foreign file are told apart from data. docs/formats/log.md
// has the layout.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "line/gateway/store/bytes.h"

namespace bondline::store {

enum class FrameKind : std::uint8_t {
  segment = 1,   ///< first of a file: format version, boot epoch, serial, creation time
  tags = 2,      ///< names, types and units of the tag ids used in this file
  state = 3,     ///< cursors of the sinks, counters
  snapshot = 4,  ///< reference values of the data frames that follow
  data = 5,
};

struct FrameHead {
  FrameKind kind = FrameKind::data;
  std::uint16_t snapshot =
      0;  ///< number of the snapshot in its segment: of itself, or that its data are coded against
  std::uint32_t body_bytes = 0;
  std::uint32_t body_crc = 0;
  std::uint64_t first_sequence = 0;  ///< data: of its first sample
  std::uint32_t count = 0;           ///< data: samples
};

inline constexpr std::size_t kHeadBytes = 32;
inline constexpr std::uint32_t kMostBodyBytes = 64u << 20;

/// Writes the 32 bytes of a head.
void put_head(const FrameHead& head, unsigned char* out);
/// The head at the start of `bytes`; nullopt when they are too few, not a head, or damaged.
std::optional<FrameHead> head_of(std::string_view bytes);
/// Whether a body is the one its head speaks of.
bool body_matches(const FrameHead& head, std::string_view body);
/// Appends a whole frame.
void put_frame(FrameHead head, std::string_view body, ByteBuffer& out);

/// A frame found in a stretch of bytes.
struct FoundFrame {
  FrameHead head;
  std::size_t at = 0;  ///< offset of the head
  std::string_view body;
  std::size_t skipped = 0;  ///< damaged bytes passed over before it
};
/// The next sound frame at or after `from`. When there is none, nullopt; `more` then says whether a frame may
/// begin near the end and be completed by further bytes, and `from` where it would begin.
std::optional<FoundFrame> find_frame(std::string_view bytes, std::size_t& from, bool& more);

}  // namespace bondline::store
