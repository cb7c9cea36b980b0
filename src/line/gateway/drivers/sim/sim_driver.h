// Machines that are not there: signals that follow simple physics, so that a line can be built, shown and
// tested without one. A fault is made by writing its name to the machine's tag "fault":
//   none | heater (zone 3 no longer heats) | sensor (zone 1 reads nonsense, quality bad_sensor) | stuck
//   (values freeze) | silent (the machine no longer answers) | hang (a poll that never ends) | flood (a
//   thousand times the samples)
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "line/gateway/engine/driver.h"

namespace bondline::gateway {

/// "reflow_oven", "wire_bonder", "counter" (one u64 tag per `size` that counts polls).
std::vector<std::string> sim_models();

struct SimConfig {
  std::string machine;
  std::string model = "reflow_oven";
  int size = 8;  ///< zones of an oven, heads of a bonder, tags of a counter: 1 .. 100000
  std::chrono::nanoseconds poll = std::chrono::milliseconds(100);
  std::uint64_t seed = 1;
};

/// The tags such a machine has, in the order make_sim_driver() takes their ids; names begin with the
/// machine's.
std::vector<tags::Tag> sim_tags(const SimConfig& config);

/// `first` is the id of the first of sim_tags(), the others follow.
std::unique_ptr<Driver> make_sim_driver(SimConfig config, tags::TagId first);
/// The same with the id of each.
std::unique_ptr<Driver> make_sim_driver(SimConfig config, std::vector<tags::TagId> ids);

}  // namespace bondline::gateway
