// Brokers and files as machines of a line file, and raw units: what is read, what is refused.
#include <gtest/gtest.h>

#include "line/gateway/drivers/file/file_driver.h"
#include "line/station/line_file.h"
#include "line/station/station.h"

using namespace bondline;
using namespace bondline::station;

namespace {

struct Loaded {
  std::optional<LineFile> line;
  base::Diagnostics diagnostics;
  std::string text() const {
    std::string all;
    for (const auto& d : diagnostics.all()) all += base::to_text(d) + "\n";
    return all;
  }
};

Loaded load(const std::string& machine, const std::string& tags) {
  base::MemoryFiles files;
  files.write_atomic("line/l.yaml", "bondline: line/1\nname: l\nmachines:\n  m: " + machine + "\n");
  files.write_atomic("line/t.csv", tags);
  Loaded loaded;
  loaded.line = load_line(files, "line/l.yaml", loaded.diagnostics);
  return loaded;
}

void expect(const std::string& machine, const std::string& tags, const std::string& where,
            const std::string& what) {
  const auto loaded = load(machine, tags);
  EXPECT_FALSE(loaded.line) << what;
  EXPECT_NE(loaded.text().find(where), std::string::npos) << loaded.text();
  EXPECT_NE(loaded.text().find(what), std::string::npos) << loaded.text();
}

constexpr const char* kBroker = "{mqtt: \"mqtt://broker\", tags: t.csv}";
constexpr const char* kFiles = "{file: drop/*.csv, tags: t.csv}";

}  // namespace

TEST(TextMachines, ABrokerIsReadWithItsTags) {
  const auto loaded = load(
      "{mqtt: \"mqtt://broker:1999\", tags: t.csv, version: 3.1.1, qos: 2, session: clean, client_id: me, "
      "subscribe: [plant/#], time: ts, time_format: unix ms}",
      "name,address,field,type,unit,raw_unit,writable,write_to\n"
      "temp,plant/oven/state,zones[0].t,,degC,degF,,\n"
      "run,plant/oven/run,,bool,,,yes,plant/oven/set\n");
  ASSERT_TRUE(loaded.line) << loaded.text();
  const auto& m = std::get<MqttMachine>(loaded.line->machines[0].protocol);
  EXPECT_EQ(m.broker.host, "broker");
  EXPECT_EQ(m.broker.port, 1999);
  EXPECT_EQ(m.broker.session.version, mqtt::Version::v311);
  EXPECT_TRUE(m.broker.session.clean_start);
  EXPECT_EQ(m.broker.session.client_id, "me");
  EXPECT_EQ(m.config.qos, 2);
  ASSERT_EQ(m.config.points.size(), 2u);
  EXPECT_FALSE(m.config.points[0].whole);
  EXPECT_EQ(m.config.points[1].write_to, "plant/oven/set");
  ASSERT_TRUE(m.config.time);
  fields::Value value;
  ASSERT_EQ(fields::read(m.config.points[0].format, "212", value), nullptr);
  EXPECT_NEAR(tags::number_of(tags::ValueType::f64, value.bits), 100, 1e-9) << "degF becomes degC";
  EXPECT_NE(plan_text(*loaded.line).find("mqtt"), std::string::npos);
}

TEST(TextMachines, WhatIsWrongWithABrokerIsToldAtItsLine) {
  const std::string head = "name,address,field,type,unit,raw_unit,writable,write_to,order\n";
  const std::string good = "a,p/a,,,,,,,\n";
  expect("{mqtt: \"tcp://broker\", tags: t.csv}", head + good, "l.yaml:4:", "is no address of a broker");
  expect("{mqtt: \"mqtt://broker\", sim: counter}", head, "l.yaml:4:", "both mqtt and sim");
  expect("{mqtt: \"mqtt://broker\"}", head, "l.yaml:4:", "has no tags");
  expect("{mqtt: \"mqtt://broker\", tags: t.csv, poll: 1 s}", head + good, "l.yaml:4:", "has no \"poll\"");
  expect("{mqtt: \"mqtt://broker\", tags: t.csv, ca: x.pem}", head + good, "l.yaml:4:", "without TLS");
  expect("{mqtt: \"mqtt://broker\", tags: t.csv, subscribe: [\"a#\"]}", head + good,
         "l.yaml:4:", "is no topic filter");
  expect("{mqtt: \"mqtt://broker\", tags: t.csv, subscribe: [\"q/#\"]}", head + good,
         "t.csv:2:", "nothing that is subscribed to");
  expect("{mqtt: \"mqtt://broker\", tags: t.csv, time: ts}", head + good, "l.yaml:4:", "no tag is a member");
  expect("{mqtt: \"mqtt://broker\", tags: t.csv, time_format: unix}", head + good,
         "l.yaml:4:", "means nothing without time");
  expect("{mqtt: \"mqtt://broker\", tags: t.csv, time: ts, time_zone: Mars/Olympus}", head + good,
         "l.yaml:4:", "is no time zone");
  expect(kBroker, head + "a,p/#/a,,,,,,,\n", "t.csv:2:", "is no topic");
  expect(kBroker, head + "a,p/a,x..y,,,,,,\n", "t.csv:2:", "is no path into a document");
  expect(kBroker, head + "a,p/+,,,,,yes,,\n", "t.csv:2:", "is no topic to publish under");
  expect(kBroker, head + "a,p/a,,,,,,p/b,\n", "t.csv:2:", "not writable");
  expect(kBroker, head + "a,p/a,l[0],,,,yes,p/b,\n", "t.csv:2:", "into a list");
  expect(kBroker, head + "a,p/a,,,,,,,CDAB\n", "t.csv:2:", "order is a column for Modbus");
  expect(kBroker, head + "a,p/a,,colour,,,,,\n", "t.csv:2:", "there is no type \"colour\"");
  expect(kBroker, head + good + good, "t.csv:3:", "is there already");
}

