#include "line/gateway/rules/compile.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "line/gateway/rules/lexer.h"
#include "line/gateway/rules/nearest.h"

namespace bondline::rules {

namespace {

constexpr std::size_t kMostBytes = 64u << 10, kMostSteps = 10'000;
constexpr int kMostLevels = 100;

/// A mistake on its way out of the parser; never leaves this file.
struct Wrong {
  base::Where where;
  std::string what, mend;
};

struct Function {
  std::string_view name;
  Op op;
  Type takes, gives;
  std::size_t least, most;  ///< values
  bool keeps_unit;
};
constexpr std::size_t kAny = 1000;
constexpr Function kFunctions[] = {
    {"min", Op::minimum, Type::number, Type::number, 2, kAny, true},
    {"max", Op::maximum, Type::number, Type::number, 2, kAny, true},
    {"abs", Op::absolute, Type::number, Type::number, 1, 1, true},
    {"sqrt", Op::square_root, Type::number, Type::number, 1, 1, false},
    {"floor", Op::floor, Type::number, Type::number, 1, 1, true},
    {"ceil", Op::ceil, Type::number, Type::number, 1, 1, true},
    {"round", Op::round, Type::number, Type::number, 1, 1, true},
    {"exp", Op::exponential, Type::number, Type::number, 1, 1, false},
    {"ln", Op::logarithm, Type::number, Type::number, 1, 1, false},
    {"log10", Op::logarithm10, Type::number, Type::number, 1, 1, false},
    {"sign", Op::sign, Type::number, Type::number, 1, 1, false},
    {"pow", Op::power, Type::number, Type::number, 2, 2, false},
    {"length", Op::length, Type::text, Type::number, 1, 1, false},
    {"contains", Op::contains, Type::text, Type::boolean, 2, 2, false},
    {"starts_with", Op::starts_with, Type::text, Type::boolean, 2, 2, false},
};
constexpr std::pair<std::string_view, Op> kQuestions[] = {
    {"good", Op::is_good}, {"uncertain", Op::is_uncertain}, {"bad", Op::is_bad}};
constexpr std::pair<std::string_view, Facet> kFacets[] = {
    {"previous", Facet::previous}, {"rate", Facet::rate}, {"age", Facet::age}, {"changed", Facet::changed}};
constexpr std::string_view kOthers[] = {"value_or", "limit", "low", "high", "tag"};
constexpr std::string_view kWords[] = {"and", "or", "not", "if", "then", "else", "true", "false"};
constexpr std::pair<std::string_view, Aggregate> kAggregates[] = {{"count", Aggregate::count},
                                                                  {"sum", Aggregate::sum},
                                                                  {"mean", Aggregate::mean},
                                                                  {"min", Aggregate::minimum},
                                                                  {"max", Aggregate::maximum},
                                                                  {"range", Aggregate::range},
                                                                  {"deviation", Aggregate::deviation},
                                                                  {"first", Aggregate::first},
                                                                  {"last", Aggregate::last},
                                                                  {"rate", Aggregate::rate},
                                                                  {"percentile", Aggregate::percentile}};

template <class Table>
auto find_in(const Table& table, std::string_view name) {
  return std::find_if(std::begin(table), std::end(table), [&](const auto& row) { return row.first == name; });
}

bool is_word(std::string_view name) {
  return std::find(std::begin(kWords), std::end(kWords), name) != std::end(kWords);
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text.substr(0, 100)) + "\"";
}

}  // namespace

/// Reads words and writes steps in one pass: what a rule of the grammar has read lies on top of the stack
/// when the program runs.
class Compiler {
 public:
  Compiler(std::string_view text, const base::Where& at, const Names& names)
      : lexer_(text, at), names_(names) {
    if (text.size() > kMostBytes)
      throw Wrong{at, "an expression of " + std::to_string(text.size()) + " bytes",
                  "at most 65,536: split it"};
    take();
  }

  Program whole() {
    const Kind kind = expression();
    finish(kind);
    return std::move(program_);
  }

