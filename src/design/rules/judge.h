// Inside the rules room: a Row is a rule with its predicate; the predicate hands measures to a Judge, which
// turns them into Findings. A rule that holds everywhere leaves one Finding, the tightest; one that is broken
// leaves a Finding for every place where it is.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "design/rules/rules.h"

namespace bondline::rules::detail {

using package::Assembly;
using package::Design;
using package::Finding;
using package::Verdict;

/// What is judged.
struct Case {
  const Design& design;
  const Assembly& assembly;
};

/// One comparison. Numbers are in `unit`, as a person writes them.
struct Measure {
  std::string subject;  ///< "dies.soc"
  double value = 0, limit = 0;
  std::string unit;
  std::string why;   ///< a sentence with the numbers, true whatever the verdict
  std::string mend;  ///< kept when the verdict is not pass
  base::Where where;
  double warn_below = 0;  ///< a margin smaller than this is a warning
  bool soft = false;      ///< breaking it is a warning: it can be built, but look twice
};

class Judge {
 public:
  explicit Judge(const Rule& rule) : rule_(rule) {}
  void at_most(Measure m) { settle(std::move(m), +1); }
  void at_least(Measure m) { settle(std::move(m), -1); }
  /// Something without a number: `verdict` as given.
  void say(Verdict verdict, std::string subject, std::string why, std::string mend, base::Where where);
  /// All that is to be told, in the order it was found.
  std::vector<Finding> finish();

 private:
  void settle(Measure m, int sense);
  const Rule& rule_;
  std::vector<Finding> told_;
  std::optional<Finding> tightest_;
  double tightness_ = 0;
};

using Predicate = void (*)(const Case&, Judge&);
struct Row {
  Rule rule;
  Predicate judge;
};

/// The book's chapters, in order.
std::vector<Row> place_rows();
std::vector<Row> cover_rows();
std::vector<Row> height_rows();
std::vector<Row> joint_rows();
std::vector<Row> part_rows();
std::vector<Row> power_rows();

inline double um(double metres) {
  return metres * 1e6;
}

}  // namespace bondline::rules::detail
