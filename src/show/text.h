// Text as a terminal shows it: what may be printed, how many columns it takes, where it may be broken. Widths
// count code points; bytes that are not UTF-8 and control characters never reach the terminal.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace bondline::show {

/// Length in bytes of the code point that starts at `at` (1..4), or 0 when the bytes there are not valid
/// UTF-8.
std::size_t code_point_length(std::string_view text, std::size_t at);

/// `text` fit to print: invalid bytes become "?", control characters (but for newline) a space. With unicode
/// == false the house's symbols are spelled in ASCII ("µm" -> "um", "°C" -> "degC", "≥" -> ">="), any other
/// becomes "?".
std::string printable(std::string_view text, bool unicode = true);

/// Columns that printable text takes (code points; newlines count nothing).
int width_of(std::string_view text);

/// Lines of at most `width` (>= 1) columns: broken at newlines, then between words, then inside words too
/// long for a line. At least one line, never a trailing space. `first_width` > 0: what the first line may
/// take instead.
std::vector<std::string> break_lines(std::string_view text, int width, int first_width = 0);

/// `text` with spaces to the left or right so that it takes `width` columns (longer text is returned
/// unchanged).
std::string pad(const std::string& text, int width, bool right_aligned = false);

}  // namespace bondline::show
