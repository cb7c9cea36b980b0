// Protobuf's wire format (https://protobuf.dev/programming-guides/encoding): a message is a run of fields,
// each a varint key (number << 3 | type) and a payload. Types: 0 varint (7 bits per byte, low first, at most
// 10 bytes), 1 eight bytes, 2 length and bytes, 5 four bytes; 3 and 4 are the abandoned groups, refused here.
// A Message walks the fields of one message without copying; it stops at the first that does not fit.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace bondline::inference {

static_assert(std::endian::native == std::endian::little, "tensors are kept as the file has them");

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;           ///< varint, fixed32 and fixed64
  std::span<const std::byte> bytes;  ///< WireType::bytes
  std::size_t offset = 0;            ///< of the payload in the file

  std::int64_t integer() const { return static_cast<std::int64_t>(value); }
  float real() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

class Message {
 public:
  /// offset: where the bytes stand in the file, for messages.
  Message(std::span<const std::byte> bytes, std::size_t offset) : bytes_(bytes), offset_(offset) {}
  explicit Message(const Field& field) : Message(field.bytes, field.offset) {}

  /// False at the end, or when the rest is not a field: problem() tells which.
  bool next(Field* field) {
    if (problem_ != nullptr || at_ == bytes_.size()) return false;
    std::uint64_t key = 0;
    if (!varint(&key)) return fail("a varint is cut off or longer than 10 bytes");
    field->number = static_cast<std::uint32_t>(key >> 3);
    if (field->number == 0 || (key >> 3) > 0x1fffffff) return fail("a field number is out of range");
    field->type = static_cast<WireType>(key & 7);
    field->bytes = {};
    field->value = 0;
    field->offset = offset_ + at_;
    switch (field->type) {
      case WireType::varint:
        return varint(&field->value) || fail("a varint is cut off or longer than 10 bytes");
      case WireType::fixed64:
        return fixed(8, &field->value) || fail("an 8-byte field is cut off");
      case WireType::fixed32:
        return fixed(4, &field->value) || fail("a 4-byte field is cut off");
      case WireType::bytes: {
        std::uint64_t length = 0;
        if (!varint(&length)) return fail("a varint is cut off or longer than 10 bytes");
        if (length > bytes_.size() - at_) return fail("a length reaches beyond the end of its message");
        field->offset = offset_ + at_;
        field->bytes = bytes_.subspan(at_, length);
        at_ += length;
        return true;
      }
    }
    return fail("a field has an unknown wire type");
  }

  /// Null while all is well, else what is wrong at offset().
  const char* problem() const { return problem_; }
  std::size_t offset() const { return offset_ + at_; }

 private:
  bool fail(const char* why) {
    problem_ = why;
    return false;
  }
  bool varint(std::uint64_t* value) {
    std::uint64_t result = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ == bytes_.size()) return false;
      const auto byte = static_cast<std::uint64_t>(bytes_[at_++]);
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }
  bool fixed(std::size_t size, std::uint64_t* value) {
    if (size > bytes_.size() - at_) return false;
    std::memcpy(value, bytes_.data() + at_, size);
    at_ += size;
    return true;
  }

  std::span<const std::byte> bytes_;
  std::size_t offset_;
  std::size_t at_ = 0;
  const char* problem_ = nullptr;
};

/// Calls take(std::uint64_t) for the numbers of a repeated scalar field, packed or not; false when a packed
/// run is cut off or the field has another type.
template <class Take>
bool each_number(const Field& field, WireType element, Take take) {
  if (field.type == element) {
    take(field.value);
    return true;
  }
  if (field.type != WireType::bytes) return false;
  if (element == WireType::varint) {
    std::size_t at = 0;
    while (at < field.bytes.size()) {
      std::uint64_t result = 0;
      int shift = 0;
      bool whole = false;
      while (!whole && shift < 70 && at < field.bytes.size()) {
        const auto byte = static_cast<std::uint64_t>(field.bytes[at++]);
        result |= (byte & 0x7f) << shift;
        shift += 7;
        whole = byte < 0x80;
      }
      if (!whole) return false;
      take(result);
    }
    return true;
  }
  const std::size_t size = element == WireType::fixed32 ? 4 : 8;
  if (field.bytes.size() % size != 0) return false;
  for (std::size_t at = 0; at < field.bytes.size(); at += size) {
    std::uint64_t value = 0;
    std::memcpy(&value, field.bytes.data() + at, size);
    take(value);
  }
  return true;
}

}  // namespace bondline::inference
