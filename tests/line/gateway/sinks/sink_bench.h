// A log with numbered samples, a sink that reads it, and what a receiver made of it.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "line/gateway/engine/engine.h"
#include "line/gateway/sinks/mqtt_sink.h"
#include "net/tcp.h"
#include "net/tls.h"

namespace bondline::gateway {

constexpr int kTags = 20;

inline store::Dictionary numbered_tags() {
  store::Dictionary dictionary;
  for (int i = 0; i < kTags; ++i) dictionary.push_back({"m.t" + std::to_string(i), "", tags::ValueType::u64});
  return dictionary;
}

/// A log in memory whose every sample's value is its sequence.
struct NumberedLog {
  explicit NumberedLog(base::MemoryFiles& files) {
    base::Diagnostics problems;
    store::LogOptions options;
    options.folder = "log";
    options.window = std::chrono::milliseconds(1);
    log = store::Log::open(files, options, numbered_tags(), problems);
    first = next = log->durable_end();
  }
  void append(int rounds) {
    tags::Batch batch;
    for (int r = 0; r < rounds; ++r) {
      batch.begin(times_now());
      for (tags::TagId i = 0; i < kTags; ++i) batch.add(i, next++);
    }
    EXPECT_EQ(log->append(batch), batch.size());
  }
  std::unique_ptr<store::Log> log;
  std::uint64_t made() const { return next - first; }
  std::uint64_t first = 0, next = 0;
};

/// What a subscriber saw: checks that every document says what it is, and counts.
struct Received {
  std::set<std::uint64_t> sequences;
  std::uint64_t samples = 0, unmarked_twice = 0, wrong = 0, out_of_order = 0;
  std::map<std::string, std::uint64_t> newest;
  void take(std::string_view payload) {
    const auto document = nlohmann::json::parse(payload);
    const bool again = document.contains("again");
    std::uint64_t sequence = document.at("seq");
    for (const auto& run : document.at("runs")) {
      // A run's names are a set; its samples are in the order of the log by their values.
      std::map<std::uint64_t, std::string> by_value;
      for (const auto& [name, value] : run.at("v").items()) by_value[value.get<std::uint64_t>()] = name;
      for (const auto& [value, name] : by_value) {
        ++samples;
        if (value != sequence) ++wrong;
        const bool fresh = sequences.insert(sequence).second;
        if (!fresh && !again) ++unmarked_twice;
        if (fresh && newest.contains(name) && newest[name] >= value) ++out_of_order;
        newest[name] = std::max(newest[name], value);
        ++sequence;
      }
    }
  }
};

inline EngineOptions quick_engine() {
  EngineOptions options;
  options.first_pause = std::chrono::milliseconds(5);
  options.most_pause = std::chrono::milliseconds(20);
  return options;
}

inline MqttSinkConfig sink_to(std::function<std::uint16_t()> port, std::uint8_t qos) {
  MqttSinkConfig config;
  config.name = "plant";
  config.line = "l1";
  config.connect = [port]() -> net::Task<net::Opened> { return net::connect_tcp("127.0.0.1", port()); };
  config.session.client_id = "edge-1";
  config.topic = "plant/l1";
  config.qos = qos;
  config.most_samples = 50;
  config.first_pause = std::chrono::milliseconds(2);
  config.most_pause = std::chrono::milliseconds(20);
  return config;
}

}  // namespace bondline::gateway
