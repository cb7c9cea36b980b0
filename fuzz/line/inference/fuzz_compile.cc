// Any model becomes an artefact that loads and runs without leaving its memory, or is refused with words:
// import, compile, write, load, one run. Input that starts with 'S' is a script of operators
// (graph_script.h), other input an ONNX file. The second byte of a script chooses the instruction set and
// whether steps are joined.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "graph_script.h"
#include "line/inference/artefact/artefact.h"
#include "line/inference/compiler/compile.h"
#include "line/inference/graph/check.h"
#include "line/inference/onnx/read.h"
#include "line/inference/ops/prepare.h"
#include "line/inference/runtime/runtime.h"

using namespace bondline;
using namespace bondline::inference;

namespace {

constexpr std::int64_t kMostElements = 1 << 19;  ///< of all values together
constexpr double kMostWork = 2e7;                ///< multiplications of convolutions and products

[[noreturn]] void broken(const char* promise, const base::Diagnostics& diagnostics) {
  std::fprintf(stderr, "%s\n", promise);
  for (const auto& d : diagnostics.all()) std::fprintf(stderr, "%s\n", base::to_text(d).c_str());
  std::abort();
}

/// Whether a prepared graph is small enough for a fuzzer: what is checked here is not how long large ones
/// take.
bool is_small(const Graph& graph) {
  std::int64_t elements = 0;
  for (const Value& v : graph.values) {
    if (!v.shape) continue;
    const std::int64_t count = elements_of(*v.shape);
    if (count > kMostElements || (elements += std::max<std::int64_t>(count, 0)) > kMostElements) return false;
  }
  double work = 0;
  for (const Node& node : graph.nodes) {
    if (node.inputs.size() < 2 || node.outputs.empty() || node.inputs[1] == kNone || node.outputs[0] == kNone)
      continue;
    const auto &w = graph.value(node.inputs[1]).shape, &y = graph.value(node.outputs[0]).shape,
               &x = graph.value(node.inputs[0] == kNone ? node.inputs[1] : node.inputs[0]).shape;
    if (!w || !y || !x) continue;
    const bool sums = node.op.find("Conv") != std::string::npos || node.op.find("Mat") != std::string::npos ||
                      node.op.find("Gemm") != std::string::npos;
    // A convolution's weights are met once per output pixel at most, those of a product once per row.
    const double pixels = static_cast<double>(std::max(elements_of(*y), elements_of(*x)));
    if (sums) work += pixels * static_cast<double>(elements_of(*w));
  }
  return work < 64 * kMostWork;  // counted with every channel for every channel
}

void load_and_run(const Compiled& made) {
  base::Diagnostics diagnostics;
  const auto file = write_artefact(made.plan, made.weights);
  const auto model = Model::load(file, "fuzz.blm", {}, diagnostics);
  if (model == nullptr) broken("the compiler's own artefact is refused", diagnostics);
  std::vector<std::vector<std::byte>> memory;
  std::vector<const void*> in;
  std::vector<void*> out;
  for (const Port& port : model->inputs())
    in.push_back(memory.emplace_back(port.bytes(), std::byte{1}).data());
  for (const Port& port : model->outputs()) out.push_back(memory.emplace_back(port.bytes()).data());
  const auto stream = Stream::make(model, {}, diagnostics);
  if (stream == nullptr) broken("the compiler's own artefact cannot be run", diagnostics);
  if (stream->run(in, out) == RunStatus::failed && stream->problem().empty())
    broken("a run failed without words", diagnostics);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  CompileOptions options;
  options.isa = kernels::best_isa();
  std::optional<Graph> graph;
  base::Diagnostics diagnostics;
  if (size >= 2 && data[0] == 'S') {
    if (data[1] & 1) options.isa = kernels::Isa::portable;
    options.fuse = (data[1] & 6) != 6;
    graph = fuzz::graph_from_script(bytes.subspan(2));
    if (const std::string promise = broken_promise(*graph); !promise.empty())
      broken(promise.c_str(), diagnostics);
  } else {
    ReadOptions read;
    read.oldest_opset = 1;
    graph = read_onnx(std::as_bytes(bytes), read, diagnostics);
  }
  if (!graph) return 0;
  // Folding may take its time: with less of it first, to see how large everything is.
  Graph prepared = *graph;
  PrepareOptions small;
  small.max_folded_bytes = std::size_t{1} << 20;
  small.max_folded_work = 1e6;
  if (!prepare(prepared, small, diagnostics)) return 0;
  if (!is_small(prepared)) return 0;
  base::Diagnostics wrong;
  const auto made = compile(std::move(*graph), options, wrong);
  if (made.has_value() == wrong.has_errors()) broken("refused without words, or accepted with errors", wrong);
  if (made) load_and_run(*made);
  return 0;
}
