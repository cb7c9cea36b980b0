// Whatever the text: it is refused with a place inside it, or its program runs within its stack, and what it
// gives is finite unless it is bad.
#include <cmath>
#include <cstdlib>
#include <vector>

#include "line/gateway/rules/compile.h"

using namespace bondline;
using namespace bondline::rules;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tags::TagTable table = [] {
    tags::TagTable made;
    for (const auto& [name, type] : {std::pair{"a.n", tags::ValueType::f64},
                                     {"a.b", tags::ValueType::boolean},
                                     {"a.t", tags::ValueType::text}}) {
      tags::Tag tag;
      tag.name = name;
      tag.type = type;
      tag.low = -1;
      made.add(tag);
    }
    return made;
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool windowed : {false, true}) {
    base::Diagnostics diagnostics;
    const auto emission = compile_emission(text, {"f", 1, 1}, {table, {}}, windowed, diagnostics);
    if (emission.has_value() == diagnostics.has_errors()) std::abort();
    if (!emission) continue;
    const Program& program = emission->program;
    std::vector<Cell> inputs;
    const double numbers[] = {0, -1.5, HUGE_VAL};
    for (std::size_t i = 0; i < program.inputs().size(); ++i)
      for (const double number : numbers)
        inputs.push_back(
            {program.inputs()[i].type == Type::number ? number : number < 0, tags::Quality::good, "text"});
    Workspace workspace;
    Cell out[3];
    program.evaluate(inputs, 3, workspace, out);
    for (const Cell& cell : out)
      if (!tags::is_bad(cell.quality) && !std::isfinite(cell.number)) std::abort();
  }
  return 0;
}
