#include "design/rules/rules.h"

#include <cmath>

#include "design/rules/judge.h"

namespace bondline::rules {
namespace detail {

void Judge::say(Verdict verdict, std::string subject, std::string why, std::string mend, base::Where where) {
  Finding f;
  f.rule = rule_.id;
  f.subject = std::move(subject);
  f.verdict = verdict;
  f.why = std::move(why);
  f.source = rule_.source;
  if (verdict != Verdict::pass) f.mend = std::move(mend);
  f.where = std::move(where);
  if (verdict != Verdict::pass) {
    told_.push_back(std::move(f));
  } else if (!tightest_) {
    tightest_ = std::move(f);
    tightness_ = 1e300;
  }
}

void Judge::settle(Measure m, int sense) {
  Finding f;
  f.rule = rule_.id;
  f.subject = std::move(m.subject);
  f.value = m.value;
  f.limit = m.limit;
  f.unit = m.unit;
  const double margin = sense > 0 ? m.limit - m.value : m.value - m.limit;
  f.margin = margin;
  // Sums of thicknesses meant to be equal differ by rounding; a part in 1e9 of the limit is equal.
  const double slack = 1e-9 * (std::abs(m.limit) + std::abs(m.value));
  if (!(margin >= -slack)) {
    f.verdict = m.soft ? Verdict::warn : Verdict::fail;
  } else {
    f.verdict = margin < m.warn_below - slack ? Verdict::warn : Verdict::pass;
  }
  f.why = std::move(m.why);
  f.source = rule_.source;
  f.where = std::move(m.where);
  if (f.verdict != Verdict::pass) {
    f.mend = std::move(m.mend);
    told_.push_back(std::move(f));
    return;
  }
  const double tightness = m.limit != 0 ? margin / std::abs(m.limit) : margin;
  if (!tightest_ || tightness < tightness_) {
    tightest_ = std::move(f);
    tightness_ = tightness;
  }
}

std::vector<Finding> Judge::finish() {
  for (const Finding& f : told_) {
    if (f.verdict != Verdict::info) return std::move(told_);
  }
  if (tightest_) told_.insert(told_.begin(), std::move(*tightest_));
  return std::move(told_);
}

namespace {

std::vector<Row> whole_book() {
  std::vector<Row> book;
  for (auto* chapter : {&place_rows, &cover_rows, &height_rows, &joint_rows, &part_rows, &power_rows}) {
    for (Row& row : chapter()) book.push_back(std::move(row));
  }
  return book;
}

}  // namespace
}  // namespace detail

const std::vector<Rule>& all_rules() {
  static const std::vector<Rule> rules = [] {
    std::vector<Rule> list;
    for (const detail::Row& row : detail::whole_book()) list.push_back(row.rule);
    return list;
  }();
  return rules;
}

std::string manual_page() {
  std::string page =
      "# Design rules\n\n"
      "`bondline design check` and `bondline signoff` judge every design by these rules. A rule that holds "
      "everywhere "
      "gives one\nFinding, for the place with the least margin; a broken rule gives one for every place. "
      "\"Warning\" "
      "rules can be built\nbut deserve a second look. Heights count from the substrate's face; the geometry "
      "itself is "
      "described in\n[How parts are stacked](stacking.md).\n\n"
      "| rule | demands | source |\n|---|---|---|\n";
  for (const Rule& rule : all_rules())
    page += "| `" + rule.id + "` | " + rule.demands + " | " + rule.source + " |\n";
  page += "\nThis page is made from the rule book in `src/design/rules`; a test compares them.\n";
  return page;
}

std::vector<package::Finding> check(const package::Design& design, const package::Assembly& assembly) {
  std::vector<package::Finding> findings;
  const detail::Case subject = {design, assembly};
  for (const detail::Row& row : detail::whole_book()) {
    detail::Judge judge(row.rule);
    row.judge(subject, judge);
    for (package::Finding& f : judge.finish()) findings.push_back(std::move(f));
  }
  return findings;
}

}  // namespace bondline::rules
