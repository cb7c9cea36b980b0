// Header fields of an HTTP message (RFC 9110, 5): names compare without case, order is kept, a name may come
// more than once. All text lies in one buffer that is used again by the next message.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bondline::net::http {

class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  /// Adds it unless the name is there already.
  void add_default(std::string_view name, std::string_view value) {
    if (!has(name)) add(name, value);
  }
  void clear();

  std::size_t size() const { return entries_.size(); }
  std::string_view name(std::size_t i) const { return part(entries_[i].name, entries_[i].value); }
  std::string_view value(std::size_t i) const { return part(entries_[i].value, entries_[i].end); }

  /// The first field of this name; nullopt when there is none. Valid until the headers change.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The same; "" when there is none.
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::size_t count(std::string_view name) const;
  /// Whether a comma-separated field of this name (or one of several) holds a token, without case.
  bool lists(std::string_view name, std::string_view token) const;
  /// Every name is a token and no value holds a control character: nothing can be smuggled into what is
  /// written.
  bool writable() const;

 private:
  struct Entry {
    std::uint32_t name, value, end;
  };
  std::string_view part(std::uint32_t from, std::uint32_t to) const {
    return std::string_view(text_).substr(from, to - from);
  }
  std::string text_;
  std::vector<Entry> entries_;
};

}  // namespace bondline::net::http
