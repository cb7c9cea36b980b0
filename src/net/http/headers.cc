#include "net/http/headers.h"

#include <algorithm>

#include "net/http/text.h"

namespace bondline::net::http {

void Headers::add(std::string_view name, std::string_view value) {
  Entry entry;
  entry.name = static_cast<std::uint32_t>(text_.size());
  text_ += name;
  entry.value = static_cast<std::uint32_t>(text_.size());
  text_ += value;
  entry.end = static_cast<std::uint32_t>(text_.size());
  entries_.push_back(entry);
}

void Headers::clear() {
  text_.clear();
  entries_.clear();
}

std::optional<std::string_view> Headers::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (same_word(name(i), wanted)) return value(i);
  return std::nullopt;
}

std::size_t Headers::count(std::string_view wanted) const {
  std::size_t n = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) n += same_word(name(i), wanted);
  return n;
}

bool Headers::lists(std::string_view wanted, std::string_view token) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!same_word(name(i), wanted)) continue;
    std::string_view rest = value(i);
    for (;;) {
      const std::size_t comma = rest.find(',');
      if (same_word(trimmed(rest.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

bool Headers::writable() const {
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (!is_token(name(i)) || !is_field_value(value(i))) return false;
  return true;
}

}  // namespace bondline::net::http