  Emission windowed() {
    const auto found = token_.word == Word::name ? find_in(kAggregates, token_.text) : std::end(kAggregates);
    if (found == std::end(kAggregates)) {
      Nearest nearest(token_.text);
      for (const auto& [name, aggregate] : kAggregates) nearest.show(name);
      throw Wrong{token_.where, "a window needs to know what to make of its values",
                  nearest.found().empty() ? "write mean(...), count(...), max(...), percentile(..., 95) ..."
                                          : "did you mean " + quoted(nearest.found()) + "?"};
    }
    Emission emission;
    emission.aggregate = found->second;
    const base::Where where = token_.where;
    take();
    expect("(");
    Kind kind = expression();
    if (emission.aggregate == Aggregate::percentile) {
      expect(",");
      if (token_.word != Word::number || !(token_.number >= 0 && token_.number <= 100))
        throw Wrong{token_.where, "a percentile needs a number from 0 to 100",
                    "write percentile(oven.zone4, 95)"};
      emission.percent = token_.number;
      take();
    } else if (is_sign(",")) {
      throw Wrong{token_.where, std::string(found->first) + "(...) of a window takes one value",
                  "close the bracket"};
    }
    expect(")");
    if (emission.aggregate != Aggregate::count && kind.type != Type::number)
      throw Wrong{where,
                  std::string(found->first) + "(...) of a window needs numbers, and this is " +
                      std::string(name_of(kind.type)),
                  "only count(...) takes it"};
    if (emission.aggregate == Aggregate::count || emission.aggregate == Aggregate::rate) kind.unit.clear();
    finish(kind);
    emission.program = std::move(program_);
    return emission;
  }

 private:
  struct Kind {
    Type type = Type::number;
    std::string unit = {};  ///< "" fits any
    std::optional<double> literal = std::nullopt;
  };

  /// Counts how deep the parser is, so that no text can overflow its stack.
  struct Level {
    explicit Level(Compiler& compiler) : depth(compiler.level_) {
      if (++depth > kMostLevels)
        throw Wrong{compiler.token_.where, "more than 100 levels of brackets", "split the expression"};
    }
    ~Level() { --depth; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    int& depth;
  };

  void take() {
    token_ = lexer_.next();
    if (token_.word == Word::wrong) {
      std::string mend = "remove it";
      if (token_.text == "=") mend = "write == to compare";
      if (token_.text == "&") mend = "write and";
      if (token_.text == "|") mend = "write or";
      if (token_.text == "!") mend = "write not";
      if (token_.text == "^") mend = "write pow(x, y)";
      if (token_.text == "?") mend = "write if ... then ... else ...";
      if (token_.text.starts_with('"') || token_.text.starts_with('\'')) mend = "close its quote";
      throw Wrong{token_.where, token_.problem, mend};
    }
  }
  bool is_sign(std::string_view sign) const { return token_.word == Word::sign && token_.text == sign; }
  bool is_name(std::string_view name) const { return token_.word == Word::name && token_.text == name; }
  std::string shown() const { return token_.word == Word::end ? "the end" : quoted(token_.text); }
  void expect(std::string_view sign) {
    if (!is_sign(sign))
      throw Wrong{token_.where, "here stands " + shown() + " where " + quoted(sign) + " belongs",
                  sign == ")" ? "close the bracket" : "write " + quoted(sign)};
    take();
  }
  void expect_word(std::string_view word) {
    if (!is_name(word))
      throw Wrong{token_.where, "here stands " + shown() + " where " + quoted(word) + " belongs",
                  "write if CONDITION then VALUE else VALUE"};
    take();
  }

  void push(Op op, std::size_t at) {
    program_.steps_.push_back({op, static_cast<std::uint32_t>(at)});
    if (++top_ > program_.depth_) program_.depth_ = top_;
    bound();
  }
  void apply(Op op, std::size_t takes) {
    program_.steps_.push_back({op, 0});
    top_ -= takes - 1;
    bound();
  }
  void bound() const {
    if (program_.steps_.size() > kMostSteps)
      throw Wrong{token_.where, "more than 10,000 steps", "split the expression"};
  }
  Kind push_number(double number) {
    push(Op::number, program_.numbers_.size());
    program_.numbers_.push_back(number);
    return {Type::number, "", number};
  }

  void need(const Kind& kind, Type type, const base::Where& where, std::string_view whom) const {
    if (kind.type == type) return;
    throw Wrong{where,
                std::string(whom) + " needs " + std::string(name_of(type)) + ", and this is " +
                    std::string(name_of(kind.type)),
                type == Type::boolean ? "compare it: x > 0, x != 0"
                : type == Type::number
                    ? "nothing turns into a number by itself: if x then 1 else 0, length(t)"
                    : "write a text in quotes, or a tag that is one"};
  }
  /// The unit of two values that are added or compared.
  std::string common_unit(const Kind& a, const Kind& b, const base::Where& where) const {
    if (!a.unit.empty() && !b.unit.empty() && a.unit != b.unit)
      throw Wrong{where, "\"" + a.unit + "\" and \"" + b.unit + "\" can't be added or compared",
                  "convert one of them: a product has no unit of its own"};
    return a.unit.empty() ? b.unit : a.unit;
  }

