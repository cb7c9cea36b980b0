#include "line/gateway/fields/json.h"

#include <array>
#include <charconv>

#include "base/utf8.h"
#include "line/gateway/fields/value.h"

namespace bondline::fields {

/// One pass over a document.
struct JsonPaths::Scan {
  JsonPaths& paths;
  std::string_view document;
  std::vector<JsonFound>& found;
  std::size_t at = 0;
  const char* problem = nullptr;

  bool refuse(const char* why) {
    if (!problem) problem = why;
    return false;
  }
  char here() const { return at < document.size() ? document[at] : '\0'; }
  void blanks() {
    while (at < document.size() &&
           (document[at] == ' ' || document[at] == '\t' || document[at] == '\n' || document[at] == '\r'))
      ++at;
  }
  bool word(std::string_view wanted) {
    if (document.substr(at, wanted.size()) != wanted) return refuse("a word that is no value");
    at += wanted.size();
    return true;
  }
  bool digits() {
    const std::size_t from = at;
    while (here() >= '0' && here() <= '9') ++at;
    return at > from || refuse("a number without digits");
  }
  bool number() {
    if (here() == '-') ++at;
    const std::size_t from = at;
    if (!digits()) return false;
    if (document[from] == '0' && at > from + 1) return refuse("a number that begins with 0");
    if (here() == '.') {
      ++at;
      if (!digits()) return false;
    }
    if (here() == 'e' || here() == 'E') {
      ++at;
      if (here() == '+' || here() == '-') ++at;
      if (!digits()) return false;
    }
    return true;
  }
  bool hex4(unsigned& value) {
    value = 0;
    for (int i = 0; i < 4; ++i, ++at) {
      const char c = here();
      const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                             : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                             : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                    : 16;
      if (digit == 16) return refuse("\\u without four digits");
      value = value << 4 | digit;
    }
    return true;
  }
  static void put_utf8(unsigned code, std::string& out) {
    const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 63));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 63));
      put(0x80 | (code & 63));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 63));
      put(0x80 | (code >> 6 & 63));
      put(0x80 | (code & 63));
    }
  }
  bool escape(std::string* out) {
    ++at;  // the backslash
    const char c = here();
    ++at;
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    if (c != 'u') {
      const auto which = kFrom.find(c);
      if (which == std::string_view::npos || c == '\0') return refuse("an escape that is none");
      if (out) out->push_back(kTo[which]);
      return true;
    }
    unsigned code = 0;
    if (!hex4(code)) return false;
    if (code >= 0xDC00 && code < 0xE000) return refuse("half a surrogate pair");
    if (code >= 0xD800 && code < 0xDC00) {
      unsigned low = 0;
      if (document.substr(at, 2) != "\\u") return refuse("half a surrogate pair");
      at += 2;
      if (!hex4(low)) return false;
      if (low < 0xDC00 || low >= 0xE000) return refuse("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (out) put_utf8(code, *out);
    return true;
  }
  /// Passes over a text. `plain`: it holds no escape, so its characters are the bytes between its quotes.
  bool text(std::string* out, std::string_view* raw, bool* plain) {
    if (here() != '"') return refuse("a quote is missing");
    const std::size_t from = ++at;
    std::size_t copied = from;
    *plain = true;
    for (;;) {
      if (at >= document.size()) return refuse("a text without its end");
      const auto c = static_cast<unsigned char>(document[at]);
      if (c == '"') break;
      if (c < 0x20) return refuse("a control character in a text");
      if (c != '\\') {
        ++at;
        continue;
      }
      *plain = false;
      if (out) out->append(document.substr(copied, at - copied));
      if (!escape(out)) return false;
      copied = at;
    }
    if (out && !*plain) out->append(document.substr(copied, at - copied));
    *raw = document.substr(from, at - from);
    ++at;
    return true;
  }

  bool value(std::int64_t place, int depth) {
    if (depth >= kMostDepth) return refuse("nested too deep");
    blanks();
    const std::size_t from = at;
    const bool wanted = place >= 0 && paths.places_[static_cast<std::size_t>(place)].path >= 0;
    JsonKind kind = JsonKind::structure;
    std::string_view raw;
    bool plain = true;
    const std::size_t in_scratch = paths.unescaped_.size();
    bool fine = false;
    switch (here()) {
      case '{':
        fine = object(place, depth);
        break;
      case '[':
        fine = array(place, depth);
        break;
      case '"':
        kind = JsonKind::text;
        fine = text(wanted ? &paths.unescaped_ : nullptr, &raw, &plain);
        break;
      case 't':
      case 'f':
        kind = JsonKind::boolean;
        fine = word(here() == 't' ? "true" : "false");
        break;
      case 'n':
        kind = JsonKind::null;
        fine = word("null");
        break;
      default:
        kind = JsonKind::number;
        fine = number();
        break;
    }
    if (!fine) return false;
    if (!wanted) return true;
    JsonFound one;
    one.path = static_cast<std::uint32_t>(paths.places_[static_cast<std::size_t>(place)].path);
    one.kind = kind;
    one.text = kind == JsonKind::text ? raw : document.substr(from, at - from);
    if (kind == JsonKind::text && !plain)
      paths.parts_.push_back({found.size(), in_scratch, paths.unescaped_.size() - in_scratch});
    found.push_back(one);
    return true;
  }

  std::int64_t member(std::int64_t place, std::string_view name) const {
    if (place < 0) return -1;
    const auto& members = paths.places_[static_cast<std::size_t>(place)].members;
    const auto it = members.find(name);
    return it == members.end() ? -1 : static_cast<std::int64_t>(it->second);
  }

  bool object(std::int64_t place, int depth) {
    ++at;
    blanks();
    if (here() == '}') {
      ++at;
      return true;
    }
    for (;;) {
      blanks();
      std::string_view raw;
      bool plain = true;
      paths.key_.clear();
      if (!text(place >= 0 ? &paths.key_ : nullptr, &raw, &plain)) return false;
      const std::int64_t next = member(place, plain ? raw : std::string_view(paths.key_));
      blanks();
      if (here() != ':') return refuse("a colon is missing");
      ++at;
      if (!value(next, depth + 1)) return false;
      blanks();
      if (here() == ',') {
        ++at;
        continue;
      }
      if (here() != '}') return refuse("a comma or brace is missing");
      ++at;
      return true;
    }
  }

  bool array(std::int64_t place, int depth) {
    ++at;
    blanks();
    if (here() == ']') {
      ++at;
      return true;
    }
    for (std::uint64_t i = 0;; ++i) {
      std::array<char, 24> digits;
      std::int64_t next = -1;
      if (place >= 0) {
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), i).ptr;
        next = member(place, {digits.data(), static_cast<std::size_t>(end - digits.data())});
      }
      if (!value(next, depth + 1)) return false;
      blanks();
      if (here() == ',') {
        ++at;
        continue;
      }
      if (here() != ']') return refuse("a comma or bracket is missing");
      ++at;
      return true;
    }
  }
};

