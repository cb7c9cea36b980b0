// What a line file says of one model, read and checked against its artefact.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "line/inference/runtime/runtime.h"
#include "line/tags/tag.h"

namespace bondline::gateway {

/// One input port: `window` values of each tag, the newest last.
struct ModelInput {
  std::vector<tags::TagId> tags;
  std::size_t window = 1;
  bool time_first = true;               ///< the tags of one time lie side by side; else the times of one tag
  std::vector<double> mean, deviation;  ///< of each tag: the model gets (value - mean) / deviation
};

/// One output port: the tag each element becomes; nullopt: none.
struct ModelOutput {
  std::vector<std::optional<tags::TagId>> tags;
};

struct ModelSpec {
  std::string name, path;
  std::shared_ptr<const inference::Model> model;
  std::vector<ModelInput> inputs;                                  ///< in the order of the model's ports
  std::vector<ModelOutput> outputs;                                ///< the same
  std::chrono::nanoseconds step = std::chrono::milliseconds(100);  ///< between values of a window
  std::chrono::nanoseconds every = std::chrono::seconds(1);        ///< between runs; a multiple of step
  bool hold =
      false;  ///< a bad value is replaced by the last good one; else a window that holds one is left out
  int threads = 1;
};

/// How a window lies in a port. Nullopt with *problem when `tags` tags x `window` values do not fit it.
/// `time_first`: what was asked for, if anything.
std::optional<bool> layout_of(const inference::Port& port, std::size_t tags, std::size_t window,
                              std::optional<bool> time_first, std::string* problem);
/// Whether tags can be turned into, or made from, values of this type.
bool is_input_type(inference::DType type);
bool is_output_type(inference::DType type);

}  // namespace bondline::gateway
