// A Modbus machine and the driver that reads it, on one loop of one thread.
#pragma once
#include <gtest/gtest.h>

#include <map>

#include "line/gateway/drivers/modbus/modbus_driver.h"
#include "line/gateway/drivers/modbus/modbus_server.h"

namespace bondline::gateway {

/// Keeps the newest sample of every tag and counts.
class Kept : public Outlet {
 public:
  explicit Kept(const tags::TagTable& tags) : tags_(tags) {}
  void offer(const tags::Batch& batch) override {
    for (const tags::Run& run : batch.runs())
      for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
        const tags::TagId tag = batch.tag()[i];
        newest[tag] = {tag, batch.bits()[i], batch.quality()[i], run.times};
        if (tags_[tag].type == tags::ValueType::text) texts[tag] = std::string(batch.text_of(i));
        history[tag].push_back(newest[tag]);
        ++count;
      }
  }
  std::map<tags::TagId, tags::Sample> newest;
  std::map<tags::TagId, std::vector<tags::Sample>> history;
  std::map<tags::TagId, std::string> texts;
  std::size_t count = 0;

 private:
  const tags::TagTable& tags_;
};

struct ModbusBenchOfOne {
  tags::TagTable tags;
  ModbusConfig config;
  ModbusBank bank;
  ModbusFaults faults;

  ModbusBenchOfOne() {
    config.machine = "m";
    config.host = "127.0.0.1";
    config.poll = std::chrono::milliseconds(5);
    config.timeout = std::chrono::milliseconds(40);
    config.first_pause = std::chrono::milliseconds(5);
    config.most_pause = std::chrono::milliseconds(20);
  }
  /// A tag of the type the register has, or float64 when it is scaled.
  tags::TagId add(const std::string& address, const char* type, const char* order = "", double scale = 1,
                  double offset = 0) {
    std::string problem;
    const auto at = modbus::address_of(address, &problem);
    const auto format = modbus::format_of(type, order, &problem);
    EXPECT_TRUE(at && format) << problem;
    tags::Tag tag;
    tag.name = "m." + address + type + std::to_string(tags.size());
    tag.machine = "m";
    tag.scale = scale;
    tag.offset = offset;
    tag.type = scale != 1 || offset != 0 ? tags::ValueType::f64 : modbus::type_of(format->raw);
    const tags::TagId id = *tags.add(tag);
    ModbusPoint point;
    point.tag = id;
    point.address = *at;
    point.format = *format;
    config.points.push_back(point);
    return id;
  }
  /// Serves and polls until `script` ends.
  void run(std::function<net::Task<>(Driver&, Kept&)> script) {
    net::Loop loop;
    std::error_code error;
    auto listener = net::Listener::open(loop, "127.0.0.1", 0, &error);
    ASSERT_TRUE(listener) << error.message();
    config.port = listener->port();
    auto driver = make_modbus_driver(config, tags);
    Kept kept(tags);
    auto everything = [&]() -> net::Task<> {
      net::Group group(loop);
      group.spawn(serve_modbus_tcp(
          *listener, config.transport,
          [&](std::uint8_t unit) { return unit == config.unit ? &bank : nullptr; }, faults));
      group.spawn(driver->run(kept));
      std::exception_ptr failed;
      try {
        co_await script(*driver, kept);
      } catch (...) {
        failed = std::current_exception();
      }
      group.cancel();
      co_await group.join();
      if (failed) std::rethrow_exception(failed);
    };
    loop.run(everything());
  }
};

/// Waits until `holds`, at most ten seconds.
inline net::Task<bool> until(std::function<bool()> holds) {
  for (int i = 0; i < 10000 && !holds(); ++i) co_await net::sleep_for(std::chrono::milliseconds(1));
  co_return holds();
}

}  // namespace bondline::gateway
