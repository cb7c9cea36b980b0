// ONNX's backend tests, compiled and run: what the compiler takes comes out as expected on every instruction
// set.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "compiled.h"
#include "data_set.h"
#include "maker.h"

namespace bondline::inference {
namespace {

namespace fs = std::filesystem;
using testing::Outcome;

testing::Way compiled_for(kernels::Isa isa) {
  return {true, [isa](const Graph& graph, std::span<const RuntimeValue> inputs) {
            testing::Answer answer;
            CompileOptions options;
            options.isa = isa;
            std::vector<Tensor> tensors;
            for (const RuntimeValue& input : inputs) {
              if (input.kind != ValueKind::tensor || input.tensor.dtype == DType::string)
                return testing::Answer{{}, "not a tensor of numbers", true};
              tensors.push_back(input.tensor);
            }
            const auto bytes = testing::artefact_of(graph, options, &answer.why);
            answer.refused = bytes.empty();
            if (answer.refused) return answer;
            const auto model = testing::load(bytes, &answer.why);
            if (model == nullptr) return answer;
            for (Tensor& output : testing::run(model, tensors)) {
              answer.outputs.emplace_back();
              answer.outputs.back().tensor = std::move(output);
            }
            if (answer.outputs.empty()) answer.why = "the compiled model does not run";
            return answer;
          }};
}

TEST(CompiledConformance, CasesOfTheBackendTestsPassOnEverySet) {
  if (!fs::exists(testing::kTestData)) GTEST_SKIP() << "libonnx-testdata is not installed";
  for (const kernels::Isa isa : testing::sets_here()) {
    int passed = 0, refused = 0;
    std::map<std::string, int> reasons;
    std::vector<fs::path> folders;
    for (const char* folder : {"node", "simple", "pytorch-converted", "pytorch-operator"})
      folders.push_back(fs::path(testing::kTestData) / folder);
    if (const char* more = std::getenv("BONDLINE_ONNX_CASES")) folders.emplace_back(more);
    for (const fs::path& folder : folders)
      for (const auto& entry : fs::directory_iterator(folder)) {
        if (!fs::exists(entry.path() / "model.onnx")) continue;
        const auto result = testing::run_case(entry.path().string(), compiled_for(isa));
        passed += result.outcome == Outcome::passed;
        refused += result.outcome == Outcome::refused;
        if (result.outcome == Outcome::failed)
          ADD_FAILURE() << entry.path().filename() << ": " << result.why << " (" << kernels::name_of(isa)
                        << ")";
      }
    std::cout << kernels::name_of(isa) << ": " << passed << " cases passed, " << refused << " refused\n";
    EXPECT_GE(passed, 800);
  }
}

// x (x + 3 clipped to 0..6) / 6, as PyTorch before opset 14 and MobileNetV3 files spell HardSwish; then GELU
// by erf.
TEST(CompiledConformance, SpelledOutActivationsBecomeOneStepEach) {
  testing::Maker maker;
  maker.input("x", {1, 8, 6, 6});
  maker.scalar("three", 3), maker.scalar("zero", 0), maker.scalar("six", 6);
  maker.scalar("root", 1.41421356f), maker.scalar("one", 1), maker.scalar("half", 0.5f);
  maker.node("Add", {"x", "three"}, {"a"});
  maker.node("Clip", {"a", "zero", "six"}, {"b"});
  maker.node("Mul", {"x", "b"}, {"c"});
  maker.node("Div", {"c", "six"}, {"h"});
  maker.node("Div", {"h", "root"}, {"d"});
  maker.node("Erf", {"d"}, {"e"});
  maker.node("Add", {"e", "one"}, {"f"});
  maker.node("Mul", {"h", "f"}, {"g"});
  maker.node("Mul", {"g", "half"}, {"y"});
  maker.output("y");
  CompileOptions options;
  base::Diagnostics diagnostics;
  const auto fused = compile(maker.graph, options, diagnostics);
  options.fuse = false;
  const auto plain = compile(maker.graph, options, diagnostics);
  ASSERT_TRUE(fused && plain);
  EXPECT_LE(fused->plan.steps.size(), 2u + 2u);  // and a change of layout each way
  EXPECT_GE(plain->plan.steps.size(), 9u);
  std::mt19937 random(4);
  const Tensor x = testing::Maker::random_tensor({1, 8, 6, 6}, random);
  const auto got = testing::run(testing::model_of(maker.graph), std::span(&x, 1));
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(testing::difference(got[0], testing::reference(maker.graph, std::span(&x, 1))[0], 1e-5, 1e-5),
            "");
}

}  // namespace
}  // namespace bondline::inference
