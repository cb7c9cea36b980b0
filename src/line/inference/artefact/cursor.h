// A bounded little-endian reader: the first thing that does not fit stops it, later reads give zeros.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bondline::inference::blm {

class Cursor {
 public:
  /// `start`: where `bytes` begins in the file, for messages. `strings`: what text() indexes.
  Cursor(std::span<const std::byte> bytes, std::size_t start, std::span<const std::string> strings)
      : bytes_(bytes), strings_(strings), start_(start) {}

  template <class T>
  T number(const char* what) {
    if (!room(sizeof(T), what)) return T{};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value |= std::to_integer<std::uint64_t>(bytes_[at_ + i]) << (8 * i);
    }
    at_ += sizeof(T);
    return static_cast<T>(value);
  }
  /// A count of items of at least `least` bytes each: never more than could follow.
  std::size_t count(std::size_t least, const char* what) {
    const std::size_t n = number<std::uint32_t>(what);
    if (n > (bytes_.size() - at_) / least) {
      fail("a count the section has no room for: ", what);
      return 0;
    }
    return n;
  }
  std::string text(const char* what) {
    const std::size_t index = number<std::uint32_t>(what);
    if (failed()) return {};
    if (index >= strings_.size()) {
      fail("a string that does not exist: ", what);
      return {};
    }
    return strings_[index];
  }
  std::span<const std::byte> raw(std::uint64_t n, const char* what) {
    if (!room(n, what)) return {};
    at_ += n;
    return bytes_.subspan(at_ - n, n);
  }
  void finish(const char* what) {
    if (at_ != bytes_.size()) fail("bytes behind the ", what);
  }
  void fail(std::string_view why, std::string_view of_what = {});
  bool failed() const { return !why_.empty(); }
  const std::string& why() const { return why_; }
  std::size_t where() const { return where_; }

 private:
  bool room(std::uint64_t n, const char* what) {
    if (failed()) return false;
    if (n <= bytes_.size() - at_) return true;
    fail("the section ends within ", what);
    return false;
  }

  std::span<const std::byte> bytes_;
  std::span<const std::string> strings_;
  std::size_t start_, at_ = 0, where_ = 0;
  std::string why_;
};

}  // namespace bondline::inference::blm
