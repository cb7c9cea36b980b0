// The data types packets are made of (MQTT 5.0, 1.5): big-endian integers, variable byte integers, counted
// strings.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bondline::mqtt {

class Writer {
 public:
  explicit Writer(std::vector<std::uint8_t>& out) : out_(out) {}
  void u8(unsigned value) { out_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(unsigned value) {
    u8(value >> 8);
    u8(value & 255);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value & 0xFFFF);
  }
  void variable(std::uint32_t value) {
    do {
      const unsigned byte = value & 127;
      value >>= 7;
      u8(byte | (value ? 128u : 0u));
    } while (value);
  }
  void text(std::string_view value) {
    if (value.size() > 0xFFFF) too_long_ = true;
    u16(static_cast<unsigned>(value.size() & 0xFFFF));
    out_.insert(out_.end(), value.begin(), value.end());
  }
  void bytes(std::span<const std::uint8_t> value) { out_.insert(out_.end(), value.begin(), value.end()); }
  void counted(std::span<const std::uint8_t> value) {
    text(std::string_view(reinterpret_cast<const char*>(value.data()), value.size()));
  }
  bool too_long() const { return too_long_; }

 private:
  std::vector<std::uint8_t>& out_;
  bool too_long_ = false;
};

/// Reads until something is missing; then good() is false and every further value 0 or empty.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : left_(bytes) {}
  std::uint8_t u8() {
    if (!has(1)) return 0;
    const std::uint8_t value = left_[0];
    left_ = left_.subspan(1);
    return value;
  }
  std::uint16_t u16() {
    if (!has(2)) return 0;
    const auto value = static_cast<std::uint16_t>(left_[0] << 8 | left_[1]);
    left_ = left_.subspan(2);
    return value;
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  std::uint32_t variable() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      const std::uint8_t byte = u8();
      value |= static_cast<std::uint32_t>(byte & 127) << shift;
      if (!(byte & 128)) return value;
    }
    good_ = false;
    return 0;
  }
  std::span<const std::uint8_t> counted() { return bytes(u16()); }
  std::string_view text() {
    const auto value = counted();
    return {reinterpret_cast<const char*>(value.data()), value.size()};
  }
  std::span<const std::uint8_t> bytes(std::size_t n) {
    if (!has(n)) return {};
    const auto value = left_.first(n);
    left_ = left_.subspan(n);
    return value;
  }
  std::span<const std::uint8_t> rest() { return bytes(left_.size()); }
  bool empty() const { return left_.empty(); }
  bool good() const { return good_; }

 private:
  bool has(std::size_t n) {
    if (left_.size() < n) good_ = false;
    if (!good_) left_ = {};
    return good_;
  }
  std::span<const std::uint8_t> left_;
  bool good_ = true;
};

}  // namespace bondline::mqtt