  Kind expression() {
    const Level level(*this);
    if (!is_name("if")) return disjunction();
    take();
    const base::Where where = token_.where;
    need(expression(), Type::boolean, where, "if");
    expect_word("then");
    const Kind yes = expression();
    expect_word("else");
    const base::Where other = token_.where;
    const Kind no = expression();
    need(no, yes.type, other, "else, after such a then,");
    apply(Op::choose, 3);
    return {yes.type, common_unit(yes, no, other)};
  }
  Kind disjunction() {
    base::Where where = token_.where;
    Kind left = conjunction();
    while (is_name("or")) {
      need(left, Type::boolean, where, "or");
      take();
      where = token_.where;
      need(conjunction(), Type::boolean, where, "or");
      apply(Op::logical_or, 2);
      left = {Type::boolean};
    }
    return left;
  }
  Kind conjunction() {
    base::Where where = token_.where;
    Kind left = negation();
    while (is_name("and")) {
      need(left, Type::boolean, where, "and");
      take();
      where = token_.where;
      need(negation(), Type::boolean, where, "and");
      apply(Op::logical_and, 2);
      left = {Type::boolean};
    }
    return left;
  }
  Kind negation() {
    if (!is_name("not")) return comparison();
    const Level level(*this);
    take();
    const base::Where where = token_.where;
    need(negation(), Type::boolean, where, "not");
    apply(Op::logical_not, 1);
    return {Type::boolean};
  }
  Kind comparison() {
    const Kind left = sum();
    if (token_.word != Word::sign) return left;
    const std::string_view sign = token_.text;
    const base::Where where = token_.where;
    if (sign != "<" && sign != "<=" && sign != ">" && sign != ">=" && sign != "==" && sign != "!=")
      return left;
    take();
    const base::Where other = token_.where;
    const Kind right = sum();
    need(right, left.type, other, std::string(sign) + ", after such a value,");
    const bool equality = sign == "==" || sign == "!=";
    if (left.type == Type::boolean && !equality)
      throw Wrong{where, "true and false have no order", "use == or !="};
    common_unit(left, right, where);
    const bool text = left.type == Type::text;
    if (sign == "<") apply(text ? Op::text_less : Op::less, 2);
    if (sign == "<=") apply(text ? Op::text_less_equal : Op::less_equal, 2);
    if (sign == ">") apply(text ? Op::text_greater : Op::greater, 2);
    if (sign == ">=") apply(text ? Op::text_greater_equal : Op::greater_equal, 2);
    if (sign == "==") apply(text ? Op::text_equal : Op::equal, 2);
    if (sign == "!=") apply(text ? Op::text_not_equal : Op::not_equal, 2);
    if (token_.word == Word::sign && (token_.text == "<" || token_.text == "<=" || token_.text == ">" ||
                                      token_.text == ">=" || token_.text == "==" || token_.text == "!="))
      throw Wrong{token_.where, "comparisons can't be chained", "write a < b and b < c"};
    return {Type::boolean};
  }
  Kind sum() {
    base::Where where = token_.where;
    Kind left = product();
    while (is_sign("+") || is_sign("-")) {
      const bool plus = is_sign("+");
      const base::Where at = token_.where;
      need(left, Type::number, where, plus ? "+" : "-");
      take();
      where = token_.where;
      const Kind right = product();
      need(right, Type::number, where, plus ? "+" : "-");
      left = {Type::number, common_unit(left, right, at)};
      apply(plus ? Op::add : Op::subtract, 2);
    }
    return left;
  }
  Kind product() {
    base::Where where = token_.where;
    Kind left = sign();
    while (is_sign("*") || is_sign("/") || is_sign("%")) {
      const std::string_view sign_text = token_.text;
      need(left, Type::number, where, sign_text);
      take();
      where = token_.where;
      const Kind right = sign();
      need(right, Type::number, where, sign_text);
      if (sign_text != "*" && right.literal == 0.0)
        throw Wrong{where, "a division by zero", "divide by something else"};
      apply(sign_text == "*" ? Op::multiply : sign_text == "/" ? Op::divide : Op::remainder, 2);
      left = {Type::number};
    }
    return left;
  }
  Kind sign() {
    if (!is_sign("-") && !is_sign("+")) return primary();
    const Level level(*this);
    const bool minus = is_sign("-");
    take();
    const base::Where where = token_.where;
    Kind kind = sign();
    need(kind, Type::number, where, "a sign");
    if (minus) apply(Op::negate, 1);
    if (minus && kind.literal) kind.literal = -*kind.literal;
    return kind;
  }
  Kind primary() {
    const Token token = token_;
    if (token.word == Word::number) {
      take();
      return push_number(token.number);
    }
    if (token.word == Word::text) {
      take();
      push(Op::text, program_.texts_.size());
      program_.texts_.emplace_back(token.text);
      return {Type::text};
    }
    if (is_sign("(")) {
      take();
      const Kind kind = expression();
      expect(")");
      return kind;
    }
    if (token.word != Word::name || (is_word(token.text) && token.text != "true" && token.text != "false"))
      throw Wrong{token.where, "here stands " + shown() + " where a value belongs",
                  "write a number, a tag or a function"};
    take();
    if (token.text == "true" || token.text == "false") {
      push_number(token.text == "true");
      return {Type::boolean};
    }
    if (is_sign("(")) return call(token);
    return input(reference(token.text, token.where), Facet::value);
  }

