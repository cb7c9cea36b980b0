// What can be said of a text before it is parsed: its encoding, its end, its indentation. Private to this
// room; the YAML library sees only texts that passed, so its behaviour on broken bytes never matters.
#pragma once
#include <string>
#include <string_view>

#include "base/diagnostic.h"

namespace bondline::document {

/// The size in bytes of the valid UTF-8 character `text` begins with, 0 if it begins with none. `code` is its
/// code point.
std::size_t utf8_character(std::string_view text, char32_t& code);

/// True when a YAML text may hold this character as it is (YAML 1.2.2, production 1, c-printable).
bool is_printable(char32_t code);

/// Adds an error and returns false when the text is too long, empty, not UTF-8, holds control characters, is
/// indented with tabs, or lacks its final newline.
bool check_text(std::string_view text, const std::string& file, base::Diagnostics& diagnostics);

}  // namespace bondline::document
