// The MQTT sink against mosquitto, with mosquitto_sub as the receiver: an independent broker and an
// independent client.
#include <filesystem>
#include <fstream>

#include "../peers.h"
#include "sink_bench.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace bondline::peers;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Mosquitto {
  fs::path folder;
  std::uint16_t port = free_port();
  std::unique_ptr<Child> broker;
  explicit Mosquitto(const std::string& name)
      : folder(fs::temp_directory_path() / ("bondline-" + name + std::to_string(getpid()))) {
    fs::create_directories(folder);
    // The broker's memory goes to disk when it ends, so that one that is restarted forgets nothing it has
    // acknowledged.
    std::ofstream(folder / "m.conf")
        << "listener " << port
        << " 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\npersistence true\npersistence_location "
        << folder.string() << "/\n"
        << (geteuid() == 0 ? "user root\n" : "");
    start();
  }
  ~Mosquitto() {
    broker.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  void start() {
    broker = std::make_unique<Child>(
        std::vector<std::string>{program("mosquitto"), "-c", (folder / "m.conf").string()},
        folder / "broker.txt");
    wait_for_port(port);
  }
  /// Subscribes with QoS 1: with 2, mosquitto 2.0.11 may stall towards a subscriber when more than 20
  /// messages come at once.
  std::unique_ptr<Child> subscriber() {
    auto child = std::make_unique<Child>(
        std::vector<std::string>{program("mosquitto_sub"), "-h", "127.0.0.1", "-p", std::to_string(port),
                                 "-V", "5", "-q", "1", "-i", "judge", "-c", "-x", "3600", "-t", "plant/l1"},
        folder / "received.txt");
    std::this_thread::sleep_for(200ms);
    return child;
  }
  Received received() {
    Received all;
    std::ifstream in(folder / "received.txt");
    for (std::string text; std::getline(in, text);)
      if (!text.empty() && text[0] == '{' && text.back() == '}') all.take(text);
    return all;
  }
};

bool wait_for(std::function<bool()> holds) {
  for (int i = 0; i < 2000 && !holds(); ++i) std::this_thread::sleep_for(10ms);
  return holds();
}

}  // namespace

TEST(Mosquitto, TakesEverySampleOfEveryQosAndBothVersions) {
  if (program("mosquitto").empty() || program("mosquitto_sub").empty())
    GTEST_SKIP() << "mosquitto is not installed";
  for (const mqtt::Version version : {mqtt::Version::v311, mqtt::Version::v5})
    for (const std::uint8_t qos : {0, 1, 2}) {
      Mosquitto mosquitto("qos" + std::to_string(qos));
      auto judge = mosquitto.subscriber();
      base::MemoryFiles files;
      NumberedLog numbered(files);
      Engine engine(*numbered.log, nullptr, quick_engine());
      auto config = sink_to([&] { return mosquitto.port; }, qos);
      config.session.version = version;
      config.state_topic = "plant/state";
      engine.add(make_mqtt_sink(config));
      engine.start();
      for (int i = 0; i < 20; ++i) numbered.append(10);
      numbered.log->commit();
      EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
      EXPECT_TRUE(wait_for([&] { return mosquitto.received().samples >= numbered.made(); }));
      engine.stop();
      const Received received = mosquitto.received();
      EXPECT_EQ(received.samples, numbered.made())
          << "version " << static_cast<int>(version) << ", QoS " << int{qos};
      EXPECT_EQ(received.wrong + received.out_of_order + received.unmarked_twice, 0u);
    }
}

