// Geometry and design-rule checks. Each rule is a row of data (id, what it demands, limit, source, mend) and
// a small predicate over the Design and its solids. A check answers a Finding; geometry that cannot be built
// fails.
#pragma once
#include <string>
#include <vector>

#include "design/package/finding.h"
#include "design/package/solids.h"

namespace bondline::rules {

/// One rule, as the manual lists it.
struct Rule {
  std::string id;       ///< "geometry.overlap"
  std::string demands;  ///< one sentence
  std::string source;
};
const std::vector<Rule>& all_rules();

/// The manual's page of rules in Markdown, made from all_rules(): docs/rules.md holds exactly this.
std::string manual_page();

/// Every check on one design. Findings in the order of all_rules(), then of the file. A design that passes
/// all gives at least one pass Finding per rule that applied. Deterministic, no side effects.
std::vector<package::Finding> check(const package::Design& design, const package::Assembly& assembly);

}  // namespace bondline::rules
