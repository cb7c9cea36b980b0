// Records of comma-separated values (RFC 4180; separators other than the comma, lines that end in LF or
// CRLF). A quote counts where it opens a field; elsewhere it is a character like others.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::fields {

/// How many bytes the first record takes, its line end included; 0: its end is not among `bytes`. A quoted
/// field may hold line ends.
std::size_t record_length(std::string_view bytes, char separator);

/// Fields of one record (without its line end; a CR at its end goes too). Views into the record, or into
/// `scratch` where quotes were doubled. Null, or what is wrong.
const char* split_record(std::string_view record, char separator, std::vector<std::string_view>& fields,
                         std::string& scratch);

}  // namespace bondline::fields
