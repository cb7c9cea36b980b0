// The gateway's path in one process: a Modbus server on a thread of its own (its processor time is told
// apart), the client with 1, 16 and 64 requests under way, and then Modbus -> hub -> log -> MQTT at a set
// rate. bench_gateway [FOLDER [BROKER_PORT]]: FOLDER holds the log and must lie on the disk that is to be
// measured; with a broker's port the last part runs too.
#include <ctime>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "line/gateway/drivers/modbus/modbus_driver.h"
#include "line/gateway/drivers/modbus/modbus_server.h"
#include "line/gateway/engine/engine.h"
#include "line/gateway/sinks/mqtt_sink.h"

namespace {

using namespace bondline;
using namespace bondline::gateway;
using Clock = std::chrono::steady_clock;

double seconds_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// A device with 65536 registers on a thread of its own.
class Device {
 public:
  Device() {
    std::error_code error;
    // Every register moves a little between polls, so that nothing is spared by values that stand still.
    bank_.before_read = [this](modbus::Table, std::uint16_t address, std::uint16_t count) {
      for (unsigned i = address; i < unsigned{address} + count; ++i) {
        noise_ = noise_ * 1664525u + 1013904223u;  // Numerical Recipes' linear congruential generator
        bank_.holding[i] = static_cast<std::uint16_t>(2000 + i % 100 + (noise_ >> 28));
      }
    };
    listener_ = net::Listener::open(loop_, "127.0.0.1", 0, &error);
    port = listener_->port();
    thread_ = std::thread([this] { loop_.run(serve()); });
    pthread_getcpuclockid(thread_.native_handle(), &clock_);
  }
  ~Device() {
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  double cpu() const { return seconds_of(clock_); }
  std::uint16_t port = 0;

 private:
  net::Task<> serve() {
    net::Group group(loop_);
    group.spawn(serve_modbus_tcp(
        *listener_, ModbusTransport::tcp, [this](std::uint8_t) { return &bank_; }, faults_));
    co_await stop_.wait();
    group.cancel();
    co_await group.join();
  }
  net::Loop loop_;
  net::Signal stop_;
  ModbusBank bank_;
  std::uint32_t noise_ = 1;
  ModbusFaults faults_;
  std::unique_ptr<net::Listener> listener_;
  std::thread thread_;
  clockid_t clock_{};
};

class Counting : public Outlet {
 public:
  void offer(const tags::Batch& batch) override { count += batch.size(); }
  std::atomic<std::uint64_t> count{0};
};

ModbusConfig config_of(tags::TagTable& tags, const std::string& machine, std::uint16_t port, int registers,
                       int pipeline, std::chrono::nanoseconds poll) {
  ModbusConfig config;
  config.machine = machine;
  config.host = "127.0.0.1";
  config.port = port;
  config.pipeline = pipeline;
  config.poll = poll;
  for (int i = 0; i < registers; ++i) {
    tags::Tag tag;
    tag.name = machine + ".r" + std::to_string(i);
    tag.machine = machine;
    tag.type = tags::ValueType::u64;
    ModbusPoint point;
    point.tag = *tags.add(tag);
    point.address = {modbus::Table::holding_registers, static_cast<std::uint16_t>(i), -1};
    config.points.push_back(point);
  }
  return config;
}

void client(int pipeline) {
  Device device;
  tags::TagTable tags;
  auto driver = make_modbus_driver(
      config_of(tags, "m", device.port, 62500, pipeline, std::chrono::microseconds(1)), tags);
  Counting counting;
  net::Loop loop;
  double wall = 0, own = 0, other = 0;
  auto everything = [&]() -> net::Task<> {
    net::Group group(loop);
    group.spawn(driver->run(counting));
    co_await net::sleep_for(std::chrono::milliseconds(300));
    counting.count = 0;
    const double c0 = seconds_of(CLOCK_THREAD_CPUTIME_ID), d0 = device.cpu();
    const auto t0 = Clock::now();
    co_await net::sleep_for(std::chrono::seconds(2));
    wall = std::chrono::duration<double>(Clock::now() - t0).count();
    own = seconds_of(CLOCK_THREAD_CPUTIME_ID) - c0;
    other = device.cpu() - d0;
    group.cancel();
    co_await group.join();
  };
  loop.run(everything());
  const auto n = static_cast<double>(counting.count.load());
  std::printf(
      "Modbus client, 125 registers a request, %2d under way: %7.2f Mtag/s wall, %7.2f Mtag per client core "
      "second (server %.2f cores)\n",
      pipeline, n / wall * 1e-6, n / own * 1e-6, other / wall);
}

void whole_path(const std::string& folder, std::uint16_t broker, int machines, int registers) {
  std::filesystem::remove_all(folder);
  Device device;
  tags::TagTable tags;
  std::vector<ModbusConfig> configs;
  for (int m = 0; m < machines; ++m)
    configs.push_back(
        config_of(tags, "m" + std::to_string(m), device.port, registers, 16, std::chrono::milliseconds(100)));
  store::Dictionary dictionary;
  for (const auto& tag : tags.all()) dictionary.push_back({tag.name, "", tag.type});
  store::LogOptions options;
  options.folder = folder;
  base::Diagnostics diagnostics;
  auto log = store::Log::open(base::disk(), options, dictionary, diagnostics);
  if (!log) return;
  Engine engine(*log, nullptr, {});
  for (const auto& config : configs) engine.add(make_modbus_driver(config, tags));
  if (broker) {
    MqttSinkConfig sink;
    sink.name = "bench";
    sink.line = "bench";
    sink.connect = [broker]() -> net::Task<net::Opened> { return net::connect_tcp("127.0.0.1", broker); };
    sink.session.client_id = "bench";
    sink.topic = "bench/samples";
    sink.qos = 1;
    sink.payload = PayloadFormat::cbor;
    engine.add(make_mqtt_sink(sink));
  }
  engine.start();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto before = engine.counters();
  const double c0 = seconds_of(CLOCK_PROCESS_CPUTIME_ID), d0 = device.cpu();
  const auto t0 = Clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(5));
  const auto after = engine.counters();
  const double wall = std::chrono::duration<double>(Clock::now() - t0).count();
  const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - c0 - (device.cpu() - d0);
  engine.stop();
  const auto end = engine.counters();
  std::uint64_t dropped = 0;
  for (const auto& [reason, n] : end.dropped) dropped += n;
  std::printf("Modbus -> log%s, %d machines x %d tags @ 100 ms: %.3f Mtag/s durable",
              broker ? " -> MQTT" : "", machines, registers,
              static_cast<double>(after.stored - before.stored) / wall * 1e-6);
  if (broker)
    std::printf(
        ", %.3f Mtag/s acknowledged",
        static_cast<double>(after.acknowledged.at("bench") - before.acknowledged.at("bench")) / wall * 1e-6);
  std::printf(", %.2f cores, received to durable p50 %.1f p99 %.1f ms, dropped %llu, balanced %s\n",
              cpu / wall, 1e3 * after.latency_p50_s, 1e3 * after.latency_p99_s,
              static_cast<unsigned long long>(dropped),
              end.received == end.stored + end.waiting + dropped ? "yes" : "NO");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder =
      (argc > 1 ? std::string(argv[1]) : std::filesystem::temp_directory_path().string()) +
      "/bench-gateway-log";
  const auto broker = static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0);
  double load[1] = {0};
  if (getloadavg(load, 1) != 1) load[0] = -1;
  std::printf("%u cores, load %.1f\n", std::thread::hardware_concurrency(), load[0]);
  for (const int pipeline : {1, 16, 64}) client(pipeline);
  for (const int machines : {1, 20, 100}) whole_path(folder, 0, machines, 5000);
  if (broker)
    for (const int machines : {1, 10}) whole_path(folder, broker, machines, 10000);
  std::filesystem::remove_all(folder);
}
