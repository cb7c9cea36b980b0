// Cuts an expression into words with their places. Private to this room.
#pragma once
#include <string>
#include <string_view>

#include "base/diagnostic.h"

namespace bondline::rules {

enum class Word : unsigned char { number, name, text, sign, end, wrong };

struct Token {
  Word word = Word::end;
  std::string_view text;  ///< as written; of a text: between its quotes
  double number = 0;
  base::Where where;
  std::string problem;  ///< of Word::wrong
};

class Lexer {
 public:
  Lexer(std::string_view text, base::Where at) : rest_(text), where_(std::move(at)) {}
  Token next();

 private:
  void advance(std::size_t count);
  std::string_view rest_;
  base::Where where_;
};

}  // namespace bondline::rules
