// When a scalar may stand without quotes, and how it is quoted. Private to this room.
#pragma once
#include <string>
#include <string_view>

namespace bondline::document {

/// Block: on a line of its own or after "key: ". Flow: inside [ ] or { }, where , [ ] { } end a scalar too.
enum class Context { block, flow };

/// True when `text`, written bare, reads back as the same text. Careful: says false where YAML is merely
/// subtle.
bool is_plain(std::string_view text, Context context);

/// `text` in double quotes, with every character that YAML does not print escaped.
std::string in_quotes(std::string_view text);

/// The value of a single-quoted scalar whose source, after the opening quote, begins `source`: up to the
/// closing quote, with '' read as ' and lines folded (YAML 1.2.2, 7.3.2: one line end is a space, n of them
/// are n - 1 line ends).
std::string in_single_quotes(std::string_view source);

}  // namespace bondline::document
