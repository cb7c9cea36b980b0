#include "handoff/handoff.h"
#include "program.h"

namespace bondline::app {
namespace {

std::string small() {
  handoff::Handoff h;
  h.design_name = "slab";
  h.verdict = "pass";
  handoff::TagLimit limit;
  limit.tag = "die.junction", limit.quantity = "temperature", limit.unit = "K", limit.high_alarm = 378.15;
  h.limits = {limit};
  return handoff::write(h);
}

TEST(Signing, HoldsForWhatWasSignedByATrustedKey) {
  const Folder folder;
  const std::string file = folder.write("h.json", small());
  ASSERT_EQ(run({"key", "make", folder / "a.pem"}).status, 0);
  ASSERT_EQ(run({"key", "make", folder / "b.pem"}).status, 0);
  const Said made = run({"handoff", "sign", file, "--key", folder / "a.pem", "--json"});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(made.json()["key"], run({"key", "show", folder / "a.pub.pem", "--json"}).json()["fingerprint"]);

  const Said good = run({"handoff", "verify", file, "--key", folder / "a.pub.pem", "--json"});
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_EQ(good.json()["verified"], true);
  EXPECT_EQ(
      run({"handoff", "verify", file, "--key", folder / "b.pub.pem", "--key", folder / "a.pub.pem"}).status,
      0);

  const Said other = run({"handoff", "verify", file, "--key", folder / "b.pub.pem", "--json"});
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(other.json()["sound"], true);
  EXPECT_EQ(other.json()["verified"], false);
  const Said nobody = run({"handoff", "verify", file});
  EXPECT_EQ(nobody.status, 1);
  EXPECT_TRUE(nobody.says("--key")) << nobody.out;
}

TEST(Signing, OutlivesAnotherIndentationAndNoChangedValue) {
  const Folder folder;
  const std::string text = small(), file = folder.write("h.json", text);
  ASSERT_EQ(run({"key", "make", folder / "a.pem"}).status, 0);
  ASSERT_EQ(run({"handoff", "sign", file, "--key", folder / "a.pem"}).status, 0);
  folder.write("h.json", nlohmann::json::parse(text).dump() + "\n");
  EXPECT_EQ(run({"handoff", "verify", file, "--key", folder / "a.pub.pem"}).status, 0);

  std::string changed = text;
  changed.replace(changed.find("378.15"), 6, "478.15");
  folder.write("h.json", changed);
  const Said said = run({"handoff", "verify", file, "--key", folder / "a.pub.pem"});
  EXPECT_EQ(said.status, 1);
  EXPECT_TRUE(said.says("not sound")) << said.out;

  // Changed, with a hash that fits again: only the signature tells.
  base::Diagnostics none;
  auto forged = handoff::read(text, "h.json", none);
  forged->limits[0].high_alarm = 478.15;
  folder.write("h.json", handoff::write(*forged));
  EXPECT_TRUE(
      run({"handoff", "verify", file, "--key", folder / "a.pub.pem"}).says("changed after it was signed"));
}

TEST(Signing, RefusesKeysThatOthersMayRead) {
  const Folder folder;
  const std::string file = folder.write("h.json", small());
  ASSERT_EQ(run({"key", "make", folder / "a.pem"}).status, 0);
  EXPECT_EQ(run({"key", "make", folder / "a.pem"}).status, 2) << "never over one that is there";
  std::filesystem::permissions(folder / "a.pem", std::filesystem::perms(0644));
  const Said said = run({"handoff", "sign", file, "--key", folder / "a.pem"});
  EXPECT_EQ(said.status, 2);
  EXPECT_TRUE(said.complains("chmod 600")) << said.err;
  EXPECT_EQ(run({"handoff", "verify", file}).status, 2) << "there is no signature";
}

}  // namespace
}  // namespace bondline::app
