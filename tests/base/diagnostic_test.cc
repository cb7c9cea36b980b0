#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace bondline::base {
namespace {

std::string text_of(Severity severity, const Where& where, const std::string& what, const std::string& mend) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.where = where;
  diagnostic.what = what;
  diagnostic.mend = mend;
  return to_text(diagnostic);
}

TEST(Diagnostic, SaysPlaceThenProblemThenMend) {
  EXPECT_EQ(text_of(Severity::error, {"a.yaml", 14, 9}, "die \"x\" overlaps \"y\"", "move it"),
            "a.yaml:14:9: die \"x\" overlaps \"y\"; move it");
}

TEST(Diagnostic, LeavesOutWhatIsUnknown) {
  EXPECT_EQ(text_of(Severity::error, {"a.yaml", 0, 0}, "is empty", ""), "a.yaml: is empty");
  EXPECT_EQ(text_of(Severity::error, {"a.yaml", 3, 0}, "is bad", ""), "a.yaml:3: is bad");
  EXPECT_EQ(text_of(Severity::error, {"", 3, 4}, "is bad", ""), "3:4: is bad");
  EXPECT_EQ(text_of(Severity::error, {}, "is bad", "mend it"), "is bad; mend it");
}

TEST(Diagnostic, MarksWarningsAndNotes) {
  EXPECT_EQ(text_of(Severity::warning, {"f", 1, 2}, "odd", ""), "f:1:2: warning: odd");
  EXPECT_EQ(text_of(Severity::note, {"f", 1, 2}, "stored, not yet used", ""),
            "f:1:2: note: stored, not yet used");
}

TEST(Diagnostics, OnlyErrorsStopACall) {
  Diagnostics all;
  all.warning({}, "w");
  all.note({}, "n");
  EXPECT_FALSE(all.has_errors());
  EXPECT_NO_THROW(all.throw_if_errors());
  all.error({"f", 1, 1}, "e", "m");
  EXPECT_TRUE(all.has_errors());
  try {
    all.throw_if_errors();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "warning: w\nnote: n\nf:1:1: e; m");
    EXPECT_EQ(error.diagnostics().all().size(), 3u);
  }
}

TEST(Diagnostics, JoinInOrder) {
  Diagnostics first, second;
  first.error({}, "1");
  second.error({}, "2");
  first.add(second);
  ASSERT_EQ(first.all().size(), 2u);
  EXPECT_EQ(first.all()[1].what, "2");
}

TEST(Error, CarriesASingleMessage) {
  const Error error("no room", "make room");
  EXPECT_STREQ(error.what(), "no room; make room");
  EXPECT_TRUE(error.diagnostics().has_errors());
}

}  // namespace
}  // namespace bondline::base
