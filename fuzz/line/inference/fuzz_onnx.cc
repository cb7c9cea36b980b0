// Any bytes are either a well-formed graph or an error with words.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "line/inference/graph/check.h"
#include "line/inference/onnx/read.h"

using namespace bondline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::Diagnostics diagnostics;
  inference::ReadOptions options;
  options.oldest_opset = 1;
  const auto graph = inference::read_onnx(std::as_bytes(std::span(data, size)), options, diagnostics);
  if (graph.has_value() == diagnostics.has_errors()) std::abort();
  if (graph && !inference::broken_promise(*graph).empty()) std::abort();
  return 0;
}
