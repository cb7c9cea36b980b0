// Decoders written apart from the writers they check.
#pragma once
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace bondline::formats {

inline std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    if (c == '=') break;
    const auto digit = digits.find(c);
    if (digit == std::string::npos) throw std::runtime_error("no base64");
    bits = bits << 6 | std::uint32_t(digit);
    if ((count += 6) >= 8) out += char(bits >> (count -= 8) & 255);
  }
  return out;
}

/// The text between `open` and `close` after the first `after`.
inline std::string between(const std::string& text, const std::string& after, const std::string& open,
                           const std::string& close) {
  const auto a = text.find(after);
  const auto b = text.find(open, a);
  const auto c = text.find(close, b + open.size());
  if (a == std::string::npos || b == std::string::npos || c == std::string::npos)
    throw std::runtime_error("no " + after);
  return text.substr(b + open.size(), c - b - open.size());
}

/// The values of a VTK inline binary array: a 64-bit byte count, then the values.
template <class T>
std::vector<T> vtk_array(const std::string& text, const std::string& name) {
  const std::string bytes = from_base64(between(text, "Name=\"" + name + "\"", ">", "</DataArray>"));
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  if (bytes.size() != 8 + size || size % sizeof(T)) throw std::runtime_error("length of " + name);
  std::vector<T> out(size / sizeof(T));
  std::memcpy(out.data(), bytes.data() + 8, size);
  return out;
}

/// Every tag that opens also closes, in order.
inline bool balanced_xml(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t i = text.find('<'); i != std::string::npos; i = text.find('<', i + 1)) {
    const auto end = text.find('>', i);
    if (end == std::string::npos) return false;
    if (text[i + 1] == '?' || text[end - 1] == '/') continue;
    const bool closes = text[i + 1] == '/';
    const std::string name = text.substr(i + 1 + closes, text.find_first_of(" >", i) - i - 1 - closes);
    if (!closes)
      open.push_back(name);
    else if (open.empty() || open.back() != name)
      return false;
    else
      open.pop_back();
  }
  return open.empty();
}

}  // namespace bondline::formats
