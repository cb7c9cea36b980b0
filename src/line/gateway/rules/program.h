// A compiled expression: steps of a small typed stack machine that work on columns of up to kMostRows rows.
// Every value travels with its quality: a result is as bad as the worst value it was made from (the larger
// quality byte), and a number that is not finite is bad_not_a_number; so what is not bad is finite.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line/tags/quality.h"
#include "line/tags/tag.h"

namespace bondline::rules {

enum class Type : std::uint8_t { number, boolean, text };
std::string_view name_of(Type type);
/// What a tag of this type is in an expression.
Type type_of(tags::ValueType type);

/// What of a tag an expression asks for.
enum class Facet : std::uint8_t {
  value,
  previous,  ///< the value before the newest
  rate,      ///< change per second between the two newest
  age,       ///< seconds since the newest came
  changed    ///< whether the two newest differ
};

struct Input {
  tags::TagId tag = 0;
  Facet facet = Facet::value;
  Type type = Type::number;
  friend bool operator==(const Input&, const Input&) = default;
};

/// One value with its quality; a boolean is the number 0 or 1.
struct Cell {
  double number = 0;
  tags::Quality quality = tags::Quality::good;
  std::string_view text = {};
};

enum class Op : std::uint8_t {
  input,
  number,
  text,  // push what stands at `at`
  negate,
  logical_not,
  absolute,
  square_root,
  floor,
  ceil,
  round,
  exponential,
  logarithm,
  logarithm10,
  sign,
  is_good,
  is_uncertain,
  is_bad,
  length,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  power,
  minimum,
  maximum,
  logical_and,
  logical_or,
  otherwise,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  text_less,
  text_less_equal,
  text_greater,
  text_greater_equal,
  text_equal,
  text_not_equal,
  contains,
  starts_with,
  choose
};

struct Step {
  Op op = Op::number;
  std::uint32_t at = 0;
};

inline constexpr std::size_t kMostRows = 64;

/// Memory of evaluations; grows to the deepest program it has met and is used again.
class Workspace {
 private:
  friend class Program;
  using Column = std::array<Cell, kMostRows>;
  std::vector<Column> stack_;
};

class Program {
 public:
  Type type() const { return type_; }
  /// Of the result, where it is known: "degC"; "" otherwise.
  const std::string& unit() const { return unit_; }
  const std::vector<Input>& inputs() const { return inputs_; }
  std::size_t steps() const { return steps_.size(); }
  /// `rows` rows at once, at most kMostRows: inputs[i * rows + r] is input i of row r, results go to out[r].
  /// Text results point into the inputs' texts or into this program. Allocates only when `workspace` meets a
  /// deeper program than before.
  void evaluate(std::span<const Cell> inputs, std::size_t rows, Workspace& workspace,
                std::span<Cell> out) const;

 private:
  friend class Compiler;
  std::vector<Step> steps_;
  std::vector<Input> inputs_;
  std::vector<double> numbers_;
  std::vector<std::string> texts_;
  std::size_t depth_ = 1;
  Type type_ = Type::number;
  std::string unit_;
};

/// The worse of two qualities.
inline tags::Quality worst(tags::Quality a, tags::Quality b) {
  return a < b ? b : a;
}

}  // namespace bondline::rules
