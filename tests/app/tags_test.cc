// bondline tags, against a line that runs.
#include <thread>

#include "../line/gateway/peers.h"
#include "program.h"

using namespace bondline;
using namespace bondline::app;
using namespace std::chrono_literals;

TEST(Tags, BrowseReadWatchAndWriteARunningLine) {
  const auto daemon = std::filesystem::path(BONDLINE_BINARY).parent_path() / "bondlined";
  if (!std::filesystem::exists(daemon)) GTEST_SKIP() << "bondlined is not built here";
  const Folder folder;
  const std::uint16_t port = peers::free_port();
  folder.write("write.token", "0123456789abcdefghij\n");
  std::filesystem::permissions(folder / "write.token", std::filesystem::perms::owner_read);
  const std::string head =
      "bondline: line/1\nname: l\nmachines:\n  oven: {sim: reflow_oven, size: 3, poll: 20 ms}\n"
      "store: {path: store}\n";
  const std::string file = folder.write("l.yaml", head + "api: {listen: \"127.0.0.1:" + std::to_string(port) +
                                                      "\", write: {token_file: write.token}}\n");
  const std::string closed = folder.write("closed.yaml", head);
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  EXPECT_TRUE(run({"tags", "read", "oven.zone1", "--url", url}).complains("no line answers at 127.0.0.1"));
  EXPECT_TRUE(run({"tags", "read", "oven.zone1", "--line", closed}).complains("api: {}"));
  peers::Child line({daemon.string(), file}, folder / "out");
  peers::wait_for_port(port);
  for (int i = 0; i < 500; ++i) {
    const Said said = run({"tags", "read", "oven.zone1", "--line", file, "--json"});
    if (said.status == 0 && !said.json().at("tags").at(0).at("value").is_null()) break;
    std::this_thread::sleep_for(10ms);
  }

  const Said all = run({"tags", "browse", "--line", file, "--json"});
  ASSERT_EQ(all.status, 0) << all.err;
  EXPECT_EQ(all.json().at("total"), 13);
  EXPECT_EQ(all.json().at("tags").size(), 13u);
  EXPECT_EQ(
      run({"tags", "browse", "oven.zone", "--url", url, "--most", "2", "--json"}).json().at("tags").size(),
      2u);
  const Said table = run({"tags", "browse", "oven.zone1", "--url", url});
  EXPECT_TRUE(table.says("oven.zone1_setpoint")) << table.out;
  EXPECT_TRUE(table.says("degC"));

  const Said wrong = run({"tags", "read", "oven.zon1", "--url", url});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_TRUE(wrong.complains("did you mean \"oven.zone1\"?")) << wrong.err;

  const Said written = run({"tags", "write", "oven.zone1_setpoint", "201.5", "--line", file, "--json"});
  ASSERT_EQ(written.status, 0) << written.err;
  EXPECT_EQ(written.json().at("value"), 201.5);
  EXPECT_EQ(run({"tags", "write", "oven.zone1_setpoint", "hot", "--line", file}).status, 2);
  EXPECT_EQ(run({"tags", "write", "oven.zone1_setpoint", "2000", "--line", file}).status, 2);
  EXPECT_TRUE(run({"tags", "write", "oven.zone1_setpoint", "200", "--url", url}).complains("--token-file"));
  EXPECT_EQ(
      run({"tags", "write", "oven.fault", "sensor", "--url", url, "--token-file", folder / "write.token"})
          .status,
      0);

  const Said watched =
      run({"tags", "watch", "oven.zone1", "oven.fault", "--line", file, "--most", "20", "--json"});
  ASSERT_EQ(watched.status, 0) << watched.err;
  const auto seen = watched.json();
  EXPECT_EQ(seen.at("samples").size(), 20u);
  bool bad = false;
  for (const auto& sample : seen.at("samples"))
    bad |= sample.at("name") == "oven.zone1" && sample.at("quality") == "bad_sensor" &&
           sample.at("value").is_null();
  EXPECT_TRUE(bad) << watched.out;
  EXPECT_EQ(run({"tags", "watch", "oven.zone1", "--url", url, "--for", "0.3"}).status, 0);
  EXPECT_EQ(run({"tags", "watch", "oven.zone1", "--url", url, "--json"}).status, 2) << "without an end";
  EXPECT_EQ(line.end(SIGTERM), 0) << slurp(folder / "out");
}

TEST(Tags, EveryNameThatIsNotThereIsToldAndAnAlarmIsAcknowledgedOnce) {
  const auto daemon = std::filesystem::path(BONDLINE_BINARY).parent_path() / "bondlined";
  if (!std::filesystem::exists(daemon)) GTEST_SKIP() << "bondlined is not built here";
  const Folder folder;
  const std::uint16_t port = peers::free_port();
  folder.write("write.token", "0123456789abcdefghij\n");
  std::filesystem::permissions(folder / "write.token", std::filesystem::perms::owner_read);
  const std::string file =
      folder.write("l.yaml",
                   "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 3, poll: 20 ms}\n"
                   "rules:\n  many: {when: c.n0 > 2, acknowledge: false}\nstore: {path: store}\n"
                   "api: {listen: \"127.0.0.1:" +
                       std::to_string(port) + "\", write: {token_file: write.token, tags: [rules.many]}}\n");
  peers::Child line({daemon.string(), file}, folder / "out");
  peers::wait_for_port(port);
  const auto comes = [&](int state) {
    for (int i = 0; i < 500; ++i) {
      const Said said = run({"tags", "read", "rules.many", "--line", file, "--json"});
      if (said.status == 0 && said.json().at("tags").at(0).at("value") == state) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  };
  ASSERT_TRUE(comes(1));
  const Said done = run({"tags", "acknowledge", "rules.many", "--line", file, "--json"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_TRUE(comes(2));
  const Said again = run({"tags", "acknowledge", "rules.many", "--line", file});
  EXPECT_EQ(again.status, 2);
  EXPECT_TRUE(again.complains("acknowledged already")) << again.err;

  for (const char* verb : {"read", "watch"}) {
    const Said said = run({"tags", verb, "c.n0", "c.m0", "c.m1", "--line", file});
    EXPECT_EQ(said.status, 2) << verb;
    EXPECT_TRUE(said.complains("there is no tag \"c.m0\"") && said.complains("there is no tag \"c.m1\""))
        << said.err;
  }
  EXPECT_EQ(run({"tags", "watch", "nothing.yet*", "--for", "0.1", "--line", file, "--json"}).status, 0);
  EXPECT_EQ(run({"history", "query", file, "--tag", "c.n0", "--most", "-1"}).status, 2);
}

TEST(LineCheck, DoubtsStandInTheDocumentToo) {
  const Folder folder;
  folder.write("t.csv", "name,address,type\nx,hr:10,float32\ny,hr:11,int16\n");
  const std::string file = folder.write(
      "l.yaml", "bondline: line/1\nname: l\nmachines:\n  a: {modbus: \"tcp://127.0.0.1:1\", tags: t.csv}\n");
  const Said said = run({"line", "check", file, "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto warnings = said.json().at("warnings");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings.at(0).at("line"), 3);
  EXPECT_EQ(warnings.at(0).at("severity"), "warning");
  EXPECT_FALSE(warnings.at(0).at("mend").get<std::string>().empty());
}
