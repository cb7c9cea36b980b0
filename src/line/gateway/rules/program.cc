#include "line/gateway/rules/program.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bondline::rules {

using tags::Quality;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A number that is not finite is bad, whatever it was made from.
void guard(Cell& cell) {
  if (std::isfinite(cell.number)) return;
  cell.number = kNaN;
  cell.quality = worst(cell.quality, Quality::bad_not_a_number);
}

template <class F>
void each(Cell* a, std::size_t rows, F f) {
  for (std::size_t r = 0; r < rows; ++r) {
    a[r].number = f(a[r].number);
    guard(a[r]);
  }
}

template <class F>
void ask(Cell* a, std::size_t rows, F f) {
  for (std::size_t r = 0; r < rows; ++r) a[r] = {f(a[r].quality) ? 1.0 : 0.0, Quality::good, {}};
}

template <class F>
void both(Cell* a, const Cell* b, std::size_t rows, F f) {
  for (std::size_t r = 0; r < rows; ++r) {
    a[r].number = f(a[r].number, b[r].number);
    a[r].quality = worst(a[r].quality, b[r].quality);
    guard(a[r]);
  }
}

/// Comparisons: what can't be compared is false, and bad by its inputs.
template <class F>
void compare(Cell* a, const Cell* b, std::size_t rows, F f) {
  for (std::size_t r = 0; r < rows; ++r)
    a[r] = {f(a[r], b[r]) ? 1.0 : 0.0, worst(a[r].quality, b[r].quality), {}};
}

/// One side that decides alone and is not bad makes the other's quality irrelevant.
void logical(Cell* a, const Cell* b, std::size_t rows, bool decides) {
  for (std::size_t r = 0; r < rows; ++r) {
    const bool left = (a[r].number != 0) == decides && !is_bad(a[r].quality),
               right = (b[r].number != 0) == decides && !is_bad(b[r].quality);
    const Quality quality = left && right ? std::min(a[r].quality, b[r].quality)
                            : left        ? a[r].quality
                            : right       ? b[r].quality
                                          : worst(a[r].quality, b[r].quality);
    const bool value =
        decides ? (a[r].number != 0 || b[r].number != 0) : (a[r].number != 0 && b[r].number != 0);
    a[r] = {value ? 1.0 : 0.0, quality, {}};
  }
}

void unary(Op op, Cell* a, std::size_t rows) {
  switch (op) {
    case Op::negate:
      return each(a, rows, [](double x) { return -x; });
    case Op::absolute:
      return each(a, rows, [](double x) { return std::fabs(x); });
    case Op::square_root:
      return each(a, rows, [](double x) { return std::sqrt(x); });
    case Op::floor:
      return each(a, rows, [](double x) { return std::floor(x); });
    case Op::ceil:
      return each(a, rows, [](double x) { return std::ceil(x); });
    case Op::round:
      return each(a, rows, [](double x) { return std::round(x); });
    case Op::exponential:
      return each(a, rows, [](double x) { return std::exp(x); });
    case Op::logarithm:
      return each(a, rows, [](double x) { return std::log(x); });
    case Op::logarithm10:
      return each(a, rows, [](double x) { return std::log10(x); });
    case Op::sign:
      return each(a, rows, [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x; });
    case Op::is_good:
      return ask(a, rows, [](Quality q) { return tags::is_good(q); });
    case Op::is_uncertain:
      return ask(a, rows, [](Quality q) { return tags::is_uncertain(q); });
    case Op::is_bad:
      return ask(a, rows, [](Quality q) { return tags::is_bad(q); });
    case Op::logical_not:
      for (std::size_t r = 0; r < rows; ++r) a[r].number = a[r].number != 0 ? 0 : 1;
      return;
    case Op::length:
      for (std::size_t r = 0; r < rows; ++r) a[r] = {static_cast<double>(a[r].text.size()), a[r].quality, {}};
      return;
    default:
      return;
  }
}

