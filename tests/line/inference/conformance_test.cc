// ONNX's backend tests, compiled and run: what the compiler takes comes out as expected on every instruction
// set.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "compiled.h"
#include "data_set.h"

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

}  // namespace
}  // namespace bondline::inference
