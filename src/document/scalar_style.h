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

}  // namespace bondline::document
