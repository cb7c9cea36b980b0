#include "line/gateway/fields/csv.h"

#include <algorithm>

namespace bondline::fields {

std::size_t record_length(std::string_view bytes, char separator) {
  std::size_t at = 0;
  for (;;) {
    // at the start of a field
    if (at < bytes.size() && bytes[at] == '"') {
      ++at;
      for (;;) {
        at = bytes.find('"', at);
        if (at == std::string_view::npos) return 0;
        if (at + 1 >= bytes.size()) return 0;  // the next byte may double it
        if (bytes[at + 1] != '"') break;
        at += 2;
      }
      ++at;
    }
    while (at < bytes.size() && bytes[at] != separator && bytes[at] != '\n') ++at;
    if (at >= bytes.size()) return 0;
    if (bytes[at++] == '\n') return at;
  }
}

const char* split_record(std::string_view record, char separator, std::vector<std::string_view>& fields,
                         std::string& scratch) {
  fields.clear();
  scratch.clear();
  scratch.reserve(record.size());  // so that views into it stay
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  std::size_t at = 0;
  for (;;) {
    if (at < record.size() && record[at] == '"') {
      const std::size_t begin = scratch.size();
      ++at;
      for (;;) {
        const std::size_t quote = record.find('"', at);
        if (quote == std::string_view::npos) return "a quote is not closed";
        scratch.append(record.substr(at, quote - at));
        at = quote + 1;
        if (at >= record.size() || record[at] != '"') break;
        scratch.push_back('"');
        ++at;
      }
      if (at < record.size() && record[at] != separator) return "something follows a closed quote";
      fields.push_back(std::string_view(scratch).substr(begin));
    } else {
      const std::size_t end = std::min(record.find(separator, at), record.size());
      fields.push_back(record.substr(at, end - at));
      at = end;
    }
    if (at >= record.size()) return nullptr;
    ++at;
  }
}

}  // namespace bondline::fields
