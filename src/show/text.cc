#include "show/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bondline::show {
namespace {

/// What the symbols the house prints become where only ASCII may be shown.
constexpr std::array<std::pair<std::string_view, std::string_view>, 26> kAscii{{
    {"µ", "u"},  {"μ", "u"},  {"°", "deg"}, {"Ω", "Ohm"}, {"×", "x"},     {"·", "."}, {"±", "+-"},
    {"→", "->"}, {"≤", "<="}, {"≥", ">="},  {"≈", "~"},   {"–", "-"},     {"—", "-"}, {"…", "..."},
    {"²", "2"},  {"³", "3"},  {"─", "-"},   {"│", "|"},   {"█", "#"},     {"░", "."}, {"▏", "#"},
    {"▌", "#"},  {"“", "\""}, {"”", "\""},  {"’", "'"},   {"θ", "theta"},
}};

std::string_view ascii_for(std::string_view symbol) {
  for (const auto& [from, to] : kAscii) {
    if (from == symbol) return to;
  }
  return "?";
}

bool continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u;
}

}  // namespace

std::size_t code_point_length(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  const auto second = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0u;
  if (lead >= 0xC2 && lead <= 0xDF) return continuation(text, at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continuation(text, at + 1) || !continuation(text, at + 2)) return 0;
    if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
    if (lead == 0xED && second > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continuation(text, at + 1) || !continuation(text, at + 2) || !continuation(text, at + 3)) return 0;
    if (lead == 0xF0 && second < 0x90) return 0;  // overlong
    if (lead == 0xF4 && second > 0x8F) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

std::string printable(std::string_view text, bool unicode) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_length(text, at);
    const auto lead = static_cast<unsigned char>(text[at]);
    if (length == 0) {
      out += '?';
      at += 1;
      continue;
    }
    const std::string_view symbol = text.substr(at, length);
    const bool c1_control = length == 2 && lead == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (length == 1) {
      out += (lead < 0x20 && lead != '\n') || lead == 0x7F ? ' ' : text[at];
    } else if (c1_control) {
      out += ' ';
    } else if (unicode) {
      out += symbol;
    } else {
      out += ascii_for(symbol);
    }
    at += length;
  }
  return out;
}

int width_of(std::string_view text) {
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, code_point_length(text, at));
    if (text[at] != '\n') ++width;
    at += length;
  }
  return width;
}

namespace {

/// Lines under construction: `used` columns of the last one are taken.
struct Breaker {
  int width, first_width;
  std::vector<std::string> lines{""};
  int used = 0;

  int room() const { return lines.size() == 1 ? first_width : width; }
  void end_line() {
    lines.emplace_back();
    used = 0;
  }
  void place(std::string_view word) {
    const int need = width_of(word);
    if (used > 0 && used + 1 + need <= room()) {
      lines.back() += ' ';
      ++used;
    } else if (used > 0) {
      end_line();
    }
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t length = std::max<std::size_t>(1, code_point_length(word, at));
      if (used >= room()) end_line();
      lines.back() += word.substr(at, length);
      ++used;
      at += length;
    }
  }
};

}  // namespace

std::vector<std::string> break_lines(std::string_view text, int width, int first_width) {
  width = std::max(1, width);
  Breaker breaker{width, first_width > 0 ? first_width : width};
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\n') {
      breaker.end_line();
      ++at;
    } else if (text[at] == ' ') {
      ++at;
    } else {
      const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
      breaker.place(text.substr(at, end - at));
      at = end;
    }
  }
  auto& lines = breaker.lines;
  if (lines.size() > 1 && lines.back().empty()) lines.pop_back();  // a trailing newline is not a line
  return lines;
}

std::string pad(const std::string& text, int width, bool right_aligned) {
  const int missing = width - width_of(text);
  if (missing <= 0) return text;
  const std::string space(static_cast<std::size_t>(missing), ' ');
  return right_aligned ? space + text : text + space;
}

}  // namespace bondline::show
