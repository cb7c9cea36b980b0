// A Finding is what one check says of one design. Every analysis makes them; sign-off, search, report and
// dashboard read them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"

namespace bondline::package {

enum class Verdict {
  pass,     ///< the limit holds with margin
  info,     ///< no limit was set
  warn,     ///< holds, but by less than the check's warning band or than its own error
  unknown,  ///< could not be judged: `why` says what is missing
  fail
};
const char* to_text(Verdict verdict);

struct Evidence {
  std::string kind;  ///< "map", "curve", "picture"
  std::string file;  ///< relative to the report's folder
  std::string title;
};

struct Finding {
  std::string rule;              ///< "thermal.junction", "geometry.overlap"
  std::string subject;           ///< "dies.soc"
  std::optional<double> value;   ///< in `unit`
  std::optional<double> limit;   ///< in `unit`
  std::string unit;              ///< as written: "degC", "um", "W"
  std::optional<double> margin;  ///< in `unit`, positive when good
  Verdict verdict = Verdict::info;
  std::string why;     ///< a sentence with the numbers
  std::string source;  ///< the rule's or limit's origin
  std::string mend;    ///< what would help most, with how much
  std::vector<Evidence> evidence;
  base::Where where;  ///< the line that set the limit or made the part
};

/// The worst verdict of a list (fail > unknown > warn > pass > info); info when empty.
Verdict worst(const std::vector<Finding>& findings);

}  // namespace bondline::package
