// tshark as the referee of every byte: what client and server sent is written down, and Wireshark's
// dissectors, which know nothing of ours, must find no fault and the same values.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "../drivers/modbus_bench_of_one.h"
#include "../peers.h"
#include "../sinks/sink_bench.h"
#include "relay.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace bondline::peers;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

/// A capture and what tshark says of it.
class Referee {
 public:
  explicit Referee(const char* name)
      : file_(fs::temp_directory_path() /
              ("bondline-" + std::string(name) + std::to_string(getpid()) + ".pcap")) {}
  ~Referee() {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }
  void take(Relay& relay, std::uint16_t server_port) {
    relay.stop();
    relay.write_capture(file_.string(), server_port);
  }
  /// Lines of tshark's answer.
  std::vector<std::string> ask(const std::string& words) const {
    const std::string command = program("tshark") + " -r '" + file_.string() + "' " + words + " 2> /dev/null";
    FILE* pipe = popen(command.c_str(), "r");
    std::string out;
    char buffer[65536];
    while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
    EXPECT_EQ(pclose(pipe), 0) << command;
    return split(out, '\n');
  }
  /// Nothing malformed, no remark of the severity `warning` or worse.
  void expect_no_fault(const std::string& options = "") const {
    const auto found = ask(options + " -Y '_ws.malformed or _ws.expert.severity >= 6291456'");
    EXPECT_TRUE(found.empty()) << found.size() << " packets, the first: " << found[0];
  }

 private:
  fs::path file_;
};

void judge_modbus(ModbusTransport transport) {
  ModbusBenchOfOne bench;
  bench.config.transport = transport;
  for (std::size_t a = 0; a < bench.bank.holding.size(); ++a) {
    bench.bank.holding[a] = static_cast<std::uint16_t>(a * 257 + 0x1234);
    bench.bank.input[a] = static_cast<std::uint16_t>(a * 7 + 5);
    bench.bank.coils[a] = a % 3 == 0;
  }
  const std::vector<std::uint16_t> before = bench.bank.holding;
  std::vector<tags::TagId> all;
  for (int a = 100; a < 400; ++a) all.push_back(bench.add("hr:" + std::to_string(a), "uint16"));
  for (int a = 20; a < 30; ++a) all.push_back(bench.add("ir:" + std::to_string(a), "uint16"));
  for (int a = 3; a < 23; ++a) all.push_back(bench.add("co:" + std::to_string(a), "bool"));
  const tags::TagId word = bench.add("hr:1000", "uint16"), pair = bench.add("hr:1010", "uint32"),
                    bit = bench.add("hr:1020.3", "bool"), coil = bench.add("co:50", "bool");
  bench.config.timeout = 2s;
  bench.config.poll = 20ms;

  net::Loop loop;
  std::error_code error;
  const auto listener = net::Listener::open(loop, "127.0.0.1", 0, &error);
  ASSERT_TRUE(listener) << error.message();
  Relay relay(listener->port());
  bench.config.port = relay.port();
  const auto driver = make_modbus_driver(bench.config, bench.tags);
  Kept kept(bench.tags);
  auto everything = [&]() -> net::Task<> {
    net::Group group(loop);
    group.spawn(serve_modbus_tcp(
        *listener, transport, [&](std::uint8_t unit) { return unit == 1 ? &bench.bank : nullptr; },
        bench.faults));
    group.spawn(driver->run(kept));
    const bool read = co_await until([&] {
      return std::all_of(all.begin(), all.end(), [&](tags::TagId tag) { return kept.newest.contains(tag); });
    });
    EXPECT_TRUE(read);
    for (const auto& [tag, bits] :
         {std::pair{word, 77ull}, {pair, 0x12345678ull}, {bit, 1ull}, {coil, 1ull}}) {
      Setting setting;
      setting.tag = tag;
      setting.bits = bits;
      const std::string problem = co_await driver->write(setting);
      EXPECT_EQ(problem, "");
    }
    group.cancel();
    co_await group.join();
  };
  loop.run(everything());

  const bool tcp = transport == ModbusTransport::tcp;
  Referee referee(tcp ? "mbtcp" : "mbrtu");
  referee.take(relay, tcp ? 502 : 503);
  const std::string options =
      tcp ? "-o mbtcp.tcp.port:502" : "-o mbrtu.tcp.port:503 -o mbrtu.crc_verification:TRUE";
  referee.expect_no_fault(options);
  std::map<std::string, int> questions, answers;
  std::uint64_t values = 0;
  for (const std::string& line :
       referee.ask(options +
                   " -Y modbus -T fields -E separator='|' -E aggregator=, -e tcp.dstport -e modbus.func_code "
                   "-e modbus.regnum16 -e modbus.regval_uint16 -e modbus.exception_code")) {
    const auto field = split(line, '|');
    ASSERT_GE(field.size(), 2u) << line;
    const bool question = field[0] == (tcp ? "502" : "503");
    for (const std::string& function : split(field[1], ',')) ++(question ? questions : answers)[function];
    EXPECT_TRUE(field.size() < 5 || field[4].empty()) << line;
    if (question || field.size() < 4) continue;
    const auto numbers = split(field[2], ','), registers = split(field[3], ',');
    if (field[1].find_first_not_of("3,") != std::string::npos &&
        field[1].find_first_not_of("4,") != std::string::npos)
      continue;
    ASSERT_EQ(numbers.size(), registers.size()) << line;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto address = static_cast<std::size_t>(std::stoul(numbers[i]));
      const auto value = static_cast<std::uint16_t>(std::stoul(registers[i]));
      if (field[1][0] == '3') {
        EXPECT_TRUE(value == before[address] || value == bench.bank.holding[address]) << address;
      } else {
        EXPECT_EQ(value, bench.bank.input[address]);
      }
      ++values;
    }
  }
  EXPECT_EQ(questions, answers) << "every question is one for tshark too, and has its answer";
  for (const char* function : {"1", "3", "4", "5", "6", "16", "22"})
    EXPECT_GE(questions[function], 1) << "function " << function;
  std::uint64_t asked = 0;
  for (const auto& [function, n] : questions) asked += static_cast<std::uint64_t>(n);
  EXPECT_EQ(asked, driver->status().requests);
  EXPECT_GE(values, 310u);
}

}  // namespace