void binary(Op op, Cell* a, const Cell* b, std::size_t rows) {
  switch (op) {
    case Op::add:
      return both(a, b, rows, [](double x, double y) { return x + y; });
    case Op::subtract:
      return both(a, b, rows, [](double x, double y) { return x - y; });
    case Op::multiply:
      return both(a, b, rows, [](double x, double y) { return x * y; });
    case Op::divide:
      return both(a, b, rows, [](double x, double y) { return y == 0 ? kNaN : x / y; });
    case Op::remainder:
      return both(a, b, rows, [](double x, double y) { return std::fmod(x, y); });
    case Op::power:
      return both(a, b, rows, [](double x, double y) { return std::pow(x, y); });
    // A NaN on either side stays one.
    case Op::minimum:
      return both(a, b, rows, [](double x, double y) { return x + y != x + y ? kNaN : x < y ? x : y; });
    case Op::maximum:
      return both(a, b, rows, [](double x, double y) { return x + y != x + y ? kNaN : x > y ? x : y; });
    case Op::logical_and:
      return logical(a, b, rows, false);
    case Op::logical_or:
      return logical(a, b, rows, true);
    case Op::otherwise:
      for (std::size_t r = 0; r < rows; ++r)
        if (tags::is_bad(a[r].quality))
          a[r] = {b[r].number, worst(b[r].quality, Quality::uncertain_substitute), b[r].text};
      return;
    case Op::less:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.number < y.number; });
    case Op::less_equal:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.number <= y.number; });
    case Op::greater:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.number > y.number; });
    case Op::greater_equal:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.number >= y.number; });
    case Op::equal:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.number == y.number; });
    case Op::not_equal:
      // A NaN is not told to differ either: its comparison is bad anyway.
      return compare(a, b, rows,
                     [](const Cell& x, const Cell& y) { return x.number < y.number || x.number > y.number; });
    case Op::text_less:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.text < y.text; });
    case Op::text_less_equal:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.text <= y.text; });
    case Op::text_greater:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.text > y.text; });
    case Op::text_greater_equal:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.text >= y.text; });
    case Op::text_equal:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.text == y.text; });
    case Op::text_not_equal:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.text != y.text; });
    case Op::contains:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) {
        return x.text.find(y.text) != std::string_view::npos;
      });
    case Op::starts_with:
      return compare(a, b, rows, [](const Cell& x, const Cell& y) { return x.text.starts_with(y.text); });
    default:
      return;
  }
}

}  // namespace

std::string_view name_of(Type type) {
  return type == Type::number ? "a number" : type == Type::boolean ? "true or false" : "a text";
}

Type type_of(tags::ValueType type) {
  return type == tags::ValueType::boolean ? Type::boolean
         : type == tags::ValueType::text  ? Type::text
                                          : Type::number;
}

void Program::evaluate(std::span<const Cell> inputs, std::size_t rows, Workspace& workspace,
                       std::span<Cell> out) const {
  rows = std::min(rows, kMostRows);
  if (workspace.stack_.size() < depth_) workspace.stack_.resize(depth_);
  std::size_t top = 0;  // columns in use
  for (const Step& step : steps_) {
    if (step.op == Op::input) {
      Cell* to = workspace.stack_[top++].data();
      const Type type = inputs_[step.at].type;
      for (std::size_t r = 0; r < rows; ++r) {
        to[r] = inputs[step.at * rows + r];
        if (type != Type::text) guard(to[r]);
      }
    } else if (step.op == Op::number) {
      std::fill_n(workspace.stack_[top++].data(), rows, Cell{numbers_[step.at], Quality::good, {}});
    } else if (step.op == Op::text) {
      std::fill_n(workspace.stack_[top++].data(), rows, Cell{0, Quality::good, texts_[step.at]});
    } else if (step.op < Op::add) {
      unary(step.op, workspace.stack_[top - 1].data(), rows);
    } else if (step.op < Op::choose) {
      --top;
      binary(step.op, workspace.stack_[top - 1].data(), workspace.stack_[top].data(), rows);
    } else {
      top -= 2;
      Cell* condition = workspace.stack_[top - 1].data();
      for (std::size_t r = 0; r < rows; ++r) {
        Cell chosen = workspace.stack_[condition[r].number != 0 ? top : top + 1][r];
        chosen.quality = worst(chosen.quality, condition[r].quality);
        condition[r] = chosen;
      }
    }
  }
  std::copy_n(workspace.stack_[0].data(), rows, out.data());
}

}  // namespace bondline::rules
