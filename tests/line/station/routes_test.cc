// Devices of different protocols that talk to each other: a register that a rule writes to a topic, and a
// topic that a rule writes to a register.
#include <gtest/gtest.h>

#include <thread>

#include "../gateway/mosquitto.h"
#include "line/gateway/drivers/modbus/modbus_server.h"
#include "line/station/station.h"

using namespace bondline;
using namespace bondline::station;
using namespace bondline::peers;
using namespace std::chrono_literals;

namespace {

/// A Modbus device on a thread of its own.
struct Device {
  Device() {
    std::error_code error;
    listener = net::Listener::open(loop, "127.0.0.1", 0, &error);
    thread = std::thread([this] {
      loop.post([this] {
        group = std::make_unique<net::Group>(loop);
        group->spawn(gateway::serve_modbus_tcp(
            *listener, gateway::ModbusTransport::tcp, [this](std::uint8_t) { return &bank; }, faults));
      });
      loop.run();
    });
  }
  ~Device() {
    loop.post([this] {
      group->cancel();
      ending = std::make_unique<net::Group>(loop);
      ending->spawn(end());
    });
    thread.join();
  }
  net::Task<> end() {
    co_await group->join();
    loop.stop();
  }
  net::Loop loop;
  gateway::ModbusBank bank{100};
  gateway::ModbusFaults faults;
  std::unique_ptr<net::Listener> listener;
  std::unique_ptr<net::Group> group, ending;
  std::thread thread;
};

bool wait_for(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000 && !holds(); ++i) std::this_thread::sleep_for(10ms);
  return holds();
}

}  // namespace

TEST(Routes, GoFromModbusToMqttAndFromMqttToModbus) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  LoopbackBroker broker("routes");
  Device device;
  const auto listener = broker.listen("plant/#");
  base::MemoryFiles files;
  files.write_atomic("l.yaml", "bondline: line/1\nname: l\nmachines:\n  oven: {modbus: \"tcp://127.0.0.1:" +
                                   std::to_string(device.listener->port()) +
                                   "\", poll: 20 ms, tags: oven.csv}\n  plant: {mqtt: \"mqtt://127.0.0.1:" +
                                   std::to_string(broker.port) +
                                   "\", tags: plant.csv}\nrules:\n"
                                   "  tell: {emit: oven.temp, write: plant.temp}\n"
                                   "  set: {emit: plant.wanted, write: oven.setpoint}\n"
                                   "store: {path: s, window: 2 ms}\n");
  files.write_atomic("oven.csv",
                     "name,address,type,scale,unit,raw_unit,writable\n"
                     "temp,hr:1,int16,0.1,degC,degF,\nsetpoint,hr:2,int16,0.1,degC,,yes\n");
  files.write_atomic("plant.csv",
                     "name,address,field,type,unit,writable,write_to\n"
                     "temp,plant/temp,value,,degC,yes,\nwanted,plant/wanted,,,degC,,\n");
  device.bank.holding[1] = 2120;  // 212 degF, before anybody reads it
  base::Diagnostics diagnostics;
  auto line = load_line(files, "l.yaml", diagnostics);
  ASSERT_TRUE(line) << base::to_text(diagnostics.all()[0]);
  const auto station = Station::make(files, std::move(*line), diagnostics);
  ASSERT_TRUE(station);
  station->start();
  const auto newest = [&](const char* name) {
    const auto sample = station->engine().newest(*station->line().tags->find(name));
    return sample && !tags::is_bad(sample->quality) ? tags::number_of(tags::ValueType::f64, sample->bits)
                                                    : -1;
  };
  EXPECT_TRUE(wait_for([&] {
    bool connected = true;
    station->engine().each_driver(
        [&](const gateway::Driver& d) { connected &= d.status().state == gateway::DriverState::connected; });
    return connected && newest("oven.temp") > 0;
  }));
  std::this_thread::sleep_for(200ms);  // the subscription's answer
  // From the register to the topic, in the tag's unit, and back as the broker's own sample. A first value
  // that came before the broker was reached is lost, as a setting that is late is worse than none.
  device.loop.post([&] { device.bank.holding[1] = 5000; });  // 500 degF
  EXPECT_TRUE(wait_for([&] { return broker.heard().find("plant/temp {\"value\":") != std::string::npos; }))
      << broker.heard();
  EXPECT_TRUE(wait_for([&] { return std::abs(newest("plant.temp") - 260) < 1e-6; }));
  // From the topic to the register.
  broker.publish("plant/wanted", "231.5");
  EXPECT_TRUE(wait_for([&] { return std::abs(newest("oven.setpoint") - 231.5) < 1e-6; }))
      << newest("oven.setpoint");
  station->stop();
  EXPECT_NE(station->report().find("\"balanced\":true"), std::string::npos);
}