TEST(Mosquitto, ABrokerThatIsAbsentAtStartAndRestartedLosesNothing) {
  if (program("mosquitto").empty() || program("mosquitto_sub").empty())
    GTEST_SKIP() << "mosquitto is not installed";
  Mosquitto mosquitto("restart");
  auto judge = mosquitto.subscriber();
  mosquitto.broker->end(SIGTERM);  // the subscription is kept; the broker is absent when the line starts
  base::MemoryFiles files;
  NumberedLog numbered(files);
  Engine engine(*numbered.log, nullptr, quick_engine());
  engine.add(make_mqtt_sink(sink_to([&] { return mosquitto.port; }, 1)));
  engine.start();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      numbered.append(5);
      std::this_thread::sleep_for(5ms);
    }
    mosquitto.start();
    for (int i = 0; i < 20; ++i) {
      numbered.append(5);
      std::this_thread::sleep_for(5ms);
    }
    if (round < 2) mosquitto.broker->end(SIGTERM);
  }
  numbered.log->commit();
  EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
  EXPECT_TRUE(wait_for([&] { return mosquitto.received().sequences.size() == numbered.made(); }));
  engine.stop();
  const Received received = mosquitto.received();
  EXPECT_EQ(received.sequences.size(), numbered.made());
  EXPECT_EQ(received.wrong + received.unmarked_twice, 0u);
}

TEST(Mosquitto, ByTlsWithClientCertificatesAndAWrongAuthorityIsRefused) {
  if (program("mosquitto").empty() || program("openssl").empty())
    GTEST_SKIP() << "mosquitto or openssl is not installed";
  Mosquitto mosquitto("tls");
  mosquitto.broker->end(SIGTERM);
  ASSERT_TRUE(make_certificates(mosquitto.folder));
  const std::string at = mosquitto.folder.string() + "/";
  std::ofstream(mosquitto.folder / "m.conf")
      << "listener " << mosquitto.port << " 127.0.0.1\ncafile " << at << "ca.pem\ncertfile " << at
      << "broker.pem\nkeyfile " << at
      << "broker.key\nrequire_certificate true\nuse_identity_as_username true\n"
      << (geteuid() == 0 ? "user root\n" : "");
  mosquitto.start();
  const auto run = [&](net::TlsOptions options, std::string* problem) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    Engine engine(*numbered.log, nullptr, quick_engine());
    auto config = sink_to([&] { return mosquitto.port; }, 1);
    auto tls = net::TlsContext::make(options, problem);
    if (!tls) return false;
    config.connect = [&, tls]() -> net::Task<net::Opened> {
      return net::connect_tls(tls, "127.0.0.1", mosquitto.port);
    };
    engine.add(make_mqtt_sink(config));
    engine.start();
    for (int i = 0; i < 20; ++i) numbered.append(10);
    numbered.log->commit();
    bool all = false;
    for (int i = 0; i < 300 && !all && problem->empty(); ++i) {
      std::this_thread::sleep_for(10ms);
      all = engine.counters().pending.at("plant") == 0;
      engine.each_sink([&](const Sink& sink, std::uint64_t) { *problem = sink.status().last_problem(); });
    }
    engine.stop();
    return all;
  };
  net::TlsOptions good;
  good.ca = at + "ca.pem";
  good.certificate = at + "edge.pem";
  good.key = at + "edge.key";
  good.name = "localhost";
  std::string problem;
  EXPECT_TRUE(run(good, &problem)) << problem;

  net::TlsOptions wrong_ca = good;
  wrong_ca.ca = at + "other.pem";
  problem.clear();
  EXPECT_FALSE(run(wrong_ca, &problem));
  EXPECT_NE(problem.find("certificate"), std::string::npos) << problem;

  net::TlsOptions wrong_name = good;
  wrong_name.name = "elsewhere";
  problem.clear();
  EXPECT_FALSE(run(wrong_name, &problem));
  EXPECT_NE(problem.find("ostname mismatch"), std::string::npos) << problem;

  net::TlsOptions wrong_key = good;
  wrong_key.key = at + "broker.key";
  problem.clear();
  EXPECT_FALSE(run(wrong_key, &problem));
  EXPECT_NE(problem.find("key"), std::string::npos) << problem;

  net::TlsOptions nobody = good;
  nobody.certificate.clear();
  nobody.key.clear();
  problem.clear();
  EXPECT_FALSE(run(nobody, &problem)) << "the broker wants to know who we are";
}
