// A broker by TLS as a machine of a line file, against mosquitto: who shows what to whom.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../gateway/mosquitto.h"
#include "line/station/station.h"

using namespace bondline;
using namespace bondline::peers;
using namespace bondline::station;
using namespace std::chrono_literals;

namespace {

bool wait_for(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

/// mosquitto that speaks TLS on one port, to who shows a certificate of its authority, and in the clear on
/// another.
struct SecuredBroker : LoopbackBroker {
  SecuredBroker() : LoopbackBroker("secured") {
    broker->end(SIGTERM);
    sound = make_certificates(folder);
    const std::string at = folder.string() + "/";
    std::ofstream(folder / "m.conf", std::ios::app)
        << "listener " << secured << " 127.0.0.1\nallow_anonymous true\ncafile " << at << "ca.pem\ncertfile "
        << at << "broker.pem\nkeyfile " << at << "broker.key\nrequire_certificate true\n";
    start();
    wait_for_port(secured);
  }
  std::uint16_t secured = free_port();
  bool sound = false;
};

std::unique_ptr<Station> line_on(const SecuredBroker& broker, const std::string& keys) {
  const std::string at = broker.folder.string() + "/";
  std::ofstream(at + "t.csv") << "name,address,type,writable,write_to\nn,p/n,uint64,yes,p/set\n";
  std::ofstream(at + "l.yaml") << "bondline: line/1\nname: l\nmachines:\n  b: {mqtt: \"mqtts://127.0.0.1:"
                               << broker.secured << "\", tags: t.csv" << keys << "}\nstore: {window: 1 ms}\n";
  std::filesystem::remove_all(at + "bondline-store");
  base::Diagnostics problems;
  auto line = load_line(base::disk(), at + "l.yaml", problems);
  auto station = line ? Station::make(base::disk(), std::move(*line), problems) : nullptr;
  for (const auto& d : problems.all()) ADD_FAILURE() << base::to_text(d);
  return station;
}

nlohmann::json driver_of(const Station& station) {
  return nlohmann::json::parse(station.report()).at("drivers").at("b");
}

}  // namespace

TEST(SecuredBroker, IsReadAndWrittenByWhoeverShowsACertificateItTrusts) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  const SecuredBroker broker;
  if (!broker.sound) GTEST_SKIP() << "openssl is not installed";
  const auto station =
      line_on(broker, ", ca: ca.pem, certificate: edge.pem, key: edge.key, server_name: localhost");
  ASSERT_TRUE(station);
  station->start();
  ASSERT_TRUE(wait_for([&] { return driver_of(*station).at("state") == "connected"; }))
      << driver_of(*station).dump();
  const tags::TagId n = *station->line().tags->find("b.n");
  // Until the subscription stands what is published is nobody's.
  EXPECT_TRUE(wait_for([&] {
    broker.publish("p/n", "42");
    const auto newest = station->engine().newest(n);
    return newest && newest->bits == 42;
  }));
  const auto heard = broker.listen("p/set");
  EXPECT_EQ(station->engine().write("b", {n, 7, ""}).get(), "");
  EXPECT_TRUE(wait_for([&] { return broker.heard().find("p/set 7") != std::string::npos; }))
      << broker.heard();
  station->stop();
}

TEST(SecuredBroker, WhoeverDoesNotFitIsToldWhyAndGetsNothing) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  const SecuredBroker broker;
  if (!broker.sound) GTEST_SKIP() << "openssl is not installed";
  const std::pair<const char*, const char*> misfits[] = {
      {", ca: other.pem, certificate: edge.pem, key: edge.key, server_name: localhost",
       "self-signed certificate"},
      {", ca: ca.pem, certificate: edge.pem, key: edge.key, server_name: elsewhere", "mismatch"},
      {", ca: ca.pem, server_name: localhost", "certificate required"}};
  for (const auto& [keys, why] : misfits) {
    const auto station = line_on(broker, keys);
    ASSERT_TRUE(station) << keys;
    station->start();
    EXPECT_TRUE(wait_for([&] { return driver_of(*station).at("errors").get<int>() > 0; })) << keys;
    EXPECT_TRUE(wait_for([&] {
      return driver_of(*station).at("last_problem").get<std::string>().find(why) != std::string::npos;
    })) << keys
        << ": " << driver_of(*station).dump();
    EXPECT_NE(driver_of(*station).at("state"), "connected") << keys;
    const auto newest = station->engine().newest(*station->line().tags->find("b.n"));
    EXPECT_TRUE(newest && newest->quality == tags::Quality::bad_not_connected) << keys;
    station->stop();
  }
}
