// ONNX's backend tests, run by the evaluator.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "coverage.h"
#include "data_set.h"

namespace bondline::inference {
namespace {

namespace fs = std::filesystem;
using testing::CaseResult;
using testing::kTestData;
using testing::Outcome;
using testing::Route;

struct Tally {
  int passed = 0, refused = 0, failed = 0;
  std::string why;
};

struct Totals {
  std::map<std::string, Tally> ops;
  Tally cases;
};

void run_folder(const std::string& folder, Totals* totals, Route route = Route::read) {
  for (const auto& entry : fs::directory_iterator(fs::path(kTestData) / folder)) {
    if (!fs::exists(entry.path() / "model.onnx")) continue;
    const CaseResult result = testing::run_case(entry.path().string(), testing::way_of(route));
    const auto count = [&](Tally* tally) {
      tally->passed += result.outcome == Outcome::passed;
      tally->refused += result.outcome == Outcome::refused;
      tally->failed += result.outcome == Outcome::failed;
      if (result.outcome != Outcome::passed) tally->why = result.why;
    };
    for (const std::string& op : result.ops) count(&totals->ops[op]);
    count(&totals->cases);
    if (result.outcome == Outcome::failed) ADD_FAILURE() << entry.path().filename() << ": " << result.why;
  }
}

TEST(Conformance, OperatorsOfTheBackendTestsPass) {
  if (!fs::exists(kTestData)) GTEST_SKIP() << "libonnx-testdata is not installed";
  Totals totals;
  for (const char* folder : {"node", "simple"}) run_folder(folder, &totals);
  int passed = 0;
  std::set<std::string> others, documented;
  std::string list;
  for (const auto& [op, tally] : totals.ops) {
    const bool fine = tally.passed > 0 && tally.failed == 0;
    passed += fine;
    if (fine) continue;
    others.insert(op);
    list += "  " + op + ": " + tally.why + "\n";
  }
  for (const testing::Refused& refused : testing::kRefused) documented.insert(std::string(refused.op));
  std::cout << passed << " of " << totals.ops.size() << " operators pass (" << totals.cases.passed
            << " cases passed, " << totals.cases.refused << " refused, " << totals.cases.failed
            << " failed); not:\n"
            << list;
  EXPECT_EQ(others, documented);
  EXPECT_GE(passed, 160);
}

// BONDLINE_ONNX_CASES may name a folder of further cases in the data set's layout.
TEST(Conformance, FurtherCasesPass) {
  const char* folder = std::getenv("BONDLINE_ONNX_CASES");
  if (folder == nullptr) GTEST_SKIP() << "BONDLINE_ONNX_CASES is not set";
  for (const Route route : {Route::read, Route::simplified}) {
    Totals totals;
    run_folder(folder, &totals, route);
    std::cout << totals.cases.passed << " cases passed, " << totals.cases.refused << " refused\n";
    for (const auto& [op, tally] : totals.ops)
      if (tally.refused != 0) std::cout << "  " << op << ": " << tally.why << "\n";
    EXPECT_GT(totals.cases.passed, 0);
  }
}

TEST(Conformance, NetworksMadeByPyTorchPass) {
  if (!fs::exists(kTestData)) GTEST_SKIP() << "libonnx-testdata is not installed";
  Totals totals;
  for (const char* folder : {"pytorch-converted", "pytorch-operator"}) run_folder(folder, &totals);
  std::cout << totals.cases.passed << " cases passed, " << totals.cases.refused << " refused\n";
  for (const auto& [op, tally] : totals.ops)
    if (tally.refused != 0) std::cout << "  " << op << ": " << tally.why << "\n";
  EXPECT_GE(totals.cases.passed, 100);
}

// Preparing and simplifying change no result; what cannot be compiled is refused.
TEST(Conformance, PassesKeepTheResultsOfEveryCase) {
  if (!fs::exists(kTestData)) GTEST_SKIP() << "libonnx-testdata is not installed";
  for (const Route route : {Route::prepared, Route::simplified}) {
    Totals totals;
    for (const char* folder : {"node", "simple", "pytorch-converted", "pytorch-operator"})
      run_folder(folder, &totals, route);
    std::cout << totals.cases.passed << " cases passed, " << totals.cases.refused << " refused\n";
    EXPECT_GE(totals.cases.passed, 700);
  }
}

}  // namespace
}  // namespace bondline::inference
