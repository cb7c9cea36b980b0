// Any model that can be read is prepared and simplified into a well-formed graph or refused with words, and
// what was prepared can be evaluated, within bounds on memory and time; the passes change no type.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "line/inference/graph/check.h"
#include "line/inference/onnx/read.h"
#include "line/inference/ops/evaluate.h"
#include "line/inference/ops/prepare.h"
#include "line/inference/ops/simplify/simplify.h"

using namespace bondline;

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 22;

std::vector<inference::Tensor> inputs_of(const inference::Graph& graph) {
  std::vector<inference::Tensor> inputs;
  std::size_t total = 0;
  for (const inference::ValueId id : graph.inputs) {
    const inference::Value& value = graph.value(id);
    const auto count = static_cast<std::size_t>(inference::elements_of(*value.shape));
    if (count > kMostBytes || (total += count * inference::size_of(value.dtype)) > kMostBytes) return {};
    inference::Tensor tensor;
    tensor.dtype = value.dtype;
    tensor.shape = *value.shape;
    tensor.bytes = std::make_shared<const std::vector<std::byte>>(count * inference::size_of(value.dtype));
    if (value.dtype == inference::DType::string) tensor.strings.resize(count);
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

void evaluate(const inference::Graph& graph) {
  const auto inputs = inputs_of(graph);
  if (inputs.size() != graph.inputs.size()) return;
  inference::EvaluateOptions options;
  options.max_bytes = kMostBytes;
  options.max_work = 1e6;
  options.max_iterations = 1000;
  base::Diagnostics diagnostics;
  const auto outputs =
      inference::evaluate(graph, std::span<const inference::Tensor>(inputs), diagnostics, options);
  if (outputs.has_value() == diagnostics.has_errors()) std::abort();
  for (std::size_t i = 0; outputs && i < outputs->size(); ++i) {
    const inference::Value& declared = graph.value(graph.outputs[i]);
    if ((*outputs)[i].dtype != declared.dtype || (*outputs)[i].shape != *declared.shape) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::Diagnostics diagnostics;
  inference::ReadOptions read;
  read.oldest_opset = 1;
  auto graph = inference::read_onnx(std::as_bytes(std::span(data, size)), read, diagnostics);
  if (!graph) return 0;
  for (const bool keep : {false, true}) {
    inference::Graph prepared = *graph;
    inference::PrepareOptions options;
    options.max_folded_bytes = kMostBytes;
    options.max_folded_work = 1e6;
    options.keep_quantized = keep;
    base::Diagnostics wrong;
    if (!inference::prepare(prepared, options, wrong)) {
      if (!wrong.has_errors()) std::abort();
      continue;
    }
    if (!inference::broken_promise(prepared).empty()) std::abort();
    if (!keep) evaluate(prepared);
    inference::simplify(prepared);
    if (keep) inference::join_quantization(prepared);
    if (!inference::broken_promise(prepared).empty()) std::abort();
    evaluate(prepared);
  }
  return 0;
}
