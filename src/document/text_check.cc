#include "document/text_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "document/document.h"

namespace bondline::document {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// JSON and other flow texts may be indented with tabs; in block YAML a tab means nothing certain.
bool is_flow_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

bool check_characters(std::string_view text, const std::string& file, base::Diagnostics& diagnostics) {
  base::Where where{file, 1, 1};
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = 0;
    const std::size_t size = utf8_character(text.substr(at), code);
    if (size == 0) {
      const auto byte = static_cast<unsigned char>(text[at]);
      diagnostics.error(where, fmt::format("byte 0x{:02X} is not UTF-8 text", byte),
                        "save the file as UTF-8");
      return false;
    }
    if (!is_printable(code) && code != 0xFEFF) {
      diagnostics.error(where, fmt::format("control character U+{:04X}", static_cast<unsigned>(code)),
                        "remove it; a text file holds no such characters");
      return false;
    }
    const bool line_end = code == '\n' || (code == '\r' && text.substr(at + 1, 1) != "\n");
    where.line += line_end;
    where.column = line_end ? 1 : where.column + 1;
    at += size;
  }
  return true;
}

bool check_indentation(std::string_view text, const std::string& file, base::Diagnostics& diagnostics) {
  if (is_flow_text(text)) return true;
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t first = text.find_first_not_of(" \t", at);
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const bool blank =
        first == std::string_view::npos || first >= end || text[first] == '#' || text[first] == '\r';
    if (!blank && text[at] == '\t') {
      diagnostics.error({file, line, 1}, "the line is indented with a tab",
                        "indent with spaces, two for each level");
      return false;
    }
    at = end + 1;
  }
  return true;
}

}  // namespace

std::size_t utf8_character(std::string_view text, char32_t& code) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  code = lead & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  static constexpr char32_t kShortest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < kShortest[size] || surrogate || code > 0x10FFFF ? 0 : size;
}

bool is_printable(char32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  if (code >= 0x7F && code < 0xA0) return code == 0x85;
  return code != 0xFFFE && code != 0xFFFF && code != 0xFEFF;
}

bool check_text(std::string_view text, const std::string& file, base::Diagnostics& diagnostics) {
  if (text.size() > kMaxBytes) {
    diagnostics.error({file},
                      fmt::format("the file has {} bytes, at most {} are read", text.size(), kMaxBytes),
                      "split it");
    return false;
  }
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    diagnostics.error({file}, "the file is empty", "write the document, or name another file");
    return false;
  }
  if (!check_characters(text, file, diagnostics)) return false;
  if (text.back() != '\n') {
    const auto line = 1 + std::count(text.begin(), text.end(), '\n');
    diagnostics.error({file, static_cast<int>(line), 0},
                      "the file is cut off: its last line does not end with a newline",
                      "get the whole file, or end the last line if it is complete");
    return false;
  }
  return check_indentation(text, file, diagnostics);
}

}  // namespace bondline::document
