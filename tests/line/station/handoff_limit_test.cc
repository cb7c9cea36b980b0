// limit("...") in rules: what sign-off handed over, as a constant with its unit.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "line/station/station.h"
#include "trust/key_file.h"
#include "trust/signature.h"

using namespace bondline;
using namespace bondline::station;

namespace {

handoff::Handoff sample(const std::string& verdict = "pass") {
  handoff::Handoff h;
  h.design_name = "sip";
  h.verdict = verdict;
  h.limits = {{"soc.junction", "temperature", "K", {}, {}, 370.15, 378.15, "", ""},
              {"press.force", "force", "N", 20, {}, {}, 60, "", ""}};
  return h;
}

struct Loaded {
  std::optional<LineFile> line;
  std::string problems;
};

Loaded load(base::Files& files, const std::string& when, const std::string& given = "h.json") {
  files.write_atomic("l.yaml", "bondline: line/1\nname: l\nhandoff: " + given +
                                   "\nmachines:\n  oven: {sim: reflow_oven, size: 8}\nrules:\n  r: {emit: '" +
                                   when + "'}\n");
  Loaded loaded;
  base::Diagnostics diagnostics;
  loaded.line = load_line(files, "l.yaml", diagnostics);
  for (const auto& d : diagnostics.all()) loaded.problems += base::to_text(d) + "\n";
  return loaded;
}

Loaded load(const std::string& when) {
  base::MemoryFiles files;
  files.write_atomic("h.json", handoff::write(sample()));
  return load(files, when);
}

}  // namespace

TEST(HandoffLimit, IsAConstantWithItsUnit) {
  const auto value = [](const std::string& text) {
    const Loaded loaded = load(text);
    EXPECT_TRUE(loaded.line) << loaded.problems;
    if (!loaded.line) return rules::Cell{};
    rules::Workspace workspace;
    rules::Cell out;
    loaded.line->rules[0].what.program.evaluate({}, 1, workspace, {&out, 1});
    return out;
  };
  EXPECT_EQ(value("limit(\"soc.junction\")").number, 378.15);
  EXPECT_NEAR(value("limit(\"soc.junction\", \"degC\")").number, 105, 1e-9);
  EXPECT_NEAR(value("limit(\"soc.junction.high_warn\", \"degC\")").number, 97, 1e-9);
  EXPECT_EQ(value("limit(\"press.force.low_alarm\")").number, 20);
  EXPECT_NEAR(value("limit(\"press.force.high_alarm\", \"kN\")").number, 0.06, 1e-15);
  const Loaded compared = load("oven.zone4 > limit(\"soc.junction\", \"degC\") - 5");
  EXPECT_TRUE(compared.line) << compared.problems;
}

TEST(HandoffLimit, IsRefusedWithPlaceAndMend) {
  const auto says = [](const std::string& text, const std::string& what) {
    const Loaded loaded = load(text);
    EXPECT_FALSE(loaded.line) << text;
    EXPECT_TRUE(loaded.problems.starts_with("l.yaml:7:")) << loaded.problems;
    EXPECT_NE(loaded.problems.find(what), std::string::npos) << loaded.problems;
  };
  says("limit(\"soc.juncton\")", "did you mean \"soc.junction\"?");
  says("limit(\"soc.junction.high_wrn\")", "did you mean \"soc.junction.high_warn\"?");
  says("limit(\"soc.junction.low_alarm\")", "no limit");
  says("limit(\"press.force\")", "say which: \"press.force.low_alarm\", \"press.force.high_alarm\"");
  says("limit(\"soc.junction\", \"mm\")", "measures something else");
  says("limit(\"soc.junction\", \"degX\")", "degX");
  says("oven.zone4 > limit(\"soc.junction\")", "can");
  const Loaded place = load("oven.zone4 > limit(\"soc.juncton\", \"degC\")");
  EXPECT_TRUE(place.problems.starts_with("l.yaml:7:33:")) << place.problems;
}

TEST(HandoffLimit, NeedsASoundHandoff) {
  base::MemoryFiles files;
  EXPECT_NE(load(files, "limit(\"soc.junction\")").problems.find("can't be read"), std::string::npos);
  std::string text = handoff::write(sample());
  files.write_atomic("h.json", handoff::write(sample("fail")));
  const Loaded failed = load(files, "limit(\"soc.junction\")");
  EXPECT_TRUE(failed.line);
  EXPECT_NE(failed.problems.find("signed off as \"fail\""), std::string::npos);
  text.replace(text.find("378.15"), 6, "478.15");
  files.write_atomic("h.json", text);
  EXPECT_FALSE(load(files, "limit(\"soc.junction\")").line) << "its hash does not fit";
}

TEST(HandoffLimit, HoldsOnlyWhatATrustedKeySigned) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("bondline-signed-" + std::to_string(getpid()));
  fs::create_directories(folder);
  const trust::PrivateKey key{{1, 2, 3}}, other{{7}};
  base::Files& disk = base::disk();
  const std::string pem = (folder / "a.pub.pem").string(), others = (folder / "b.pub.pem").string();
  disk.write_atomic(pem, trust::to_pem(trust::public_key_of(key)));
  disk.write_atomic(others, trust::to_pem(trust::public_key_of(other)));
  base::MemoryFiles files;
  const std::string text = handoff::write(sample());
  base::Diagnostics d;
  const std::string hash = handoff::read(text, "h.json", d)->hash;
  files.write_atomic("h.json", text);
  files.write_atomic("h.json.sig",
                     trust::to_text(trust::sign_document(key, "handoff", "2026-11-21T12:00:00Z", hash)));
  const std::string rule = "limit(\"soc.junction\")";
  const Loaded good = load(files, rule, "{file: h.json, key: " + pem + "}");
  ASSERT_TRUE(good.line) << good.problems;
  EXPECT_EQ(good.line->handoff->signed_by, trust::fingerprint(trust::public_key_of(key)));
  EXPECT_NE(load(files, rule, "{file: h.json, key: " + others + "}").problems.find("not to be trusted"),
            std::string::npos);
  files.write_atomic("h.json", handoff::write(sample("warn")));
  EXPECT_NE(load(files, rule, "{file: h.json, key: " + pem + "}").problems.find("changed after"),
            std::string::npos);
  files.remove("h.json.sig");
  EXPECT_FALSE(load(files, rule, "{file: h.json, key: " + pem + "}").line);
  fs::remove_all(folder);
}
