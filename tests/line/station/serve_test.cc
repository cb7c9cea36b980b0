// A line that serves its tags to other masters: our own client, and pymodbus.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "../gateway/peers.h"
#include "line/station/station.h"

using namespace bondline;
using namespace bondline::station;
using namespace std::chrono_literals;

namespace {

constexpr const char* kTable =
    "name,address,type,order,scale,writable\n"
    "oven.zone1,hr:0,float32,CDAB,,\n"
    "oven.zone2_setpoint,40003,int16,,0.1,yes\n"
    "oven.running,co:0,,,,\n"
    "oven.boards,hr:10,uint32,,,\n"
    "rules.hot,hr:20,int16,,,\n";

std::string line_text(std::uint16_t port) {
  return "bondline: line/1\nname: cell\nmachines:\n  oven: {sim: reflow_oven, size: 3, poll: 20 ms}\n"
         "rules:\n  hot: {when: oven.zone1 > 20}\n"
         "serve:\n  plc: {modbus: \"tcp://127.0.0.1:" +
         std::to_string(port) + "\", tags: plc.csv, unit: 7}\nstore: {path: s}\n";
}

struct Loaded {
  std::optional<LineFile> line;
  std::string problems;
};

Loaded load(base::Files& files, const std::string& text, const std::string& table = kTable) {
  files.write_atomic("l.yaml", text);
  files.write_atomic("plc.csv", table);
  Loaded loaded;
  base::Diagnostics diagnostics;
  loaded.line = load_line(files, "l.yaml", diagnostics);
  for (const auto& d : diagnostics.all()) loaded.problems += base::to_text(d) + "\n";
  return loaded;
}

template <class Done>
bool within(std::chrono::milliseconds most, Done done) {
  for (const auto until = std::chrono::steady_clock::now() + most; std::chrono::steady_clock::now() < until;
       std::this_thread::sleep_for(5ms))
    if (done()) return true;
  return done();
}

std::optional<tags::Sample> newest(Station& station, const char* tag) {
  return station.engine().newest(*station.line().tags->find(tag));
}

}  // namespace

TEST(Serve, AnotherLineReadsAndWritesItsTags) {
  base::MemoryFiles files, other_files;
  const std::uint16_t port = peers::free_port();
  Loaded served = load(files, line_text(port));
  ASSERT_TRUE(served.line) << served.problems;
  base::Diagnostics d;
  const auto station = Station::make(files, std::move(*served.line), d);
  ASSERT_TRUE(station);
  station->start();

  other_files.write_atomic(
      "t.csv",
      "name,address,type,order,scale,writable\nzone1,hr:0,float32,CDAB,,\nset2,hr:2,int16,,0.1,yes\n"
      "running,co:0,,,,\nboards,hr:10,uint32,,,\nhot,hr:20,int16,,,\nnothing,hr:30,,,,\n");
  other_files.write_atomic(
      "o.yaml", "bondline: line/1\nname: o\nmachines:\n  cell: {modbus: \"tcp://127.0.0.1:" +
                    std::to_string(port) + "\", unit: 7, poll: 20 ms, tags: t.csv}\nstore: {path: o}\n");
  auto line = load_line(other_files, "o.yaml", d);
  ASSERT_TRUE(line);
  const auto reader = Station::make(other_files, std::move(*line), d);
  reader->start();
  const auto good = [&](const char* tag) {
    const auto sample = newest(*reader, tag);
    return sample && sample->quality == tags::Quality::good;
  };
  EXPECT_TRUE(within(5s, [&] {
    return good("cell.zone1") && good("cell.set2") && good("cell.running") && good("cell.hot");
  }));
  EXPECT_TRUE(within(5s, [&] {
    const auto missing = newest(*reader, "cell.nothing");
    return missing && missing->quality == tags::Quality::bad_configuration;
  })) << "a register nobody serves";
  const double zone = tags::number_of(tags::ValueType::f32, newest(*reader, "cell.zone1")->bits);
  EXPECT_NEAR(zone, tags::number_of(tags::ValueType::f64, newest(*station, "oven.zone1")->bits), 30);
  EXPECT_EQ(newest(*reader, "cell.hot")->bits, 1u);

  gateway::Setting setting;
  setting.tag = *reader->line().tags->find("cell.set2");
  setting.bits = tags::bits_of(211.5);
  reader->engine().write("cell", setting).get();  // it reads back what was there before, or what is there now
  EXPECT_TRUE(within(5s, [&] {
    return newest(*station, "oven.zone2_setpoint")->bits == tags::bits_of(211.5) &&
           newest(*reader, "cell.set2")->bits == tags::bits_of(211.5);
  })) << "the master's value went to the oven and came back";
  setting.bits = tags::bits_of(900.0);
  EXPECT_NE(reader->engine().write("cell", setting).get().find("illegal data value"), std::string::npos)
      << "beyond the oven's limits";

  const auto report = nlohmann::json::parse(station->report());
  EXPECT_EQ(report.at("drivers").size(), 1u);
  EXPECT_EQ(report.at("serve").at("plc").at("state"), "connected");
  EXPECT_GT(report.at("serve").at("plc").at("requests").get<int>(), 5);
  EXPECT_GT(report.at("serve").at("plc").at("refused").get<int>(), 0);
  reader->stop();
  station->stop();
  EXPECT_TRUE(nlohmann::json::parse(station->report()).at("counters").at("balanced").get<bool>());
}