  Kind call(const Token& name) {
    take();  // the bracket
    for (const Function& function : kFunctions)
      if (function.name == name.text) return call(function, name);
    if (const auto question = find_in(kQuestions, name.text); question != std::end(kQuestions)) {
      expression();
      expect(")");
      apply(question->second, 1);
      return {Type::boolean};
    }
    if (const auto facet = find_in(kFacets, name.text); facet != std::end(kFacets)) {
      const base::Where where = token_.where;
      const tags::TagId tag = argument();
      expect(")");
      if (facet->second == Facet::rate && type_of(names_.tags[tag].type) != Type::number)
        throw Wrong{
            where,
            "rate(...) needs a number, and this is " + std::string(name_of(type_of(names_.tags[tag].type))),
            "name a tag that is a number"};
      return input(tag, facet->second);
    }
    if (name.text == "tag") return input(quoted_reference(), Facet::value);
    if (name.text == "limit") {
      const Token text = text_token();
      Token unit;
      if (is_sign(",")) {
        take();
        unit = text_token();
      }
      expect(")");
      if (!names_.limit)
        throw Wrong{name.where, "limit(...) needs a handoff, and this line has none",
                    "name one in the line file: handoff: FILE.json"};
      std::string problem, mend;
      const auto value = names_.limit(text.text, unit.text, &problem, &mend);
      if (!value) throw Wrong{text.where, problem, mend};
      Kind kind = push_number(value->value);
      kind.unit = value->unit;
      return kind;
    }
    if (name.text == "low" || name.text == "high") {
      const base::Where where = token_.where;
      const tags::Tag& tag = names_.tags[argument()];
      expect(")");
      const auto& value = name.text == "low" ? tag.low : tag.high;
      if (!value)
        throw Wrong{where, quoted(tag.name) + " has no limit \"" + std::string(name.text) + "\"",
                    "give the tag one, or write the number"};
      Kind kind = push_number(*value);
      kind.unit = tag.unit;
      return kind;
    }
    if (name.text == "value_or") {
      const Kind first = expression();
      expect(",");
      const base::Where where = token_.where;
      const Kind second = expression();
      expect(")");
      need(second, first.type, where, "value_or(...), after such a value,");
      apply(Op::otherwise, 2);
      return {first.type, common_unit(first, second, where)};
    }
    if (find_in(kAggregates, name.text) != std::end(kAggregates))
      throw Wrong{name.where,
                  std::string(name.text) + "(...) gathers values of a window and must stand around the whole",
                  "give the rule a window, or make it a rule of its own"};
    Nearest nearest(name.text);
    for (const Function& function : kFunctions) nearest.show(function.name);
    for (const auto& [known, op] : kQuestions) nearest.show(known);
    for (const auto& [known, facet] : kFacets) nearest.show(known);
    for (const auto known : kOthers) nearest.show(known);
    throw Wrong{name.where, "there is no function " + quoted(name.text),
                nearest.found().empty() ? "docs/formats/rules.md lists them"
                                        : "did you mean " + quoted(nearest.found()) + "?"};
  }

