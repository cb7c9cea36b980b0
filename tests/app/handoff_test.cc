#include "handoff/handoff.h"

#include "program.h"

namespace bondline::app {
namespace {

handoff::Handoff small() {
  handoff::Handoff h;
  h.design_name = "slab";
  h.verdict = "pass";
  handoff::TagLimit limit;
  limit.tag = "die.junction", limit.quantity = "temperature", limit.unit = "K", limit.high_alarm = 378.15;
  h.limits = {limit};
  return h;
}

TEST(HandoffCommand, ShowsWhatAPersonAndAProgramNeed) {
  const Folder folder;
  const std::string file = folder.write("h.json", handoff::write(small()));
  const Said text = run({"handoff", "show", file});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(text.says("105.0 °C")) << text.out;
  const auto document = run({"handoff", "show", file, "--json"}).json();
  EXPECT_EQ(document["handoff"]["limits"][0]["high_alarm"], 378.15);
}

TEST(HandoffCommand, DiffTellsByStatusAndInWords) {
  const Folder folder;
  auto changed = small();
  changed.limits[0].high_alarm = 373.15;
  const std::string a = folder.write("a.json", handoff::write(small())),
                    b = folder.write("b.json", handoff::write(changed));
  EXPECT_EQ(run({"handoff", "diff", a, a}).status, 0);
  const Said said = run({"handoff", "diff", a, b});
  EXPECT_EQ(said.status, 1);
  EXPECT_TRUE(said.says("378.15 -> 373.15")) << said.out;
  EXPECT_EQ(run({"handoff", "diff", a, b, "--json"}).json()["equal"], false);
}

TEST(HandoffCommand, RefusesAChangedFileAtItsPlace) {
  const Folder folder;
  std::string text = handoff::write(small());
  text.replace(text.find("378.15"), 6, "398.15");
  const std::string file = folder.write("h.json", text);
  const Said said = run({"handoff", "show", file});
  EXPECT_EQ(said.status, 2);
  EXPECT_TRUE(said.complains(file + ":")) << said.err;
  EXPECT_TRUE(said.complains("hash")) << said.err;
}

TEST(HandoffCommand, SchemaIsTheLibrarysOwn) {
  EXPECT_EQ(run({"handoff", "schema"}).out, handoff::json_schema());
}

}  // namespace
}  // namespace bondline::app