TEST(Tshark, FindsNoFaultInModbusTcpAndReadsTheSameValues) {
  if (program("tshark").empty()) GTEST_SKIP() << "tshark is not installed";
  judge_modbus(ModbusTransport::tcp);
}

TEST(Tshark, FindsNoFaultInModbusRtuAndReadsTheSameValues) {
  if (program("tshark").empty()) GTEST_SKIP() << "tshark is not installed";
  judge_modbus(ModbusTransport::rtu_over_tcp);
}

TEST(Tshark, FindsNoFaultInMqttAndReadsTheSameSamples) {
  if (program("tshark").empty() || program("mosquitto").empty())
    GTEST_SKIP() << "tshark or mosquitto is not installed";
  const fs::path folder = fs::temp_directory_path() / ("bondline-tshark-" + std::to_string(getpid()));
  fs::create_directories(folder);
  const std::uint16_t port = free_port();
  std::ofstream(folder / "m.conf") << "listener " << port << " 127.0.0.1\nallow_anonymous true\n"
                                   << (geteuid() == 0 ? "user root\n" : "");
  Child broker({program("mosquitto"), "-c", (folder / "m.conf").string()}, folder / "broker.txt");
  wait_for_port(port);
  struct Talk {
    mqtt::Version version;
    std::uint8_t qos;
    std::uint64_t made = 0;
    Received received = {};
    std::map<std::string, int> types = {};
  };
  std::vector<Talk> talks;
  for (const mqtt::Version version : {mqtt::Version::v311, mqtt::Version::v5})
    for (const std::uint8_t qos : {0, 1, 2}) talks.push_back({version, qos});
  Relay relay(port);
  for (Talk& talk : talks) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    Engine engine(*numbered.log, nullptr, quick_engine());
    auto config = sink_to([&] { return relay.port(); }, talk.qos);
    config.session.version = talk.version;
    config.session.client_id = "edge-" + std::to_string(&talk - talks.data());
    config.session.user_name = "line";
    config.session.password = "open sesame";
    config.state_topic = "plant/state";
    engine.add(make_mqtt_sink(config));
    engine.start();
    for (int i = 0; i < 10; ++i) {
      numbered.append(2);
      std::this_thread::sleep_for(2ms);
    }
    numbered.log->commit();
    for (int i = 0; i < 1000 && engine.counters().pending.at("plant") > 0; ++i)
      std::this_thread::sleep_for(5ms);
    if (talk.qos == 0) std::this_thread::sleep_for(50ms);  // nobody says when it has gone
    engine.stop();
    talk.made = numbered.made();
  }
  Referee referee("mqtt");
  referee.take(relay, 1883);
  referee.expect_no_fault();
  for (const std::string& line : referee.ask(
           "-Y mqtt -T fields -E separator='|' -E aggregator=, -e tcp.stream -e mqtt.msgtype -e mqtt.ver "
           "-e mqtt.msg")) {
    const auto field = split(line, '|');
    ASSERT_GE(field.size(), 2u) << line;
    Talk& talk = talks.at(std::stoul(field[0]));
    for (const std::string& type : split(field[1], ',')) ++talk.types[type];
    if (field.size() > 2 && !field[2].empty()) {
      EXPECT_EQ(field[2], talk.version == mqtt::Version::v5 ? "5" : "4");
    }
    if (field.size() < 4) continue;
    for (const std::string& hex : split(field[3], ',')) {
      std::string payload;
      for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        payload += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
      if (payload.starts_with('{')) talk.received.take(payload);
    }
  }
  for (Talk& talk : talks) {
    EXPECT_EQ(talk.received.sequences.size(), talk.made) << "QoS " << int{talk.qos};
    EXPECT_EQ(talk.received.wrong + talk.received.unmarked_twice, 0u);
    EXPECT_EQ(talk.types["1"], 1) << "CONNECT";
    EXPECT_EQ(talk.types["14"], 1) << "DISCONNECT";
    if (talk.qos == 1) {
      EXPECT_EQ(talk.types["4"], talk.types["3"]) << "PUBACK for each PUBLISH";
    } else if (talk.qos == 2) {
      EXPECT_EQ(talk.types["6"], talk.types["7"]) << "PUBREL and PUBCOMP";
    }
  }
  broker.end(SIGTERM);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}