  Kind call(const Function& function, const Token& name) {
    Kind result{function.gives};
    std::size_t count = 0;
    for (;;) {
      const base::Where where = token_.where;
      const Kind value = expression();
      need(value, function.takes, where, std::string(function.name) + "(...)");
      if (function.keeps_unit)
        result.unit = count == 0 ? value.unit : common_unit({Type::number, result.unit}, value, where);
      if (++count > 1 && count <= function.most) apply(function.op, 2);
      if (!is_sign(",")) break;
      take();
    }
    expect(")");
    if (count < function.least || count > function.most)
      throw Wrong{name.where,
                  std::string(function.name) + "(...) takes " +
                      (function.most == kAny ? "at least " + std::to_string(function.least)
                                             : std::to_string(function.least)) +
                      (function.most == 1 ? " value" : " values") + ", not " + std::to_string(count),
                  "docs/formats/rules.md says what each takes"};
    if (function.most == 1) apply(function.op, 1);
    return result;
  }

  /// A tag as argument: its name, or tag("...").
  tags::TagId argument() {
    const Token token = token_;
    if (token.word != Word::name || is_word(token.text))
      throw Wrong{token.where, "here stands " + shown() + " where the name of a tag belongs",
                  "write MACHINE.NAME, or tag(\"MACHINE.NAME\")"};
    take();
    if (token.text == "tag" && is_sign("(")) {
      take();
      return quoted_reference();
    }
    return reference(token.text, token.where);
  }
  /// A text in quotes, with the bracket that closes behind it.
  Token text_token() {
    Token text = token_;
    if (text.word != Word::text)
      throw Wrong{text.where, "here stands " + shown() + " where a text in quotes belongs",
                  "put it in quotes"};
    take();
    return text;
  }
  Token text_argument() {
    Token text = text_token();
    expect(")");
    return text;
  }
  tags::TagId quoted_reference() {
    const Token text = text_argument();
    return reference(text.text, text.where);
  }

  tags::TagId reference(std::string_view name, const base::Where& where) {
    if (const auto id = names_.tags.find(name)) return *id;
    Nearest nearest(name);
    for (const tags::Tag& tag : names_.tags.all()) nearest.show(tag.name);
    throw Wrong{where, "there is no tag " + quoted(name),
                nearest.found().empty()
                    ? "write MACHINE.NAME; a rule's own tag is rules.NAME, for the rules below it"
                    : "did you mean " + quoted(nearest.found()) + "?"};
  }
  Kind input(tags::TagId tag, Facet facet) {
    const tags::Tag& known = names_.tags[tag];
    Input input{tag, facet, type_of(known.type)};
    std::string unit = known.unit;
    if (facet == Facet::changed) input.type = Type::boolean;
    if (facet == Facet::rate || facet == Facet::age) input.type = Type::number;
    if (facet != Facet::value && facet != Facet::previous) unit.clear();
    const auto found = std::find(program_.inputs_.begin(), program_.inputs_.end(), input);
    const auto at = static_cast<std::size_t>(found - program_.inputs_.begin());
    if (found == program_.inputs_.end()) program_.inputs_.push_back(input);
    push(Op::input, at);
    return {input.type, input.type == Type::number ? unit : ""};
  }

  void finish(const Kind& kind) {
    if (token_.word != Word::end) {
      const bool word = is_name("AND") || is_name("OR") || is_name("NOT");
      throw Wrong{token_.where, shown() + " stands where the expression could end",
                  word ? "and, or and not are written small" : "is an operator missing before it?"};
    }
    program_.type_ = kind.type;
    program_.unit_ = kind.unit;
  }

  Lexer lexer_;
  const Names& names_;
  Token token_;
  Program program_;
  std::size_t top_ = 0;
  int level_ = 0;
};

std::optional<Program> compile(std::string_view text, const base::Where& at, const Names& names,
                               base::Diagnostics& diagnostics) {
  try {
    return Compiler(text, at, names).whole();
  } catch (const Wrong& wrong) {
    diagnostics.error(wrong.where, wrong.what, wrong.mend);
    return std::nullopt;
  }
}

std::optional<Emission> compile_emission(std::string_view text, const base::Where& at, const Names& names,
                                         bool windowed, base::Diagnostics& diagnostics) {
  if (!windowed) {
    auto program = compile(text, at, names, diagnostics);
    if (!program) return std::nullopt;
    return Emission{std::nullopt, 50, std::move(*program)};
  }
  try {
    return Compiler(text, at, names).windowed();
  } catch (const Wrong& wrong) {
    diagnostics.error(wrong.where, wrong.what, wrong.mend);
    return std::nullopt;
  }
}

}  // namespace bondline::rules
