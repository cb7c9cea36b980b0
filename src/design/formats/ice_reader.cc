// Tokens of 3D-ICE's files: words, numbers (a digit before the point), "paths", punctuation; // and /* */
// comments.
#include <cctype>

#include <fmt/format.h>

#include "design/formats/ice.h"

namespace bondline::formats {
namespace {

constexpr std::size_t kMaxTokens = 4u << 20;

bool letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c));
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::vector<IceToken> ice_tokens(const std::string& text) {
  std::vector<IceToken> out;
  const std::string_view all(text);
  int line = 1;
  std::size_t start = 0;  // of the line
  const auto column = [&](std::size_t i) { return int(i - start) + 1; };
  std::size_t i = 0;
  while (i < all.size() && out.size() < kMaxTokens) {
    const char c = all[i];
    if (c == '\n') {
      ++line;
      start = ++i;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      ++i;
    } else if (all.substr(i, 2) == "//") {
      i = std::min(all.find('\n', i), all.size());
    } else if (all.substr(i, 2) == "/*") {
      const std::size_t end = all.find("*/", i + 2);
      if (end == std::string_view::npos) {
        out.push_back({IceKind::bad, all.substr(i, 2), 0, line, column(i)});
        break;
      }
      for (std::size_t k = i; k < end; ++k)
        if (all[k] == '\n') {
          ++line;
          start = k + 1;
        }
      i = end + 2;
    } else if (c == '"') {
      const std::size_t end = all.find_first_of("\"\n", i + 1);
      if (end == std::string_view::npos || all[end] == '\n') {
        out.push_back({IceKind::bad, all.substr(i, 1), 0, line, column(i)});
        break;
      }
      out.push_back({IceKind::path, all.substr(i + 1, end - i - 1), 0, line, column(i)});
      i = end + 1;
    } else if (letter(c) || digit(c) || ((c == '-' || c == '+') && i + 1 < all.size() && digit(all[i + 1]))) {
      std::size_t j = i + 1;
      const bool numeric = !letter(c);
      if (all.substr(i, 11) == "non-uniform") j = i + 11;  // the one keyword with a dash
      while (j < all.size()) {
        const char d = all[j];
        const bool sign = numeric && (d == '-' || d == '+') && (all[j - 1] == 'e' || all[j - 1] == 'E');
        if (!(letter(d) || digit(d) || d == '_' || (numeric && d == '.') || sign)) break;
        ++j;
      }
      IceToken token{IceKind::word, all.substr(i, j - i), 0, line, column(i)};
      if (numeric) {
        if (const auto number = number_of(token.text)) {
          token.kind = IceKind::number;
          token.value = *number;
        }
      }
      out.push_back(token);
      i = j;
    } else {
      const bool known = std::string_view(":;,().").find(c) != std::string_view::npos;
      out.push_back({known ? IceKind::punctuation : IceKind::bad, all.substr(i, 1), 0, line, column(i)});
      ++i;
      if (!known) break;
    }
  }
  if (out.size() >= kMaxTokens) out.push_back({IceKind::bad, "", 0, line, 0});
  out.push_back({IceKind::end, "", 0, line, column(i)});
  return out;
}

const IceToken& IceReader::peek(std::size_t ahead) const {
  return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

bool IceReader::is(std::string_view word, std::size_t ahead) const {
  const auto& token = peek(ahead);
  return !failed_ && (token.kind == IceKind::word || token.kind == IceKind::punctuation) &&
         token.text == word;
}

bool IceReader::accept(std::string_view word) {
  if (!is(word)) return false;
  ++next_;
  return true;
}

bool IceReader::expect(std::string_view word) {
  if (failed_) return false;
  if (accept(word)) return true;
  fail(fmt::format("\"{}\" is missing", word), fmt::format("write \"{}\" here", word));
  return false;
}

bool IceReader::expect_all(std::initializer_list<std::string_view> words) {
  for (auto word : words)
    if (!expect(word)) return false;
  return true;
}

std::string IceReader::name(const char* what) {
  if (failed_) return "";
  const auto& token = peek();
  if (token.kind == IceKind::word && letter(token.text.front()) && token.text.size() <= kMaxName) {
    ++next_;
    return std::string(token.text);
  }
  fail(fmt::format("the name of {} is missing", what), "write a letter, then letters, digits or _");
  return "";
}

std::string IceReader::path() {
  if (failed_) return "";
  if (peek().kind == IceKind::path && !peek().text.empty() && peek().text.size() <= 4096) {
    ++next_;
    return std::string(tokens_[next_ - 1].text);
  }
  fail("a file name is missing", "write it in double quotes");
  return "";
}

double IceReader::number(const char* what) {
  if (failed_) return 0;
  if (peek().kind == IceKind::number) return tokens_[next_++].value;
  fail(fmt::format("the {} is missing", what), "write a number with a digit before the point");
  return 0;
}

double IceReader::positive(const char* what) {
  const Where here = where();
  const double value = number(what);
  if (!failed_ && value <= 0) {
    failed_ = true;
    report_.error(here, fmt::format("the {} is {:g}", what, value), "give a number greater than zero");
  }
  return value;
}

void IceReader::fail(const std::string& what, const std::string& mend) {
  if (failed_) return;
  failed_ = true;
  const auto& token = peek();
  const std::string found =
      token.kind == IceKind::end ? "the end of the file" : fmt::format("\"{}\"", shown(token.text));
  report_.error(where(), fmt::format("{}, here stands {}", what, found), mend);
}

}  // namespace bondline::formats
