// Modbus implementations by others, as servers for our client and as clients of our server: modbus-serial and
// jsmodbus (npm), pymodbus (Debian).
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "../drivers/modbus_bench_of_one.h"
#include "../peers.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace bondline::peers;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const fs::path kHere = fs::path(BONDLINE_SOURCE_DIR) / "tests/line/gateway/interop";
const fs::path kNpm = BONDLINE_NPM_FOLDER;

/// "" when npm's packages are there, else why not. Fetches them the first time.
std::string npm_packages() {
  if (program("node").empty() || program("npm").empty())
    return "node and npm are not installed (Debian: nodejs, npm)";
  if (fs::exists(kNpm / "fetched")) return "";
  fs::create_directories(kNpm);
  for (const char* name : {"package.json", "package-lock.json"})
    fs::copy_file(kHere / name, kNpm / name, fs::copy_options::overwrite_existing);
  // Tests that run side by side fetch once; scripts of packages are not run.
  const std::string command = "cd '" + kNpm.string() +
                              "' && flock lock sh -c '[ -e fetched ] || (timeout 120 npm ci --ignore-scripts "
                              "--no-audit --no-fund && touch fetched)' > npm.txt 2>&1";
  if (std::system(command.c_str()) == 0) return "";
  return "npm cannot fetch modbus-serial and jsmodbus (offline?); its words are in " +
         (kNpm / "npm.txt").string();
}

std::string pymodbus() {
  if (program("python3").empty() ||
      std::system(
          (program("python3") + " -c 'import pymodbus.client, pymodbus.server' 2> /dev/null").c_str()) != 0)
    return "python3-pymodbus (with python3-serial and python3-serial-asyncio) is not installed";
  return "";
}

struct Peer {
  const char* name;
  bool is_npm;
};
void PrintTo(const Peer& peer, std::ostream* out) {
  *out << peer.name;
}
constexpr Peer kPeers[] = {{"modbus_serial", true}, {"jsmodbus", true}, {"pymodbus", false}};

std::string missing(const Peer& peer) {
  return peer.is_npm ? npm_packages() : pymodbus();
}

std::vector<std::string> command_of(const Peer& peer, const char* side, std::uint16_t port) {
  const std::string script =
      (kHere / "peers" / (std::string(peer.name) + side + (peer.is_npm ? ".js" : ".py"))).string();
  if (!peer.is_npm) return {program("python3"), script, std::to_string(port)};
  return {program("env"), "NODE_PATH=" + (kNpm / "node_modules").string(), program("node"), script,
          std::to_string(port)};
}

std::uint16_t holding(std::uint16_t address) {
  return static_cast<std::uint16_t>(address * 257 + 0x1234);
}
std::uint16_t input(std::uint16_t address) {
  return static_cast<std::uint16_t>(address * 7 + 5);
}

class ModbusPeers : public testing::TestWithParam<Peer> {
 protected:
  void SetUp() override {
    if (const std::string why = missing(GetParam()); !why.empty()) GTEST_SKIP() << why;
    output_ = fs::temp_directory_path() / ("bondline-peer-" + std::to_string(getpid()) + ".txt");
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove(output_, ignored);
  }
  fs::path output_;
};

}  // namespace

TEST_P(ModbusPeers, OurClientReadsAndWritesTheirServer) {
  const std::uint16_t port = free_port();
  Child server(command_of(GetParam(), "_server", port), output_);
  wait_for_port(port);
  ModbusBenchOfOne bench;
  bench.config.port = port;
  bench.config.timeout = 2s;
  bench.config.poll = 10ms;
  std::map<tags::TagId, std::uint64_t> expected;
  for (std::uint16_t a = 100; a < 400; ++a)  // three requests at least
    expected[bench.add("hr:" + std::to_string(a), "uint16")] = holding(a);
  const tags::TagId wide = bench.add("hr:900", "uint32");
  expected[wide] = std::uint64_t{holding(900)} << 16 | holding(901);
  expected[bench.add("hr:910", "uint32", "CDAB")] = std::uint64_t{holding(911)} << 16 | holding(910);
  expected[bench.add("ir:7", "uint16")] = input(7);
  for (std::uint16_t a : {5, 6, 14, 15}) {
    expected[bench.add("co:" + std::to_string(a), "bool")] = a % 3 == 0;
    expected[bench.add("di:" + std::to_string(a), "bool")] = a % 5 == 0;
  }
  const tags::TagId word = bench.add("hr:50", "uint16"), pair = bench.add("hr:60", "float32"),
                    coil = bench.add("co:20", "bool");

  net::Loop loop;
  const auto driver = make_modbus_driver(bench.config, bench.tags);
  Kept kept(bench.tags);
  auto everything = [&]() -> net::Task<> {
    net::Group group(loop);
    group.spawn(driver->run(kept));
    const bool all = co_await until([&] {
      return std::all_of(expected.begin(), expected.end(), [&](const auto& e) {
        return kept.newest.contains(e.first) && tags::is_good(kept.newest[e.first].quality);
      });
    });
    EXPECT_TRUE(all) << driver->status().last_problem();
    for (const auto& [tag, bits] : expected) EXPECT_EQ(kept.newest[tag].bits, bits) << bench.tags[tag].name;
    const std::pair<tags::TagId, std::uint64_t> writes[] = {
        {word, 4660}, {pair, tags::bits_of(21.5F)}, {coil, 1}};
    for (const auto& [tag, bits] : writes) {
      Setting setting;
      setting.tag = tag;
      setting.bits = bits;
      const std::string problem = co_await driver->write(setting);
      EXPECT_EQ(problem, "") << bench.tags[tag].name;
    }
    const bool seen = co_await until([&] {
      return std::all_of(std::begin(writes), std::end(writes),
                         [&](const auto& w) { return kept.newest[w.first].bits == w.second; });
    });
    EXPECT_TRUE(seen) << "what was written is polled";
    EXPECT_EQ(driver->status().errors, 0u) << driver->status().last_problem();
    EXPECT_EQ(driver->status().strays, 0u);
    group.cancel();
    co_await group.join();
  };
  loop.run(everything());
}

