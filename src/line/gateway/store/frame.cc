#include "line/gateway/store/frame.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"

namespace bondline::store {
namespace {

constexpr std::string_view kMagic = "BLg1";

std::uint32_t crc_of(const unsigned char* bytes, std::size_t count) {
  return base::crc32c(std::string_view(reinterpret_cast<const char*>(bytes), count));
}

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

void put_head(const FrameHead& head, unsigned char* out) {
  std::memset(out, 0, kHeadBytes);
  std::memcpy(out, kMagic.data(), 4);
  out[4] = static_cast<unsigned char>(head.kind);
  std::memcpy(out + 6, &head.snapshot, 2);
  std::memcpy(out + 8, &head.body_bytes, 4);
  std::memcpy(out + 12, &head.body_crc, 4);
  std::memcpy(out + 16, &head.first_sequence, 8);
  std::memcpy(out + 24, &head.count, 4);
  const std::uint32_t crc = crc_of(out, 28);
  std::memcpy(out + 28, &crc, 4);
}

std::optional<FrameHead> head_of(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || bytes.substr(0, 4) != kMagic) return std::nullopt;
  if (load<std::uint32_t>(bytes.data() + 28) != base::crc32c(bytes.substr(0, 28))) return std::nullopt;
  FrameHead head;
  head.kind = static_cast<FrameKind>(bytes[4]);
  head.snapshot = load<std::uint16_t>(bytes.data() + 6);
  head.body_bytes = load<std::uint32_t>(bytes.data() + 8);
  head.body_crc = load<std::uint32_t>(bytes.data() + 12);
  head.first_sequence = load<std::uint64_t>(bytes.data() + 16);
  head.count = load<std::uint32_t>(bytes.data() + 24);
  if (head.kind < FrameKind::segment || head.kind > FrameKind::data || head.body_bytes > kMostBodyBytes)
    return std::nullopt;
  // 2^62 samples are 14,000 years at ten million a second: a larger number is not a sequence.
  if (head.first_sequence >> 62 != 0) return std::nullopt;
  return head;
}

bool body_matches(const FrameHead& head, std::string_view body) {
  return body.size() == head.body_bytes && base::crc32c(body) == head.body_crc;
}

void put_frame(FrameHead head, std::string_view body, ByteBuffer& out) {
  head.body_bytes = static_cast<std::uint32_t>(body.size());
  head.body_crc = base::crc32c(body);
  put_head(head, out.room(kHeadBytes));
  out.advance(kHeadBytes);
  out.put(body.data(), body.size());
}

std::optional<FoundFrame> find_frame(std::string_view bytes, std::size_t& from, bool& more) {
  const std::size_t began = from;
  more = true;
  while (from < bytes.size()) {
    const std::size_t at = bytes.find(kMagic, from);
    if (at == std::string_view::npos) {
      from = bytes.size() > 3 ? std::max(from, bytes.size() - 3) : from;
      return std::nullopt;
    }
    from = at;
    if (bytes.size() - at < kHeadBytes) return std::nullopt;
    if (const auto head = head_of(bytes.substr(at))) {
      if (bytes.size() - at - kHeadBytes < head->body_bytes) return std::nullopt;
      const std::string_view body = bytes.substr(at + kHeadBytes, head->body_bytes);
      if (body_matches(*head, body)) {
        from = at + kHeadBytes + body.size();
        return FoundFrame{*head, at, body, at - began};
      }
    }
    from = at + 1;
  }
  return std::nullopt;
}

}  // namespace bondline::store
