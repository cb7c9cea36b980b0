#include "design/package/finding.h"

namespace bondline::package {
namespace {

int rank(Verdict verdict) {
  switch (verdict) {
    case Verdict::info:
      return 0;
    case Verdict::pass:
      return 1;
    case Verdict::warn:
      return 2;
    case Verdict::unknown:
      return 3;
    case Verdict::fail:
      return 4;
  }
  return 3;
}

}  // namespace

const char* to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::info:
      return "info";
    case Verdict::warn:
      return "warn";
    case Verdict::unknown:
      return "unknown";
    case Verdict::fail:
      return "fail";
  }
  return "unknown";
}

Verdict worst(const std::vector<Finding>& findings) {
  Verdict verdict = Verdict::info;
  for (const Finding& finding : findings)
    if (rank(finding.verdict) > rank(verdict)) verdict = finding.verdict;
  return verdict;
}

}  // namespace bondline::package
