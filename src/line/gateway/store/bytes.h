// Bytes going out and coming in: a buffer that grows without clearing, variable-length integers (LEB128;
// signed ones zigzag), and a reader that never passes its end.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace bondline::store {

static_assert(std::endian::native == std::endian::little, "the log's format is little-endian");

inline std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
inline std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1));
}

class ByteBuffer {
 public:
  /// Room for `count` more bytes; the pointer holds until the next call.
  unsigned char* room(std::size_t count) {
    if (size_ + count > capacity_) grow(count);
    return data_.get() + size_;
  }
  void advance(std::size_t count) { size_ += count; }
  void put(const void* from, std::size_t count) {
    if (count) std::memcpy(room(count), from, count);
    size_ += count;
  }
  void put_byte(unsigned value) {
    *room(1) = static_cast<unsigned char>(value);
    ++size_;
  }
  void put_varint(std::uint64_t value) {
    unsigned char* at = room(10);
    while (value >= 128) {
      *at++ = static_cast<unsigned char>(value | 128);
      value >>= 7;
      ++size_;
    }
    *at = static_cast<unsigned char>(value);
    ++size_;
  }
  void put_signed(std::int64_t value) { put_varint(zigzag(value)); }
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  unsigned char* data() { return data_.get(); }
  const unsigned char* data() const { return data_.get(); }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_.get()), size_}; }

 private:
  void grow(std::size_t count) {
    std::size_t wanted = capacity_ ? capacity_ * 2 : 4096;
    while (wanted < size_ + count) wanted *= 2;
    std::unique_ptr<unsigned char[]> larger(new unsigned char[wanted]);
    if (size_) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = wanted;
  }
  std::unique_ptr<unsigned char[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

/// Reads untrusted bytes. Past the end everything is 0 and ok() is false from then on.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : at_(reinterpret_cast<const unsigned char*>(bytes.data())), end_(at_ + bytes.size()) {}
  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return fail();
      const std::uint64_t byte = *at_++;
      if (shift == 63 && byte > 1) return fail();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    return fail();
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  unsigned byte() {
    if (at_ == end_) return static_cast<unsigned>(fail());
    return *at_++;
  }
  std::string_view bytes(std::uint64_t count) {
    if (count > left()) {
      fail();
      return {};
    }
    const std::string_view view(reinterpret_cast<const char*>(at_), count);
    at_ += count;
    return view;
  }

 private:
  std::uint64_t fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }
  const unsigned char* at_;
  const unsigned char* end_;
  bool ok_ = true;
};

}  // namespace bondline::store
