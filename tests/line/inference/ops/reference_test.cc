// Real networks against the outputs ONNX Runtime gave for them (graph optimisation off). Folders hold
// model.onnx and ref/input_0.npy, ref/output_N.npy. BONDLINE_MODELS may name a folder with more of them;
// those of quantized networks are made with optimisation on, which is when ONNX Runtime calculates in
// integers.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "data_set.h"
#include "line/inference/onnx/read.h"
#include "line/inference/ops/invoke.h"
#include "line/inference/ops/simplify/simplify.h"
#include "line/inference/ops/support.h"
#include "maker.h"
#include "npy.h"

namespace bondline::inference {
namespace {

namespace fs = std::filesystem;

/// 10 log10 of signal over noise power.
double sqnr_db(const Tensor& got, const Tensor& wanted) {
  double signal = 0, noise = 1e-300;
  const OpTensor a = view_of(got), b = view_of(wanted);
  for (std::int64_t i = 0; i < wanted.elements(); ++i) {
    const double d = real_at(a, i) - real_at(b, i);
    signal += real_at(b, i) * real_at(b, i);
    noise += d * d;
  }
  return 10 * std::log10(signal / noise);
}

bool is_quantized_model(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node& node) { return node.op == "QuantizeLinear"; });
}

struct Way {
  const char* name;
  bool passes, integers;
};

void check_model(const fs::path& folder, const Way& way) {
  SCOPED_TRACE(folder.filename().string() + ", " + way.name);
  base::Diagnostics diagnostics;
  auto graph = read_onnx_file((folder / "model.onnx").string(), base::disk(), diagnostics);
  const auto input = testing::read_npy((folder / "ref/input_0.npy").string());
  ASSERT_TRUE(graph.has_value() && input.has_value());
  const bool quantized = is_quantized_model(*graph);
  if (way.integers && !quantized) return;
  PrepareOptions options;
  options.input_shapes[graph->value(graph->inputs[0]).name] = input->shape;
  options.keep_quantized = way.integers;
  ASSERT_TRUE(prepare(*graph, options, diagnostics)) << base::to_text(diagnostics.all().back());
  const std::size_t nodes = graph->nodes.size();
  if (way.passes) simplify(*graph);
  const int joined = way.integers ? join_quantization(*graph) : 0;
  ASSERT_EQ(broken_promise(*graph), "");
  const auto outputs = testing::run(*graph, {*input});
  ASSERT_FALSE(outputs.empty());
  double worst = 1e9;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto wanted = testing::read_npy((folder / ("ref/output_" + std::to_string(i) + ".npy")).string());
    ASSERT_TRUE(wanted.has_value()) << i;
    ASSERT_EQ(outputs[i].shape, wanted->shape) << i;
    const double db = sqnr_db(outputs[i], *wanted);
    worst = std::min(worst, db);
    if (quantized) continue;
    // float32 sums in another order: 1e-4 of the largest output, as a rule 1e-6.
    float largest = 0;
    for (std::int64_t k = 0; k < wanted->elements(); ++k)
      largest = std::max(largest, std::abs(wanted->data<float>()[k]));
    EXPECT_EQ(testing::difference(outputs[i], *wanted, 1e-4, 1e-4 * static_cast<double>(largest)), "")
        << "output " << i;
  }
  std::cout << folder.filename().string() << ", " << way.name << ": " << nodes << " nodes, "
            << graph->nodes.size() << " evaluated, " << joined << " joined, SQNR " << worst << " dB\n";
  // yunet's objectness is of the order of 1e-4, so its noise is float32's: 72 dB. Integers agree with ONNX
  // Runtime's optimised graph bit for bit but for additions, which it rounds by another formula; through
  // float32 they need not.
  if (!quantized || way.integers) {
    EXPECT_GT(worst, quantized ? 30 : 60);
  }
}

std::vector<fs::path> folders() {
  const char* set = std::getenv("BONDLINE_DATA");
  const std::string data = set ? set : BONDLINE_SOURCE_DIR "/../shared/data";
  const char* more = std::getenv("BONDLINE_MODELS");
  std::vector<fs::path> found;
  for (const std::string& top : {data + "/inference", std::string(more ? more : "")}) {
    if (top.empty() || !fs::exists(top)) continue;
    for (const auto& entry : fs::directory_iterator(top))
      if (fs::exists(entry.path() / "model.onnx") && fs::exists(entry.path() / "ref"))
        found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(ReferenceOutputs, RealNetworksComeOutAsOnnxRuntimeHasThem) {
  const auto all = folders();
  if (all.empty()) GTEST_SKIP() << "no models: set BONDLINE_DATA";
  std::vector<Way> ways = {{"simplified", true, false}, {"integers", true, true}};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // the same operators, more of them
  ways.insert(ways.begin(), {"prepared", false, false});
#endif
  for (const fs::path& folder : all)
    for (const Way& way : ways) check_model(folder, way);
}

}  // namespace
}  // namespace bondline::inference