TEST(Serve, PymodbusReadsWritesAndAsksWhoItIs) {
  if (peers::program("python3").empty() ||
      std::system("/usr/bin/python3 -c 'import pymodbus' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-pymodbus is not installed";
  base::MemoryFiles files;
  const std::uint16_t port = peers::free_port();
  Loaded served = load(files, line_text(port));
  ASSERT_TRUE(served.line) << served.problems;
  base::Diagnostics d;
  const auto station = Station::make(files, std::move(*served.line), d);
  station->start();
  ASSERT_TRUE(within(5s, [&] { return newest(*station, "oven.zone1") && newest(*station, "rules.hot"); }));
  const auto script =
      std::filesystem::temp_directory_path() / ("bondline-serve-" + std::to_string(getpid()) + ".py");
  {
    FILE* out = fopen(script.c_str(), "w");
    ASSERT_TRUE(out);
    fputs(R"(import sys, struct
from pymodbus.client import ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest
c = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]))
assert c.connect()
r = c.read_holding_registers(0, 3, slave=7)
assert not r.isError(), r
low, high, setpoint = r.registers
zone = struct.unpack(">f", struct.pack(">HH", high, low))[0]
assert 10 < zone < 400, zone
assert c.read_coils(0, 1, slave=7).bits[0] is True
assert c.read_holding_registers(3, 1, slave=7).exception_code == 2
assert c.write_register(0, 1, slave=7).exception_code == 2
assert not c.write_register(2, 2155, slave=7).isError()
assert c.write_register(2, 9000, slave=7).exception_code == 3
r = c.execute(ReadDeviceInformationRequest(0x01, 0x00, slave=7))
assert r.information[0] == b"Bondline" and r.information[1] == b"cell", r.information
print("fine")
)",
          out);
    fclose(out);
  }
  FILE* said =
      popen(("/usr/bin/python3 " + script.string() + " " + std::to_string(port) + " 2>&1").c_str(), "r");
  std::string text;
  char buffer[512];
  while (fgets(buffer, sizeof buffer, said)) text += buffer;
  pclose(said);
  std::filesystem::remove(script);
  EXPECT_EQ(text, "fine\n");
  EXPECT_TRUE(
      within(5s, [&] { return newest(*station, "oven.zone2_setpoint")->bits == tags::bits_of(215.5); }));
  station->stop();
}

TEST(Serve, MistakesAreToldAtTheirLine) {
  base::MemoryFiles files;
  const auto says = [&](const std::string& table, const std::string& what) {
    const Loaded loaded = load(files, line_text(1502), "name,address,type,scale,writable,low\n" + table);
    EXPECT_FALSE(loaded.line) << table;
    EXPECT_TRUE(loaded.problems.starts_with("plc.csv:")) << loaded.problems;
    EXPECT_NE(loaded.problems.find(what), std::string::npos) << loaded.problems;
  };
  says("oven.zone11,hr:0,,,,\n", "did you mean");
  says("oven.zone1,hr:0,float32,,,\noven.zone2,40002,float32,,,\n", "served in the same place, hr:1");
  says("oven.zone1,hr:0,,,,\noven.running,hr:3.2,,,,\n", "same place, hr:3.2");
  says("oven.zone1,hr:0,,,yes,\n", "no master may write it");
  says("oven.zone1_setpoint,ir:0,,,yes,\n", "can't be written");
  says("oven.zone1,co:0,float32,,,\n", "one bit");
  says("oven.zone1,hr:0,,0,,\n", "scale of 0");
  says("oven.zone1,hr:0,string(4),,,\n", "can't be served as string");
  says("oven.zone1,hr:0,,,,5\n", "has no \"low\"");
  says("oven.zone1,hr:65533,float64,,,\n", "beyond register 65535");
  EXPECT_TRUE(load(files, line_text(1502), "name,address\noven.running,hr:3.2\noven.zone1,hr:4\n").line)
      << "bits and values side by side";

  std::string twice = line_text(1502);
  twice.replace(twice.find("serve:\n"), 7, "serve:\n  hmi: {modbus: \"tcp://*:1502\", tags: plc.csv}\n");
  EXPECT_NE(load(files, twice).problems.find("same port 1502"), std::string::npos);
  std::string serial = line_text(1502);
  serial.replace(serial.find("serve:\n"), 7,
                 "serve:\n  a: {modbus: \"rtu:/dev/ttyX\", tags: plc.csv}\n  b: {modbus: \"rtu:/dev/ttyX\", "
                 "tags: plc.csv}\n");
  EXPECT_NE(load(files, serial).problems.find("same serial port"), std::string::npos);
}

TEST(Serve, AReloadServesTheNewTable) {
  base::MemoryFiles files;
  const std::uint16_t port = peers::free_port();
  Loaded served = load(files, line_text(port));
  ASSERT_TRUE(served.line) << served.problems;
  base::Diagnostics d;
  const auto station = Station::make(files, std::move(*served.line), d);
  station->start();
  Reloaded what;
  EXPECT_TRUE(station->reload(d, &what));
  EXPECT_TRUE(what.nothing()) << what.text();
  files.write_atomic("plc.csv", "name,address,type\noven.zone2,hr:0,float32\n");
  EXPECT_TRUE(station->reload(d, &what));
  EXPECT_EQ(what.restarted, std::vector<std::string>{"serve plc"});
  EXPECT_TRUE(within(5s, [&] {
    return nlohmann::json::parse(station->report()).at("serve").at("plc").at("state") == "connected";
  }));
  station->stop();
}