bool JsonPaths::split(std::string_view path, std::vector<std::string>& steps, std::string* problem) {
  steps.clear();
  const auto refuse = [&](const char* why) {
    if (problem) *problem = "\"" + std::string(path) + "\" is no path into a document: " + why;
    return false;
  };
  if (path.empty()) return true;
  if (path.front() == '/') {
    std::string step;
    for (std::size_t i = 1; i <= path.size(); ++i) {
      if (i == path.size() || path[i] == '/') {
        steps.push_back(step);
        step.clear();
      } else if (path[i] == '~') {
        if (i + 1 >= path.size() || (path[i + 1] != '0' && path[i + 1] != '1'))
          return refuse("~ stands before 0 or 1 only");
        step += path[++i] == '0' ? '~' : '/';
      } else {
        step += path[i];
      }
    }
    return true;
  }
  std::string step;
  bool closed = false;  // the step just ended by a bracket
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '.') {
      if (step.empty() && !closed) return refuse("a name is missing before a dot");
      if (!closed) steps.push_back(step);
      step.clear();
      closed = false;
      if (i + 1 == path.size()) return refuse("a name is missing behind the last dot");
    } else if (c == '[') {
      if (!step.empty()) steps.push_back(step);
      step.clear();
      const std::size_t end = path.find(']', i);
      const std::string_view inside = path.substr(i + 1, end == std::string_view::npos ? 0 : end - i - 1);
      if (inside.empty() || inside.find_first_not_of("0123456789") != std::string_view::npos)
        return refuse("brackets hold a number: zones[3]");
      steps.emplace_back(inside);
      i = end;
      closed = true;
    } else {
      if (closed) return refuse("a dot is missing behind a bracket");
      step += c;
    }
  }
  if (!closed) steps.push_back(step);
  return true;
}

int JsonPaths::add(std::string_view path, std::string* problem) {
  std::vector<std::string> steps;
  if (!split(path, steps, problem)) return -1;
  if (steps.size() > static_cast<std::size_t>(kMostDepth)) {
    if (problem) *problem = "the path is too long";
    return -1;
  }
  std::uint32_t place = 0;
  for (const std::string& step : steps) {
    const auto [it, fresh] = places_[place].members.emplace(step, static_cast<std::uint32_t>(places_.size()));
    place = it->second;
    if (fresh) places_.emplace_back();
  }
  if (places_[place].path < 0) places_[place].path = ends_++;
  return static_cast<int>(places_[place].path);
}

const char* JsonPaths::scan(std::string_view document, std::vector<JsonFound>& found, std::size_t* at) {
  found.clear();
  unescaped_.clear();
  parts_.clear();
  Scan scan{*this, document, found};
  bool fine = base::is_utf8(document) || scan.refuse("it is no UTF-8 text");
  fine = fine && scan.value(0, 0);
  if (fine) {
    scan.blanks();
    fine = scan.at == document.size() || scan.refuse("something follows the document");
  }
  if (at) *at = scan.at;
  if (!fine) {
    found.clear();
    return scan.problem;
  }
  for (const Part& part : parts_)
    found[part.found].text = std::string_view(unescaped_).substr(part.at, part.size);
  return nullptr;
}

std::string JsonPaths::document_with(std::string_view path, std::string_view value) {
  std::vector<std::string> steps;
  split(path, steps, nullptr);
  std::string out;
  for (const std::string& step : steps) {
    out += '{';
    write_json_text(step, out);
    out += ':';
  }
  out += value;
  out.append(steps.size(), '}');
  return out;
}

void write_json_text(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace bondline::fields