TEST(TextMachines, RawUnitsAreTurnedAndChecked) {
  const std::string head = "name,address,type,scale,offset,unit,raw_unit\n";
  const auto loaded =
      load("{modbus: \"tcp://h\", tags: t.csv}",
           head + "p,hr:0,int16,0.1,,kPa,bar\nt,hr:1,int16,0.1,,degC,degF\nk,hr:2,int16,,,K,degC\n");
  ASSERT_TRUE(loaded.line) << loaded.text();
  const auto& tags = *loaded.line->tags;
  const auto value = [&](const char* name, double raw) {
    const tags::Tag& tag = tags[*tags.find(name)];
    EXPECT_EQ(tag.type, tags::ValueType::f64);
    return raw * tag.scale + tag.offset;
  };
  EXPECT_NEAR(value("m.p", 25), 250, 1e-9) << "2.5 bar";
  EXPECT_NEAR(value("m.t", 2120), 100, 1e-9);
  EXPECT_NEAR(value("m.k", 20), 293.15, 1e-9);
  const char* modbus = "{modbus: \"tcp://h\", tags: t.csv}";
  expect(modbus, head + "p,hr:0,int16,,,Pa,degF\n", "t.csv:2:", "raw_unit can't be turned into unit");
  expect(modbus, head + "p,hr:0,int16,,,,bar\n", "t.csv:2:", "fill the column unit");
  expect(modbus, head + "p,hr:0,int16,,,Pa,barr\n", "t.csv:2:", "barr");
  expect(modbus, head + "p,co:0,bool,,,Pa,bar\n", "t.csv:2:", "can't be scaled");
}

TEST(TextMachines, FilesAreReadWithTheirColumns) {
  const auto loaded = load(
      "{file: drop/*.csv, tags: t.csv, separator: \";\", decimal: \",\", settle: 0 s, time: when, "
      "time_format: \"%d.%m.%Y %H:%M:%S\", time_zone: \"+01:00\"}",
      "name,address,type\ntemp,Temp 1,\nname,#3,string\n");
  ASSERT_TRUE(loaded.line) << loaded.text();
  const auto& f = std::get<gateway::FileConfig>(loaded.line->machines[0].protocol);
  EXPECT_EQ(f.folder, "line/drop");
  EXPECT_EQ(f.pattern, "*.csv");
  EXPECT_EQ(f.done, "line/drop/done");
  EXPECT_FALSE(f.tail);
  EXPECT_EQ(f.separator, ';');
  EXPECT_EQ(f.points[0].format.decimal, ',');
  EXPECT_EQ(f.state_path, "line/bondline-store/file-m.place");
  for (const char* own : {"m.file", "m.position", "m.problem"})
    EXPECT_TRUE(loaded.line->tags->find(own)) << own;
  const auto lines =
      load("{file: log/m.jsonl, read: tail, start: end, tags: t.csv}", "name,address\na,x.y[0]\n");
  ASSERT_TRUE(lines.line) << lines.text();
  EXPECT_EQ(std::get<gateway::FileConfig>(lines.line->machines[0].protocol).format,
            gateway::FileFormat::json_lines);
}

TEST(TextMachines, WhatIsWrongWithFilesIsToldAtItsLine) {
  const std::string head = "name,address,type,writable\n", good = "a,x,,\n";
  expect("{file: drop/, tags: t.csv}", head + good, "l.yaml:4:", "names no files");
  expect("{file: \"*/a.csv\", tags: t.csv}", head + good, "l.yaml:4:", "names no files");
  expect("{file: log/*.csv, read: tail, tags: t.csv}", head + good, "l.yaml:4:", "may be several files");
  expect("{file: log/a.csv, read: tail, done: x, tags: t.csv}", head + good,
         "l.yaml:4:", "done is for a folder");
  expect("{file: log/a.csv, start: end, tags: t.csv}", head + good,
         "l.yaml:4:", "start is for a file that grows");
  expect("{file: a/*.csv, done: a, tags: t.csv}", head + good, "l.yaml:4:", "would lie among");
  expect("{file: a/*.csv, decimal: \",\", tags: t.csv}", head + good, "l.yaml:4:", "both within numbers");
  expect("{file: a/*.jsonl, header: no, tags: t.csv}", head + good, "l.yaml:4:", "JSON lines have no header");
  expect("{file: a/*.csv, header: no, tags: t.csv}", head + good, "t.csv:2:", "without a head line");
  expect("{file: a/*.csv, qos: 1, tags: t.csv}", head + good, "l.yaml:4:", "has no \"qos\"");
  expect(kFiles, head + "a,x,,yes\n", "t.csv:2:", "can't be written");
  expect(kFiles, head + "file,x,,\n", "t.csv:2:", "is there already");
  expect("{file: a/*.jsonl, tags: t.csv}", head + "a,x..y,,\n", "t.csv:2:", "is no path");
}

TEST(TextMachines, WhereAFileIsReadOnSurvivesAsText) {
  gateway::FileState state;
  state.sequence = 1234;
  state.place.name = "r 1.csv";
  state.place.number = 5;
  state.place.head_bytes = 17;
  state.place.head_crc = 99;
  state.place.offset = 1u << 20;
  const auto back = gateway::FileState::of(state.text());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->text(), state.text());
  EXPECT_EQ(back->place.offset, state.place.offset);
  const std::string whole = state.text();
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(gateway::FileState::of(whole.substr(0, n))) << n;
}
