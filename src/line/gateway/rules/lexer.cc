#include "line/gateway/rules/lexer.h"

#include <charconv>
#include <cmath>

namespace bondline::rules {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(char c) {
  return is_name_start(c) || is_digit(c) || c == '.';
}

}  // namespace

void Lexer::advance(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (rest_[i] == '\n') {
      ++where_.line;
      where_.column = 1;
    } else if ((static_cast<unsigned char>(rest_[i]) & 0xC0) != 0x80) {  // count characters, not their bytes
      ++where_.column;
    }
  }
  rest_.remove_prefix(count);
}

Token Lexer::next() {
  std::size_t blank = 0;
  while (blank < rest_.size() &&
         (rest_[blank] == ' ' || rest_[blank] == '\t' || rest_[blank] == '\n' || rest_[blank] == '\r'))
    ++blank;
  advance(blank);
  Token token;
  token.where = where_;
  if (rest_.empty()) return token;
  const char first = rest_.front();
  std::size_t length = 1;
  if (is_digit(first) || (first == '.' && rest_.size() > 1 && is_digit(rest_[1]))) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), token.number);
    length = static_cast<std::size_t>(end - rest_.data());
    token.word = Word::number;
    if (error != std::errc{} || !std::isfinite(token.number) ||
        (length < rest_.size() && is_name(rest_[length]))) {
      while (length < rest_.size() && is_name(rest_[length])) ++length;
      token.word = Word::wrong;
      token.problem = "\"" + std::string(rest_.substr(0, length)) + "\" is no number";
    }
  } else if (is_name_start(first)) {
    while (length < rest_.size() && is_name(rest_[length])) ++length;
    token.word = Word::name;
  } else if (first == '"' || first == '\'') {
    length = rest_.find(first, 1);
    if (length == std::string_view::npos) {
      token.word = Word::wrong;
      token.problem = "the text that begins here does not end";
      length = rest_.size();
    } else {
      token.word = Word::text;
      token.text = rest_.substr(1, length - 1);
      advance(length + 1);
      return token;
    }
  } else {
    const std::string_view two = rest_.substr(0, 2);
    if (two == "<=" || two == ">=" || two == "==" || two == "!=") length = 2;
    token.word = Word::sign;
    if (length == 1 && std::string_view("+-*/%<>(),").find(first) == std::string_view::npos) {
      while (length < rest_.size() && (static_cast<unsigned char>(rest_[length]) & 0xC0) == 0x80) ++length;
      token.word = Word::wrong;
      const auto byte = static_cast<unsigned char>(first);
      token.problem = byte < 0x20 || byte >= 0x7F ? "a character that has no meaning here"
                      : first == '='              ? "= has no meaning here"
                                                  : "\"" + std::string(1, first) + "\" has no meaning here";
    }
  }
  token.text = rest_.substr(0, length);
  advance(length);
  return token;
}

}  // namespace bondline::rules
