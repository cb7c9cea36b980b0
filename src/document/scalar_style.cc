#include "document/scalar_style.h"

#include <fmt/format.h>

#include "document/text_check.h"

namespace bondline::document {
namespace {

// Characters that end a line or look like a space without being one; never bare in a scalar.
bool is_treacherous(char32_t code) {
  return !is_printable(code) || code < 0x20 || code == 0x85 || code == 0xA0 || code == 0x2028 ||
         code == 0x2029;
}

bool begins_like_something_else(std::string_view text) {
  static constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`?:";
  if (kIndicators.find(text.front()) != std::string_view::npos) return true;
  if (text.front() == '-') {  // "-5 mm" is plain, "- x" and "---" are not
    const bool number = text.size() > 1 && ((text[1] >= '0' && text[1] <= '9') || text[1] == '.');
    return !number;
  }
  return text.substr(0, 3) == "...";
}

}  // namespace

bool is_plain(std::string_view text, Context context) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (begins_like_something_else(text)) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  if (context == Context::flow && text.find_first_of(",[]{}:?") != std::string_view::npos) return false;
  for (char32_t code = 0; !text.empty();) {
    const std::size_t size = utf8_character(text, code);
    if (size == 0 || is_treacherous(code)) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    char32_t code = 0;
    const std::size_t size = utf8_character(text, code);
    const auto value = static_cast<unsigned>(code);
    if (size == 0)
      quoted += "\\uFFFD";  // not text: the replacement character
    else if (code == '"' || code == '\\')
      quoted += std::string("\\") + text[0];
    else if (code == '\n')
      quoted += "\\n";
    else if (code == '\t')
      quoted += "\\t";
    else if (is_treacherous(code))
      quoted += value < 0x100 ? fmt::format("\\x{:02X}", value) : fmt::format("\\u{:04X}", value);
    else
      quoted += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return quoted + "\"";
}

std::string in_single_quotes(std::string_view source) {
  std::string value;
  std::size_t at = 0;
  while (at < source.size()) {
    const char c = source[at];
    if (c == '\'') {
      if (source.substr(at + 1, 1) != "'") return value;
      value += c;
      at += 2;
    } else if (c == '\n' || c == '\r') {
      while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.pop_back();
      std::size_t ends = 0;
      for (; at < source.size() && std::string_view(" \t\r\n").find(source[at]) != std::string_view::npos;
           ++at)
        ends += source[at] == '\n' || (source[at] == '\r' && source.substr(at + 1, 1) != "\n");
      value += ends == 1 ? std::string(" ") : std::string(ends - 1, '\n');
    } else {
      value += c;
      ++at;
    }
  }
  return value;
}

}  // namespace bondline::document
