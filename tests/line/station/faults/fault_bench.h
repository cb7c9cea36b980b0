// A whole station in this process, and what its log and its receiver know, so that they can be compared.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "../../gateway/unruly_broker.h"
#include "line/station/station.h"

namespace bondline::station {

using namespace std::chrono_literals;

inline std::unique_ptr<Station> station_of(base::Files& files, const std::string& text,
                                           const std::function<void(LineFile&)>& change = {}) {
  base::MemoryFiles written;
  written.write_atomic("l.yaml", text);
  base::Diagnostics diagnostics;
  auto line = load_line(written, "l.yaml", diagnostics);
  EXPECT_TRUE(line) << (diagnostics.empty() ? "" : base::to_text(diagnostics.all()[0]));
  if (!line) return nullptr;
  if (change) change(*line);
  auto station = Station::make(files, std::move(*line), diagnostics);
  EXPECT_TRUE(station) << (diagnostics.empty() ? "" : base::to_text(diagnostics.all()[0]));
  return station;
}

inline nlohmann::json report_of(const Station& station) {
  return nlohmann::json::parse(station.report());
}

inline std::uint64_t sum(const nlohmann::json& counts) {
  std::uint64_t total = 0;
  for (const auto& [name, n] : counts.items()) total += n.get<std::uint64_t>();
  return total;
}

/// One sample as somebody has it: its tag and its value.
using Had = std::pair<std::string, double>;

/// What a receiver got, by sequence.
struct Arrived {
  std::map<std::uint64_t, Had> samples;
  std::uint64_t unmarked_twice = 0, changed = 0, out_of_order = 0;
  std::map<std::string, std::uint64_t> newest;
  void take(std::string_view payload) {
    if (!payload.starts_with('{')) return;  // "online"
    const auto document = nlohmann::ordered_json::parse(payload);
    std::uint64_t sequence = document.at("seq");
    const bool again = document.contains("again");
    for (const auto& run : document.at("runs"))
      for (const auto& [name, value] : run.at("v").items()) {
        const Had had{name, value.is_number() ? value.get<double>() : 0};
        const auto [at, fresh] = samples.emplace(sequence, had);
        if (!fresh && !again) ++unmarked_twice;
        if (!fresh && at->second != had) ++changed;
        if (fresh && newest[name] >= sequence) ++out_of_order;
        newest[name] = std::max(newest[name], sequence);
        ++sequence;
      }
  }
  bool sound() const { return unmarked_twice + changed + out_of_order == 0; }
};

/// What a log holds, by sequence; text is not looked at.
inline std::map<std::uint64_t, Had> stored_in(const store::Log& log) {
  std::map<std::uint64_t, Had> all;
  store::Log::Reader reader(log, 1);
  tags::Batch batch;
  while (const auto read = reader.next(batch))
    for (std::size_t i = read->skip; i < batch.size(); ++i) {
      const store::NamedTag& tag = (*read->dictionary)[batch.tag()[i]];
      all[read->first_sequence + i] = {
          tag.name, tag.type == tags::ValueType::text ? 0 : tags::number_of(tag.type, batch.bits()[i])};
    }
  return all;
}

inline bool wait_for(const std::function<bool()>& holds) {
  for (int i = 0; i < 2000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

inline bool all_acknowledged(Station& station) {
  return wait_for([&] {
    for (const auto& [sink, n] : station.engine().counters().pending)
      if (n > 0) return false;
    return true;
  });
}

}  // namespace bondline::station
