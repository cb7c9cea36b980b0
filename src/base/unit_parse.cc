// Unit expressions, by recursive descent:
//   product  := [ '/' ] power { ( space | '*' | '.' | '·' ) power | '/' power }
//   power    := atom [ [ '^' | '**' ] integer | superscript ]
//   atom     := symbol | '1' | '(' product ')'
// After a quotient no further product is taken at the same level: "W/m K" means W/(m K) to some and W K/m to
// others, so it is refused with both spellings offered.
#include <cstdlib>
#include <utility>

#include "base/unit_table.h"

namespace bondline::base {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxPower = 9;
constexpr int kMaxExponent = kMaxPower;  // so that whatever is read can be written in base units
constexpr int kMaxTens = 300;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters of units beyond ASCII: micro sign, Greek mu and omega, ohm sign, degree, degree Celsius, Angstrom,
// per mille.
constexpr std::string_view kMoreLetters[] = {"\u00b5", "\u03bc", "\u03a9", "\u2126",
                                             "\u00b0", "\u2103", "\u00c5", "\u2030"};
constexpr std::string_view kDots[] = {"\u00b7", "\u22c5", "\u00d7"};
constexpr std::string_view kSuperscripts[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                              "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
constexpr std::string_view kSuperscriptMinus = "\u207b";
constexpr std::string_view kMinus = "\u2212";

bool raise(Unit& unit, int power) {
  double factor = 1;
  for (int i = 0; i < std::abs(power); ++i) factor *= unit.factor;
  unit.factor = power < 0 ? 1 / factor : factor;
  unit.power_of_ten *= power;
  if (std::abs(unit.power_of_ten) > kMaxTens) return false;
  for (signed char& exponent : unit.dimension.exponent) {
    if (std::abs(exponent * power) > kMaxExponent) return false;
    exponent = static_cast<signed char>(exponent * power);
  }
  return unit.factor > 1e-200 && unit.factor < 1e200;
}

bool multiply(Unit& left, const Unit& right) {
  left.factor *= right.factor;
  left.power_of_ten += right.power_of_ten;
  left.zero = 0;
  if (std::abs(left.power_of_ten) > kMaxTens) return false;
  for (std::size_t i = 0; i < left.dimension.exponent.size(); ++i) {
    const int sum = left.dimension.exponent[i] + right.dimension.exponent[i];
    if (std::abs(sum) > kMaxExponent) return false;
    left.dimension.exponent[i] = static_cast<signed char>(sum);
  }
  return left.factor > 1e-200 && left.factor < 1e200;
}

class UnitParser {
 public:
  explicit UnitParser(std::string_view text) : text_(text) {}

  UnitResult parse() {
    Unit unit;
    skip_spaces();
    if (product(unit, 0) && at_ != text_.size()) unexpected();
    result_.unit = unit;
    result_.bare = result_.problem.empty() && powers_ == 1 && !has_operator_;
    if (!result_.bare) result_.unit.zero = 0;
    return std::move(result_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  bool take(std::string_view token) {
    if (rest().substr(0, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  bool skip_spaces() {
    const std::size_t before = at_;
    while (take(" ") || take("\t") || take("\u00a0") || take("\u2009") || take("\u202f")) {
    }
    return at_ != before;
  }
  bool fail(std::string problem, std::string mend) {
    if (result_.problem.empty()) {
      result_.problem = std::move(problem);
      result_.mend = std::move(mend);
    }
    return false;
  }
  bool too_large() {
    return fail("the unit \"" + std::string(text_) + "\" has powers beyond any physical quantity",
                "write smaller powers");
  }
  bool unexpected() {
    if (at_ >= text_.size())
      return fail("the unit \"" + std::string(text_) + "\" ends too early", "complete it, as in W/(m K)");
    std::size_t size = 1;  // a whole UTF-8 character, so that the message is valid text
    while (at_ + size < text_.size() && (static_cast<unsigned char>(text_[at_ + size]) & 0xC0) == 0x80)
      ++size;
    return fail("\"" + std::string(text_.substr(at_, size)) + "\" does not belong in the unit \"" +
                    std::string(text_) + "\"",
                "write units as in W/(m K), m2, ppm/K or um");
  }

  bool product(Unit& unit, int depth) {
    if (depth > kMaxDepth) return fail("the unit has too many nested brackets", "write it as in W/(m K)");
    bool divided = false;
    if (take("/")) {
      has_operator_ = divided = true;
      Unit below;
      skip_spaces();
      if (!power(below, depth)) return false;
      if (!raise(below, -1) || !multiply(unit, below)) return too_large();
    } else if (!power(unit, depth)) {
      return false;
    }
    for (;;) {
      const bool spaced = skip_spaces();
      if (at_ == text_.size() || text_[at_] == ')') return true;
      const bool quotient = take("/");
      const bool multiplied = !quotient && take_dot();
      if (!quotient && !multiplied && !spaced && text_[at_] != '(') return unexpected();
      has_operator_ = true;
      if (divided && !quotient) return ambiguous();
      divided |= quotient;
      skip_spaces();
      Unit next;
      if (!power(next, depth)) return false;
      if (quotient && !raise(next, -1)) return too_large();
      if (!multiply(unit, next)) return too_large();
    }
  }

  bool take_dot() {
    if (take("*") || take(".")) return true;
    for (std::string_view dot : kDots)
      if (take(dot)) return true;
    return false;
  }

  bool ambiguous() {
    return fail(
        "the unit \"" + std::string(text_) + "\" can be read in two ways",
        "bracket what is below the stroke, as in W/(m K), or write a stroke before each part, as in W/m/K");
  }

  bool power(Unit& unit, int depth) {
    ++powers_;
    if (!atom(unit, depth)) return false;
    const std::size_t before = at_;
    const bool caret = take("^") || take("**");
    bool negative = take("-") || take(kMinus);
    const bool plus = !negative && caret && take("+");
    int exponent = 0, digits = 0;
    while (at_ < text_.size() && is_digit(text_[at_]) && digits < 4)
      exponent = exponent * 10 + text_[at_++] - '0', ++digits;
    if (digits == 0 && !caret && !negative && !plus) {
      negative = take(kSuperscriptMinus);
      for (bool more = true; more && digits < 4;) {
        more = false;
        for (int digit = 0; digit < 10 && !more; ++digit)
          if (take(kSuperscripts[digit])) exponent = exponent * 10 + digit, ++digits, more = true;
      }
    }
    if (digits == 0) {
      if (at_ == before) return true;
      return unexpected();
    }
    if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1]))
      return fail("the unit \"" + std::string(text_) + "\" has a broken power",
                  "write whole powers, as in m2 or s^-1");
    if (exponent > kMaxPower) return too_large();
    has_operator_ = true;
    return raise(unit, negative ? -exponent : exponent) || too_large();
  }

  bool atom(Unit& unit, int depth) {
    if (take("(")) {
      has_operator_ = true;
      skip_spaces();
      if (!product(unit, depth + 1)) return false;
      return take(")") ||
             fail("the unit \"" + std::string(text_) + "\" lacks a closing bracket", "add \")\"");
    }
    if (rest().substr(0, 1) == "1" && (rest().size() == 1 || !is_digit(rest()[1]))) {
      ++at_;
      return true;
    }
    const std::string_view symbol = take_symbol();
    if (symbol.empty()) return unexpected();
    if (find_unit(symbol, unit)) return true;
    const std::string similar = similar_units(symbol);
    return fail("unknown unit \"" + std::string(symbol) + "\"",
                similar.empty() ? "" : "did you mean " + similar + "?");
  }

  std::string_view take_symbol() {
    const std::size_t begin = at_;
    if (take("%")) return text_.substr(begin, 1);
    for (bool more = true; more && at_ < text_.size();) {
      more = is_letter(text_[at_]);
      if (more) ++at_;
      for (std::string_view letter : kMoreLetters)
        if (!more) more = take(letter);
    }
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int powers_ = 0;
  bool has_operator_ = false;
  UnitResult result_;
};

}  // namespace

UnitResult parse_unit(std::string_view text) {
  return UnitParser(text).parse();
}

}  // namespace bondline::base
