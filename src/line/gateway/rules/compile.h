// From the text of an expression to a Program (grammar and rules of types: docs/formats/rules.md). Hostile
// text is refused, never thrown at: an expression has at most 64 KiB, 100 levels and 10,000 steps.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "line/gateway/rules/program.h"
#include "line/tags/tag.h"

namespace bondline::rules {

/// A number that is known when the expression is read, with its unit.
struct Constant {
  double value = 0;
  std::string unit;
};

/// What an expression may refer to.
struct Names {
  const tags::TagTable& tags;
  /// What limit("NAME") and limit("NAME", "UNIT") stand for, which a handoff gives; empty: there is none.
  /// Nullopt with *problem and *mend when it has no such limit, or the unit does not fit it.
  std::function<std::optional<Constant>(std::string_view name, std::string_view unit, std::string* problem,
                                        std::string* mend)>
      limit;
};

/// What a window makes of the values in it.
enum class Aggregate : std::uint8_t {
  count,
  sum,
  mean,
  minimum,
  maximum,
  range,
  deviation,
  first,
  last,
  rate,
  percentile
};

/// An expression, or an aggregate of one: `mean(oven.zone4)`, `percentile(oven.zone4, 95)`.
struct Emission {
  std::optional<Aggregate> aggregate;
  double percent = 50;  ///< of percentile, in [0, 100]
  Program program;      ///< what is gathered
};

/// Nullopt with one error at its place: unknown names with the nearest known one, types that do not fit,
/// units that differ. `at` is the place of the text's first character.
std::optional<Program> compile(std::string_view text, const base::Where& at, const Names& names,
                               base::Diagnostics& diagnostics);
/// The same, where an aggregate may stand around the whole. `windowed`: it must (and rate, min and max of one
/// value are aggregates).
std::optional<Emission> compile_emission(std::string_view text, const base::Where& at, const Names& names,
                                         bool windowed, base::Diagnostics& diagnostics);

}  // namespace bondline::rules
