// Lines and fields of a text file with their places. Private to the side file readers.
#pragma once
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::package {

struct Field {
  std::string_view text;
  int column = 1;
};

/// The next line without its end (\n or \r\n); advances `rest`. Call while !rest.empty().
inline std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

inline std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

inline std::vector<Field> split_blank(std::string_view line) {
  std::vector<Field> fields;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos) {
    const std::size_t end = line.find_first_of(" \t\r", at);
    fields.push_back({line.substr(at, end == std::string_view::npos ? end : end - at), int(at) + 1});
    if (end == std::string_view::npos) break;
    at = end;
  }
  return fields;
}

/// By commas or semicolons where the line has any, else by blanks.
inline std::vector<Field> split_cells(std::string_view line) {
  const char separator = line.find(',') != std::string_view::npos   ? ','
                         : line.find(';') != std::string_view::npos ? ';'
                                                                    : ' ';
  if (separator == ' ') return split_blank(line);
  std::vector<Field> fields;
  std::size_t at = 0;
  while (true) {
    const std::size_t end = line.find(separator, at);
    const std::string_view cell = line.substr(at, end == std::string_view::npos ? end : end - at);
    fields.push_back({trimmed(cell), int(at) + 1});
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return fields;
}

/// A finite plain number that is the whole text.
inline std::optional<double> plain_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace bondline::package
