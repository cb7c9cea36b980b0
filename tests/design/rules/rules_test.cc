// What holds of the rule book as a whole.
#include "design/rules/rules.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "../sample_designs.h"

namespace bondline::rules {
namespace {

using namespace package;

TEST(Rules, HaveUniqueNamesDemandsAndSources) {
  std::set<std::string> ids;
  for (const Rule& r : all_rules()) {
    EXPECT_TRUE(ids.insert(r.id).second) << r.id;
    EXPECT_FALSE(r.demands.empty()) << r.id;
    EXPECT_FALSE(r.source.empty()) << r.id;
  }
  EXPECT_GE(ids.size(), 30u);
}

TEST(Rules, FailNoneOfTheSamples) {
  for (Design (*make)() :
       {&samples::sip, &samples::interposer, &samples::stack3d, &samples::power_module, &samples::block}) {
    const Design d = make();
    for (const Finding& f : check(d, assemble(d))) {
      EXPECT_NE(f.verdict, Verdict::fail) << d.name << ": " << f.rule << " " << f.subject << ": " << f.why;
      EXPECT_NE(f.verdict, Verdict::unknown) << d.name << ": " << f.rule;
    }
  }
}

TEST(Rules, AnswerInTheBooksOrderAndTheSameTwice) {
  const Design d = samples::sip();
  const Assembly a = assemble(d);
  const auto first = check(d, a), second = check(d, a);
  ASSERT_EQ(first.size(), second.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].rule, second[i].rule);
    EXPECT_EQ(first[i].why, second[i].why);
    while (at < all_rules().size() && all_rules()[at].id != first[i].rule) ++at;
    EXPECT_LT(at, all_rules().size()) << first[i].rule << " is out of order";
  }
}

TEST(Rules, PointAtTheLineThatMadeThePart) {
  Design d = samples::sip();
  d.dies[2].where = {"design.yaml", 14, 9};
  d.dies[2].at.x = -5.3e-3;
  for (const Finding& f : check(d, assemble(d))) {
    if (f.rule == "geometry.outside_body" && f.verdict == Verdict::fail) {
      EXPECT_EQ(f.where.line, 14);
      EXPECT_NE(f.mend.find("200 um"), std::string::npos) << f.mend;
      return;
    }
  }
  FAIL() << "the die outside the body was not found";
}

TEST(Rules, MendOfAnOverlapRemovesIt) {
  Design d = samples::sip();
  d.dies[2].at = {-3.9e-3, 4.2e-3};
  const auto overlaps = [&] {
    std::vector<Finding> found;
    for (Finding& f : check(d, assemble(d))) {
      if (f.rule == "geometry.overlap" && f.verdict == Verdict::fail) found.push_back(f);
    }
    return found;
  };
  ASSERT_EQ(overlaps().size(), 1u);
  EXPECT_NE(overlaps()[0].mend.find("move dies.rf by 100 um towards -x"), std::string::npos)
      << overlaps()[0].mend;
  d.dies[2].at.x -= 100e-6;
  EXPECT_TRUE(overlaps().empty());
}

TEST(Rules, TellOverlappingViaFieldsOnceAndLetCoinsCutThem) {
  Design d = samples::sip();
  Coin coin;
  coin.material = "Cu";
  coin.at = {0, 0.8e-3};
  coin.size = {1e-3, 1e-3};
  d.substrate->coins = {coin};
  ViaField second = d.substrate->vias[0];
  second.name = "second";
  second.at.x += 3.5e-3;
  d.substrate->vias.push_back(second);
  std::vector<Finding> overlaps;
  for (Finding& f : check(d, assemble(d))) {
    if (f.rule == "geometry.overlap" && f.verdict == Verdict::fail) overlaps.push_back(f);
  }
  ASSERT_EQ(overlaps.size(), 1u);
  EXPECT_NEAR(*overlaps[0].value, 500, 1e-6) << overlaps[0].why;
}

TEST(Rules, FailALidThatAPassiveHoldsOffItsDies) {
  Design d = samples::interposer();
  Passive tall;
  tall.name = "inductor";
  tall.kind = "inductor";
  tall.size = {2e-3, 2e-3};
  tall.height = 1.6e-3;
  tall.at = {17.5e-3, 0};
  tall.material = "ceramic";
  d.passives = {tall};
  const Assembly a = assemble(d);
  const auto lid = std::size_t(a.find("lid"));
  EXPECT_NEAR(a.solids[lid].z0, a.substrate_top + 1.6e-3, 1e-12);
  EXPECT_EQ(a.find("tims.tim1"), -1);  // no film over the whole body on one part's top
  bool failed = false;
  for (const Finding& f : check(d, a))
    failed |= f.rule == "geometry.lid_contact" && f.verdict == Verdict::fail;
  EXPECT_TRUE(failed);
}

// To renew the page after changing the book: BONDLINE_WRITE_DOCS=1 test_rules --gtest_filter=Rules.Manual*
TEST(Rules, ManualListsTheBookWordForWord) {
  const char* const page = BONDLINE_SOURCE_DIR "/docs/rules.md";
  if (std::getenv("BONDLINE_WRITE_DOCS")) std::ofstream(page) << manual_page();
  std::ifstream file(page);
  ASSERT_TRUE(file.good()) << "docs/rules.md is missing";
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), manual_page());
}

}  // namespace
}  // namespace bondline::rules
