#include "line/station/line_file.h"

#include <gtest/gtest.h>

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

Loaded load(const std::string& line, const std::string& tags = "") {
  base::MemoryFiles files;
  files.write_atomic("line/l.yaml", line);
  files.write_atomic("line/t.csv", tags);
  Loaded loaded;
  loaded.line = load_line(files, "line/l.yaml", loaded.diagnostics);
  return loaded;
}

const std::string kHead = "bondline: line/1\nname: l\nmachines:\n";

}  // namespace

TEST(LineFile, ReadsMachinesTagsSinksAndStore) {
  const auto loaded =
      load(kHead +
               "  oven: {modbus: \"tcp://10.0.3.21\", unit: 3, poll: 250 ms, tags: t.csv, pipeline: 8}\n"
               "  sim1: {sim: counter, size: 5}\n"
               "sinks:\n  plant: {mqtt: \"mqtt://broker:1999\", qos: 2, payload: cbor}\n"
               "store: {path: s, keep: 30 d, max: 10 GB, when_full: decimate}\n",
           "name,address,type,order,scale,unit,writable,poll\n"
           "zone4,40108,int16,,0.1,degC,yes,\n"
           "speed,hr:200,float32,CDAB,,m/min,,1 s\n"
           "\"on, really\",co:3,,,,,,\n");
  ASSERT_TRUE(loaded.line) << loaded.text();
  const LineFile& line = *loaded.line;
  ASSERT_EQ(line.machines.size(), 2u);
  const auto& modbus = std::get<gateway::ModbusConfig>(line.machines[0].protocol);
  EXPECT_EQ(modbus.host, "10.0.3.21");
  EXPECT_EQ(modbus.port, 502);
  EXPECT_EQ(modbus.unit, 3);
  EXPECT_EQ(modbus.poll, std::chrono::milliseconds(250));
  ASSERT_EQ(modbus.points.size(), 3u);
  EXPECT_EQ(modbus.points[0].address.offset, 107);
  EXPECT_EQ(modbus.points[1].format.order, modbus::Order::cdab);
  EXPECT_EQ(modbus.points[1].poll, std::chrono::seconds(1));
  const tags::Tag& zone = (*line.tags)[modbus.points[0].tag];
  EXPECT_EQ(zone.name, "oven.zone4");
  EXPECT_EQ(zone.type, tags::ValueType::f64) << "scaled";
  EXPECT_TRUE(zone.writable);
  EXPECT_TRUE(line.tags->find("oven.on, really"));
  EXPECT_TRUE(line.tags->find("sim1.n4"));
  ASSERT_EQ(line.sinks.size(), 1u);
  const auto& mqtt = std::get<MqttTarget>(line.sinks[0].protocol);
  EXPECT_EQ(mqtt.port, 1999);
  EXPECT_EQ(mqtt.qos, 2);
  EXPECT_EQ(line.store.folder, "line/s");
  EXPECT_EQ(line.store.max_bytes, 10'000'000'000u);
  EXPECT_EQ(line.store.when_full, store::WhenFull::decimate);
}

TEST(LineFile, ReadsASinkThatPostsAndWhatItMayNotSay) {
  const std::string head = kHead + "  a: {sim: counter}\nsinks:\n  s: ";
  const auto loaded = load(head +
                               "{http: \"http://plant:8080/in?x=1\", samples: 100, every: 2 s, timeout: 7 s, "
                               "refused: drop, payload: cbor, token_file: t.csv}\n",
                           "secret\nrest");
  ASSERT_TRUE(loaded.line) << loaded.text();
  ASSERT_EQ(loaded.line->sinks.size(), 1u);
  const auto& http = std::get<HttpTarget>(loaded.line->sinks[0].protocol);
  EXPECT_EQ(http.url.host, "plant");
  EXPECT_EQ(http.url.port, 8080);
  EXPECT_EQ(http.url.target, "/in?x=1");
  EXPECT_EQ(http.headers.get("authorization"), "Bearer secret");
  EXPECT_EQ(http.most_samples, 100u);
  EXPECT_EQ(http.every, std::chrono::seconds(2));
  EXPECT_EQ(http.timeout, std::chrono::seconds(7));
  EXPECT_EQ(http.refused, gateway::Refused::drop);
  EXPECT_EQ(http.payload, gateway::PayloadFormat::cbor);
  const std::pair<const char*, const char*> mistakes[] = {
      {"{http: \"mqtt://x\"}", "is no http:// or https:// address"},
      {"{http: \"http://u:p@x/\"}", "no place for a password"},
      {"{http: \"http://x\", mqtt: \"mqtt://x\"}", "both a broker and a web address"},
      {"{http: \"http://x\", topic: a}", "has no \"topic\""},
      {"{http: \"http://x\", ca: t.csv}", "means nothing without TLS"},
      {"{http: \"https://x\", ca: none.pem}", "can't be read"},
      {"{http: \"http://x\", user: a}", "user and password_file go together"},
      {"{http: \"http://x\", token_file: none}", "can't be read"},
      {"{http: \"http://x\", refused: forget}", "refused"},
      {"{mqtt: \"mqtt://x\", refused: drop}", "has no \"refused\""},
  };
  for (const auto& [sink, problem] : mistakes) {
    const auto wrong = load(head + sink + "\n");
    EXPECT_FALSE(wrong.line) << sink;
    EXPECT_NE(wrong.text().find(problem), std::string::npos) << sink << "\n" << wrong.text();
  }
}

TEST(LineFile, EveryMistakeOfATagFileIsToldAtItsLine) {
  const auto loaded = load(kHead + "  oven: {modbus: \"tcp://h\", tags: t.csv}\n",
                           "name,address,type,scale,low,high,writable\n"
                           "a,107,int16,,,,\n"
                           "b,hr:1,word,,,,\n"
                           "c,hr:2,int16,zero,,,\n"
                           "d,co:1,int16,,,,\n"
                           "e,hr:65535,int32,,,,\n"
                           "f,ir:3,int16,,,,yes\n"
                           "g,hr:5,int16,,9,1,\n"
                           "g,hr:6,int16,,,,\n"
                           ",hr:7,int16,,,,\n"
                           "h,hr:8,int16,,,,maybe\n"
                           "\"i,hr:9\n");
  EXPECT_FALSE(loaded.line);
  for (const char* place : {"t.csv:2:", "t.csv:3:", "t.csv:4:", "t.csv:5:", "t.csv:6:", "t.csv:7:",
                            "t.csv:8:", "t.csv:9:", "t.csv:10:", "t.csv:11:", "t.csv:12:"})
    EXPECT_NE(loaded.text().find(place), std::string::npos) << place << "\n" << loaded.text();
  EXPECT_NE(loaded.text().find("\"oven.g\" is there already"), std::string::npos);
}

TEST(LineFile, AMisspeltColumnOrKeyIsGuessed) {
  EXPECT_NE(load(kHead + "  oven: {modbus: \"tcp://h\", tags: t.csv}\n", "name,adress\n")
                .text()
                .find("\"address\""),
            std::string::npos);
  EXPECT_NE(load(kHead + "  oven: {modbuss: \"tcp://h\"}\n").text().find("modbus"), std::string::npos);
}

TEST(LineFile, WhatCannotBeIsRefused) {
  EXPECT_NE(load(kHead + "  a: {modbus: \"rtu:/dev/ttyX\", tags: t.csv}\n  b: {modbus: \"rtu:/dev/ttyX\", "
                         "tags: t.csv}\n",
                 "name,address\nx,hr:1\n")
                .text()
                .find("the same serial port"),
            std::string::npos);
  EXPECT_NE(load(kHead + "  a: {modbus: \"udp://h\", tags: t.csv}\n").text().find("is no Modbus device"),
            std::string::npos);
  EXPECT_NE(
      load(kHead + "  a: {modbus: \"tcp://h:99999\", tags: t.csv}\n").text().find("is no Modbus device"),
      std::string::npos);
  EXPECT_NE(load(kHead + "  a: {modbus: \"tcp://h\"}\n").text().find("has no tags"), std::string::npos);
  EXPECT_NE(load(kHead + "  a: {sim: counter, baud: 9600}\n").text().find("has no \"baud\""),
            std::string::npos);
  EXPECT_NE(
      load(kHead + "  a: {sim: counter}\nsinks:\n  s: {mqtt: \"http://x\"}\n").text().find("is no address"),
      std::string::npos);
  EXPECT_NE(load(kHead + "  a: {sim: counter}\nsinks:\n  s: {mqtt: \"mqtt://x\", topic: \"a/#\"}\n")
                .text()
                .find("is no topic"),
            std::string::npos);
  EXPECT_NE(load(kHead + "  a: {sim: counter}\nstore: {max: 3 apples}\n").text().find("is no size"),
            std::string::npos);
  EXPECT_NE(load(kHead + "  a: {poll: 1 s}\n").text().find("nothing this version can talk to"),
            std::string::npos);
}

TEST(LineFile, NoTimeIsLongerThanAHundredYearsOrRoundedToNothing) {
  for (const char* wrong : {"inf", "300 yr", "1e290 s"}) {
    EXPECT_NE(load(kHead + "  a: {sim: counter, poll: " + wrong + "}\n").text().find("poll"),
              std::string::npos)
        << wrong;
    EXPECT_NE(load(kHead + "  a: {sim: counter}\nstore: {keep: " + wrong + "}\n").text().find("keep"),
              std::string::npos)
        << wrong;
    EXPECT_NE(load(kHead + "  a: {sim: counter}\nrules:\n  r: {emit: mean(a.n0), window: " + wrong + "}\n")
                  .text()
                  .find("window"),
              std::string::npos)
        << wrong;
  }
  const auto longest = load(kHead + "  a: {sim: counter, poll: 1 fs}\nstore: {keep: 100 yr}\n");
  ASSERT_TRUE(longest.line) << longest.text();
  EXPECT_EQ(longest.line->store.keep, std::chrono::hours(876'600));
  EXPECT_EQ(std::get<gateway::SimConfig>(longest.line->machines[0].protocol).poll,
            std::chrono::nanoseconds(1));
}

TEST(LineFile, ValuesThatLieWithinAnotherAreDoubtedAndThoseThatStraddleItRefused) {
  const std::string machine = kHead + "  a: {modbus: \"tcp://h\", tags: t.csv}\n";
  for (const char* within : {"x,hr:10,float32\ny,hr:11,int16\n", "x,hr:11,uint16\ny,hr:10,uint32\n",
                             "x,hr:10,int16\ny,hr:10,uint16\n"}) {
    const auto loaded = load(machine, std::string("name,address,type\n") + within);
    EXPECT_TRUE(loaded.line) << loaded.text();
    EXPECT_NE(loaded.text().find("overlap in hr:1"), std::string::npos) << loaded.text();
  }
  for (const char* straddling : {"x,hr:10,float32\ny,hr:11,float32\n", "y,hr:12,float32\nx,hr:9,int64\n"}) {
    const auto loaded = load(machine, std::string("name,address,type\n") + straddling);
    EXPECT_FALSE(loaded.line);
    EXPECT_NE(loaded.text().find("t.csv:3:1: "), std::string::npos) << loaded.text();
    EXPECT_NE(loaded.text().find("overlap in hr:1"), std::string::npos) << loaded.text();
  }
  for (const char* fine : {"x,hr:10,float32\ny,hr:10,float32\n", "x,hr:10,uint16\ny,hr:10.3,\n",
                           "x,hr:10,float32\ny,ir:11,float32\n", "x,hr:10,float32\ny,hr:12,float32\n"}) {
    const auto loaded = load(machine, std::string("name,address,type\n") + fine);
    EXPECT_TRUE(loaded.line && loaded.diagnostics.empty()) << loaded.text();
  }
}

// One mistake does not hide another, and what only follows from one is not told beside it.
TEST(LineFile, EverythingWrongIsToldAtOnceWithAMendAndNoConsequences) {
  const auto loaded = load(
      "bondline: line/1\nname: l\nmachines:\n"
      "  a: {modbus: \"tcp://h\", tags: t.csv, poll: 5}\n"  // line 4: no unit
      "  b: {modbus: \"tcp://h\", tags: t.csv}\n"           // its tag file: row 2
      "  c: {sim: counter}\n"
      "  d/e: {sim: counter}\n"                                  // line 7: name
      "  f: {modbus: \"rtu:/dev/tty/../ttyQ9\", tags: u.csv}\n"  // line 8: no file
      "rules:\n"
      "  r: {emit: a.x + 1}\n"    // follows from line 4
      "  s: {emit: b.x + 1}\n"    // follows from the tag file
      "  t: {emit: c.n0 +}\n"     // line 12
      "  u: {emit: c.nought}\n"   // line 13
      "  v: {emit: 1, foo: 2}\n"  // line 14
      "sinks:\n"
      "  w: {mqtt: \"mqtt://h\", qos: 3}\n"            // line 16
      "  x: {mqtt: \"mqtts://h\", ca: nowhere.pem}\n"  // line 17
      "  y: {kafka: k}\n"                              // line 18
      "store: {max: 10 bananas}\n",                    // line 19
      "name,address,type\nx,107,int16\n");
  EXPECT_FALSE(loaded.line);
  const std::string text = loaded.text();
  for (const char* place : {"l.yaml:4:", "t.csv:2:1:", "l.yaml:7:3:", "l.yaml:8:", "l.yaml:12:", "l.yaml:13:",
                            "l.yaml:14:", "l.yaml:16:", "l.yaml:17:30:", "l.yaml:18:", "l.yaml:19:"})
    EXPECT_NE(text.find(place), std::string::npos) << place << " is not told in\n" << text;
  for (const char* place : {"l.yaml:10:", "l.yaml:11:"})
    EXPECT_EQ(text.find(place), std::string::npos) << place << " only follows\n" << text;
  for (const auto& one : loaded.diagnostics.all()) EXPECT_FALSE(one.mend.empty()) << base::to_text(one);
}

TEST(LineFile, OneSerialPortIsOneMachineHoweverItIsNamed) {
  const auto loaded = load(kHead +
                               "  a: {modbus: \"rtu:/dev/ttyQ9\", tags: t.csv}\n"
                               "  b: {modbus: \"rtu:/dev/../dev/./ttyQ9\", tags: t.csv}\n",
                           "name,address\nx,hr:1\n");
  EXPECT_FALSE(loaded.line);
  EXPECT_NE(loaded.text().find("the same serial port"), std::string::npos) << loaded.text();
}

TEST(LineFile, ATagFileInAnotherEncodingIsToldAtItsLine) {
  const auto loaded = load(kHead + "  a: {modbus: \"tcp://h\", tags: t.csv}\n",
                           "name,address,unit\nx,hr:1,degC\ny,hr:2,\xB0"
                           "C\n");
  EXPECT_FALSE(loaded.line);
  EXPECT_NE(loaded.text().find("t.csv:3:1: this is no UTF-8"), std::string::npos) << loaded.text();
}

TEST(LineFile, KeysOfLaterVersionsAreKeptAndTold) {
  const auto loaded = load(kHead + "  a: {sim: counter}\nuplink: u.yaml\n");
  ASSERT_TRUE(loaded.line) << loaded.text();
  ASSERT_EQ(loaded.line->notes.size(), 1u);
  EXPECT_NE(loaded.line->notes[0].find("uplink"), std::string::npos);
}

TEST(LineFile, TheExamplesReadWithoutAWord) {
  for (const char* name : {"line.yaml", "broker.yaml", "devices.yaml"}) {
    base::Diagnostics diagnostics;
    const auto line =
        load_line(base::disk(), std::string(BONDLINE_SOURCE_DIR "/examples/line/") + name, diagnostics);
    ASSERT_TRUE(line) << name;
    EXPECT_TRUE(diagnostics.empty() && line->notes.empty()) << name;
    EXPECT_EQ(line->machines.size(), 2u);
  }
}
