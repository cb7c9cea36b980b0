#include "line/station/line_file/tag_file.h"

#include <algorithm>

#include "base/utf8.h"
#include "document/document.h"

namespace bondline::station {

namespace {

struct Column {
  std::string_view name;
  std::string TagRow::*field;
};
constexpr Column kColumns[] = {{"name", &TagRow::name},       {"address", &TagRow::address},
                               {"type", &TagRow::type},       {"order", &TagRow::order},
                               {"unit", &TagRow::unit},       {"path", &TagRow::path},
                               {"scale", &TagRow::scale},     {"offset", &TagRow::offset},
                               {"low", &TagRow::low},         {"high", &TagRow::high},
                               {"poll", &TagRow::poll},       {"writable", &TagRow::writable},
                               {"device", &TagRow::device},   {"deadband", &TagRow::deadband},
                               {"silence", &TagRow::silence}, {"keep_every", &TagRow::keep_every},
                               {"stale", &TagRow::stale},     {"raw_unit", &TagRow::raw_unit},
                               {"field", &TagRow::field},     {"write_to", &TagRow::write_to}};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string_view::npos ? "" : std::string(text.substr(first, last - first + 1));
}

/// Fields of one line; nullopt when a quote is not closed.
std::optional<std::vector<std::string>> split(std::string_view line) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    std::string field;
    if (at < line.size() && line[at] == '"') {
      ++at;
      for (;; ++at) {
        if (at >= line.size()) return std::nullopt;
        if (line[at] != '"')
          field += line[at];
        else if (at + 1 < line.size() && line[at + 1] == '"')
          field += line[at++];
        else
          break;
      }
      ++at;
      while (at < line.size() && line[at] != ',') ++at;
    } else {
      const std::size_t end = std::min(line.find(',', at), line.size());
      field = trimmed(line.substr(at, end - at));
      at = end;
    }
    fields.push_back(std::move(field));
    if (at >= line.size()) return fields;
    ++at;
  }
}

}  // namespace

std::vector<TagRow> read_tag_file(std::string_view text, const std::string& file,
                                  base::Diagnostics& diagnostics) {
  std::vector<TagRow> rows;
  std::vector<std::string TagRow::*> columns;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!base::is_utf8(text)) {
    int line = 1;
    for (std::string_view rest = text; !rest.empty(); ++line) {
      const std::size_t end = std::min(rest.find('\n') + 1, rest.size());
      const std::size_t length = end == 0 ? rest.size() : end;
      if (!base::is_utf8(rest.substr(0, length))) break;
      rest.remove_prefix(length);
    }
    diagnostics.error({file, line, 1}, "this is no UTF-8 text",
                      "save the file as UTF-8 (iconv -f latin1 -t utf-8)");
    return rows;
  }
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    const auto fields = split(line);
    const base::Where where{file, number, 1};
    if (!fields) {
      diagnostics.error(where, "a quote is not closed", "close it, or double a quote that is meant");
      continue;
    }
    if (columns.empty()) {
      std::vector<std::string> known;
      for (const Column& column : kColumns) known.emplace_back(column.name);
      bool named = false, addressed = false;
      for (const std::string& field : *fields) {
        const auto found = std::find_if(std::begin(kColumns), std::end(kColumns),
                                        [&](const Column& c) { return c.name == field; });
        if (found == std::end(kColumns)) {
          const std::string close = document::nearest(field, known);
          diagnostics.error(where, "there is no column \"" + field + "\"",
                            close.empty() ? "the first line names the columns: name, address, type, order, "
                                            "unit, scale, offset, low, high, poll, writable, path, device, "
                                            "deadband, silence, keep_every, stale, raw_unit, field, write_to"
                                          : "did you mean \"" + close + "\"?");
          columns.push_back(nullptr);
          continue;
        }
        columns.push_back(found->field);
        named |= field == "name";
        addressed |= field == "address";
      }
      if (!named || !addressed) {
        diagnostics.error(where, std::string("there is no column \"") + (named ? "address" : "name") + "\"",
                          "name the columns in the first line: name,address,type,...");
        return rows;
      }
      continue;
    }
    if (fields->size() > columns.size()) {
      diagnostics.error(
          where,
          std::to_string(fields->size()) + " fields under " + std::to_string(columns.size()) + " columns",
          "quote a field that holds a comma");
      continue;
    }
    TagRow row;
    row.where = where;
    for (std::size_t i = 0; i < fields->size(); ++i)
      if (columns[i]) row.*columns[i] = (*fields)[i];
    rows.push_back(std::move(row));
  }
  if (columns.empty())
    diagnostics.error({file, 1, 1}, "the file is empty",
                      "name the columns in the first line: name,address,type,...");
  return rows;
}

}  // namespace bondline::station