TEST_P(ModbusPeers, TheirClientReadsAndWritesOurServer) {
  ModbusBank bank(3000);
  for (std::uint16_t a = 0; a < 3000; ++a) {
    bank.holding[a] = holding(a);
    bank.input[a] = input(a);
    bank.coils[a] = a % 3 == 0;
    bank.discrete[a] = a % 5 == 0;
  }
  net::Loop loop;
  std::error_code error;
  const auto listener = net::Listener::open(loop, "127.0.0.1", 0, &error);
  ASSERT_TRUE(listener) << error.message();
  const ModbusFaults faults;
  net::Signal stop;
  std::thread serving([&] {
    auto everything = [&]() -> net::Task<> {
      net::Group group(loop);
      group.spawn(serve_modbus_tcp(
          *listener, ModbusTransport::tcp, [&](std::uint8_t unit) { return unit == 1 ? &bank : nullptr; },
          faults));
      co_await stop.wait();
      group.cancel();
      co_await group.join();
    };
    loop.run(everything());
  });
  Child client(command_of(GetParam(), "_client", listener->port()), output_);
  const int status = client.wait(30);
  loop.post([&] { stop.notify(); });
  serving.join();
  std::ifstream in(output_);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  ASSERT_EQ(status, 0) << text;
  const auto at = text.find('{');
  ASSERT_NE(at, std::string::npos) << text;
  const auto said = nlohmann::json::parse(text.substr(at, text.find('\n', at) - at));
  ASSERT_EQ(said.at("holding").size(), 125u);
  for (std::uint16_t i = 0; i < 125; ++i)
    EXPECT_EQ(said.at("holding")[i], holding(static_cast<std::uint16_t>(100 + i)));
  for (std::uint16_t i = 0; i < 3; ++i)
    EXPECT_EQ(said.at("input")[i], input(static_cast<std::uint16_t>(7 + i)));
  for (int i = 0; i < 9; ++i) EXPECT_EQ(said.at("coils")[static_cast<std::size_t>(i)], (5 + i) % 3 == 0);
  for (int i = 0; i < 11; ++i) EXPECT_EQ(said.at("discrete")[static_cast<std::size_t>(i)], i % 5 == 0);
  EXPECT_EQ(said.at("refused"), "2");
  EXPECT_TRUE(bank.coils[7] && bank.coils[8] && !bank.coils[9] && bank.coils[10] && bank.coils[11]);
  EXPECT_EQ(bank.holding[50], 4660);
  EXPECT_EQ(bank.holding[60], 1);
  EXPECT_EQ(bank.holding[62], 65535);
  if (GetParam().name != std::string("jsmodbus")) {
    EXPECT_EQ(bank.holding[70], (holding(70) & 0xff00) | 0x12) << "function 22";
    EXPECT_EQ(said.at("identity").at("0"), bank.identity[0]) << "function 43";
  }
  if (said.contains("both")) {
    EXPECT_EQ(said.at("both"), (std::vector<int>{holding(80), 4321})) << "function 23 writes before it reads";
  }
}

INSTANTIATE_TEST_SUITE_P(Each, ModbusPeers, testing::ValuesIn(kPeers),
                         [](const auto& peer) { return std::string(peer.param.name); });
